"""Station keys: made here, shown once, kept as a keyed digest.

The keys that we make are random (116 bits), so a fast keyed hash is enough and a storm of reconnecting stations costs microseconds each;
a slow password hash would cost minutes. The hash's key is derived from SECRET_KEY: the database alone gives no way to test a guess.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError

ALPHABET = (
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"  # without 0 O 1 l I, which people mistype
)
GENERATED_LENGTH = 20  # fits 1.6 (at most 20 bytes) and 2.x (16 to 40 characters)


def generate() -> str:
    """A new random key of 20 characters (116 bits). Source: A01.FR.07."""
    return "".join(secrets.choice(ALPHABET) for _ in range(GENERATED_LENGTH))


def check(password: str) -> None:
    """Refuse a key that stations could not hold.

    Raises: ValidationError.
    """
    if not 8 <= len(password.encode()) <= 64:
        raise ValidationError("A station's password has 8 to 64 bytes.")
    if not password.isprintable():
        raise ValidationError("A station's password has printable characters only.")


def digest(password: bytes, salt: str) -> str:
    """The kept form of a key."""
    return hmac.new(_pepper(), salt.encode() + b"\0" + password, hashlib.sha256).hexdigest()


def matches(password: bytes, salt: str, kept: str) -> bool:
    """Whether these bytes are the key, as they are or as the hex text of it or of its bytes.

    Stations disagree on the form (Q47): raw bytes, or hex digits of the key. All forms are always tried, so that the time does not tell which failed.
    """
    forms = [password, _unhexed(password), password.hex().encode()]
    return sum(hmac.compare_digest(digest(form, salt), kept) for form in forms) > 0


def _unhexed(password: bytes) -> bytes:
    try:
        return bytes.fromhex(password.decode("ascii"))
    except ValueError:
        return b""


@lru_cache(maxsize=1)
def _pepper() -> bytes:
    return hashlib.sha256(b"station keys\0" + settings.SECRET_KEY.encode()).digest()
