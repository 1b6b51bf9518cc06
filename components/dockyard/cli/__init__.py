"""The command `dockyard`. Importing this loads click alone; each verb loads what it needs."""

from dockyard.cli.command import main

__all__ = ["main"]
