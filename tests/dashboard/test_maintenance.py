"""Firmware and logs of a charger on its page: ordering, following, downloading, and who may."""

import asyncio
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse

from chargers import firmware, jobs, logs
from chargers.models import FirmwareImage, FirmwareUpdate, LogRequest
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url
from tests.dashboard.test_pages import HOSTILE

TAB = "chargers/CP-1/maintenance/"


@pytest.fixture(autouse=True)
def _nothing_yet(world: World) -> None:
    """A charger without updates and logs."""
    with context.tenant(world.place.slug):
        for model in (FirmwareUpdate, LogRequest, FirmwareImage):
            model.objects.all().delete()


def image_of(**facts: str) -> FirmwareImage:
    return firmware.add_image(iter([b"firmware"]), file_name="eve.bin", version="2.0", **facts)


def body(answer: Any) -> bytes:
    """The whole body, also of an answer that comes in pieces."""

    async def collect(response: StreamingHttpResponse) -> bytes:
        return b"".join([part async for part in response])

    return asyncio.run(collect(answer)) if answer.streaming else answer.content


def test_an_operator_keeps_an_image_and_orders_it(client_of: ClientOf, world: World, acme: Place) -> None:
    client = client_of(acme, "operator")
    form = {"file": SimpleUploadedFile("../eve.bin", b"firmware"), "version": "2.0"}
    assert client.post(url(acme, "firmware/"), form).status_code == 302
    with context.tenant(acme.slug):
        image = FirmwareImage.objects.get()
        assert (image.file_name, image.size, image.uploaded_by) == ("eve.bin", 8, "operator@acme.example")
        assert firmware.image_path(image.sha256).read_bytes() == b"firmware"

    assert client.post(url(acme, f"{TAB}update/"), {"image": image.pk}).status_code == 302

    with context.tenant(acme.slug):
        update = FirmwareUpdate.objects.get()
        assert update.location.startswith("http://testserver/t/acme/files/")
        assert update.location.endswith("/eve.bin")
    shown = client.get(url(acme, TAB)).content.decode()
    assert "eve.bin 2.0" in shown
    assert "Waiting for news" in shown
    assert update.location not in shown


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({}, "Choose an image, or give an address"),
        ({"location": "file:///etc/passwd"}, "The address must begin with one of"),
        ({"location": "ftp://x.example/f", "retrieve_at": "soon"}, "Enter a valid date/time"),
    ],
)
def test_an_order_that_makes_no_sense_is_explained(
    client_of: ClientOf, world: World, acme: Place, form: dict[str, str], complaint: str
) -> None:
    answer = client_of(acme, "operator").post(url(acme, f"{TAB}update/"), form)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()


@pytest.mark.parametrize(
    ("file", "extra", "complaint"),
    [
        (b"", {}, "empty"),
        (b"x", {"signature": "c2ln"}, "belong together"),
    ],
)
def test_an_image_that_cannot_be_used_is_explained(
    client_of: ClientOf, world: World, acme: Place, file: bytes, extra: dict[str, str], complaint: str
) -> None:
    form = {"file": SimpleUploadedFile("eve.bin", file), **extra}
    answer = client_of(acme, "operator").post(url(acme, "firmware/"), form)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()


def test_an_image_is_removed_unless_a_charger_may_come_for_it(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    with context.tenant(acme.slug):
        image = image_of()
        update = firmware.request_update(world.station, image)
    client, address = client_of(acme, "operator"), url(acme, f"firmware/{image.pk}/remove/")
    client.post(address)
    with context.tenant(acme.slug):
        assert FirmwareImage.objects.exists()
        jobs.move(update, "Installed", at=update.requested_at)
    client.post(address)
    with context.tenant(acme.slug):
        assert not FirmwareImage.objects.exists()


def test_a_log_is_asked_for_and_downloaded_as_an_attachment(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    client = client_of(acme, "support")
    assert client.post(url(acme, f"{TAB}log/"), {"log_type": "SecurityLog"}).status_code == 302
    with context.tenant(acme.slug):
        job = LogRequest.objects.get()
        client.post(url(acme, f"{TAB}log/"), {"log_type": "Diary"})
        assert LogRequest.objects.count() == 1
    address = url(acme, f"{TAB}log/{job.pk}/")
    assert client.get(address).status_code == 404
    with context.tenant(acme.slug):
        logs.receive(job, iter([b"<script>", b"secure"]), 'a"<b>.html')

    assert "ab.html" in client.get(url(acme, TAB)).content.decode()
    answer = client.get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert body(answer) == b"<script>secure"
    assert client_of(acme, "viewer").get(address).status_code == 403


def test_only_those_who_may_order(client_of: ClientOf, world: World, acme: Place, volt: Place) -> None:
    for role, path, status in (
        ("viewer", f"{TAB}update/", 403),
        ("support", f"{TAB}update/", 403),
        ("viewer", f"{TAB}log/", 403),
        ("viewer", "firmware/1/remove/", 403),
    ):
        assert client_of(acme, role).post(url(acme, path), {}).status_code == status
    assert client_of(volt, "owner").post(url(volt, f"{TAB}log/"), {}).status_code == 404
    viewer = client_of(acme, "viewer")
    viewer.post(url(acme, "firmware/"), {"file": SimpleUploadedFile("eve.bin", b"firmware")})
    with context.tenant(acme.slug):
        assert not FirmwareImage.objects.exists()


def test_what_a_charger_says_stays_text_and_a_plain_refusal_is_explained(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    with context.tenant(acme.slug):
        update = firmware.request_update(world.station, image_of())
        jobs.move(update, "Installed", at=update.requested_at, detail=HOSTILE)
        FirmwareUpdate.objects.update(version_after=HOSTILE)
        refused = firmware.request_update(world.station, "ftp://x.example/f")
        command = refused.command
        assert command is not None
        command.status, command.wire_action, command.error_code = "failed", "UpdateFirmware", "NotSupported"
        command.save()
    shown = client_of(acme, "owner").get(url(acme, TAB)).content.decode()
    assert "<script>alert" not in shown
    assert "but started with" in shown
    assert "takes signed firmware only" in shown
