"""The only door into a schema.

A context variable names the place in which queries run. It follows the chain of calls (and of tasks), not the thread;
the database backend reads it before each statement. Outside of every place the search path is the *poison schema*: it does not exist, so
that code which forgot its tenant fails loudly and never reads the rows of the last one.

A place never crosses a thread, a task queue or a socket by itself: the tenant's slug is an explicit argument of each hop and entered inside it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

POISON = "_no_tenant"
PUBLIC = "public"
CACHE_SECONDS = 5.0  # how long a tenant's row may be remembered where no bell reaches


@dataclass(frozen=True, slots=True)
class Place:
    """Where queries run: one tenant's schema, or the public one (whose slug is empty)."""

    slug: str
    schema_name: str
    name: str = ""
    is_suspended: bool = False


class UnknownTenant(LookupError):
    """There is no tenant with this slug or domain."""


_place: ContextVar[Place | None] = ContextVar("place", default=None)
_known: dict[str, tuple[float, Place]] = {}
_known_lock = threading.Lock()


def current() -> Place | None:
    """The place in force, or None outside of every place."""
    return _place.get()


def require() -> Place:
    """The tenant in force.

    Raises: RuntimeError outside of every tenant.
    """
    place = _place.get()
    if place is None or not place.slug:
        raise RuntimeError("This code needs a tenant: enter one with tenants.context.tenant(slug).")
    return place


def schema_of(slug: str) -> str:
    """The schema that belongs to a slug."""
    return slug.replace("-", "_")


@contextmanager
def enter(place: Place | None) -> Iterator[Place | None]:
    """Run the block in a place; the one before is in force again afterwards, whatever happens."""
    token = _place.set(place)
    try:
        yield place
    finally:
        _place.reset(token)


@contextmanager
def public() -> Iterator[None]:
    """Run the block in the public schema: tenants, domains, platform staff."""
    with enter(Place("", PUBLIC)):
        yield


@contextmanager
def tenant(slug: str) -> Iterator[Place]:
    """Run the block in a tenant's schema.

    Raises: UnknownTenant.
    """
    place = find(slug)
    with enter(place):
        yield place


def find(slug: str) -> Place:
    """The tenant with this slug, remembered for a few seconds.

    Raises: UnknownTenant.
    """
    known = _known.get(slug)
    if known and known[0] > time.monotonic():
        return known[1]
    place = _read(slug)
    with _known_lock:
        _known[slug] = (time.monotonic() + CACHE_SECONDS, place)
    return place


def forget(slug: str | None = None) -> None:
    """Read this tenant's row (without a slug: every tenant's) anew at the next use."""
    with _known_lock:
        if slug is None:
            _known.clear()
        else:
            _known.pop(slug, None)


def all_slugs() -> list[str]:
    """The slugs of every tenant that is not suspended, for jobs that visit each."""
    from tenants.models import Tenant

    with public():
        return list(
            Tenant.objects.filter(status=Tenant.Status.ACTIVE).order_by("slug").values_list("slug", flat=True)
        )


def _read(slug: str) -> Place:
    from tenants.models import Tenant

    with public():
        row = Tenant.objects.filter(slug=slug).values_list("schema_name", "name", "status").first()
    if row is None:
        raise UnknownTenant(slug)
    return Place(slug, row[0], row[1], is_suspended=row[2] != Tenant.Status.ACTIVE)
