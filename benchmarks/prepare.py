"""Fill an empty database: tenants, stations, id tokens, one API key each. Prints what was made as one JSON object.

Run as a process of its own (`python -m benchmarks.prepare TENANTS STATIONS`), so that the load generator carries no Django.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402

from authorization import id_tokens  # noqa: E402
from chargers import stations  # noqa: E402
from tenants import context, lifecycle  # noqa: E402
from tenants.users import roles  # noqa: E402
from tenants.users.models import ApiKey  # noqa: E402


def fill(tenants: int, per_tenant: int) -> list[dict[str, object]]:
    """Make everything. Returns: per tenant its slug, API key and stations with their passwords."""
    lifecycle.migrate_all()
    made: list[dict[str, object]] = []
    for number in range(1, tenants + 1):
        slug = f"bench-{number}"
        lifecycle.create(slug, f"Bench {number}")
        with context.tenant(slug), transaction.atomic():
            _, key = ApiKey.issue("bench", roles.role("admin"))
            made.append({"slug": slug, "api_key": key, "stations": dict(map(station, range(per_tenant)))})
    return made


def station(number: int) -> tuple[str, str]:
    """A station with an id token of its own. Returns: identity and password."""
    identity = f"CP-{number:05d}"
    _, password = stations.add(identity, is_simulated=True)
    id_tokens.add(token_of(identity))
    return identity, password


def token_of(identity: str) -> str:
    """The id token that charges at a station."""
    return identity.replace("CP-", "TOKEN")


if __name__ == "__main__":
    print(json.dumps(fill(int(sys.argv[1]), int(sys.argv[2]))))
