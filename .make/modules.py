"""Go, asked about the modules of a folder. Standard library only."""

import subprocess
import sys

LONGEST = 3600
"""Seconds for one step; two cores take about seven minutes for the largest program, and more where others work on them."""


def go(folder, *arguments):
    """What it prints. Ends this program where it fails."""
    done = subprocess.run(
        ["go", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=False
    )
    if done.returncode:
        sys.exit(f"go {' '.join(arguments[:2])} failed")
    return done.stdout
