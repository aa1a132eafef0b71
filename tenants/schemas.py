"""Schemas: making and dropping one, and whether its tables are up to date.

The migrations on disk have one digest. A tenant's row remembers with which digest its schema was last migrated, so that a thousand
tenants that are up to date cost one query.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tenants import context
from tenants.models import Tenant

MIGRATION_LOCK = 0x63736D73  # one process at a time changes schemas; the number is arbitrary


@lru_cache(maxsize=1)
def known_migrations() -> frozenset[tuple[str, str]]:
    """App and name of every migration on disk. They cannot change while the process runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


@lru_cache(maxsize=1)
def digest() -> str:
    """The digest of the migrations on disk."""
    return hashlib.sha256(repr(sorted(known_migrations())).encode()).hexdigest()


def is_public_current() -> bool:
    """Whether the public schema has every migration."""
    with context.public():
        return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())


def outdated() -> list[str]:
    """The slugs of the tenants whose schema lacks a migration. The public schema must be up to date."""
    with context.public():
        return list(
            Tenant.objects.exclude(migration_digest=digest()).order_by("slug").values_list("slug", flat=True)
        )


def exists(schema_name: str) -> bool:
    """Whether there is a schema of this name."""
    with context.public(), connection.cursor() as cursor:
        cursor.execute("select 1 from pg_namespace where nspname = %s", [schema_name])
        return cursor.fetchone() is not None


def make(schema_name: str) -> None:
    """Make an empty schema."""
    with context.public(), connection.cursor() as cursor:
        cursor.execute(f"create schema {connection.ops.quote_name(schema_name)}")


def drop(schema_name: str) -> None:
    """Drop a schema with all that is in it."""
    with context.public(), connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {connection.ops.quote_name(schema_name)} cascade")


@contextmanager
def changing() -> Iterator[None]:
    """Be the only one who makes, migrates or drops schemas during the block; wait for another process that does."""
    if connection.in_atomic_block:
        _call("pg_advisory_xact_lock")  # the end of the transaction gives it back
        yield
        return
    _call("pg_advisory_lock")
    try:
        yield
    finally:
        _call("pg_advisory_unlock")


def _call(function: str) -> None:
    with context.public(), connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s)", [MIGRATION_LOCK])
