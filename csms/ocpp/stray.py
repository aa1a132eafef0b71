"""Refused handshakes that belong to no tenant: counted in the public schema, for the platform's staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class StrayHandshake:
    """A record for the recording lane, in the public schema."""

    slug: str
    identity: str
    remote_address: str

    @staticmethod
    def write(batch: Sequence["StrayHandshake"]) -> None:
        """Count the attempts of a batch; the oldest rows go when there are too many."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO tenants_strayconnection AS s "
                "(slug, identity, remote_address, attempts, first_seen_at, last_seen_at) "
                "VALUES (%s, %s, %s, 1, now(), now()) ON CONFLICT (slug, identity, remote_address) "
                "DO UPDATE SET attempts = s.attempts + 1, last_seen_at = now()",
                [(item.slug[:100], item.identity[:100], item.remote_address[:64]) for item in batch],
            )
            cursor.execute(
                "DELETE FROM tenants_strayconnection WHERE id IN "
                "(SELECT id FROM tenants_strayconnection ORDER BY last_seen_at DESC OFFSET %s)",
                [MAX_ROWS],
            )
