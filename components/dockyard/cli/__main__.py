"""`python -m dockyard.cli`: the command, where its script is not on PATH."""

from dockyard.cli.command import main

main()
