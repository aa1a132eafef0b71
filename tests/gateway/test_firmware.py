"""Firmware updates and logs over the real socket and the real files' door: the order, what the station reports, the file."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import commands, files, firmware, logs
from chargers.models import ChargingStation, Command, FirmwareImage, FirmwareUpdate, LogRequest
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import Station, station
from tests.gateway.test_commands import final, queue

IMAGE = b"firmware " * 20_000
Scene = Callable[[Station], Awaitable[None]]
Value = TypeVar("Value")


@pytest.fixture(autouse=True)
def _charger(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")


def inside(function: Callable[..., Value], *arguments: Any, **options: Any) -> Value:
    """Call a verb in the tenant, as a web process does."""
    with context.tenant("acme"):
        return function(*arguments, **options)


async def ask(function: Callable[..., Value], *arguments: Any, **options: Any) -> Value:
    """As `inside`, beside a socket."""
    return await sync_to_async(inside)(function, *arguments, **options)


def base(gateway: GatewayProcess) -> str:
    """The tenant's address as this station reaches it."""
    return gateway.base.replace("ws://", "http://") + "/t/acme"


def add_image(**options: Any) -> FirmwareImage:
    return firmware.add_image(iter([IMAGE]), file_name="eve-2.bin", version="2.0", **options)


def order(source: FirmwareImage | str, gateway: GatewayProcess, **options: Any) -> FirmwareUpdate:
    return firmware.request_update(ChargingStation.objects.get(), source, base=base(gateway), **options)


def update(pk: int) -> FirmwareUpdate:
    return FirmwareUpdate.objects.select_related("image", "command").get(pk=pk)


def log(pk: Any = None) -> LogRequest:
    return LogRequest.objects.get(pk=pk) if pk else LogRequest.objects.get()


def states(job: FirmwareUpdate | LogRequest) -> list[str]:
    return [entry["state"] for entry in job.history]


def play(gateway: GatewayProcess, scene: Scene) -> None:
    """Let a scene happen at a booted station."""

    async def run() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await scene(one)

    asyncio.run(run())


def http(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = Request(url, data=body, method=method, headers=headers)
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


async def report(one: Station, *statuses: str) -> None:
    for status in statuses:
        assert await one.result("FirmwareStatusNotification", {"status": status}) == {}


def test_an_image_of_ours_is_fetched_once_and_confirmed_by_the_next_boot(gateway: GatewayProcess) -> None:
    job = inside(order, inside(add_image), gateway)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert frame[2] == "UpdateFirmware"
        assert set(frame[3]) == {"location", "retrieveDate"}
        await one.answer(frame, {})
        await final(Command(pk=job.command_id))
        await report(one, "Downloading")
        assert await asyncio.to_thread(http, "HEAD", frame[3]["location"]) == (200, b"")
        status, body = await asyncio.to_thread(http, "GET", frame[3]["location"])
        assert (status, hashlib.sha256(body).digest()) == (200, hashlib.sha256(IMAGE).digest())
        assert (await asyncio.to_thread(http, "GET", frame[3]["location"]))[0] == 403
        await report(one, "Downloaded", "Installing", "Installing", "Installed", "Idle")
        boot = {"chargePointVendor": "Vendor", "chargePointModel": "Model", "firmwareVersion": "2.0"}
        await one.result("BootNotification", boot)

    play(gateway, scene)
    job = inside(update, job.pk)

    assert states(job) == ["Requested", "Accepted", "Downloading", "Downloaded", "Installing", "Installed"]
    assert (job.state, job.version_after, job.is_unconfirmed) == ("Installed", "2.0", False)
    assert job.fetched_at is not None
    assert job.command is not None
    assert job.command.effect_seen_at is not None


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        (["Downloading", "DownloadFailed"], "DownloadFailed"),
        (["Downloading", "Downloaded", "Installing", "InstallationFailed"], "InstallationFailed"),
        (["Installed"], "Installed"),
    ],
)
def test_an_update_ends_as_the_station_says(gateway: GatewayProcess, reported: list[str], state: str) -> None:
    job = inside(order, "ftp://files.example/eve.bin", gateway, retries=2)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert (frame[3]["location"], frame[3]["retries"]) == ("ftp://files.example/eve.bin", 2)
        await one.answer(frame, {})
        await report(one, *reported, reported[-1])

    play(gateway, scene)
    job = inside(update, job.pk)

    assert (job.state, job.is_final, states(job)[-1]) == (state, True, state)
    assert job.finished_at is not None


