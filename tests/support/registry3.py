"""registry:3, which no distribution packages."""

from pathlib import Path

from tests.support.go import built


def registry3() -> Path:
    """The program of 3.1.1. Skips the test where it cannot be had. It takes a few minutes, once."""
    return built("github.com/distribution/distribution/v3/cmd/registry", "v3.1.1")
