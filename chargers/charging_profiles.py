"""Charging profiles of stations: installing, clearing, and what a station's answers make of the rows. Source: S16-70 to S16-78.

A row keeps what is wanted beside what the station has confirmed; whatever is sent passes here, also what was sent by hand.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chargers import charging_schedules, commands
from chargers.charging_schedules import (
    ABSOLUTE,
    STATION_MAX,
    TX,
    TX_DEFAULT,
    Capabilities,
    Period,
    Profile,
    Schedule,
)
from chargers.models import ChargingProfile, ChargingStation, Command, Variable

SET, CLEAR, ASK = "SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"
ACCEPTED = "Accepted"
State = ChargingProfile.State
NOT_SENT = (Command.Status.REJECTED, Command.Status.FAILED, Command.Status.EXPIRED)
NO_ANSWER = (Command.Status.TIMED_OUT, Command.Status.UNKNOWN)
LARGEST_STACK_LEVEL = ("ChargeProfileMaxStackLevel", "ProfileStackLevel")
MOST_PERIODS = ("ChargingScheduleMaxPeriods", "PeriodsPerSchedule")
RATE_UNITS = ("ChargingScheduleAllowedChargingRateUnit", "RateUnit")


@transaction.atomic
def install(station: ChargingStation, profile: Profile, *, requested_by: str = "") -> ChargingProfile:
    """Send a profile to its station; without an id it gets one. The row is the wish until the station has accepted it.

    Raises: ValidationError where it breaks a rule, or is beyond what the station said it takes.
    """
    charging_schedules.check(profile, capabilities(station))
    wanted = numbered(station, profile)
    payload = {"evseId": wanted.evse_number, "chargingProfile": charging_schedules.written(wanted)}
    command = commands.queue(station, SET, payload, requested_by=requested_by)
    return ChargingProfile.objects.select_related("station", "command").get(command=command)


def numbered(station: ChargingStation, profile: Profile) -> Profile:
    """The profile with an id."""
    return profile if profile.profile_id else replace(profile, profile_id=_next_id(station.pk))


def set_limit(
    station: ChargingStation,
    *,
    evse_number: int,
    limit: Decimal,
    unit: str,
    duration_s: int | None = None,
    transaction_id: str = "",
    requested_by: str = "",
) -> ChargingProfile:
    """Limit a station (EVSE 0), an EVSE or its running transaction from now on, on the highest level that the station is known to take.

    Raises: ValidationError.
    """
    purpose = TX if transaction_id else TX_DEFAULT
    # A begin in the past leaves no gap to what it replaces, also where the station's clock is late (S16-72).
    start = timezone.now().replace(second=0, microsecond=0)
    wanted = Profile(
        evse_number=evse_number,
        purpose=purpose if evse_number else STATION_MAX,
        stack_level=capabilities(station).largest_stack_level or 0,
        kind=ABSOLUTE,
        schedule=Schedule(unit=unit, periods=(Period(0, limit),), start=start, duration_s=duration_s),
        transaction_id=transaction_id,
    )
    own = _alike(station.pk, wanted).exclude(confirmed=None).first()
    return install(
        station, replace(wanted, profile_id=own.profile_id if own else 0), requested_by=requested_by
    )


@transaction.atomic
def clear(row: ChargingProfile, *, requested_by: str = "") -> ChargingProfile:
    """Ask the station to forget a profile."""
    command = commands.queue(
        row.station, CLEAR, {"chargingProfileId": row.profile_id}, requested_by=requested_by
    )
    row.state, row.command = State.CLEARING, command
    row.save(update_fields=["state", "command"])
    return row


def clear_all(station: ChargingStation, *, requested_by: str = "") -> Command:
    """Ask the station to forget every profile, also those that are not known here. Source: S16-76."""
    return commands.queue(station, CLEAR, {}, requested_by=requested_by)


def capabilities(station: ChargingStation) -> Capabilities:
    """What the station has reported about the profiles that it takes."""
    names = (*LARGEST_STACK_LEVEL, *MOST_PERIODS, *RATE_UNITS)
    rows = Variable.objects.filter(station=station, attribute_type="Actual", name__in=names)
    told = dict(rows.values_list("name", "value"))
    return Capabilities(
        largest_stack_level=_count(told, LARGEST_STACK_LEVEL),
        most_periods=_count(told, MOST_PERIODS),
        units=_units(next((told[name] for name in RATE_UNITS if told.get(name)), None)),
    )


def held(station: ChargingStation) -> list[Profile]:
    """The profiles that the station has confirmed and may still hold, as values."""
    rows = ChargingProfile.objects.filter(station=station, confirmed__isnull=False)
    return [
        replace(
            charging_schedules.read(row.evse_number, row.confirmed),
            received_at=row.confirmed_at,
            transaction_id=row.transaction_id,
        )
        for row in rows
    ]


def opened(command: Command) -> None:
    """A command that installs a profile was queued: it gets its id and its row.

    Raises: ValidationError for what is no profile.
    """
    document = command.payload.get("chargingProfile")
    profile = charging_schedules.read(command.payload.get("evseId"), document)
    assert isinstance(document, dict)
    if not profile.profile_id:
        document["id"] = _next_id(command.station_id)
        command.save(update_fields=["payload"])
        profile = replace(profile, profile_id=document["id"])
    _keep(command, profile, document)


def answered(command: Command, word: str, evse_number: int, document: dict[str, Any]) -> None:
    """The station's answer to a profile, given in OCPP 2.0.1's words. One that was sent in the station's own words gets its row now."""
    try:
        profile = charging_schedules.read(evse_number, document)
    except ValidationError:  # a call by hand may hold anything
        return
    row = _rows(command.station_id).filter(profile_id=profile.profile_id).first()
    is_by_hand = command.is_exact or command.action != SET
    if row is None or (is_by_hand and row.command_id != command.pk):
        row = _keep(command, profile, document)
    is_newest = row.command_id == command.pk
    if word == ACCEPTED:
        _confirm(row, profile, document, is_newest=is_newest)
    elif is_newest:
        row.state, row.answer = State.REFUSED, word[:30]
        row.save(update_fields=["state", "answer"])


