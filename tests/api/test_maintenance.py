"""Firmware images and updates, and requests for logs, through the API."""

import asyncio
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chargers import logs
from chargers.models import FirmwareImage, FirmwareUpdate, LogRequest
from tenants import context
from tenants.context import Place
from tests.api.conftest import Api, ApiOf, make_station


def keep(api: Api, **fields: Any) -> Any:
    """POST a form with a file."""
    form = {"file": SimpleUploadedFile("eve.bin", b"firmware"), **fields}
    address = f"/t/{api.place.slug}/api/v1/firmware-images/"
    return api.client.post(address, form, headers={"Authorization": f"Bearer {api.key}"})


async def collected(answer: Any) -> bytes:
    return b"".join([part async for part in answer])


def test_an_image_is_kept_once_and_ordered_for_a_station(acme: Place, api: Api) -> None:
    make_station(acme)
    image = keep(api, version="2.0")
    assert image.status_code == 201, image.content
    assert (image.json()["file_name"], image.json()["size"], image.json()["is_signed"]) == (
        "eve.bin",
        8,
        False,
    )
    assert keep(api, version="2.0").json()["id"] == image.json()["id"]

    made = api.post("firmware-updates/", {"station": "CP-1", "image": image.json()["id"], "retries": 3})

    assert made.status_code == 202
    shown = api.get(made["Location"]).json()
    assert (shown["state"], shown["image"], shown["location"]) == ("Requested", image.json()["id"], "")
    assert [entry["state"] for entry in shown["history"]] == ["Requested"]
    command = api.get(f"commands/{shown['command']}/").json()
    assert command["action"] == "UpdateFirmware"
    assert command["payload"]["retries"] == 3
    assert command["payload"]["firmware"]["location"].startswith("http://testserver/t/acme/files/")
    assert len(api.get("firmware-updates/?station=CP-1&state=Requested").json()["results"]) == 1
    assert api.get("firmware-updates/?state=Installed").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"station": "CP-1"}, "image"),
        ({"station": "CP-1", "image": 1, "location": "ftp://x/"}, "image"),
        ({"station": "CP-1", "location": "file:///etc/passwd"}, "location"),
        ({"station": "CP-1", "image": 99}, "image"),
        ({"station": "CP-1", "location": "ftp://x/", "retries": -1}, "retries"),
        ({"station": "CP-1", "location": "ftp://x/", "wait": 1}, "wait"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    acme: Place, api: Api, body: dict[str, Any], field: str
) -> None:
    make_station(acme)
    with context.tenant(acme.slug):
        FirmwareImage.objects.create(pk=1, sha256="0", file_name="x", size=1)
    answer = api.post("firmware-updates/", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_file_alone_makes_an_image(acme: Place, api: Api, api_of: ApiOf) -> None:
    assert keep(api, signature="c2ln").status_code == 400
    assert keep(api_of(acme, "support")).status_code == 403
    assert api.post("firmware-images/", {"file": "x"}).status_code == 415
    with context.tenant(acme.slug):
        assert not FirmwareImage.objects.exists()


def test_a_delivered_log_is_downloaded_by_those_who_operate(acme: Place, api: Api, api_of: ApiOf) -> None:
    make_station(acme)
    made = api.post("log-requests/", {"station": "CP-1", "log_type": "SecurityLog"})
    assert (made.status_code, made.json()["url"]) == (202, None)
    address = f"log-requests/{made.json()['id']}/file/"
    assert api.get(address).status_code == 409
    with context.tenant(acme.slug):
        logs.receive(LogRequest.objects.get(), iter([b"secure"]), "sec.log")

    shown = api.get(f"log-requests/{made.json()['id']}/").json()
    assert (shown["state"], shown["size"], shown["file_name"]) == ("Uploaded", 6, "sec.log")
    assert shown["url"].endswith(address)
    assert asyncio.run(collected(api.get(address))) == b"secure"
    assert api_of(acme, "viewer").get(address).status_code == 403


def test_a_unified_order_for_firmware_has_its_job(acme: Place, api: Api, api_of: ApiOf) -> None:
    make_station(acme)
    order = {"action": "UpdateFirmware", "payload": {"firmware": {"location": "ftp://x.example/f"}}}
    assert api_of(acme, "support").post("stations/CP-1/commands/", order).status_code == 403
    command = api.post("stations/CP-1/commands/", order).json()
    assert command["payload"]["requestId"] > 0
    with context.tenant(acme.slug):
        assert str(FirmwareUpdate.objects.get().command_id) == command["id"]


@pytest.mark.parametrize("log_type", ["", "Diary"])
def test_an_unknown_log_is_refused(acme: Place, api: Api, log_type: str) -> None:
    make_station(acme)
    assert api.post("log-requests/", {"station": "CP-1", "log_type": log_type}).status_code == 400
    assert api.post("log-requests/", {"station": "NOBODY"}).status_code == 404
