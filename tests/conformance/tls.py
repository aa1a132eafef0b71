"""TLS as it stands in front of the product: a terminator of its own with certificates of its own, that says to the product what it has checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.gateway.pki import Key, ec_key, name, rsa_key

# The suites that OCPP wants offered: two for an ECDSA certificate, two for an RSA certificate. Source: T-80.
SUITES = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
]

CERTIFICATE_HEADER = "X-Client-Cert"
CLAIMS = (b"x-forwarded-", CERTIFICATE_HEADER.lower().encode())


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def saved(self, folder: Path, name: str) -> Path:
        """The file with both, in PEM."""
        file = folder / f"{name}.pem"
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(self.pem.encode() + key)
        return file


def issue(common_name: str, key: Key, *, by: Identity | None = None) -> Identity:
    """A certificate for 127.0.0.1, signed by an authority; without one it is an authority itself."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name, "Tests"))
        .issuer_name(by.certificate.subject if by else name(common_name, "Tests"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return Identity(builder.sign(by.key if by else key, hashes.SHA256()), key)


def server_side(folder: Path, authority: Identity, *, clients: str = "") -> ssl.SSLContext:
    """TLS 1.2 with an ECDSA and an RSA certificate, offering the four suites; certificates of charge points are asked for where authorities are given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES))
    for kind, key in (("ecdsa", ec_key()), ("rsa", rsa_key())):
        context.load_cert_chain(issue("127.0.0.1", key, by=authority).saved(folder, kind))
    if clients:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=clients)
    return context


def client_side(folder: Path, authority: Identity, suite: str, own: Identity | None = None) -> ssl.SSLContext:
    """A charge point that trusts the authority alone and can do one suite; with a certificate of its own it shows that."""
    context = ssl.create_default_context(cafile=authority.saved(folder, "authority"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    if own:
        context.load_cert_chain(own.saved(folder, "charge-point"))
    return context


@asynccontextmanager
async def terminated(port: int, context: ssl.SSLContext) -> AsyncIterator[str]:
    """A terminator in front of the product's port. Gives: the address for charge points."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        inside_reader, inside_writer = await asyncio.open_connection("127.0.0.1", port)
        inside_writer.write(
            handed_on(head, writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        )
        await asyncio.gather(pump(reader, inside_writer), pump(inside_reader, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    try:
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def handed_on(head: bytes, certificate: bytes | None) -> bytes:
    """A request's head with what the terminator knows, and without what the client only claims."""
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(CLAIMS)]
    shown = quote(ssl.DER_cert_to_PEM_cert(certificate), safe="") if certificate else ""
    lines += [b"X-Forwarded-Proto: https", f"{CERTIFICATE_HEADER}: {shown}".encode()]
    return b"\r\n".join([*lines, b"", b""])


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until they end."""
    with suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(ConnectionError, ssl.SSLError):
        writer.close()
