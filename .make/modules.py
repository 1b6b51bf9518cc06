"""Go, asked about the modules of a folder. Standard library only."""

import subprocess
import sys

LONGEST = 1800
"""Seconds for one step; two cores take about three minutes for the largest program."""


def go(folder, *arguments):
    """What it prints. Ends this program where it fails."""
    done = subprocess.run(
        ["go", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=False
    )
    if done.returncode:
        sys.exit(f"go {' '.join(arguments[:2])} failed")
    return done.stdout