def test_a_station_that_forgets_to_report_is_believed_by_its_boot(gateway: GatewayProcess) -> None:
    job = inside(order, inside(add_image), gateway)

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), {})
        await report(one, "Downloading", "Downloaded")
        boot = {"chargePointVendor": "Vendor", "chargePointModel": "Model", "firmwareVersion": "2.0"}
        await one.result("BootNotification", boot)

    play(gateway, scene)

    assert inside(update, job.pk).state == "Installed"


def test_a_newer_order_takes_the_place_of_the_older(gateway: GatewayProcess) -> None:
    older = inside(order, "https://files.example/1.bin", gateway)

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), {})
        await report(one, "Downloading")
        newer = await ask(order, "https://files.example/2.bin", gateway)
        frame = await one.next_command()
        assert frame[3]["location"].endswith("2.bin")
        await one.answer(frame, {})
        await final(Command(pk=newer.command_id))
        await report(one, "Downloading", "Downloaded")

    play(gateway, scene)

    assert inside(update, older.pk).state == "Canceled"
    assert inside(lambda: FirmwareUpdate.objects.first().state) == "Downloaded"  # type: ignore[union-attr]


SIGNED = {"signature": "c2lnbmVk", "signing_certificate": "-----BEGIN CERTIFICATE-----"}


def test_a_signed_image_is_ordered_with_its_signature_and_followed_by_its_id(gateway: GatewayProcess) -> None:
    job = inside(order, inside(add_image, **SIGNED), gateway)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert frame[2] == "SignedUpdateFirmware"
        assert frame[3]["firmware"]["signature"] == "c2lnbmVk"
        await one.answer(frame, {"status": "Accepted"})
        for status in ("Downloading", "Downloaded", "InvalidSignature"):
            payload = {"status": status, "requestId": frame[3]["requestId"]}
            await one.result("SignedFirmwareStatusNotification", payload)

    play(gateway, scene)

    assert inside(update, job.pk).state == "InvalidSignature"


@pytest.mark.parametrize("word", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
def test_a_no_to_a_signed_update_ends_it_and_leaves_the_older_alone(
    gateway: GatewayProcess, word: str
) -> None:
    image = inside(add_image, **SIGNED)
    older = inside(order, image, gateway)

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), {"status": "Accepted"})
        newer = await ask(order, image, gateway)
        await one.answer(await one.next_command(), {"status": word})
        await final(Command(pk=newer.command_id))

    play(gateway, scene)

    assert inside(update, older.pk).state == "Accepted"
    newer = inside(FirmwareUpdate.objects.first)
    assert newer is not None
    assert (newer.state, newer.detail) == ("Rejected", "" if word == "Rejected" else word)


def test_a_station_that_takes_signed_firmware_only_ends_the_plain_order(gateway: GatewayProcess) -> None:
    job = inside(order, "https://me:secret@files.example/1.bin", gateway)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert frame[3]["location"] == "https://me:secret@files.example/1.bin"
        await one.raw(f'[4,"{frame[1]}","NotSupported","",{{}}]')
        await final(Command(pk=job.command_id))

    play(gateway, scene)
    inside(firmware.sweep)
    job = inside(update, job.pk)

    assert (job.state, job.detail) == ("Rejected", "NotSupported")
    assert job.command is not None
    assert job.command.request is not None
    assert job.command.request["location"] == "https://me:••••••@files.example/1.bin"


