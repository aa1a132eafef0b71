"""Firmware management: updates and diagnostics, from the order over the file to the last state that is reported."""

import asyncio
from urllib.request import Request, urlopen

from tests.conformance.bench import IDENTITY, Bench, ChargePoint, Order, Payload, each_way, moment

ELSEWHERE = "https://firmware.example/one.bin"
LOGS_ELSEWHERE = "ftp://logs.example/"
CONTENT = b"what happened"


async def is_updating(point: ChargePoint, *, exact: bool) -> Order:
    """Order an update from an address elsewhere."""
    when = moment()[:19] + "Z"
    on_wire = {"location": ELSEWHERE, "retrieveDate": when, "retries": 1}
    asked = {"retries": 1, "firmware": {"location": ELSEWHERE, "retrieveDateTime": when}}
    order = await point.is_told("UpdateFirmware", on_wire if exact else asked, {}, exact=exact)
    assert order.said == ("UpdateFirmware", on_wire)
    assert order.status == "accepted"
    return order


async def reports(point: ChargePoint, action: str, *states: str, **more: object) -> None:
    """Report states, one after another, each of which is taken."""
    for state in states:
        assert await point.says(action, {"status": state} | more) == {}


async def states_of(point: ChargePoint, kind: str) -> list[str]:
    """The states of the newest job of a kind, as the API shows them."""
    job = (await point.api.rows(f"{kind}/", station=IDENTITY))[0]
    return [step["state"] for step in job["history"]]


