"""Firmware updates and logs of OCPP 2.0.1, by the same verbs as those of 1.6."""

import asyncio

import pytest

from chargers.models import Command, FirmwareUpdate, LogRequest
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import Station, station
from tests.gateway.test_commands import final
from tests.gateway.test_firmware import Scene, add_image, ask_log, inside, log, order, states, update


@pytest.fixture(autouse=True)
def _charger(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")


def play(gateway: GatewayProcess, scene: Scene) -> None:
    """Let a scene happen at a booted station of 2.0.1."""

    async def run() -> None:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            await scene(one)

    asyncio.run(run())


def test_an_update_is_followed_by_its_id_and_confirmed_by_the_boot(gateway: GatewayProcess) -> None:
    job = inside(order, inside(add_image), gateway, retries=2)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert (frame[2], frame[3]["retries"], frame[3]["requestId"]) == ("UpdateFirmware", 2, job.request_id)
        assert set(frame[3]["firmware"]) == {"location", "retrieveDateTime"}
        await one.answer(frame, {"status": "Accepted"})
        await final(Command(pk=job.command_id))
        for status in ("Downloading", "Downloaded", "Installing", "InstallRebooting"):
            report = {"status": status, "requestId": job.request_id}
            assert await one.result("FirmwareStatusNotification", report) == {}
        assert await one.result("FirmwareStatusNotification", {"status": "Idle"}) == {}
        itself = {"vendorName": "Vendor", "model": "Model", "firmwareVersion": "2.0"}
        await one.result("BootNotification", {"reason": "FirmwareUpdate", "chargingStation": itself})

    play(gateway, scene)
    job = inside(update, job.pk)

    assert states(job)[-3:] == ["Installing", "InstallRebooting", "Installed"]
    assert job.version_after == "2.0"


@pytest.mark.parametrize("word", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
def test_a_no_ends_the_update(gateway: GatewayProcess, word: str) -> None:
    job = inside(order, "https://files.example/1.bin", gateway)

    async def scene(one: Station) -> None:
        await one.answer(await one.next_command(), {"status": word})
        await final(Command(pk=job.command_id))

    play(gateway, scene)

    assert inside(update, job.pk).state == "Rejected"


def test_a_second_log_cancels_the_first_by_their_ids(gateway: GatewayProcess) -> None:
    first = inside(ask_log, gateway)

    async def scene(one: Station) -> None:
        frame = await one.next_command()
        assert (frame[2], frame[3]["logType"]) == ("GetLog", "DiagnosticsLog")
        await one.answer(frame, {"status": "Accepted", "filename": "a.log"})
        await final(Command(pk=first.command_id))
        second = await asyncio.to_thread(inside, ask_log, gateway)
        frame = await one.next_command()
        await one.answer(frame, {"status": "AcceptedCanceled", "filename": "b.log"})
        await final(Command(pk=second.command_id))
        for status, request_id in (("AcceptedCanceled", first.request_id), ("Uploading", second.request_id)):
            report = {"status": status, "requestId": request_id}
            assert await one.result("LogStatusNotification", report) == {}

    play(gateway, scene)

    assert inside(log, first.pk).state == "Canceled"
    newest = inside(LogRequest.objects.first)
    assert newest is not None
    assert (newest.state, newest.file_name) == ("Uploading", "b.log")
    assert not inside(FirmwareUpdate.objects.exists)
