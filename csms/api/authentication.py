"""Who calls: a program with an API key of the tenant under whose address it calls."""

import re
from datetime import timedelta
from typing import Final

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.users.models import ApiKey

_KEY: Final = re.compile(r"csms_[0-9a-f]{8}_[A-Za-z0-9_-]{20,100}", re.ASCII)
_USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`. A key of another tenant is unknown here, so it is refused like any wrong one."""

    def authenticate(self, request: Request) -> tuple[ApiKey, str] | None:
        """The key's row as the user and its text as the credential; None when no key is presented.

        Raises: AuthenticationFailed for anything but a valid key.
        """
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("The Authorization header must be “Bearer” and an API key.")
        text = text.strip()
        key = ApiKey.find(text) if _KEY.fullmatch(text) else None
        if key is None:
            raise AuthenticationFailed("This API key is not valid here.")
        _note_use(key)
        return key, text

    def authenticate_header(self, request: Request) -> str:
        """The challenge that goes with a 401."""
        return 'Bearer realm="csms"'


def key_of(request: Request) -> ApiKey:
    """The key that this request was authenticated with."""
    key: object = request.user
    assert isinstance(key, ApiKey)  # the permission check has let it through
    return key


def name_of(request: Request) -> str:
    """Who asks, for the records of what was done."""
    return f"API key {key_of(request).name}"


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > _USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
