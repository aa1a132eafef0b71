"""Certificates over the real socket: requests that are signed, roots that are installed, listed and deleted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import certificate_requests, certificates
from chargers.models import (
    CertificateAuthority,
    CertificatePolicy,
    CertificateRequest,
    ChargingStation,
    Command,
    InstalledCertificate,
    SecurityEvent,
)
from tenants import context
from tests.gateway import pki
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import Station, station
from tests.gateway.test_commands import final, queue, run, state
from tests.gateway.test_firmware import ask, inside, play

SIGN, SIGNED = "SignCertificate", "CertificateSigned"


@pytest.fixture(autouse=True)
def _charger(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")


def charger() -> ChargingStation:
    return ChargingStation.objects.get()


def rows() -> list[CertificateRequest]:
    return list(CertificateRequest.objects.order_by("pk"))


def events() -> list[tuple[str, bool]]:
    return list(SecurityEvent.objects.order_by("pk").values_list("type", "is_critical"))


async def sign(one: Station, csr: str) -> x509.Certificate:
    """Ask for a certificate, and take the one that comes."""
    assert await one.result(SIGN, {"csr": csr}) == {"status": "Accepted"}
    frame = await one.next_command()
    assert (frame[2], list(frame[3])) == (SIGNED, ["certificateChain"])
    await one.answer(frame, {"status": "Accepted"})
    assert "\r" not in frame[3]["certificateChain"]
    return x509.load_pem_x509_certificate(frame[3]["certificateChain"].encode())


def signed(gateway: GatewayProcess, csr: str) -> x509.Certificate:
    found: list[x509.Certificate] = []

    async def scene(one: Station) -> None:
        found.append(await sign(one, csr))
        await asyncio.sleep(0.3)

    play(gateway, scene)
    return found[0]


def test_a_request_is_signed_by_the_authority_for_its_kind_of_key(gateway: GatewayProcess) -> None:
    key = pki.ec_key()

    certificate = signed(gateway, pki.request("CP-1", key, "Acme"))

    authority = inside(CertificateAuthority.objects.get)
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    certificate.verify_directly_issued_by(issuer)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject == pki.name("CP-1", "Acme")
    assert "PRIVATE" not in authority.sealed_key
    assert certificate.not_valid_before_utc < timezone.now()
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    (row,) = inside(rows)
    assert (row.state, row.expires_at) == ("installed", certificate.not_valid_after_utc)
    assert inside(events) == [("CertificateInstalled", False)]


def test_rsa_is_signed_with_pkcs1(gateway: GatewayProcess) -> None:
    certificate = signed(gateway, pki.request("CP-1", pki.rsa_key()).replace("\n", "\r\n"))

    assert isinstance(certificate.signature_algorithm_parameters, padding.PKCS1v15)
    assert isinstance(certificate.public_key(), rsa.RSAPublicKey)


def test_the_serial_number_is_a_name_too(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        boot = {"chargePointVendor": "V", "chargePointModel": "M", "chargePointSerialNumber": "SN-77"}
        await one.result("BootNotification", boot)
        await sign(one, pki.request("SN-77"))

    play(gateway, scene)


REFUSED = {
    "no request": "-----BEGIN NONSENSE-----",
    "a text in between": "-----BEGIN CERTIFICATE REQUEST-----\nabc\n-----END CERTIFICATE REQUEST-----",
    "another name": pki.request("CP-2"),
    "no name": pki.request("", organization="Acme"),
    "a small key": pki.request("CP-1", pki.rsa_key(1024)),
    "a small curve": pki.request("CP-1", pki.ec_key(ec.SECP192R1())),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_request_is_rejected_and_the_operator_sees_why(gateway: GatewayProcess, what: str) -> None:
    async def scene(one: Station) -> None:
        assert await one.result(SIGN, {"csr": REFUSED[what]}) == {"status": "Rejected"}

    play(gateway, scene)
    (row,) = inside(rows)

    assert row.state == "refused"
    assert row.reason
    assert inside(events) == [("CertificateRequestRefused", True)]


def test_a_request_with_a_wrong_signature_is_rejected(gateway: GatewayProcess) -> None:
    good = x509.load_pem_x509_csr(pki.request("CP-1").encode())
    der = bytearray(good.public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    broken = x509.load_der_x509_csr(bytes(der))
    text = broken.public_bytes(serialization.Encoding.PEM).decode()

    with pytest.raises(certificate_requests.NotSigned):
        certificate_requests.read(text)


def test_the_policy_decides_about_name_and_organization(gateway: GatewayProcess) -> None:
    inside(CertificatePolicy.objects.create, organization="Acme", is_name_checked=False, valid_days=10)

    async def scene(one: Station) -> None:
        assert await one.result(SIGN, {"csr": pki.request("CP-1", organization="Other")}) == {
            "status": "Rejected"
        }
        certificate = await sign(one, pki.request("Somebody", organization="Acme"))
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < timedelta(11)

    play(gateway, scene)


def test_a_repeated_request_gets_the_same_certificate_once(gateway: GatewayProcess) -> None:
    csr = pki.request("CP-1")

    async def scene(one: Station) -> None:
        assert await one.result(SIGN, {"csr": csr}) == {"status": "Accepted"}
        assert await one.result(SIGN, {"csr": csr}) == {"status": "Accepted"}
        first = await one.next_command()
        await one.answer(first, {"status": "Accepted"})
        await asyncio.sleep(0.4)
        assert one.commands.empty()
        assert await one.result(SIGN, {"csr": csr}) == {"status": "Accepted"}
        again = await one.next_command()
        assert again[3] == first[3]
        await one.answer(again, {"status": "Accepted"})

    play(gateway, scene)

    assert len(inside(rows)) == 1


def test_too_many_requests_are_refused(gateway: GatewayProcess) -> None:
    def flood() -> list[bool]:
        return [
            certificate_requests.take(charger().pk, pki.request("CP-1"))
            for _ in range(certificate_requests.MOST_PER_HOUR + 1)
        ]

    assert inside(flood).count(False) == 1


def test_a_certificate_that_the_station_rejects_is_an_alarm(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        assert await one.result(SIGN, {"csr": pki.request("CP-1")}) == {"status": "Accepted"}
        await one.answer(await one.next_command(), {"status": "Rejected"})
        await one.result(
            "SecurityEventNotification",
            {"type": "InvalidChargePointCertificate", "timestamp": "2026-11-22T10:00:00Z"},
        )
        await asyncio.sleep(0.3)

    play(gateway, scene)

    assert [row.state for row in inside(rows)] == ["rejected"]
    assert sorted(inside(events)) == [("CertificateRejected", True), ("InvalidChargePointCertificate", False)]


def test_renewal_is_triggered_and_its_effect_seen(gateway: GatewayProcess) -> None:
    commands: list[Command] = []

    async def scene(one: Station) -> None:
        commands.append(await ask(lambda: certificate_requests.renew(charger())))
        frame = await one.next_command()
        assert frame[2:] == ["ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}]
        await one.answer(frame, {"status": "Accepted"})
        await sign(one, pki.request("CP-1"))

    play(gateway, scene)

    assert state(commands[0]).effect_seen_at is not None


def hash_data(certificate: x509.Certificate) -> dict[str, str]:
    hashes = certificates.hashes_of(certificate)
    return {
        "hashAlgorithm": hashes.hash_algorithm,
        "issuerNameHash": hashes.issuer_name_hash.upper(),
        "issuerKeyHash": hashes.issuer_key_hash,
        "serialNumber": hashes.serial_number,
    }


def inventory() -> list[InstalledCertificate]:
    return list(InstalledCertificate.objects.select_related("root", "station"))


def test_a_root_is_installed_listed_and_deleted(gateway: GatewayProcess) -> None:
    root = pki.root("Acme root")

    async def listed(
        one: Station, answer: dict[str, Any], kind: str = "CentralSystemRootCertificate"
    ) -> None:
        frame = await one.next_command()
        assert frame[2:] == ["GetInstalledCertificateIds", {"certificateType": kind}]
        await one.answer(frame, answer)
        await asyncio.sleep(0.2)

    async def scene(one: Station) -> None:
        text = pki.pem(root).replace("\n", "\r\n")
        await ask(lambda: certificates.install(charger(), "CSMSRootCertificate", text))
        frame = await one.next_command()
        assert frame[2:] == [
            "InstallCertificate",
            {"certificateType": "CentralSystemRootCertificate", "certificate": pki.pem(root)},
        ]
        await one.answer(frame, {"status": "Accepted"})
        await listed(one, {"status": "Accepted", "certificateHashData": [hash_data(root)]})
        (row,) = await ask(inventory)
        assert row.root is not None
        assert (row.certificate_type, row.root.subject, row.root.expires_at) == (
            "CSMSRootCertificate", "CN=Acme root", root.not_valid_after_utc,
        )  # fmt: skip
        await ask(lambda: certificates.delete(row))
        frame = await one.next_command()
        assert frame[2:] == ["DeleteCertificate", {"certificateHashData": hash_data(root)}]
        await one.answer(frame, {"status": "Accepted"})
        await listed(one, {"status": "NotFound"})
        await listed(one, {"status": "NotFound"}, "ManufacturerRootCertificate")
        assert await ask(inventory) == []

    play(gateway, scene)


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
def test_a_root_that_is_not_taken_changes_nothing(gateway: GatewayProcess, status: str) -> None:
    payload = {"certificateType": "ManufacturerRootCertificate", "certificate": pki.pem(pki.root())}

    _, row = run(gateway, "1.6", "InstallCertificate", payload, {"status": status})

    assert (row.status, row.response) == ("rejected", {"status": status})
    assert inside(Command.objects.count) == 1


def test_a_root_must_be_a_valid_certificate(gateway: GatewayProcess) -> None:
    for use, text in (
        ("CSMSRootCertificate", "nonsense"),
        ("CSMSRootCertificate", pki.pem(pki.root(days=-1))),
        ("OtherCertificate", pki.pem(pki.root())),
    ):
        with pytest.raises(ValidationError):
            inside(lambda use=use, text=text: certificates.install(charger(), use, text))


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("InstallCertificate", {"certificateType": "V2GRootCertificate", "certificate": "x"}),
        ("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": "x" * 6000}),
        ("CertificateSigned", {"certificateChain": "x", "certificateType": "V2GCertificate"}),
        ("CertificateSigned", {}),
        ("DeleteCertificate", {}),
        ("GetInstalledCertificateIds", {}),
        (
            "GetInstalledCertificateIds",
            {"certificateType": ["CSMSRootCertificate", "ManufacturerRootCertificate"]},
        ),
    ],
)
def test_what_1_6_cannot_say_is_not_sent(
    gateway: GatewayProcess, action: str, payload: dict[str, Any]
) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1"):
            return await final(await sync_to_async(queue)(action, payload))

    assert asyncio.run(scene()).error_code == "NotSupported"


def test_tenants_have_their_own_authorities(gateway: GatewayProcess) -> None:
    certificate = signed(gateway, pki.request("CP-1"))

    with context.tenant("volt"):
        assert not CertificateAuthority.objects.exists()
    assert "volt" not in certificate.issuer.rfc4514_string()
