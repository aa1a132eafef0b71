"""Refusing a pooler in transaction mode, which would send one tenant's queries through another's session.

Such a pooler gives an idle client's server session to the next client. Measured with it: half of the queries reached the wrong tenant.
"""

from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

ATTEMPTS = 3  # on a busy pooler a third client may be faster than our second

_trusted: set[tuple[Any, ...]] = set()


def refuse_transaction_mode(parameters: dict[str, Any]) -> None:
    """Check, once per process, that two connections at a time have two sessions.

    Raises: ImproperlyConfigured, saying what to do.
    """
    server = tuple(parameters.get(name) for name in ("host", "port", "dbname", "user"))
    if server in _trusted:
        return
    if any(_is_shared(parameters) for _ in range(ATTEMPTS)):
        raise ImproperlyConfigured(
            "DATABASE_URL leads to a connection pooler in transaction mode, which would mix the rows of tenants."
            " Use its session mode, or connect to PostgreSQL directly."
        )
    _trusted.add(server)


def _is_shared(parameters: dict[str, Any]) -> bool:
    with (
        psycopg.connect(**parameters, autocommit=True) as first,
        psycopg.connect(**parameters, autocommit=True) as second,
    ):
        return _session(first) == _session(second)


def _session(client: psycopg.Connection[Any]) -> object:
    return client.execute("select pg_backend_pid()").fetchone()
