"""All rows of a tenant in one file: a zip with a file of JSON lines for each table. Secrets and sessions stay behind."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from tenants import context

SKIPPED = frozenset({"django_session"})
SECRETS = frozenset({
    "users_user.password", "users_apikey.digest",
    "chargers_chargingstation.key_digest", "chargers_chargingstation.key_salt",
})  # fmt: skip
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    tables: int
    rows: int
    sha256: str


def write(path: Path) -> Export:
    """Write the tenant in force as it stands at one instant. A file that is there is replaced once the new one is complete."""
    tables, rows, partial = list_tables(), 0, path.with_name(path.name + ".partial")
    try:
        with transaction.atomic(), zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            _freeze()
            for table in tables:
                with archive.open(f"{table}.jsonl", "w", force_zip64=True) as member:
                    for line in _lines(table):
                        member.write(line.encode() + b"\n")
                        rows += 1
        with partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Export(len(tables), rows, digest)


def list_tables() -> list[str]:
    """The names of the tables that are exported."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename from pg_tables where schemaname = %s order by 1",
            [context.require().schema_name],
        )
        return [name for (name,) in cursor.fetchall() if name not in SKIPPED]


def _freeze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")


def _lines(table: str) -> Iterator[str]:
    hidden = [column.partition(".")[2] for column in SECRETS if column.startswith(f"{table}.")]
    with connection.chunked_cursor() as cursor:
        name = connection.ops.quote_name(table)  # it comes from the catalogue
        cursor.execute(f"select (to_jsonb(r) - %s::text[])::text from {name} r", [hidden])  # noqa: S608
        while batch := cursor.fetchmany(BATCH):
            yield from (line for (line,) in batch)
