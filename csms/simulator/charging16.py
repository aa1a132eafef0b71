"""Smart charging of a 1.6 station: it takes profiles, obeys them, and tells what it makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from csms.simulator.charging_profiles import (
    CYCLES,
    DEFAULT,
    STATION_MAX,
    TRANSACTION,
    ChargingProfile,
    ChargingProfiles,
    Step,
    in_unit,
    watts,
)
from csms.simulator.clock import moment, timestamp
from csms.simulator.configuration16 import Key
from csms.simulator.link import Answer, Payload
from csms.simulator.model import Connector, Evse, Transaction
from csms.simulator.wire import answers

if TYPE_CHECKING:
    from csms.simulator.station import Station

PURPOSES = {
    "ChargePointMaxProfile": STATION_MAX,
    "TxDefaultProfile": DEFAULT,
    "TxProfile": TRANSACTION,
}


class Charging16:
    """The commands of SmartCharging."""

    station: Station
    configuration: dict[str, Key]

    if TYPE_CHECKING:

        def _at(self, number: int) -> tuple[Evse, Connector] | None: ...

    def __init__(self) -> None:
        self.profiles = ChargingProfiles()
        for evse in self.station.evses:
            evse.limit = self._limit_of

    @answers("SetChargingProfile")
    def set_charging_profile(self, payload: Payload) -> Answer:
        """Take a profile, if it fits its place (S16-70, S16-74)."""
        number, wanted = int(payload["connectorId"]), payload["csChargingProfiles"]
        profile = self.profile(number, wanted)
        place = self._at(number)
        transaction = place[0].transaction if place else None
        is_own = transaction is not None and wanted.get("transactionId") == transaction.number
        fits = {
            STATION_MAX: number == 0 and wanted["chargingProfileKind"] != "Relative",
            DEFAULT: number == 0 or place is not None,
            TRANSACTION: is_own,
        }
        if not fits[profile.purpose] or not self._is_within_limits(profile):
            return Answer({"status": "Rejected"})
        self._count_energy()
        self.profiles.install(profile)
        return Answer({"status": "Accepted"}, self._obey)

    @answers("ClearChargingProfile")
    def clear_charging_profile(self, payload: Payload) -> Answer:
        """Forget profiles; an id overrides the other criteria (S16-76)."""
        chosen = [each for each in self.profiles.held if _is_meant(each, payload)]
        self._count_energy()
        is_any = self.profiles.clear(chosen)
        return Answer({"status": "Accepted" if is_any else "Unknown"}, self._obey)

    @answers("GetCompositeSchedule")
    def get_composite_schedule(self, payload: Payload) -> Answer:
        """Tell what the profiles come to, for a connector or for all together (S16-75)."""
        number, duration_s = int(payload["connectorId"]), int(payload["duration"])
        if duration_s < 1 or (number and self._at(number) is None):
            return Answer({"status": "Rejected"})
        unit = payload.get("chargingRateUnit", "A")
        start = self.station.clock.now().replace(microsecond=0)
        schedule = {
            "duration": duration_s,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": self._periods(number, start, duration_s, unit),
        }
        answer = {"connectorId": number, "scheduleStart": timestamp(start), "chargingSchedule": schedule}
        return Answer({"status": "Accepted", **answer})

    def profile(self, number: int, wanted: Payload) -> ChargingProfile:
        """Return a profile of the wire.

        Raises: KeyError, ValueError, TypeError where it is none.
        """
        schedule = wanted["chargingSchedule"]
        unit = {"A": "A", "W": "W"}[schedule["chargingRateUnit"]]
        steps = tuple(_step(period, unit) for period in schedule["chargingSchedulePeriod"])
        if not steps or steps[0].after:
            raise ValueError("the first period must start at 0")
        kind = wanted["chargingProfileKind"]
        begin = _moment(schedule.get("startSchedule")) or _moment(wanted.get("validFrom"))
        transaction = self.station.transaction(str(wanted.get("transactionId")))
        return ChargingProfile(
            id=int(wanted["chargingProfileId"]),
            place=number,
            purpose=PURPOSES[wanted["chargingProfilePurpose"]],
            stack_level=int(wanted["stackLevel"]),
            steps=steps,
            begin=None if kind == "Relative" else begin or self.station.clock.now(),
            cycle=CYCLES[wanted["recurrencyKind"]] if kind == "Recurring" else None,
            duration=timedelta(seconds=int(schedule["duration"])) if "duration" in schedule else None,
            valid_from=_moment(wanted.get("validFrom")),
            valid_to=_moment(wanted.get("validTo")),
            transaction_id=transaction.id if transaction else "",
        )

    def limit_transaction_of(self, evse: Evse, profile: ChargingProfile) -> None:
        """Obey the profile that a remote start brought for its transaction (S16-31)."""
        if evse.transaction is not None:
            self.profiles.install(replace(profile, transaction_id=evse.transaction.id))

    def forget_profiles_of(self, transaction: Transaction) -> None:
        """A transaction's profiles end with it."""
        self.profiles.clear([each for each in self.profiles.held if each.transaction_id == transaction.id])

    def _is_within_limits(self, profile: ChargingProfile) -> bool:
        def most(name: str) -> int:
            return int(self.configuration[name.lower()].value)

        return (
            profile.stack_level <= most("ChargeProfileMaxStackLevel")
            and len(profile.steps) <= most("ChargingScheduleMaxPeriods")
            and len(self.profiles.held) < most("MaxChargingProfilesInstalled")
        )

    def _count_energy(self) -> None:
        """What was charged before now was charged under the limits before now."""
        for evse in self.station.evses:
            evse.advance(self.station.clock.now())

    async def _obey(self) -> None:
        self.station.sessions.follow_limits()

    def _limit_of(self, evse: Evse, now: datetime) -> Decimal | None:
        """The limit of an EVSE at a moment; the station's is shared out evenly among those that charge."""
        transaction = evse.transaction
        if transaction is None:
            return None
        own = self.profiles.of_connector(
            transaction.connector.number, transaction.id, now, transaction.started_at
        )
        whole = self.profiles.of_station(now)
        share = None if whole is None else whole / max(len(self.station.transactions), 1)
        limits = [limit for limit in (own, share) if limit is not None]
        return min(limits) if limits else None

    def _periods(self, number: int, start: datetime, duration_s: int, unit: str) -> list[Payload]:
        end = start + timedelta(seconds=duration_s)
        begins = [start, *(each.started_at for each in self.station.transactions)]
        periods: list[Payload] = []
        for turn in self.profiles.turns(start, end, begins):
            limit = float(in_unit(self._composite_w(number, turn, start), unit))
            if not periods or periods[-1]["limit"] != limit:
                periods.append({"startPeriod": int((turn - start).total_seconds()), "limit": limit})
        return periods

    def _composite_w(self, number: int, turn: datetime, start: datetime) -> Decimal:
        evses = [evse for evse in self.station.evses if number in (0, evse.connectors[0].number)]
        total = sum((self._of_evse_w(evse, turn, start) for evse in evses), Decimal(0))
        whole = self.profiles.of_station(turn)
        return total if whole is None else min(total, whole)

    def _of_evse_w(self, evse: Evse, turn: datetime, start: datetime) -> Decimal:
        transaction = evse.transaction
        name, since = (transaction.id, transaction.started_at) if transaction else ("", start)
        own = self.profiles.of_connector(evse.connectors[0].number, name, turn, since)
        highest = Decimal(evse.spec.max_power_w)
        return highest if own is None else min(own, highest)


def _step(period: Payload, unit: str) -> Step:
    power_w = watts(Decimal(str(period["limit"])), unit, period.get("numberPhases"))
    return Step(timedelta(seconds=int(period["startPeriod"])), power_w)


def _moment(text: Any) -> datetime | None:
    return moment(str(text)) if text else None


def _is_meant(profile: ChargingProfile, criteria: Payload) -> bool:
    if "id" in criteria:
        return bool(profile.id == criteria["id"])
    purpose = criteria.get("chargingProfilePurpose")
    return (
        criteria.get("connectorId") in (None, profile.place)
        and criteria.get("stackLevel") in (None, profile.stack_level)
        and (purpose is None or PURPOSES[purpose] == profile.purpose)
    )
