"""Directories for demos."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from csms.demo import services


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A directory for the demos of one module, deleted afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="csms-demo-"))
    parent.chmod(0o711)
    yield parent / "demo"
    services.reset(parent / "demo")
    parent.rmdir()
