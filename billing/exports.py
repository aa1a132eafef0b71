"""Exports: the records of a period as a file. The row is the job; a worker runs it, and what got stuck is found and run again.

A file appears whole or not at all: it is written beside its place, flushed to the disk and renamed (B-06).
"""

import hashlib
import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from billing import queries
from billing.formats import FORMATS, Format
from billing.models import CdrExport, ChargeDetailRecord
from tenants import context

logger = logging.getLogger(__name__)
CHUNK = 500
STUCK_QUEUED, STUCK_RUNNING = timedelta(seconds=30), timedelta(minutes=5)
Status = CdrExport.Status


def start(start: datetime, end: datetime, format: str, requested_by: str = "") -> CdrExport:  # noqa: A002
    """Start the export of the sessions that ended in start ≤ ended_at < end; a worker runs it.

    Raises: ValidationError for an empty period or a format that does not exist.
    """
    job = prepare(start, end, format, requested_by)
    slug = context.require().slug
    transaction.on_commit(lambda: _hand_over(slug, job.pk))
    return job


def prepare(start: datetime, end: datetime, format: str, requested_by: str = "") -> CdrExport:  # noqa: A002
    """Make the job without handing it to a worker: the caller runs it.

    Raises: as `start`.
    """
    if format == "xlsx":
        raise ValidationError(
            {"format": "XLSX exports do not exist yet. Take csv, which every spreadsheet opens."}
        )
    if format not in FORMATS:
        raise ValidationError({"format": f"There is no format “{format}”. Formats: {', '.join(FORMATS)}."})
    if start >= end:
        raise ValidationError(
            {"to": "The period is empty: its end, which is not part of it, must be after its start."}
        )
    return CdrExport.objects.create(start=start, end=end, format=format, requested_by=requested_by[:200])


def run(export_id: UUID | str) -> CdrExport:
    """Run a queued job to its end, once; another worker's job is left alone. A failure is kept in the row."""
    now = timezone.now()
    claimed = CdrExport.objects.filter(pk=export_id, status=Status.QUEUED).update(
        status=Status.RUNNING, started_at=now, moved_at=now, progress=0, rows=0
    )
    job = CdrExport.objects.get(pk=export_id)
    if claimed:
        try:
            _write(job)
        except Exception as error:
            logger.exception("export failed", extra={"export": str(job.pk)})
            _finish(job, status=Status.FAILED, error=f"{type(error).__name__}: {error}"[:255])
    return job


def resume_stuck() -> int:
    """Put the jobs in the queue again whose message was lost or whose worker has died. Returns: how many."""
    now, slug = timezone.now(), context.require().slug
    lost = Q(status=Status.QUEUED, moved_at__lt=now - STUCK_QUEUED)
    dead = Q(status=Status.RUNNING, moved_at__lt=now - STUCK_RUNNING)
    jobs = list(CdrExport.objects.filter(lost | dead).values_list("pk", flat=True))
    for pk in jobs:
        CdrExport.objects.filter(lost | dead, pk=pk).update(status=Status.QUEUED, moved_at=now)
        _hand_over(slug, pk)
    return len(jobs)


def path_of(job: CdrExport) -> Path:
    """Where the file of a finished job lies; never below a directory that is served."""
    return _directory() / f"{job.pk}.{FORMATS[CdrExport.Format(job.format)].suffix}"


def _directory() -> Path:
    return Path(settings.PRIVATE_FILES) / context.require().schema_name / "exports"


def _hand_over(slug: str, pk: UUID) -> None:
    """Tell a worker. Without a broker the job waits for `resume_stuck`."""
    try:
        current_app.send_task("billing.tasks.export", args=[slug, str(pk)], retry=False)
    except BrokerError:
        logger.warning("no broker: the export waits", extra={"export": str(pk)})


def _write(job: CdrExport) -> None:
    target = path_of(job)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            digest = _fill(job, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        _flush_directory(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    name = f"cdrs-{job.start:%Y%m%d}-{job.end:%Y%m%d}.{FORMATS[CdrExport.Format(job.format)].suffix}"
    _finish(job, status=Status.DONE, progress=100, rows=job.rows, sha256=digest, file_name=name)


def _fill(job: CdrExport, file: BinaryIO) -> str:
    """Write all records, chunk by chunk, and say how far it is. Returns: the SHA-256 of the file."""
    digest, form = hashlib.sha256(), FORMATS[CdrExport.Format(job.format)]
    rows = _rows(job, form)
    total = rows.count()

    def write(text: str) -> None:
        digest.update(text.encode())
        file.write(text.encode())

    write(form.before)
    for chunk in _chunks(rows):
        for record in chunk:
            write((form.between if job.rows else "") + form.write(record))
            job.rows += 1
        _move(job, min(99, job.rows * 100 // max(total, 1)))
    write(form.after)
    return digest.hexdigest()


def _rows(job: CdrExport, form: Format) -> QuerySet[ChargeDetailRecord]:
    rows = queries.between(job.start, job.end)
    return rows if form.with_held else rows.exclude(state=ChargeDetailRecord.State.HELD)


def _chunks(rows: QuerySet[ChargeDetailRecord]) -> Iterator[list[ChargeDetailRecord]]:
    """In the order of their ends; each chunk begins after the last one, so that nothing is held open between them."""
    rows = rows.order_by("ended_at", "number")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        last = chunk[-1]
        after = Q(ended_at__gt=last.ended_at) | Q(ended_at=last.ended_at, number__gt=last.number)
        chunk = list(rows.filter(after, ended_at__gte=last.ended_at)[:CHUNK])


def _move(job: CdrExport, progress: int) -> None:
    CdrExport.objects.filter(pk=job.pk).update(progress=progress, rows=job.rows, moved_at=timezone.now())


def _finish(job: CdrExport, **values: str | int) -> None:
    job.finished_at = job.moved_at = timezone.now()
    for name, value in values.items():
        setattr(job, name, value)
    job.save(update_fields=[*values, "finished_at", "moved_at"])


def _flush_directory(directory: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
