"""The security whitepaper of a 1.6 station: every frame fits its schema, and what it holds is what it lists."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from csms.simulator.ocpp16 import Ocpp16
from tests.simulator.conftest import Run
from tests.simulator.judge import Judge

ROOT = "CentralSystemRootCertificate"
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(public_key: ec.EllipticCurvePublicKey | None = None, *, days: int = 2) -> str:
    """A certificate of an authority; its own where no other key is given."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
    begin = datetime.now(UTC) - timedelta(days=10)
    builder = x509.CertificateBuilder(name, name, public_key or KEY.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=10 + days))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


async def request_of(judge: Judge) -> x509.CertificateSigningRequest:
    """The request that the station sends when it is asked to."""
    asked = {"requestedMessage": "SignChargePointCertificate"}
    assert await judge.command("ExtendedTriggerMessage", asked) == {"status": "Accepted"}
    await judge.hears("SignCertificate", lambda call: "csr" in call)
    return x509.load_pem_x509_csr(judge.said("SignCertificate")[-1]["csr"].encode())


async def test_it_asks_for_a_certificate_and_takes_it(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    request = await request_of(judge)
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=S-1"
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    chain = {"certificateChain": certificate(key)}
    assert await judge.command("CertificateSigned", chain) == {"status": "Accepted"}
    assert isinstance(station.wire, Ocpp16)
    assert station.wire.certificate is not None


async def test_a_certificate_for_another_key_is_an_event(judge: Judge, run: Run) -> None:
    await run("1.6")
    await request_of(judge)
    assert await judge.command("CertificateSigned", {"certificateChain": certificate()}) == {
        "status": "Rejected"
    }
    await judge.hears(
        "SecurityEventNotification", lambda call: call["type"] == "InvalidChargePointCertificate"
    )


async def test_roots_are_installed_listed_and_deleted(judge: Judge, run: Run) -> None:
    await run("1.6")
    asked = {"certificateType": ROOT}
    assert await judge.command("GetInstalledCertificateIds", asked) == {"status": "NotFound"}
    for _ in range(2):
        wanted = asked | {"certificate": certificate()}
        assert await judge.command("InstallCertificate", wanted) == {"status": "Accepted"}
    listed = (await judge.command("GetInstalledCertificateIds", asked))["certificateHashData"]
    assert len(listed) == 2
    for status in ("Accepted", "NotFound"):
        answer = await judge.command("DeleteCertificate", {"certificateHashData": listed[0]})
        assert answer == {"status": status}
    assert (await judge.command("GetInstalledCertificateIds", asked))["certificateHashData"] == listed[1:]


async def test_an_expired_root_is_an_event(judge: Judge, run: Run) -> None:
    await run("1.6")
    wanted = {"certificateType": ROOT, "certificate": certificate(days=-1)}
    assert await judge.command("InstallCertificate", wanted) == {"status": "Rejected"}
    await judge.hears(
        "SecurityEventNotification", lambda call: call["type"] == "InvalidCentralSystemCertificate"
    )


async def test_it_comes_again_with_its_new_key(judge: Judge, run: Run) -> None:
    judge.passwords["S-1"] = "the old key of it"
    station = await run("1.6", password="the old key of it")
    judge.passwords["S-1"] = "the new key of it"
    wanted = {"key": "AuthorizationKey", "value": b"the new key of it".hex()}
    assert await judge.command("ChangeConfiguration", wanted) == {"status": "Accepted"}
    await judge.hears(
        "SecurityEventNotification", lambda call: call["type"] == "ReconfigurationOfSecurityParameters"
    )
    assert station.settings.password == "the new key of it"
    await station.until(lambda each: judge.connections == 2 and each.is_connected, 5)


async def test_a_log_status_is_triggered(judge: Judge, run: Run) -> None:
    await run("1.6")
    asked = {"requestedMessage": "LogStatusNotification"}
    assert await judge.command("ExtendedTriggerMessage", asked) == {"status": "Accepted"}
    await judge.hears("LogStatusNotification", lambda call: call["status"] == "Idle")
