"""Whose address is this? A tenant is reached under a host name of its own, or below `/t/<slug>/` on the platform's."""

import re
import threading
import time
from dataclasses import dataclass

from django.conf import settings

from tenants import context
from tenants.context import Place

PREFIX = re.compile(r"/t/(?P<slug>[^/]+)")

_domains: tuple[float, dict[str, str]] = (0.0, {})
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Address:
    """A path, seen from the tenant that it belongs to. Without a place it belongs to none.

    `prefix` is what stands before the tenant's own paths: `/t/acme`, or nothing on its own domain.
    """

    place: Place | None
    prefix: str
    path: str


def read(host: str, path: str) -> Address:
    """The tenant of a host name and a path; a domain of its own wins over the path.

    Raises: UnknownTenant, when the path names a tenant that does not exist.
    """
    slug = slug_of_host(host)
    if slug is not None:
        return Address(context.find(slug), "", path)
    match = PREFIX.match(path)
    if match is None:
        return Address(None, "", path)
    return Address(context.find(match["slug"]), match[0], path[match.end() :])


def slug_of_host(host: str) -> str | None:
    """The slug of the tenant whose own domain this is, whatever its port, case or trailing dot."""
    global _domains  # noqa: PLW0603 - one snapshot per process, replaced as a whole
    if _domains[0] <= time.monotonic():
        with _lock:
            _domains = (time.monotonic() + context.CACHE_SECONDS, _read_domains())
    return _domains[1].get(normalise(host))


def normalise(host: str) -> str:
    """A host name without its port, in lower case, without a trailing dot."""
    name = host.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].removesuffix(".")


def url(place: Place) -> str:
    """Where the people of a tenant sign in, on the installation's public host."""
    scheme = "https" if settings.SESSION_COOKIE_SECURE else "http"
    return f"{scheme}://{settings.PUBLIC_HOST or 'localhost:8000'}/t/{place.slug}/"


def forget() -> None:
    """Read the domains anew at the next use."""
    global _domains  # noqa: PLW0603
    _domains = (0.0, {})


def _read_domains() -> dict[str, str]:
    from tenants.models import Domain  # the apps are not ready when the middleware's module is imported

    with context.public():
        return {normalise(name): slug for name, slug in Domain.objects.values_list("domain", "tenant__slug")}
