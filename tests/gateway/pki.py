"""Keys, certificate requests and certificates as stations and operators have them."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def ec_key(curve: ec.EllipticCurve | None = None) -> Key:
    """An elliptic key."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def rsa_key(bits: int = 2048) -> Key:
    """An RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def name(common_name: str, organization: str = "") -> x509.Name:
    """A subject."""
    parts = [(NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organization)]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])


def request(common_name: str, key: Key | None = None, organization: str = "") -> str:
    """A certificate request."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(common_name, organization))
    signed = builder.sign(key or ec_key(), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def root(common_name: str = "Root", *, days: int = 30) -> x509.Certificate:
    """A self-signed certificate."""
    key, now = ec_key(), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def pem(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