@each_way
async def test_tc_044_1_csms_firmware_is_followed_until_it_is_installed(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_updating(point, exact=exact)
        await reports(point, "FirmwareStatusNotification", "Downloading", "Downloaded", "Installing")
    async with bench.booted() as point:
        await reports(point, "FirmwareStatusNotification", "Installed")

        assert await point.effect_is_seen(order)
        assert (await states_of(point, "firmware-updates"))[-4:] == [
            "Downloading",
            "Downloaded",
            "Installing",
            "Installed",
        ]


@each_way
async def test_tc_044_2_csms_a_failed_download_is_shown(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_updating(point, exact=exact)
        await reports(point, "FirmwareStatusNotification", "Downloading", "DownloadFailed")

        assert (await states_of(point, "firmware-updates"))[-2:] == ["Downloading", "DownloadFailed"]
        assert (await point.command(order))["effect_seen_at"] is None


@each_way
async def test_tc_044_3_csms_a_failed_installation_is_shown(bench: Bench, *, exact: bool) -> None:
    steps = ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    async with bench.booted() as point:
        order = await is_updating(point, exact=exact)
        await reports(point, "FirmwareStatusNotification", *steps)

        assert (await states_of(point, "firmware-updates"))[-4:] == steps
        assert (await point.command(order))["effect_seen_at"] is None


def deliver(location: str) -> int:
    """Upload a file as a charge point does. Returns: the HTTP status."""
    with urlopen(Request(location, data=CONTENT, method="PUT"), timeout=10) as answer:
        return int(answer.status)


async def is_delivered(point: ChargePoint, location: str) -> None:
    """Upload a file where the product takes it itself, and find it in the API."""
    if location == LOGS_ELSEWHERE:
        return
    assert await asyncio.to_thread(deliver, location) in (200, 201, 204)
    [job] = await point.api.rows("log-requests/", station=IDENTITY)
    assert (await point.api.call("GET", job["url"])).body == CONTENT


async def log_is_asked_for(
    point: ChargePoint, asked: tuple[str, Payload], action: str, answer: Payload, *, exact: bool
) -> tuple[Order, str]:
    """Ask for a log. Returns: the order, and where the charge point is to deliver it."""
    order = await point.is_told(*asked, answer, exact=exact)
    assert order.said[0] == action
    assert order.status == "accepted"
    wire = order.frame[3]
    return order, wire["location"] if "location" in wire else wire["log"]["remoteLocation"]


DIAGNOSTICS = ("GetLog", {"logType": "DiagnosticsLog", "log": {}})
DIAGNOSTICS_ELSEWHERE = ("GetDiagnostics", {"location": LOGS_ELSEWHERE})


@each_way
async def test_tc_045_1_csms_diagnostics_are_uploaded(bench: Bench, *, exact: bool) -> None:
    asked = DIAGNOSTICS_ELSEWHERE if exact else DIAGNOSTICS
    async with bench.booted() as point:
        order, location = await log_is_asked_for(
            point, asked, "GetDiagnostics", {"fileName": "one.tar"}, exact=exact
        )
        await reports(point, "DiagnosticsStatusNotification", "Uploading")
        await is_delivered(point, location)
        await reports(point, "DiagnosticsStatusNotification", "Uploaded")

        assert await point.effect_is_seen(order)
        assert (await states_of(point, "log-requests"))[-2:] == ["Uploading", "Uploaded"]


@each_way
async def test_tc_045_2_csms_diagnostics_that_cannot_be_uploaded_are_shown(
    bench: Bench, *, exact: bool
) -> None:
    asked = DIAGNOSTICS_ELSEWHERE if exact else DIAGNOSTICS
    async with bench.booted() as point:
        order, _ = await log_is_asked_for(
            point, asked, "GetDiagnostics", {"fileName": "one.tar"}, exact=exact
        )
        await reports(point, "DiagnosticsStatusNotification", "Uploading", "UploadFailed")

        assert (await states_of(point, "log-requests"))[-2:] == ["Uploading", "UploadFailure"]
        assert (await point.command(order))["effect_seen_at"] is None


SECURITY_LOG = ("GetLog", {"logType": "SecurityLog", "log": {}})
SECURITY_LOG_ELSEWHERE = (
    "GetLog",
    {"logType": "SecurityLog", "requestId": 5, "log": {"remoteLocation": LOGS_ELSEWHERE}},
)


@each_way
async def test_tc_079_csms_the_security_log_is_uploaded(bench: Bench, *, exact: bool) -> None:
    asked = SECURITY_LOG_ELSEWHERE if exact else SECURITY_LOG
    answer = {"status": "Accepted", "filename": "security.log"}
    async with bench.booted() as point:
        order, location = await log_is_asked_for(point, asked, "GetLog", answer, exact=exact)
        number = order.frame[3]["requestId"]
        await reports(point, "LogStatusNotification", "Uploading", requestId=number)
        await is_delivered(point, location)
        await reports(point, "LogStatusNotification", "Uploaded", requestId=number)

        assert order.frame[3]["logType"] == "SecurityLog"
        assert await point.effect_is_seen(order)
        assert (await states_of(point, "log-requests"))[-2:] == ["Uploading", "Uploaded"]


async def is_updating_securely(point: ChargePoint, *, exact: bool) -> tuple[Order, int]:
    """Order a signed update. Returns: the order and its request id."""
    firmware = {
        "location": ELSEWHERE,
        "retrieveDateTime": moment()[:19] + "Z",
        "signingCertificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "signature": "c2lnbmF0dXJl",
    }
    on_wire = {"requestId": 7, "firmware": firmware}
    order = await point.is_told(
        "SignedUpdateFirmware" if exact else "UpdateFirmware", on_wire, {"status": "Accepted"}, exact=exact
    )
    assert order.said == ("SignedUpdateFirmware", on_wire)
    assert order.status == "accepted"
    return order, 7


@each_way
async def test_tc_080_csms_signed_firmware_is_followed_until_it_is_installed(
    bench: Bench, *, exact: bool
) -> None:
    steps = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"]
    async with bench.booted() as point:
        order, number = await is_updating_securely(point, exact=exact)
        await reports(point, "SignedFirmwareStatusNotification", *steps, requestId=number)
    async with bench.booted() as point:
        await reports(point, "SignedFirmwareStatusNotification", "Installed", requestId=number)

        assert await point.effect_is_seen(order)
        assert (await states_of(point, "firmware-updates"))[-6:] == [*steps, "Installed"]


@each_way
async def test_tc_081_csms_a_bad_signature_is_shown(bench: Bench, *, exact: bool) -> None:
    steps = ["Downloading", "Downloaded", "InvalidSignature"]
    async with bench.booted() as point:
        order, number = await is_updating_securely(point, exact=exact)
        await reports(point, "SignedFirmwareStatusNotification", *steps, requestId=number)
        await point.is_alarmed("InvalidFirmwareSignature")

        assert (await states_of(point, "firmware-updates"))[-3:] == steps
        assert (await point.command(order))["effect_seen_at"] is None
