"""Files over the network as a station moves them: firmware fetched and checked, logs delivered."""

import asyncio
import base64
import hashlib
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

TIMEOUT_S = 30
LARGEST = 1024 * 1024 * 1024
SCHEMES = ("http", "https", "ftp")


class TransferError(Exception):
    """The file did not arrive."""


async def fetch(location: str) -> bytes:
    """Download a file.

    Raises: TransferError.
    """
    return await asyncio.to_thread(_exchange, location, None)


async def deliver(location: str, body: bytes) -> None:
    """Upload a file with PUT.

    Raises: TransferError.
    """
    await asyncio.to_thread(_exchange, location, body)


def version_of(image: bytes) -> str:
    """The version of a firmware file: its first line if that is a short text, else a name made from its hash."""
    line = image.split(b"\n", 1)[0].strip()
    if 0 < len(line) <= 50 and line.isascii() and line.decode().isprintable():
        return line.decode()
    return f"sha256:{hashlib.sha256(image).hexdigest()[:12]}"


def certificate(text: str) -> x509.Certificate | None:
    """The signing certificate, or None where the text is none."""
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return None


def is_signed(image: bytes, signature: str, signer: x509.Certificate) -> bool:
    """Say whether the signature over the file is that of the certificate's key. Source: S16-52."""
    key = signer.public_key()
    try:
        given = base64.b64decode(signature, validate=True)
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(given, image, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(given, image, scheme, hashes.SHA256())
        else:
            return False
    except (ValueError, InvalidSignature):
        return False
    return True


def _exchange(location: str, body: bytes | None) -> bytes:
    if urlsplit(location).scheme not in SCHEMES:
        raise TransferError(f"{location} is no address that this station can use")
    request = Request(location, data=body, method="GET" if body is None else "PUT")  # noqa: S310 - see above
    request.add_header("Content-Type", "application/octet-stream")
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - see above
            answered: bytes = answer.read(LARGEST)
    except (URLError, OSError, ValueError) as error:
        raise TransferError(str(error)) from error
    return answered