def test_a_call_in_the_stations_own_words_is_followed_too(gateway: GatewayProcess) -> None:
    payload = {"location": "http://x.example/f", "retrieveDate": "2026-11-22T00:00:00Z"}

    async def scene(one: Station) -> None:
        row = await sync_to_async(queue)("UpdateFirmware", payload, is_exact=True)
        frame = await one.next_command()
        assert frame[3] == payload
        await one.answer(frame, {})
        await final(row)
        await report(one, "Downloading")

    play(gateway, scene)
    job = inside(FirmwareUpdate.objects.get)

    assert (job.state, job.location) == ("Downloading", "http://x.example/f")


def test_an_update_that_nobody_ordered_here_is_kept(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        await report(one, "Idle", "Installed", "Downloading", "Installed")

    play(gateway, scene)
    job = inside(FirmwareUpdate.objects.get)

    assert (job.command, states(job)) == (None, ["Downloading", "Installed"])


def test_an_address_of_a_file_ends_with_its_hour_and_guesses_find_nothing(gateway: GatewayProcess) -> None:
    job = inside(order, inside(add_image), gateway)
    location = inside(update, job.pk).location
    inside(FirmwareUpdate.objects.update, token_expires_at=timezone.now() - timedelta(seconds=1))

    assert http("GET", location)[0] == 403
    assert http("GET", location.replace("/acme/", "/volt/"))[0] == 404
    assert http("GET", f"{base(gateway)}/files/guess/eve.bin")[0] == 404


# --- logs


def ask_log(gateway: GatewayProcess, **options: Any) -> LogRequest:
    return logs.request(ChargingStation.objects.get(), base=base(gateway), **options)


def test_diagnostics_are_asked_for_and_delivered_once(gateway: GatewayProcess) -> None:
    day = timezone.now() - timedelta(days=1)
    job = inside(ask_log, gateway, oldest=day)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert frame[2] == "GetDiagnostics"
        assert set(frame[3]) == {"location", "startTime"}
        await one.answer(frame, {"fileName": "diag.log"})
        await final(Command(pk=job.command_id))
        await one.result("DiagnosticsStatusNotification", {"status": "Uploading"})
        location = frame[3]["location"]
        assert (await asyncio.to_thread(http, "PUT", f"{location}diag.log", b"all is well"))[0] == 201
        assert (await asyncio.to_thread(http, "PUT", f"{location}diag.log", b"again"))[0] == 403
        await one.result("DiagnosticsStatusNotification", {"status": "Uploaded"})

    play(gateway, scene)
    job = inside(log, job.pk)

    assert states(job) == ["Requested", "Accepted", "Uploading", "Uploaded"]
    assert (job.file_name, job.size) == ("diag.log", 11)
    assert inside(logs.path_of, job).read_bytes() == b"all is well"
    assert inside(lambda: Command.objects.get().effect_seen_at) is not None


def test_a_form_is_taken_as_well_and_its_name_is_a_mere_label(gateway: GatewayProcess) -> None:
    job = inside(ask_log, gateway, log_type="SecurityLog")
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="../../etc/passwd"\r\n\r\n'
        b"secure\r\n--b--\r\n"
    )

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert (frame[2], frame[3]["logType"]) == ("GetLog", "SecurityLog")
        await one.answer(frame, {"status": "Accepted", "filename": "sec.log"})
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        location = frame[3]["log"]["remoteLocation"]
        assert (await asyncio.to_thread(http, "POST", location, body, **form))[0] == 201
        status = {"status": "Uploaded", "requestId": frame[3]["requestId"]}
        await one.result("LogStatusNotification", status)

    play(gateway, scene)
    job = inside(log, job.pk)

    assert (job.state, job.file_name, job.size) == ("Uploaded", "passwd", 6)
    folder = Path(settings.PRIVATE_FILES) / "acme" / "logs"
    assert (folder / str(job.pk)).read_bytes() == b"secure"


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    [
        ({}, None, "Empty"),
        ({"fileName": ""}, None, "Empty"),
        ({"fileName": "d.log"}, "UploadFailed", "UploadFailure"),
    ],
)
def test_diagnostics_that_do_not_come_end_the_request(
    gateway: GatewayProcess, answer: dict[str, Any], status: str | None, state: str
) -> None:
    job = inside(ask_log, gateway)

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), answer)
        await final(Command(pk=job.command_id))
        if status:
            await one.result("DiagnosticsStatusNotification", {"status": status})

    play(gateway, scene)

    assert inside(log, job.pk).state == state