def cleared(
    station_id: int,
    *,
    profile_id: int | None = None,
    evse_number: int | None = None,
    purpose: str = "",
    stack_level: int | None = None,
) -> int:
    """The station has forgotten what these criteria mean, or never had it. An id alone decides. Source: S16-76. Returns: how many."""
    rows = _rows(station_id).exclude(state__in=ChargingProfile.OVER)
    if profile_id is not None:
        rows = rows.filter(profile_id=profile_id)
    else:
        rows = rows.filter(Q(confirmed__isnull=False) | Q(state__in=[State.UNKNOWN, State.CLEARING]))
        rows = rows if evse_number is None else rows.filter(evse_number=evse_number)
        rows = rows if not purpose else rows.filter(purpose=purpose)
        rows = rows if stack_level is None else rows.filter(stack_level=stack_level)
    return _end(rows, State.CLEARED)


def transaction_ended(station_id: int, transaction_id: str) -> int:
    """The profiles of a transaction end with it. Returns: how many."""
    rows = _rows(station_id).filter(transaction_id=transaction_id).exclude(state__in=ChargingProfile.OVER)
    return _end(rows, State.ENDED) if transaction_id else 0


def transaction_started(command: Command, transaction_id: str, evse_number: int) -> None:
    """A remote start brought a profile for the transaction that has begun now. Source: S16-31."""
    ChargingProfile.objects.filter(command=command, transaction_id="", purpose=TX).update(
        transaction_id=transaction_id, evse_number=evse_number
    )


def settle(station: ChargingStation | None = None) -> None:
    """Bring the rows up to date whose command never reached its station, or got no answer."""
    rows = ChargingProfile.objects.filter(state__in=[State.REQUESTED, State.CLEARING])
    rows = rows if station is None else rows.filter(station=station)
    over = rows.filter(command__status__in=[*NOT_SENT, *NO_ANSWER])
    for row in over.select_related("command"):
        _settle(row)


def _settle(row: ChargingProfile) -> None:
    command = row.command
    assert command is not None
    is_unsure = command.status in NO_ANSWER
    if row.state == State.CLEARING:
        row.state = State.UNKNOWN if is_unsure or row.confirmed is None else State.INSTALLED
    else:
        row.state = State.UNKNOWN if is_unsure else State.REFUSED
    reason = " · ".join(part for part in (command.error_code, command.error_text) if part)
    row.note = reason[:255]
    row.save(update_fields=["state", "note"])


def _keep(command: Command, profile: Profile, document: dict[str, Any]) -> ChargingProfile:
    """The row of a profile as it is wanted now; what the station holds under this id stays until it answers."""
    row, _ = ChargingProfile.objects.update_or_create(
        station_id=command.station_id,
        profile_id=profile.profile_id,
        defaults={
            "evse_number": profile.evse_number,
            "purpose": profile.purpose,
            "stack_level": profile.stack_level,
            "transaction_id": profile.transaction_id,
            "document": document,
            "state": State.REQUESTED,
            "answer": "",
            "note": "",
            "command": command,
            "requested_by": command.requested_by,
            "ended_at": None,
        },
    )
    return row


def _confirm(row: ChargingProfile, profile: Profile, document: dict[str, Any], *, is_newest: bool) -> None:
    """The station holds it now, and no more what it replaces. Source: S16-72."""
    _end(_alike(row.station_id, profile).exclude(pk=row.pk).exclude(confirmed=None), State.REPLACED)
    row.confirmed, row.confirmed_at = document, timezone.now()
    if is_newest:
        row.state, row.answer, row.note = State.INSTALLED, ACCEPTED, ""
    row.save(update_fields=["confirmed", "confirmed_at", "state", "answer", "note"])


def _alike(station_id: int, profile: Profile) -> QuerySet[ChargingProfile]:
    return _rows(station_id).filter(
        purpose=profile.purpose, stack_level=profile.stack_level, evse_number=profile.evse_number
    )


def _end(rows: QuerySet[ChargingProfile], state: ChargingProfile.State) -> int:
    return rows.update(state=state, confirmed=None, ended_at=timezone.now())


def _rows(station_id: int) -> QuerySet[ChargingProfile]:
    return ChargingProfile.objects.filter(station_id=station_id)


def _next_id(station_id: int) -> int:
    """A number that no other profile of the tenant has: stations may be compared, and swapped. Source: S2-72."""
    taken = set(_rows(station_id).values_list("profile_id", flat=True))
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('chargers_chargingprofile', 'id'))")
            number = int(cursor.fetchone()[0])
            if number not in taken:
                return number


def _count(told: dict[str, str | None], names: Iterable[str]) -> int | None:
    texts = [told[name] or "" for name in names if name in told]
    return next((int(text) for text in texts if text.isdecimal() and len(text) < 10), None)


def _units(text: str | None) -> tuple[str, ...]:
    """1.6 lists `Current,Power`, 2.x `A,W`; anything else says nothing."""
    words = {word.strip().lower() for word in (text or "").split(",")}
    found = [unit for unit, names in (("A", {"a", "current"}), ("W", {"w", "power"})) if words & names]
    return tuple(found) or charging_schedules.UNITS


commands.OPENED[SET] = opened
