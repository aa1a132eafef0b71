"""Addresses under which one station may fetch or deliver one file, once and for a while. Only a digest of the secret part is kept. Source: W-15."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from tenants import context

LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A new address. `digest` is what a row keeps."""

    location: str
    digest: str
    expires_at: datetime


def download(name: str, *, base: str | None = None, planned_at: datetime | None = None) -> Link:
    """An address to GET a file of this name; its hour begins when the station is to come."""
    token = secrets.token_urlsafe(24)
    return _link(token, f"files/{token}/{quote(name, safe='')}", base, planned_at)


def upload(*, base: str | None = None) -> Link:
    """An address to PUT or POST a file to; stations may add a name to it."""
    token = secrets.token_urlsafe(24)
    return _link(token, f"uploads/{token}/", base, None)


def digest(token: str) -> str:
    """What a row keeps of the secret part of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


def _link(token: str, path: str, base: str | None, planned_at: datetime | None) -> Link:
    begins = max(planned_at or timezone.now(), timezone.now())
    return Link(f"{(base or _base()).rstrip('/')}/{path}", digest(token), begins + LIFE)


def _base() -> str:
    """The tenant's address as stations reach it."""
    scheme = "https" if settings.PUBLIC_WEBSOCKET_SCHEME == "wss" else "http"
    return f"{scheme}://{settings.PUBLIC_HOST or 'localhost:8000'}/t/{context.require().slug}"
