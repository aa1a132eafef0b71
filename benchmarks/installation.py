"""An installation of its own for a run: PostgreSQL and Valkey in a fresh directory, durable as in production, and tenants with stations."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from benchmarks import cpu, processes
from benchmarks.load import Seat
from csms.demo import services

TENANTS = 4


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant, its API key, and the passwords of its stations."""

    slug: str
    api_key: str
    stations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything is."""

    directory: Path
    database_url: str
    redis_url: str
    postgres: int
    valkey: int
    settings: dict[str, str]
    tenants: tuple[Tenant, ...]

    @property
    def environment(self) -> dict[str, str]:
        """For the servers."""
        return processes.environment(self.database_url, self.redis_url)

    def seats(self, count: int, ports: tuple[int, ...]) -> list[Seat]:
        """Seats for stations, spread over the tenants and the ports."""
        found = []
        for number in range(count):
            tenant = self.tenants[number % len(self.tenants)]
            identity, password = list(tenant.stations.items())[number // len(self.tenants)]
            path = f"/{tenant.slug}/ocpp/{identity}"
            token = identity.replace("CP-", "TOKEN")
            found.append(Seat(ports[number % len(ports)], path, f"{identity}:{password}", token))
        return found


@contextmanager
def installed(stations: int) -> Iterator[Installation]:
    """Start the services, make tenants with so many stations, and leave nothing behind."""
    directory = Path(tempfile.mkdtemp(prefix="csms-bench-"))
    directory.chmod(0o711)  # the user that serves root must get in
    running = services.start(directory, durable=True, temporary=True)
    try:
        yield _described(directory, running.database_url, running.redis_url, -(-stations // TENANTS))
    finally:
        running.stop()


def _described(directory: Path, database_url: str, redis_url: str, per_tenant: int) -> Installation:
    postgres, settings = _postgres(database_url)
    with redis.Redis.from_url(redis_url) as client:
        information: dict[str, Any] = client.info("server")
    return Installation(
        directory=directory,
        database_url=database_url,
        redis_url=redis_url,
        postgres=postgres,
        valkey=int(information["process_id"]),
        settings=settings,
        tenants=asyncio.run(_tenants(database_url, redis_url, per_tenant)),
    )


async def _tenants(database_url: str, redis_url: str, per_tenant: int) -> tuple[Tenant, ...]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.prepare", str(TENANTS), str(per_tenant)),
        env=processes.environment(database_url, redis_url),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise processes.DidNotStart("The tenants could not be made.")
    return tuple(Tenant(**row) for row in json.loads(output))


def _postgres(database_url: str) -> tuple[int, dict[str, str]]:
    """The first process of PostgreSQL, and the settings that say whether a commit is durable."""
    names = (
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
        "max_wal_size",
    )
    with psycopg.connect(database_url) as connection:
        pid = cpu.parent_of(connection.info.backend_pid)
        rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)])
        return pid, dict(rows.fetchall())


def statistics(database_url: str) -> dict[str, int]:
    """What PostgreSQL counted so far: commits, and bytes of WAL."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT xact_commit, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint "
            "FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return {"commits": row[0], "wal_bytes": row[1]}
