"""Whose database is it? The demo fills only one that is empty, or that it has made."""

import os
from collections.abc import Iterable

from django.db import connection

from csms.demo import people
from csms.demo.wish import CannotPlay
from tenants import context
from tenants.models import Tenant

IS_EMPTY = """
    SELECT NOT EXISTS (
        SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))
"""
HAS_ACCOUNTS = "SELECT to_regclass('public.users_user') IS NOT NULL"


def check() -> None:
    """Leave a database alone that the environment names, and that is neither empty nor the demo's.

    Raises: CannotPlay.
    """
    if os.environ.get("DATABASE_URL") and not _is_true(IS_EMPTY) and not _is_ours():
        raise CannotPlay("The database of DATABASE_URL is not empty, and no demo made it: name another one.")


def settled(slugs: Iterable[str]) -> list[str]:
    """Those of the demo's tenants that exist."""
    with context.public():
        return list(Tenant.objects.filter(slug__in=list(slugs)).values_list("slug", flat=True))


def _is_ours() -> bool:
    return _is_true(HAS_ACCOUNTS) and people.has_staff()


def _is_true(question: str) -> bool:
    with context.public(), connection.cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])