def test_a_second_request_cancels_the_first(gateway: GatewayProcess) -> None:
    first = inside(ask_log, gateway, log_type="SecurityLog")

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), {"status": "Accepted"})
        second = await ask(ask_log, gateway, log_type="SecurityLog")
        frame = await one.next_command()
        await one.answer(frame, {"status": "AcceptedCanceled"})
        await final(Command(pk=second.command_id))
        status = {"status": "Uploaded", "requestId": frame[3]["requestId"]}
        await one.result("LogStatusNotification", status)

    play(gateway, scene)

    assert inside(log, first.pk).state == "Canceled"
    assert inside(lambda: LogRequest.objects.first().state) == "Uploaded"  # type: ignore[union-attr]


def test_a_unified_order_without_an_address_gets_one_of_ours(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        row = await sync_to_async(queue)("GetLog", {"logType": "SecurityLog"})
        frame = await one.next_command()
        assert "/t/acme/uploads/" in frame[3]["log"]["remoteLocation"]
        await one.answer(frame, {"status": "Rejected"})
        assert (await final(row)).status == "rejected"

    play(gateway, scene)

    assert inside(log).state == "Rejected"


def test_a_file_that_is_too_large_or_empty_leaves_nothing(gateway: GatewayProcess) -> None:
    job = inside(ask_log, gateway)
    too_much = b"x" * (settings.UPLOAD_LIMIT + 1)
    form = {"Content-Type": "multipart/form-data; boundary=b"}

    assert http("PUT", inside(log, job.pk).location, too_much)[0] == 413
    assert http("POST", inside(log, job.pk).location, b"--b--\r\n", **form)[0] == 400
    assert http("PUT", inside(log, job.pk).location, b"")[0] == 400
    assert inside(log, job.pk).received_at is None
    folder = Path(settings.PRIVATE_FILES) / "acme" / "logs"
    assert not [path for path in folder.glob("*") if path.name.startswith((".", str(job.pk)))]


# --- ends


def test_what_nothing_is_heard_of_ends_by_itself(gateway: GatewayProcess) -> None:
    update_job, log_job = inside(order, "ftp://x.example/1", gateway), inside(ask_log, gateway)
    long_ago = timezone.now() - timedelta(days=2)
    inside(commands.expire)
    for model in (FirmwareUpdate, LogRequest):
        inside(model.objects.update, state="Accepted", moved_at=long_ago)
    inside(FirmwareUpdate.objects.update, retrieve_at=long_ago)
    inside(Command.objects.update, status="accepted")

    inside(firmware.sweep)
    inside(logs.sweep)

    assert (inside(update, update_job.pk).state, inside(log, log_job.pk).state) == ("TimedOut", "TimedOut")


@pytest.mark.parametrize(
    "location", ["", "file:///etc/passwd", "eve.bin", "http://", "gopher://x/", "http://x/ y"]
)
def test_an_address_that_no_station_can_use_is_refused(gateway: GatewayProcess, location: str) -> None:
    with pytest.raises(ValidationError):
        inside(order, location, gateway)


def test_a_name_from_outside_is_a_label() -> None:
    assert [files.label(name) for name in ("../../a.log", "C:\\x\\b.log", "/", ".ssh", "a\0\n<b>.log")] == [
        "a.log", "b.log", "", "ssh", "ab.log",
    ]  # fmt: skip
