"""The composite schedule: what charging profiles leave of a station's power at each instant, and how far the station's own answer is from that. Pure.

At each instant: the least of the prevailing ChargingStationMaxProfile and the prevailing TxProfile, or where there is none TxDefaultProfile.
Prevailing is the highest stack level that is valid then; a TxDefaultProfile of the EVSE itself goes before one for all. Source: S16-71, S16-75, S2-71.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from chargers.charging_schedules import (
    CYCLES,
    RECURRING,
    RELATIVE,
    STATION_MAX,
    TX,
    TX_DEFAULT,
    Period,
    Profile,
)

VOLTAGE = Decimal(230)
PHASES = 3  # where a period does not say how many. Source: S16-74
TENTH = Decimal("0.1")
TOLERANCE = Decimal("0.01")  # of the expected limit: units are converted with another voltage elsewhere


@dataclass(frozen=True, slots=True)
class Running:
    """The transaction of an EVSE."""

    transaction_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From so many seconds after the begin on. `limit` None: nothing limits."""

    start_s: int
    limit: Decimal | None
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """From so many seconds after the begin on, the station says something else than its profiles."""

    start_s: int
    expected: Decimal
    told: Decimal


@dataclass(frozen=True, slots=True)
class Question:
    """Which schedule is asked for: of an EVSE, or with 0 of the whole station."""

    evse_number: int
    start: datetime
    duration_s: int
    unit: str

    @property
    def end(self) -> datetime:
        """The first instant that is not asked for."""
        return self.start + timedelta(seconds=self.duration_s)


def composite(
    profiles: Iterable[Profile],
    question: Question,
    *,
    running: Mapping[int, Running] | None = None,
    evse_numbers: Sequence[int] = (1,),
) -> list[Span]:
    """The limits over the time asked for, in its unit; equal neighbours are one span.

    The whole station's is the sum of its EVSEs where each of them is limited, and never more than its ChargingStationMaxProfile.
    """
    stack, charging = list(profiles), running or {}
    spans: list[Span] = []
    for moment in _turns(stack, question, charging):
        limit = _at(stack, question, moment, charging, evse_numbers)
        if not spans or (spans[-1].limit, spans[-1].phases) != limit:
            spans.append(Span(int((moment - question.start).total_seconds()), *limit))
    return spans


def converted(period: Period, unit: str, wanted: str) -> Decimal:
    """A limit in another unit: amperes count for each phase, watts for all phases together. What does not fit a tenth is cut off."""
    if unit == wanted:
        return period.limit
    volts = VOLTAGE * (period.phases or PHASES)
    value = period.limit * volts if wanted == "W" else period.limit / volts
    return value.quantize(TENTH, ROUND_FLOOR)


def differences(expected: Sequence[Span], told: Sequence[Span], duration_s: int) -> list[Difference]:
    """Where the station's schedule is not what its profiles say. Where nothing limits, its own maximum is no difference."""
    found: list[Difference] = []
    turns = sorted({span.start_s for span in (*expected, *told) if span.start_s < duration_s})
    for start_s in turns:
        ours, theirs = _in_force(expected, start_s), _in_force(told, start_s)
        if ours is None or theirs is None or abs(ours - theirs) <= max(TENTH, ours * TOLERANCE):
            continue
        if not found or (found[-1].expected, found[-1].told) != (ours, theirs):
            found.append(Difference(start_s, ours, theirs))
    return found


def period_at(profile: Profile, moment: datetime, charging_since: datetime | None) -> Period | None:
    """The period of a profile that holds at an instant, if one does. Source: S16-73, S16-74."""
    if (profile.valid_from and moment < profile.valid_from) or (
        profile.valid_to and moment >= profile.valid_to
    ):
        return None
    begin = _begin(profile, charging_since)
    if begin is None or moment < begin:
        return None
    elapsed = moment - begin
    if profile.kind == RECURRING and profile.recurrency in CYCLES:
        elapsed %= CYCLES[profile.recurrency]
    duration_s = profile.schedule.duration_s
    if duration_s is not None and elapsed >= timedelta(seconds=duration_s):
        return None
    begun = [each for each in profile.schedule.periods if timedelta(seconds=each.start_s) <= elapsed]
    return begun[-1] if begun else None


