"""Starts the worker from its source, in whatever environment the plugin runs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from gevent import monkey  # type: ignore[import-untyped]

# Before anything else: pyinfra reads the two ends of a command's output side by side only so.
monkey.patch_all()

from dockyard.provider.worker.main import main  # noqa: E402

sys.exit(main())
