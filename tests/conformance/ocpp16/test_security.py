"""Security: passwords, certificates, security events and profiles."""

from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cryptography import x509
from cryptography.x509.oid import NameOID
from websockets.exceptions import InvalidStatus

from chargers.models import CertificateAuthority
from tenants import context
from tests.conformance.bench import IDENTITY, TENANT, Bench, ChargePoint, Order, Payload, each_way
from tests.conformance.tls import SUITES, Identity, client_side, issue, server_side, terminated
from tests.gateway.pki import Key, ec_key, request
from tests.interop.outside import until

HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}
ROOT_TYPES = {
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
    "CentralSystemRootCertificate": "CSMSRootCertificate",
}  # by the word of OCPP 1.6, that of OCPP 2.0.1


def root() -> str:
    """A self-signed root certificate in PEM."""
    return issue("A root", ec_key()).pem


async def is_installed(point: ChargePoint, kind: str, answer: str, *, exact: bool) -> Order:
    """Install a root certificate, which the charge point answers."""
    on_wire = {"certificateType": kind, "certificate": root()}
    asked = on_wire if exact else on_wire | {"certificateType": ROOT_TYPES[kind]}
    order = await point.is_told("InstallCertificate", asked, {"status": answer}, exact=exact)
    assert order.said == ("InstallCertificate", on_wire)
    return order


async def are_listed(point: ChargePoint, kind: str, *, exact: bool) -> Order:
    """List the certificates of a kind: there is one."""
    asked: Payload = {"certificateType": kind} if exact else {"certificateType": [ROOT_TYPES[kind]]}
    answer: dict[str, Any] = {"status": "Accepted", "certificateHashData": [HASH]}
    order = await point.is_told("GetInstalledCertificateIds", asked, answer, exact=exact)
    assert order.said == ("GetInstalledCertificateIds", {"certificateType": kind})
    assert order.status == "accepted"
    return order


