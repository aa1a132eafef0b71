"""The security whitepaper of a 1.6 station: a certificate of its own, root certificates, security events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from csms.simulator.clock import timestamp
from csms.simulator.link import Answer, Payload
from csms.simulator.outbox import Message
from csms.simulator.wire import answers

if TYPE_CHECKING:
    from csms.simulator.station import Station

MOST_ROOTS = 10  # CertificateStoreMaxLength


class Security16:
    """The commands about certificates. Keys and certificates live as long as the station runs."""

    station: Station

    def __init__(self) -> None:
        self.roots: list[tuple[str, x509.Certificate]] = []
        self.certificate: x509.Certificate | None = None
        self._new_key: ec.EllipticCurvePrivateKey | None = None

    async def ask_for_certificate(self) -> None:
        """Make a new key and send a request for its certificate (S16-60)."""
        spec = self.station.spec
        self._new_key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, spec.serial_number or spec.identity)])
        request = (
            x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self._new_key, hashes.SHA256())
        )
        text = request.public_bytes(serialization.Encoding.PEM).decode()
        await self.station.say("SignCertificate", {"csr": text})

    def tell_security(self, event: str, text: str = "") -> None:
        """Put a security event on its way; it is kept while the station is offline."""
        payload = {"type": event, "timestamp": timestamp(self.station.clock.now())}
        payload |= {"techInfo": text} if text else {}
        self.station.tell("security", f"security event {event}")
        self.station.uplink.outbox.put(Message("SecurityEventNotification", lambda: payload))

    @answers("CertificateSigned")
    def certificate_signed(self, payload: Payload) -> Answer:
        """Take the certificate if it is for the key of the last request."""
        found = _read(str(payload["certificateChain"]))
        if found is None or self._new_key is None or found.public_key() != self._new_key.public_key():
            return self._refused("InvalidChargePointCertificate")
        self.certificate, self._new_key = found, None
        return Answer({"status": "Accepted"})

    @answers("InstallCertificate")
    def install_certificate(self, payload: Payload) -> Answer:
        """Keep a root certificate."""
        use, found = str(payload["certificateType"]), _read(str(payload["certificate"]))
        if found is None or found.not_valid_after_utc < datetime.now(UTC):
            return self._refused("InvalidCentralSystemCertificate")
        if (use, found) not in self.roots:
            if len(self.roots) >= MOST_ROOTS:
                return Answer({"status": "Failed"})
            self.roots.append((use, found))
        return Answer({"status": "Accepted"})

    @answers("DeleteCertificate")
    def delete_certificate(self, payload: Payload) -> Answer:
        """Forget a root certificate that is named by its hashes."""
        wanted = payload["certificateHashData"]
        kept = [(use, root) for use, root in self.roots if _hash_data(root) != wanted]
        status = "NotFound" if len(kept) == len(self.roots) else "Accepted"
        self.roots = kept
        return Answer({"status": status})

    @answers("GetInstalledCertificateIds")
    def installed_certificates(self, payload: Payload) -> Answer:
        """List the root certificates of one use."""
        found = [_hash_data(root) for use, root in self.roots if use == payload["certificateType"]]
        return Answer(
            {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}
        )

    def _refused(self, event: str) -> Answer:
        async def report() -> None:
            self.tell_security(event)

        return Answer({"status": "Rejected"}, report)


def _read(text: str) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return None


def _hash_data(root: x509.Certificate) -> dict[str, str]:
    """How a root certificate, its own issuer, is named."""
    request = ocsp.OCSPRequestBuilder().add_certificate(root, root, hashes.SHA256()).build()
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": request.issuer_name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{root.serial_number:x}",
    }
