"""The charging profiles that a station holds and obeys, in watts, whatever version brought them. Source: S16-70 to S16-77."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

VOLTAGE = 230
PHASES = 3
TENTH = Decimal("0.1")
CYCLES = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
STATION_MAX, DEFAULT, TRANSACTION = "StationMax", "Default", "Transaction"


@dataclass(frozen=True, slots=True)
class Step:
    """From so long after the begin on, so much."""

    after: timedelta
    power_w: Decimal


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One profile; `place` is a connector's number, 0 for all. `begin` None: with the start of charging."""

    id: int
    place: int
    purpose: str
    stack_level: int
    steps: tuple[Step, ...]
    begin: datetime | None
    cycle: timedelta | None = None
    duration: timedelta | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str = ""

    def power_w(self, now: datetime, since: datetime) -> Decimal | None:
        """Return the limit at a moment, None while it has none; `since` is the start of charging."""
        if (self.valid_from and now < self.valid_from) or (self.valid_to and now >= self.valid_to):
            return None
        elapsed = now - (self.begin or since)
        if elapsed < timedelta(0):
            return None
        elapsed = elapsed % self.cycle if self.cycle else elapsed
        if self.duration is not None and elapsed >= self.duration:
            return None
        return next((step.power_w for step in reversed(self.steps) if step.after <= elapsed), None)

    def turns(self, start: datetime, end: datetime, since: datetime) -> Iterator[datetime]:
        """Return when the limit may change between two moments, and some others."""
        yield from (moment for moment in (self.valid_from, self.valid_to) if moment)
        begin = self.begin or since
        if self.cycle:
            begin += max((start - begin) // self.cycle, 0) * self.cycle
        while begin < end:
            yield from (begin + step.after for step in self.steps)
            if self.duration is not None:
                yield begin + self.duration
            if self.cycle is None:
                return
            begin += self.cycle


class ChargingProfiles:
    """All profiles of a station."""

    def __init__(self) -> None:
        self.held: list[ChargingProfile] = []

    def install(self, profile: ChargingProfile) -> None:
        """Take a profile in the place of the one with its id, and of the one with its purpose, level and place (S16-72)."""

        def is_same(other: ChargingProfile) -> bool:
            key, own = ((each.purpose, each.stack_level, each.place) for each in (other, profile))
            return other.id == profile.id or key == own

        self.held = [other for other in self.held if not is_same(other)] + [profile]

    def clear(self, chosen: Iterable[ChargingProfile]) -> bool:
        """Forget some profiles; say whether there were any."""
        gone = list(chosen)
        self.held = [profile for profile in self.held if profile not in gone]
        return bool(gone)

    def of_connector(self, place: int, transaction_id: str, now: datetime, since: datetime) -> Decimal | None:
        """Return the limit of a connector, but for that of the station: the transaction's, else the default (S16-71)."""
        own = [
            each
            for each in self.held
            if each.purpose == TRANSACTION and transaction_id and each.transaction_id == transaction_id
        ]
        default = [each for each in self.held if each.purpose == DEFAULT and each.place in (0, place)]
        limit = _prevailing(own, now, since)
        return _prevailing(default, now, since) if limit is None else limit

    def of_station(self, now: datetime) -> Decimal | None:
        """Return the limit of all connectors together."""
        return _prevailing([each for each in self.held if each.purpose == STATION_MAX], now, now)

    def turns(self, start: datetime, end: datetime, since: Iterable[datetime]) -> list[datetime]:
        """Return the moments between two at which any limit may change, the first of them the start."""
        begins = list(since)
        found = {turn for each in self.held for begin in begins for turn in each.turns(start, end, begin)}
        return sorted({start, *(turn for turn in found if start < turn < end)})


def watts(limit: Decimal, unit: str, phases: int | None) -> Decimal:
    """Return a limit in watts; amperes are those of each phase (S16-74)."""
    return limit if unit == "W" else limit * VOLTAGE * (phases or PHASES)


def in_unit(power_w: Decimal, unit: str) -> Decimal:
    """Return watts as a schedule says them."""
    value = power_w if unit == "W" else power_w / (VOLTAGE * PHASES)
    return value.quantize(TENTH, ROUND_FLOOR)


def _prevailing(profiles: list[ChargingProfile], now: datetime, since: datetime) -> Decimal | None:
    limits = [
        ((profile.place > 0, profile.stack_level), limit)
        for profile in profiles
        if (limit := profile.power_w(now, since)) is not None
    ]
    return max(limits)[1] if limits else None
