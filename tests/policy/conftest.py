"""The pack's folder is no package that is installed: the engine starts it by its path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "policy"))
