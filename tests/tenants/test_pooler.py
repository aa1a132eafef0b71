"""A pooler in transaction mode is refused. The tests of the refusal need PgBouncer's program, which no wheel brings."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from tenants.postgresql_backend.pooler import refuse_transaction_mode

pytestmark = pytest.mark.usefixtures("transactional")
PROGRAM = shutil.which("pgbouncer")
needs_program = pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed")
Through = Callable[[str], dict[str, Any]]


def parameters() -> dict[str, Any]:
    settings = connection.settings_dict
    return {
        "host": settings["HOST"],
        "port": settings["PORT"] or None,
        "dbname": settings["NAME"],
        "user": settings["USER"],
    }


@pytest.fixture
def through() -> Iterator[Through]:
    """`through("transaction")`: the way to the server through a pooler in this mode."""
    running: list[subprocess.Popen[bytes]] = []

    def start(mode: str) -> dict[str, Any]:
        folder.chmod(0o777)
        (folder / "ini").write_text(
            f"[databases]\n* = host={parameters()['host']} user={parameters()['user']}\n[pgbouncer]\nlisten_addr=\n"
            f"unix_socket_dir={folder}\nlisten_port=6543\nauth_type=any\npool_mode={mode}\n"
        )
        running.append(subprocess.Popen([str(PROGRAM), "-q", "-u", "nobody", str(folder / "ini")], cwd="/"))
        give_up = time.monotonic() + 10
        while not (folder / ".s.PGSQL.6543").exists() and time.monotonic() < give_up:
            time.sleep(0.02)
        return parameters() | {"host": str(folder), "port": "6543"}

    with TemporaryDirectory() as name:
        folder = Path(name)
        yield start
        for process in running:
            process.terminate()
            process.wait()


def test_a_direct_connection_is_accepted() -> None:
    refuse_transaction_mode(parameters())


@needs_program
def test_transaction_mode_is_refused_with_a_sentence(through: Through) -> None:
    with pytest.raises(ImproperlyConfigured, match="pooler in transaction mode"):
        refuse_transaction_mode(through("transaction"))


@needs_program
def test_session_mode_is_accepted(through: Through) -> None:
    refuse_transaction_mode(through("session"))


def test_a_server_that_does_not_answer_is_not_taken_for_a_pooler() -> None:
    with pytest.raises(psycopg.OperationalError):
        refuse_transaction_mode(parameters() | {"host": "/nowhere"})
