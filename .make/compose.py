"""`make test-compose`: the plugin `docker compose`, built with Go into build/docker/cli-plugins. Standard library only.

The program's own module cannot be installed by name: it replaces modules. Here a module of tools takes its replacements over.
"""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import modules

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "build" / "docker" / "cli-plugins" / "docker-compose"
SOURCE = ROOT / "build" / "compose"
MODULE, VERSION = "github.com/docker/compose/v2", "v2.40.3"
go = partial(modules.go, SOURCE)


def main():
    if PLUGIN.exists():
        return
    if not shutil.which("go"):
        print("not installed: go, which builds docker compose; what needs it is skipped")
        return
    for folder in (SOURCE, PLUGIN.parent):
        folder.mkdir(parents=True, exist_ok=True)
    write_module()
    go("mod", "tidy")
    print("building docker compose", flush=True)
    version = f"-X {MODULE}/internal.Version={VERSION}"
    go("build", "-trimpath", "-ldflags", f"-s -w {version}", "-o", f"{PLUGIN}.new", f"{MODULE}/cmd")
    os.replace(f"{PLUGIN}.new", PLUGIN)


def write_module():
    """go.mod with the replacements of Docker Compose's own, and a file that names the program."""
    (SOURCE / "tools.go").write_text(f'//go:build tools\n\npackage tools\n\nimport _ "{MODULE}/cmd"\n')
    (SOURCE / "go.mod").write_text("module compose\n")
    (SOURCE / "go.sum").unlink(missing_ok=True)
    found = json.loads(go("mod", "download", "-json", f"{MODULE}@{VERSION}"))
    asked = json.loads(go("mod", "edit", "-json", found["GoMod"]))
    edits = [f"-go={asked['Go']}", f"-require={MODULE}@{VERSION}"]
    for each in asked.get("Replace") or ():
        new = each["New"]
        edits.append(f"-replace={each['Old']['Path']}={new['Path']}@{new['Version']}")
    go("mod", "edit", *edits)


if __name__ == "__main__":
    main()
