"""Logs and diagnostics: ordered from stations, delivered by them to an address of ours for one file, kept for operators. Source: S16-53, S2-46."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from chargers import commands, files, jobs, links
from chargers.models import ChargingStation, Command, LogRequest, LogType

GET = "GetLog"
FOLDER = "logs"
SILENT_FOR = timedelta(hours=2)
IDLE = "Idle"
State = LogRequest.State
# What stations say of a job that a newer one has replaced. Source: S2-46.
CANCELED = "AcceptedCanceled"


@dataclass(frozen=True, slots=True)
class LogReport:
    """A record for the recording lane: what a station says about an upload."""

    station_id: int
    state: str
    request_id: int | None
    at: datetime

    @staticmethod
    def write(batch: Sequence["LogReport"]) -> None:
        """Move the jobs that are meant."""
        for report in batch:
            reported(report)


@transaction.atomic
def request(
    station: ChargingStation,
    *,
    log_type: str = LogType.DIAGNOSTICS,
    oldest: datetime | None = None,
    latest: datetime | None = None,
    requested_by: str = "",
    base: str | None = None,
) -> LogRequest:
    """Ask a station for a log; it is delivered to an address of ours that takes one file.

    `base` is the tenant's address as the station reaches it; without it the installation's public host.
    Raises: ValidationError for an unknown type or a period that ends before it begins.
    """
    if log_type not in LogType.values:
        raise ValidationError({"log_type": f"A log is one of: {', '.join(LogType.values)}."})
    if oldest and latest and oldest >= latest:
        raise ValidationError({"latest": "The period is empty: its end must be after its start."})
    link = links.upload(base=base)
    log = {"remoteLocation": link.location}
    log |= {"oldestTimestamp": jobs.written(oldest)} if oldest else {}
    log |= {"latestTimestamp": jobs.written(latest)} if latest else {}
    command = commands.queue(station, GET, {"logType": str(log_type), "log": log}, requested_by=requested_by)
    job = LogRequest.objects.get(command=command)
    _bind(job, link)
    return job


def opened(command: Command) -> None:
    """A command for a log was queued: it gets its id, an address of ours where it names none, and its job."""
    payload = command.payload
    log = payload.get("log")
    payload["log"] = log = log if isinstance(log, dict) else {}
    payload.setdefault("requestId", secrets.randbelow(2**31 - 1) + 1)
    payload.setdefault("logType", str(LogType.DIAGNOSTICS))
    link = None if log.get("remoteLocation") else links.upload()
    if link:
        log["remoteLocation"] = link.location
    command.save(update_fields=["payload"])
    job = _make(command, str(payload["logType"]), log, payload["requestId"])
    if link:
        _bind(job, link)


def answered(
    command: Command,
    word: str,
    *,
    file_name: str = "",
    log_type: str = LogType.DIAGNOSTICS,
    log: dict[str, Any] | None = None,
    request_id: int | None = None,
) -> None:
    """The station's answer to the order; `Empty` when it has nothing to upload. One that was sent in the station's own words becomes a job now."""
    log = log or {}
    job = jobs.of(LogRequest, command) or _make(command, log_type, log, request_id)
    job.command, job.location = command, job.location or str(log.get("remoteLocation", ""))[:2000]
    job.file_name = files.label(file_name) or job.file_name
    job.save(update_fields=["command", "location", "file_name"])
    if word == State.EMPTY and not job.is_final:
        jobs.move(job, State.EMPTY, at=timezone.now(), detail="The charger has nothing to upload.")
    elif word != State.EMPTY:
        jobs.answered(job, word)


def reported(report: LogReport) -> None:
    """A state that a station reports. A file that is here is not undone by a later complaint."""
    if report.state == IDLE:
        return
    job = jobs.meant(LogRequest, report.station_id, report.request_id)
    if job is None or job.state in (State.REJECTED, State.CANCELED, State.EMPTY) or job.received_at:
        return
    jobs.move(job, State.CANCELED if report.state == CANCELED else report.state, at=report.at)
    if report.state == State.UPLOADED:
        jobs.show_effect(job)


def find_upload(token: str) -> LogRequest | None:
    """The request whose address has this secret part."""
    return LogRequest.objects.filter(token_digest=links.digest(token)).first()


def receive(job: LogRequest, chunks: Iterable[bytes], file_name: str) -> bool:
    """Keep the file that a station delivers, and with it end the job. Returns: False when another delivery was faster.

    Raises: files.TooLarge; ValidationError for an empty file, which uses nothing up.
    """
    part = f"{job.pk}.{secrets.token_hex(4)}"
    stored = files.store(chunks, FOLDER, part, limit=settings.UPLOAD_LIMIT)
    if not stored.size:
        files.path_of(FOLDER, part).unlink()
        raise ValidationError("The file is empty.")
    with transaction.atomic():
        row = LogRequest.objects.select_for_update().get(pk=job.pk)
        if row.received_at is not None:
            files.path_of(FOLDER, part).unlink(missing_ok=True)
            return False
        row.received_at, row.size, row.sha256 = timezone.now(), stored.size, stored.sha256
        row.file_name = files.label(file_name) or row.file_name or f"{row.log_type}.bin"
        row.save(update_fields=["received_at", "size", "sha256", "file_name"])
        files.path_of(FOLDER, part).replace(path_of(row))
        jobs.move(row, State.UPLOADED, at=row.received_at)
        jobs.show_effect(row)
    return True


def path_of(job: LogRequest) -> Path:
    """Where the delivered file lies."""
    return files.path_of(FOLDER, str(job.pk))


def sweep() -> None:
    """In the tenant in force: end what never reached its station, and what nothing was heard of."""
    jobs.settle(LogRequest)
    jobs.time_out(LogRequest, silent_for=SILENT_FOR)


def clear_files() -> None:
    """In the tenant in force: delete the files whose requests are gone, with their station."""
    delivered = LogRequest.objects.filter(received_at__isnull=False)
    files.clear(FOLDER, {str(pk) for pk in delivered.values_list("pk", flat=True)})


def _make(command: Command, log_type: str, log: dict[str, Any], request_id: object) -> LogRequest:
    return LogRequest.objects.create(
        station=command.station,
        command=command,
        log_type=log_type[:50],
        request_id=request_id if isinstance(request_id, int) else None,
        location=str(log.get("remoteLocation", ""))[:2000],
        oldest=jobs.read(log.get("oldestTimestamp")),
        latest=jobs.read(log.get("latestTimestamp")),
        history=[{"state": State.REQUESTED, "at": timezone.now().isoformat()}],
    )


def _bind(job: LogRequest, link: links.Link) -> None:
    job.token_digest, job.token_expires_at = link.digest, link.expires_at
    job.save(update_fields=["token_digest", "token_expires_at"])


commands.OPENED[GET] = opened
