"""Secrets at rest: encrypted with a key that is derived from SECRET_KEY, so that the database alone shows none of them.

Commands wait in the database until their station is there; what is secret in their payloads (T-95) waits sealed.
"""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from chargers.messages import secrets_of, with_secrets

PREFIX = "sealed:"


def seal(secret: bytes) -> str:
    """The encrypted form of a secret."""
    return _cipher().encrypt(secret).decode()


def unseal(text: str) -> bytes:
    """The secret.

    Raises: cryptography.fernet.InvalidToken when it was sealed with another SECRET_KEY.
    """
    return _cipher().decrypt(text)


def sealed(payload: Any) -> Any:
    """A payload whose secrets are sealed."""
    return with_secrets(payload, lambda value: PREFIX + seal(json.dumps(value).encode()))


def opened(payload: Any) -> Any:
    """The payload as it was before `sealed`."""
    return with_secrets(payload, _opened) if secrets_of(payload) else payload


def _opened(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(PREFIX):
        return value
    try:
        return json.loads(unseal(value.removeprefix(PREFIX)))
    except InvalidToken:
        return value


@lru_cache(maxsize=1)
def _cipher() -> Fernet:
    secret = hashlib.sha256(b"sealed secrets\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
