"""Starts the agent from its source: with `-I` nothing but the standard library is on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from dockyard.provider.agent.main import main

sys.exit(main())
