"""The tenant's own certificate authority: it signs the certificates with which stations identify themselves.

There is one for elliptic keys and one for RSA keys, because many stations verify only the kind that they use themselves; RSA signs with PKCS #1 v1.5, which
the certification tool expects. They are made when they are first needed. Source: A00.FR.501 to 512, S16-61.
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db import IntegrityError, transaction

from chargers import sealing
from chargers.models import CertificateAuthority
from tenants import context

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
KeyType = CertificateAuthority.KeyType
LIFETIME = timedelta(days=3650)
CLOCK_SLACK = timedelta(hours=1)  # no certificate begins in a station's future
RSA_BITS = 3072
LONGEST_NAME = 64  # of a common name or an organization in X.509


def authority(key_type: str) -> CertificateAuthority:
    """The tenant's authority for this kind of key; made if there is none."""
    found = CertificateAuthority.objects.filter(key_type=key_type).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return _make(key_type)
    except IntegrityError:  # another process made it meanwhile
        return CertificateAuthority.objects.get(key_type=key_type)


def sign(public_key: PublicKey, *, name: str, organization: str, valid: timedelta) -> x509.Certificate:
    """A client certificate for a station's key. Nothing else of its request is taken over: no alternative names, no extensions."""
    key_type = KeyType.RSA if isinstance(public_key, rsa.RSAPublicKey) else KeyType.EC
    issuer = authority(key_type)
    parent = x509.load_pem_x509_certificate(issuer.certificate.encode())
    key = _private_key(issuer)
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(name, organization))
        .issuer_name(parent.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(min(now + valid, parent.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    """The certificate as text, with LF at the line ends. Source: CERT-12."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _make(key_type: str) -> CertificateAuthority:
    key: PrivateKey = (
        rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if key_type == KeyType.RSA
        else ec.generate_private_key(ec.SECP256R1())
    )
    certificate = _self_signed(key, key_type)
    return CertificateAuthority.objects.create(
        key_type=key_type,
        certificate=pem(certificate),
        sealed_key=sealing.seal(_encoded(key)),
        fingerprint=fingerprint(certificate),
        expires_at=certificate.not_valid_after_utc,
    )


def _self_signed(key: PrivateKey, key_type: str) -> x509.Certificate:
    place = context.require()
    now = datetime.now(UTC).replace(microsecond=0)
    name = _subject(f"{place.slug} charging stations {key_type}", place.name or place.slug)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _subject(name: str, organization: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME])]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:LONGEST_NAME]))
    return x509.Name(parts)


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _encoded(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(issuer: CertificateAuthority) -> PrivateKey:
    key = serialization.load_der_private_key(sealing.unseal(issuer.sealed_key), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return key
