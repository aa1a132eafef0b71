"""Jobs that a station carries out for a while after it accepted a command: which one a report means, how it moves, how it ends.

1.6 often names no job: its reports mean the only open one, and the newer order supersedes the older. Source: S16-50, S2-46.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chargers.models import Command, FirmwareUpdate, LogRequest

Job = TypeVar("Job", FirmwareUpdate, LogRequest)
MOST_HISTORY = 50
LATE = timedelta(days=1)  # how long a job that ended may still be meant by a report without an id
YES = ("Accepted", "AcceptedCanceled")
NOT_SENT = (Command.Status.REJECTED, Command.Status.FAILED, Command.Status.EXPIRED)
NO_ANSWER = (Command.Status.TIMED_OUT, Command.Status.UNKNOWN)


def meant(model: type[Job], station_id: int, request_id: int | None) -> Job | None:
    """The job that a report is about: by its id, else the one that is open, else the one that ended last."""
    rows = model._default_manager.select_for_update().filter(station_id=station_id)
    if request_id is not None:
        return rows.filter(request_id=request_id).order_by("-requested_at").first()
    running = rows.filter(finished_at=None)
    return (
        running.exclude(state="Requested").order_by("-requested_at").first()
        or running.order_by("-requested_at").first()
        or rows.filter(finished_at__gt=timezone.now() - LATE).order_by("-finished_at").first()
    )


def of(model: type[Job], command: Command) -> Job | None:
    """The job that a command ordered; for a call in the station's own words one that the station began to report already."""
    rows = model._default_manager
    unclaimed = Q(command=None, station_id=command.station_id, finished_at=None)
    return (
        rows.filter(command=command).first()
        or rows.filter(unclaimed, requested_at__gte=command.queued_at).order_by("-requested_at").first()
    )


def move(job: Job, state: str, *, at: datetime, detail: str = "") -> None:
    """Keep a state that was heard; a repetition adds nothing to the history."""
    is_same = bool(job.history) and job.history[-1]["state"] == state
    if not is_same:
        job.history = [*job.history, {"state": state, "at": at.isoformat()}][-MOST_HISTORY:]
    job.state, job.detail, job.moved_at = state, detail[:255], at
    job.finished_at = (job.finished_at or at) if state in job.FINAL else None
    job.save(update_fields=["state", "detail", "history", "moved_at", "finished_at"])


def answered(job: Job, word: str) -> None:
    """The station's answer to the order: a yes supersedes the older jobs of the station, a no ends this one alone."""
    rows = type(job)._default_manager.select_for_update()
    rows = rows.filter(Q(finished_at=None) | Q(pk=job.pk), station_id=job.station_id)
    for row in rows.order_by("pk"):  # locked in one order, so that two connections never wait for each other
        if row.pk == job.pk:
            _take(row, word)
        elif word in YES and row.requested_at <= job.requested_at:
            move(row, "Canceled", at=timezone.now(), detail="A newer order took its place.")


def show_effect(job: Job) -> None:
    """Mark the command of a job that ended well."""
    if job.command_id:
        Command.objects.filter(pk=job.command_id, effect_seen_at=None).update(effect_seen_at=timezone.now())


def settle(model: type[Job], station_id: int | None = None) -> int:
    """End the jobs whose order never reached the station, or was answered with an error. Returns: how many."""
    rows = model._default_manager.filter(finished_at=None, state="Requested", command__status__in=NOT_SENT)
    return sum(_refuse(job) for job in _of(rows, station_id).select_related("command"))


def time_out(model: type[Job], *, silent_for: timedelta, planned: tuple[str, ...] = ()) -> int:
    """End the jobs of which nothing was heard for too long, counted from the time for which they are planned. Returns: how many."""
    before = timezone.now() - silent_for
    rows = model._default_manager.filter(finished_at=None, moved_at__lt=before)
    rows = rows.exclude(command__status__in=[Command.Status.QUEUED, Command.Status.SENT])
    for column in planned:
        rows = rows.exclude(**{f"{column}__gte": before})
    found = list(rows)
    for job in found:
        move(job, "TimedOut", at=timezone.now(), detail=f"Nothing was heard after “{job.state}”.")
    return len(found)


def written(moment: datetime) -> str:
    """A time as payloads have it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(value: object) -> datetime | None:
    """A time of a payload, or None where it is none."""
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _take(job: Job, word: str) -> None:
    if word not in YES:
        move(job, "Rejected", at=timezone.now(), detail="" if word == "Rejected" else word)
    elif job.state == "Requested":
        move(job, "Accepted", at=timezone.now())


def _of(rows: QuerySet[Job], station_id: int | None) -> QuerySet[Job]:
    return rows if station_id is None else rows.filter(station_id=station_id)


def _refuse(job: Job) -> int:
    command = job.command
    reason = " · ".join(part for part in (command.error_code, command.error_text) if part) if command else ""
    move(job, "Rejected", at=timezone.now(), detail=reason)
    return 1
