"""Security: passwords, certificates, security events and profiles."""

from typing import Any

import pytest

from tests.conformance.bench import Bench, ChargePoint, Order, Payload
from tests.conformance.tls import elliptic, issue

HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}
each_way = pytest.mark.parametrize("exact", [True], ids=["exact"])
ROOT_TYPES = {
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
    "CentralSystemRootCertificate": "CSMSRootCertificate",
}  # by the word of OCPP 1.6, that of OCPP 2.0.1


def root() -> str:
    """A self-signed root certificate in PEM."""
    return issue("A root", elliptic()).pem


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