def _at(
    stack: list[Profile],
    question: Question,
    moment: datetime,
    running: Mapping[int, Running],
    evse_numbers: Sequence[int],
) -> tuple[Decimal | None, int | None]:
    unit = question.unit
    whole = _prevailing([each for each in stack if each.purpose == STATION_MAX], moment, None, unit)
    if question.evse_number:
        own = _of_evse(stack, question, question.evse_number, moment, running)
    else:
        own = _sum([_of_evse(stack, question, number, moment, running) for number in evse_numbers])
    found = [limit for limit in (own, whole) if limit is not None]
    return min(found, key=lambda limit: limit[0]) if found else (None, None)


def _of_evse(
    stack: list[Profile], question: Question, number: int, moment: datetime, running: Mapping[int, Running]
) -> tuple[Decimal, int | None] | None:
    transaction = running.get(number)
    since = transaction.started_at if transaction else question.start
    own = [
        each
        for each in stack
        if each.purpose == TX
        and each.evse_number == number
        and transaction
        and each.transaction_id == transaction.transaction_id
    ]
    default = [each for each in stack if each.purpose == TX_DEFAULT and each.evse_number in (0, number)]
    return _prevailing(own, moment, since, question.unit) or _prevailing(
        default, moment, since, question.unit
    )


def _prevailing(
    profiles: list[Profile], moment: datetime, since: datetime | None, unit: str
) -> tuple[Decimal, int | None] | None:
    valid = [
        ((profile.evse_number > 0, profile.stack_level), profile, period)
        for profile in profiles
        if (period := period_at(profile, moment, since))
    ]
    if not valid:
        return None
    _, profile, period = max(valid, key=lambda each: each[0])
    return converted(period, profile.schedule.unit, unit), period.phases


def _sum(limits: list[tuple[Decimal, int | None] | None]) -> tuple[Decimal, int | None] | None:
    known = [limit for limit in limits if limit is not None]
    if not known or len(known) < len(limits):
        return None
    phases = {limit[1] for limit in known}
    return sum((limit[0] for limit in known), Decimal(0)), phases.pop() if len(phases) == 1 else None


def _begin(profile: Profile, charging_since: datetime | None) -> datetime | None:
    if profile.kind == RELATIVE:
        return charging_since
    return profile.schedule.start or profile.valid_from or profile.received_at


def _turns(stack: list[Profile], question: Question, running: Mapping[int, Running]) -> list[datetime]:
    """The instants at which anything may change, the first of them the begin."""
    begins_of_charging = {question.start, *(each.started_at for each in running.values())}
    found = {question.start}
    for profile in stack:
        found |= {moment for moment in (profile.valid_from, profile.valid_to) if moment}
        for since in begins_of_charging if profile.kind == RELATIVE else {None}:
            found.update(_turns_of(profile, since, question))
    return sorted(moment for moment in found if question.start <= moment < question.end)


def _turns_of(profile: Profile, since: datetime | None, question: Question) -> Iterator[datetime]:
    begin = _begin(profile, since)
    if begin is None:
        return
    steps = [timedelta(seconds=period.start_s) for period in profile.schedule.periods]
    steps += [] if profile.schedule.duration_s is None else [timedelta(seconds=profile.schedule.duration_s)]
    cycle = CYCLES.get(profile.recurrency) if profile.kind == RECURRING else None
    if cycle is None:
        yield from (begin + step for step in steps)
        return
    begin += max((question.start - begin) // cycle, 0) * cycle
    while begin < question.end:
        yield from (begin + step for step in steps)
        begin += cycle


def _in_force(spans: Sequence[Span], at_s: int) -> Decimal | None:
    begun = [span for span in spans if span.start_s <= at_s]
    return begun[-1].limit if begun else None