@each_way
async def test_tc_075_1_csms_a_manufacturers_root_is_installed_and_listed(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        order = await is_installed(point, "ManufacturerRootCertificate", "Accepted", exact=exact)
        assert order.status == "accepted"
        await are_listed(point, "ManufacturerRootCertificate", exact=exact)


@each_way
async def test_tc_075_2_csms_a_root_of_the_central_system_is_installed_and_listed(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        order = await is_installed(point, "CentralSystemRootCertificate", "Accepted", exact=exact)
        assert order.status == "accepted"
        await are_listed(point, "CentralSystemRootCertificate", exact=exact)


@each_way
async def test_tc_076_csms_a_certificate_is_deleted_by_what_was_listed(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        listed = await are_listed(point, "CentralSystemRootCertificate", exact=exact)
        [found] = listed.command["response"]["certificateHashData"]
        order = await point.is_told("DeleteCertificate", {"certificateHashData": found}, exact=exact)

        assert order.said == ("DeleteCertificate", {"certificateHashData": HASH})
        assert order.status == "accepted"


@each_way
async def test_tc_077_csms_a_refused_certificate_of_the_charge_point_is_shown(
    bench: Bench, *, exact: bool
) -> None:
    chain = {"certificateChain": root()}
    async with bench.booted() as point:
        order = await point.is_told("CertificateSigned", chain, {"status": "Rejected"}, exact=exact)
        await point.is_alarmed("InvalidChargePointCertificate")

        assert order.said == ("CertificateSigned", chain)
        assert (order.status, order.command["response"]) == ("rejected", {"status": "Rejected"})


@each_way
async def test_tc_078_csms_a_refused_root_certificate_is_shown(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_installed(point, "CentralSystemRootCertificate", "Rejected", exact=exact)
        await point.is_alarmed("InvalidCentralSystemCertificate")

        assert (order.status, order.command["response"]) == ("rejected", {"status": "Rejected"})


NEW_KEY = b"another key of 20 by"


@each_way
async def test_tc_073_csms_the_new_password_opens_and_the_old_one_does_not(
    bench: Bench, *, exact: bool
) -> None:
    on_wire = {"key": "AuthorizationKey", "value": NEW_KEY.hex()}
    where = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    unified = {"setVariableData": [where | {"attributeValue": NEW_KEY.decode()}]}
    async with bench.booted() as point:
        order = await point.is_told(
            "ChangeConfiguration" if exact else "SetVariables", on_wire if exact else unified, exact=exact
        )
        assert order.said == ("ChangeConfiguration", on_wire)
        assert order.status == "accepted"
        shown = f"{order.command}{await point.logged('ChangeConfiguration')}"
        assert NEW_KEY.hex() not in shown
        assert NEW_KEY.decode() not in shown
    async with bench.booted(password=NEW_KEY.decode()) as point:
        assert (await point.api.get(f"stations/{IDENTITY}/"))["is_online"] is True
    with pytest.raises(InvalidStatus) as refused:
        async with bench.connected():
            pass
    assert refused.value.response.status_code == 401


async def is_signed(point: ChargePoint, key: Key) -> list[x509.Certificate]:
    """Request a certificate, and take it. Returns: the chain, leaf first."""
    assert await point.says("SignCertificate", {"csr": request(IDENTITY, key, "Acme")}) == {
        "status": "Accepted"
    }
    frame = await point.wire.next_command()
    await point.wire.answer(frame, {"status": "Accepted"})
    assert frame[2] == "CertificateSigned"
    assert "\r" not in frame[3]["certificateChain"]

    async def delivered() -> bool:
        rows = await point.api.rows(f"stations/{IDENTITY}/messages/", action="CertificateSigned", result="ok")
        return [row["response"] for row in rows] == [{"status": "Accepted"}]

    assert await until(delivered, 5)
    return x509.load_pem_x509_certificates(frame[3]["certificateChain"].encode())


def authorities() -> str:
    """The tenant's authorities for certificates of charge points, in PEM."""
    with context.tenant(TENANT):
        return "".join(CertificateAuthority.objects.values_list("certificate", flat=True))


@each_way
async def test_tc_074_csms_a_certificate_is_requested_signed_and_delivered(
    bench: Bench, *, exact: bool
) -> None:
    on_wire = {"requestedMessage": "SignChargePointCertificate"}
    asked = on_wire if exact else {"requestedMessage": "SignChargingStationCertificate"}
    key = ec_key()
    async with bench.booted() as point:
        order = await point.is_told(
            "ExtendedTriggerMessage" if exact else "TriggerMessage", asked, exact=exact
        )
        assert order.said == ("ExtendedTriggerMessage", on_wire)
        leaf, *_ = await is_signed(point, key)
        assert exact or await point.effect_is_seen(order)
    assert leaf.public_key() == key.public_key()
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == IDENTITY
    [authority] = x509.load_pem_x509_certificates((await sync_to_async(authorities)()).encode())
    leaf.verify_directly_issued_by(authority)


@each_way
async def test_tc_083_csms_the_security_profile_is_raised_and_stays(
    bench: Bench, tmp_path: Path, *, exact: bool
) -> None:
    on_wire = {"key": "SecurityProfile", "value": "2"}
    where = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "SecurityProfile"}}
    unified = {"setVariableData": [where | {"attributeValue": "2"}]}
    async with bench.booted() as point:
        order = await point.is_told(
            "ChangeConfiguration" if exact else "SetVariables", on_wire if exact else unified, exact=exact
        )
        assert order.said == ("ChangeConfiguration", on_wire)
        assert order.status == "accepted"
    authority = issue("Authority", ec_key())
    charge_point = client_side(tmp_path, authority, SUITES[0])
    async with (
        terminated(bench.port, server_side(tmp_path, authority)) as address,
        bench.booted(base=address, ssl=charge_point) as point,
    ):
        shown = await point.api.get(f"stations/{IDENTITY}/")
    with pytest.raises(InvalidStatus) as refused:
        async with bench.connected():
            pass

    assert (shown["is_online"], shown["security_profile"]) == (True, 2)
    assert refused.value.response.status_code == 403


async def is_turned_away(bench: Bench, **options: Any) -> bool:
    """Whether a connection is refused with 403."""
    with pytest.raises(InvalidStatus) as refused:
        async with bench.connected(**options):
            pass
    return refused.value.response.status_code == 403


async def test_tc_087_csms_tls_with_a_client_certificate(bench: Bench, tmp_path: Path) -> None:
    key, server = ec_key(), issue("Authority", ec_key())
    async with bench.booted() as point:
        leaf, *_ = await is_signed(point, key)
        await point.passes_on("ChangeConfiguration", {"key": "SecurityProfile", "value": "3"})
    forged = issue(IDENTITY, ec_key(), by=server)
    trusted = await sync_to_async(authorities)() + server.pem
    with_own, with_forged, without = [
        client_side(tmp_path, server, SUITES[0], own) for own in (Identity(leaf, key), forged, None)
    ]
    async with terminated(bench.port, server_side(tmp_path, server, clients=trusted)) as address:
        async with bench.booted(base=address, ssl=with_own, password="none is needed") as point:
            shown = await point.api.get(f"stations/{IDENTITY}/")
            used = point.wire.socket.transport.get_extra_info("ssl_object")
        assert await is_turned_away(bench, base=address, ssl=with_forged)
        assert await is_turned_away(bench, base=address, ssl=without)
    assert await is_turned_away(bench)

    assert (shown["is_online"], shown["security_profile"]) == (True, 3)
    assert (used.version(), used.cipher()[0]) == ("TLSv1.2", SUITES[0])
