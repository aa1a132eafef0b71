"""Firmware: images kept here, updates ordered from stations, and what stations report of them. Source: S16-50 to S16-52, S2-60."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from chargers import commands, files, jobs, links
from chargers.models import ChargingStation, Command, FirmwareImage, FirmwareUpdate

UPDATE = "UpdateFirmware"
FOLDER = "firmware"
SILENT_FOR = timedelta(hours=12)
SCHEMES = frozenset({"http", "https", "ftp", "ftps", "sftp"})
IDLE = "Idle"
State = FirmwareUpdate.State
REBOOTING = (State.ACCEPTED, State.DOWNLOADED, State.SIGNATURE_VERIFIED, State.INSTALL_SCHEDULED, State.INSTALLING, State.INSTALL_REBOOTING)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FirmwareReport:
    """A record for the recording lane: what a station says about its update."""

    station_id: int
    state: str
    request_id: int | None
    at: datetime

    @staticmethod
    def write(batch: Sequence["FirmwareReport"]) -> None:
        """Move the jobs that are meant."""
        for report in batch:
            reported(report)


@dataclass(frozen=True, slots=True)
class FirmwareBoot:
    """A record for the recording lane: the version with which a station has booted."""

    station_id: int
    firmware_version: str
    at: datetime

    @staticmethod
    def write(batch: Sequence["FirmwareBoot"]) -> None:
        """Confirm the updates that were waiting for this, with one query where there is none."""
        versions = {boot.station_id: boot for boot in batch if boot.firmware_version}
        waiting = FirmwareUpdate.objects.filter(
            station__in=list(versions), version_after="", requested_at__gt=timezone.now() - jobs.LATE * 7
        ).exclude(state__in=[State.REQUESTED, State.REJECTED, State.CANCELED])
        for update in waiting.select_related("image"):
            _booted(update, versions[update.station_id])


def add_image(
    chunks: Iterable[bytes],
    *,
    file_name: str,
    version: str = "",
    signature: str = "",
    signing_certificate: str = "",
    uploaded_by: str = "",
) -> FirmwareImage:
    """Keep a firmware file. The same file again is the same image, with what is newly said about it.

    Raises: ValidationError for an empty or too large file, or a signature without its certificate.
    """
    if bool(signature.strip()) != bool(signing_certificate.strip()):
        raise ValidationError("Signature and signing certificate belong together: give both or none.")
    stored = files.store(chunks, FOLDER, limit=settings.FIRMWARE_LIMIT)
    if not stored.size:
        image_path(stored.sha256).unlink(missing_ok=True)
        raise ValidationError("The file is empty.")
    facts = {
        "file_name": files.label(file_name) or "firmware.bin",
        "size": stored.size,
        "version": version.strip()[:50],
        "signature": "".join(signature.split()),
        "signing_certificate": signing_certificate.strip(),
        "uploaded_by": uploaded_by[:200],
    }
    return FirmwareImage.objects.update_or_create(sha256=stored.sha256, defaults=facts)[0]


def remove_image(image: FirmwareImage) -> None:
    """Forget an image and its file.

    Raises: ValidationError while a station may still come for it.
    """
    if image.updates.filter(finished_at=None).exists():
        raise ValidationError("An update with this image is under way. Wait until it has ended.")
    image.delete()
    path = image_path(image.sha256)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def image_path(sha256: str) -> Path:
    """Where the file of an image lies."""
    return files.path_of(FOLDER, sha256)


@transaction.atomic
def request_update(
    station: ChargingStation,
    source: FirmwareImage | str,
    *,
    retrieve_at: datetime | None = None,
    install_at: datetime | None = None,
    retries: int | None = None,
    requested_by: str = "",
    base: str | None = None,
) -> FirmwareUpdate:
    """Order an update: from an image that is kept here, through an address for this station alone, or from an address elsewhere.

    `base` is the tenant's address as the station reaches it; without it the installation's public host.
    Raises: ValidationError for an address that no station could use.
    """
    image = source if isinstance(source, FirmwareImage) else None
    link = image and links.download(image.file_name, base=base, planned_at=retrieve_at)
    wanted: dict[str, Any] = {"location": link.location if link else check_location(str(source))}
    wanted["retrieveDateTime"] = jobs.written(retrieve_at or timezone.now())
    wanted |= {"installDateTime": jobs.written(install_at)} if install_at else {}
    if image and image.is_signed:
        wanted |= {"signingCertificate": image.signing_certificate, "signature": image.signature}
    payload = {"firmware": wanted} | ({} if retries is None else {"retries": retries})
    command = commands.queue(station, UPDATE, payload, requested_by=requested_by)
    update = FirmwareUpdate.objects.get(command=command)
    if link:
        update.image, update.token_digest, update.token_expires_at = image, link.digest, link.expires_at
        update.save(update_fields=["image", "token_digest", "token_expires_at"])
    return update


def check_location(location: str) -> str:
    """An address that a station can fetch from. The station goes there, not we: only its form is judged.

    Raises: ValidationError.
    """
    parts = urlsplit(location.strip())
    if parts.scheme.lower() not in SCHEMES or not parts.netloc:
        raise ValidationError(
            {"location": f"The address must begin with one of: {', '.join(sorted(SCHEMES))}, then ://host/."}
        )
    if len(location) > 2000 or any(sign.isspace() or not sign.isprintable() for sign in location.strip()):
        raise ValidationError({"location": "The address is too long or has characters that no address has."})
    return location.strip()


def opened(command: Command) -> None:
    """A command for an update was queued: it gets its id and its job."""
    payload = command.payload
    firmware = payload.get("firmware")
    firmware = firmware if isinstance(firmware, dict) else {}
    payload.setdefault("requestId", secrets.randbelow(2**31 - 1) + 1)
    if firmware.get("location"):
        firmware.setdefault("retrieveDateTime", jobs.written(timezone.now()))
    command.save(update_fields=["payload"])
    _make(command, firmware, payload["requestId"])


def answered(command: Command, word: str, firmware: dict[str, Any], request_id: int | None = None) -> None:
    """The station's answer to the order. One that was sent in the station's own words becomes a job now."""
    update = jobs.of(FirmwareUpdate, command) or _make(command, firmware, request_id)
    if update.command_id is None:
        update.command, update.location = command, str(firmware.get("location", ""))[:2000]
        update.save(update_fields=["command", "location"])
    jobs.answered(update, word)


def reported(report: FirmwareReport) -> None:
    """A state that a station reports. `Idle` says that nothing is going on and moves nothing.

    A report that no order explains is kept as an update that somebody else began.
    """
    if report.state == IDLE:
        return
    update = jobs.meant(FirmwareUpdate, report.station_id, report.request_id)
    if update is None and report.state not in FirmwareUpdate.FINAL:
        version = ChargingStation.objects.values_list("firmware_version", flat=True)
        update = FirmwareUpdate.objects.create(
            station_id=report.station_id,
            request_id=report.request_id,
            version_before=version.get(pk=report.station_id),
        )
    if update is None or update.state in (State.INSTALLED, State.REJECTED, State.CANCELED):
        return
    jobs.move(update, report.state, at=report.at)
    if report.state == State.INSTALLED:
        jobs.show_effect(update)


def sweep() -> None:
    """In the tenant in force: end what never reached its station, and what nothing was heard of."""
    jobs.settle(FirmwareUpdate)
    jobs.time_out(FirmwareUpdate, silent_for=SILENT_FOR, planned=("retrieve_at", "install_at"))


def clear_files() -> None:
    """In the tenant in force: delete the files whose images are gone."""
    files.clear(FOLDER, set(FirmwareImage.objects.values_list("sha256", flat=True)))


def find_download(token: str) -> FirmwareUpdate | None:
    """The update whose address has this secret part."""
    rows = FirmwareUpdate.objects.select_related("image").exclude(image=None)
    return rows.filter(token_digest=links.digest(token)).first()


def fetched(update: FirmwareUpdate) -> None:
    """The station has the whole file; the address is used up."""
    FirmwareUpdate.objects.filter(pk=update.pk, fetched_at=None).update(fetched_at=timezone.now())


def _make(command: Command, firmware: dict[str, Any], request_id: object) -> FirmwareUpdate:
    now = timezone.now()
    return FirmwareUpdate.objects.create(
        station=command.station,
        command=command,
        request_id=request_id if isinstance(request_id, int) else None,
        location=str(firmware.get("location", ""))[:2000],
        retrieve_at=jobs.read(firmware.get("retrieveDateTime")),
        install_at=jobs.read(firmware.get("installDateTime")),
        history=[{"state": State.REQUESTED, "at": now.isoformat()}],
        version_before=command.station.firmware_version,
    )


def _booted(update: FirmwareUpdate, boot: FirmwareBoot) -> None:
    """The version at a boot confirms an update; a changed one also ends an update whose station forgot to say so. Source: S16-50."""
    wanted = update.image.version if update.image else ""
    is_new = boot.firmware_version == wanted or (
        not wanted and boot.firmware_version != update.version_before
    )
    if not is_new and update.state != State.INSTALLED:
        return
    update.version_after = boot.firmware_version[:255]
    update.save(update_fields=["version_after"])
    if is_new and update.state in (*REBOOTING, State.TIMED_OUT):
        jobs.move(update, State.INSTALLED, at=boot.at, detail="Seen by the version at the boot.")
    if is_new:
        jobs.show_effect(update)


commands.OPENED[UPDATE] = opened
