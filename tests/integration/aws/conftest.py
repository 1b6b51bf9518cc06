"""A moto server, and a stack whose program is engine-driven against it."""

import json
import os
import subprocess
import sys

import pytest
from moto.server import ThreadedMotoServer

from tests.support.aws_provider import attached


@pytest.fixture(scope="module")
def cloud():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with attached(f"http://{host}:{port}") as (found, environment):
        yield found, environment
    server.stop()


@pytest.fixture(scope="module")
def run(request, cloud, tmp_path_factory):
    """Runs a verb of the module's PROGRAM with these arguments; what `--json` printed."""
    folder = tmp_path_factory.mktemp("aws")
    (folder / "Pulumi.yaml").write_text("name: images\nruntime: python\nbackend:\n  url: file://.state\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    (folder / "__main__.py").write_text(request.module.PROGRAM)

    def run(verb, args, *flags):
        (folder / "args.json").write_text(json.dumps(args))
        command = [sys.executable, "-m", "dockyard.cli", verb, "-s", "dev", "--engine", "embedded", "--json"]
        done = subprocess.run(
            [*command, *flags],
            cwd=folder,
            env={**os.environ, **cloud[1]},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    run.folder = folder
    return run
