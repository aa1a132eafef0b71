"""Files of a tenant on the disk: written beside their place, flushed and renamed, so that a file is whole or not there. Never below a directory that is served."""

import hashlib
import os
import secrets
import time
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from tenants import context

CHUNK = 64 * 1024
SETTLED_S = 24 * 3600  # a younger file may be on its way into a row


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written."""

    sha256: str
    size: int


class TooLarge(ValidationError):
    """The file is larger than this installation takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The file is larger than {limit // 2**20} MiB, which is the most that is taken here."
        )


def path_of(folder: str, name: str) -> Path:
    """Where a file of the tenant in force lies; `name` is ours (a hash or a key), never a name from outside."""
    return Path(settings.PRIVATE_FILES) / context.require().schema_name / folder / name


def store(chunks: Iterable[bytes], folder: str, name: str | None = None, *, limit: int) -> Stored:
    """Write what comes, chunk by chunk; without a name the file is called by its hash.

    Raises: TooLarge, and then nothing is left; what the chunks raise.
    """
    directory = path_of(folder, "")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = directory / f".{secrets.token_hex(8)}"
    try:
        stored = _write(chunks, partial, limit)
        partial.replace(directory / (name or stored.sha256))
    finally:
        partial.unlink(missing_ok=True)
    return stored


def clear(folder: str, kept: Container[str]) -> int:
    """Delete the files of a folder that no row names any more, and what broke off while it was written. Returns: how many."""
    directory, before = path_of(folder, ""), time.time() - SETTLED_S
    found = list(directory.iterdir()) if directory.is_dir() else []
    orphans = [path for path in found if path.name not in kept and path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def label(name: str) -> str:
    """A file's name from outside as a mere label: without folders and control characters."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?')
    return kept.lstrip(".")[-100:]


def _write(chunks: Iterable[bytes], path: Path, limit: int) -> Stored:
    hasher, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit)
            hasher.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Stored(hasher.hexdigest(), size)
