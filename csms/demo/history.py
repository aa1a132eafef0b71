"""Thirty days of charging: the same every time, apart from the date. It is written in bulk, and billed by what bills everything."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from django.utils import timezone

from authorization.models import IdToken
from billing import rating
from billing.models import TariffAssignment
from chargers.models import ChargingStation
from csms.demo.cast import Charger, Company
from csms.demo.prices import STAFF_GROUP
from transactions import metering, notes
from transactions.metering import MeterReading, Sample
from transactions.models import Transaction, TransactionEvent

DAYS = 30
SILENCE = timedelta(minutes=30)  # before now: what is about to happen is played, not told
PUBLIC_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 7, 6, 4, 4, 5, 4, 4, 5, 7, 9, 8, 6, 4, 3, 2, 1)
WEEKEND_HOURS = (1, 0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 8, 8, 8, 7, 7, 6, 5, 4, 4, 3, 2, 2, 1)
DEPOT_HOURS = (4, 2, 1, 0, 0, 0, 0, 0, 0, 1, 3, 4, 3, 2, 1, 0, 0, 0, 1, 3, 6, 8, 9, 7)
AC_POWERS_W = (3_700, 7_400, 11_000, 11_000, 22_000)
TAPER_FROM = 60


@dataclass(slots=True)
class Session:
    """A charging session of the past. `registers` are moment, Wh, W and, of a fast charger, percent."""

    station: ChargingStation
    charger: Charger
    evse_number: int
    token: IdToken
    started_at: datetime
    ended_at: datetime
    registers: list[tuple[datetime, Decimal, Decimal, Decimal | None]] = field(default_factory=list)
    full_at: datetime | None = None

    @property
    def wh(self) -> Decimal:
        """Its energy."""
        return self.registers[-1][1] - self.registers[0][1]


def write(company: Company, chargers: Sequence[Charger]) -> int:
    """Write the history of the tenant in force, and make its records.

    Returns: the number of sessions.
    """
    now = timezone.now()
    since = now - timedelta(days=DAYS + 1)
    TariffAssignment.objects.update(assigned_at=since)  # the tariffs are as old as the history
    sessions = sorted(_sessions(company, chargers, now), key=lambda session: session.started_at)
    rows = Transaction.objects.bulk_create([_transaction(session) for session in sessions])
    TransactionEvent.objects.bulk_create(
        [event for row, session in zip(rows, sessions, strict=True) for event in _events(row, session)]
    )
    metering.store([_reading(row, session) for row, session in zip(rows, sessions, strict=True)])
    _write_oddities(rows)
    rating.rate_ended()
    return len(rows)


def _sessions(company: Company, chargers: Sequence[Charger], now: datetime) -> Iterator[Session]:
    stations = {station.identity: station for station in ChargingStation.objects.all()}
    tokens = {token.id_token: token for token in IdToken.objects.select_related("group")}
    staff = [token for token in tokens.values() if token.group and token.group.name == STAFF_GROUP]
    for charger in chargers:
        rng = Random(f"{company.slug}/{charger.identity}")  # noqa: S311  (chance, not secrecy)
        for evse_number, card in enumerate(charger.id_tokens, start=1):
            cards = [tokens[card]] * 8 + staff
            yield from _sessions_of(
                company, stations[charger.identity], charger, evse_number, cards, rng, now
            )


def _sessions_of(
    company: Company,
    station: ChargingStation,
    charger: Charger,
    evse_number: int,
    cards: list[IdToken],
    rng: Random,
    now: datetime,
) -> Iterator[Session]:
    """The sessions of one EVSE, one after the other."""
    zone, register = ZoneInfo(company.time_zone), Decimal(rng.randint(10_000, 900_000) * 10)
    free_from = now - timedelta(days=DAYS + 1)
    for day in range(DAYS, -1, -1):
        midnight = (now.astimezone(zone) - timedelta(days=day)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        for begin in _beginnings(company, charger, midnight, rng):
            session = Session(station, charger, evse_number, rng.choice(cards), begin, begin)
            _charge(session, register, rng)
            if begin > free_from and session.ended_at < now - SILENCE:
                register, free_from = session.registers[-1][1], session.ended_at + timedelta(minutes=7)
                yield session


def _beginnings(company: Company, charger: Charger, midnight: datetime, rng: Random) -> list[datetime]:
    """When cars come on a day: how many, and at which hours, is different at weekends and in a depot."""
    is_weekend, is_depot = midnight.weekday() >= 5, company.slug == "volt"
    hours = DEPOT_HOURS if is_depot else WEEKEND_HOURS if is_weekend else PUBLIC_HOURS
    mean = (0.4 if is_weekend else 0.85) if is_depot else (0.35 if is_weekend else 0.55)
    if charger.is_dc and not is_depot:
        mean *= 3
    count = int(mean + rng.random())
    chosen = rng.choices(range(24), hours, k=count)
    return sorted(midnight + timedelta(hours=hour, seconds=rng.randrange(3600)) for hour in chosen)


def _charge(session: Session, register: Decimal, rng: Random) -> None:
    """Let the car take its energy, step by step; then it may stay for a while."""
    battery_wh = (
        rng.choice((300_000, 340_000))
        if session.station.identity.startswith("BUS")
        else rng.choice((40_000, 58_000, 64_000, 77_000, 82_000))
    )
    soc, target = (
        Decimal(rng.randint(12, 55)),
        Decimal(rng.choice((80, 85, 90)) if session.charger.is_dc else 100),
    )
    limit_w = (
        rng.choice((75_000, 100_000, 125_000, 150_000)) if session.charger.is_dc else rng.choice(AC_POWERS_W)
    )
    step = timedelta(minutes=10 if battery_wh >= 300_000 or not session.charger.is_dc else 3)
    patience = timedelta(minutes=rng.randint(25, 300))
    moment = session.started_at
    session.registers.append((moment, register, Decimal(0), _shown(soc, session)))
    while soc < target and moment - session.started_at < patience:
        power_w = _power(limit_w, soc, session, rng)
        wh = min(power_w * step.seconds // 3600, int((target - soc) * battery_wh / 100) + 1)
        moment, register, soc = moment + step, register + wh, soc + Decimal(wh * 100) / battery_wh
        session.registers.append((moment, register, Decimal(power_w), _shown(min(soc, target), session)))
    if soc >= target:
        session.full_at = moment
        moment += timedelta(minutes=rng.choice((1, 2, 4, 8, 15, 45)))
    session.ended_at = moment + timedelta(seconds=rng.randint(5, 55))


def _power(limit_w: int, soc: Decimal, session: Session, rng: Random) -> int:
    share = Decimal(1)
    if session.charger.is_dc and soc > TAPER_FROM:
        share -= Decimal("0.8") * (soc - TAPER_FROM) / (100 - TAPER_FROM)
    return int(limit_w * share * rng.randint(960, 1000) / 1000)


def _shown(soc: Decimal, session: Session) -> Decimal | None:
    return soc.quantize(Decimal("0.1")) if session.charger.is_dc else None


def _transaction(session: Session) -> Transaction:
    has_events = session.charger.version != "1.6"
    name = f"{session.station.identity}/{session.evse_number}/{session.started_at.isoformat()}"
    digest = hashlib.sha256(name.encode()).digest()
    soc = session.registers[-1][3]
    return Transaction(
        station=session.station,
        transaction_id=str(uuid.UUID(bytes=digest[:16], version=4))
        if has_events
        else str(int.from_bytes(digest[:4]) >> 1),
        evse_number=session.evse_number,
        connector_number=1,
        id_token=session.token.id_token,
        id_token_type=session.token.type if has_events else "",
        group_name=session.token.group.name if session.token.group else "",
        authorization_status="Accepted",
        state=Transaction.State.ENDED,
        started_at=session.started_at,
        ended_at=session.ended_at,
        received_at=session.started_at + timedelta(seconds=1),
        end_received_at=session.ended_at + timedelta(seconds=1),
        stop_reason="Local" if session.full_at is None else "EVDisconnected",
        first_seq_no=0 if has_events else None,
        last_seq_no=(2 if session.full_at else 1) if has_events else None,
        meter_start_wh=session.registers[0][1],
        meter_stop_wh=session.registers[-1][1],
        register_wh=session.registers[-1][1],
        energy_wh=session.wh,
        peak_power_w=max(power for _, _, power, _ in session.registers),
        soc_percent=soc,
        sampled_at=session.registers[-1][0],
    )


def _events(row: Transaction, session: Session) -> Iterator[TransactionEvent]:
    """What a station of OCPP 2.x has reported; from it the bill learns when the car took no power."""
    if session.charger.version == "1.6":
        return
    story = [("Started", "Authorized", "Charging", session.started_at)]
    if session.full_at:
        story.append(("Updated", "ChargingStateChanged", "SuspendedEV", session.full_at))
    story.append(("Ended", "StopAuthorized", "", session.ended_at))
    for seq_no, (kind, trigger, state, moment) in enumerate(story):
        yield TransactionEvent(
            transaction=row,
            seq_no=seq_no,
            event_type=kind,
            trigger_reason=trigger,
            charging_state=state,
            occurred_at=moment,
            received_at=moment + timedelta(seconds=1),
            digest=hashlib.sha256(f"{row.transaction_id}/{seq_no}".encode()).hexdigest(),
        )


def _reading(row: Transaction, session: Session) -> MeterReading:
    samples = [sample for register in session.registers for sample in _samples(*register)]
    return MeterReading(row.station_id, row.evse_number, row.transaction_id, tuple(samples))


def _samples(moment: datetime, wh: Decimal, power_w: Decimal, soc: Decimal | None) -> Iterator[Sample]:
    yield Sample(moment, metering.REGISTER, wh, "Wh", f"{wh} Wh")
    yield Sample(moment, metering.POWER, power_w, "W", f"{power_w} W")
    if soc is not None:
        yield Sample(moment, metering.SOC, soc, "Percent", f"{soc} Percent", location="EV")


def _write_oddities(rows: Sequence[Transaction]) -> None:
    """Some sessions are odd, so that their records are held: a lost card, a lost start, a lost end."""
    blocked = IdToken.objects.filter(status=IdToken.Status.BLOCKED).first()
    codes = ("not_authorized", "orphan_stop", "end_from_sample")
    for row, code in zip(rows[len(rows) // 2 :: 9], codes, strict=False):
        row.notes = notes.merged([], [code])
        if code == "not_authorized" and blocked:
            row.id_token, row.authorization_status, row.stop_reason = (
                blocked.id_token,
                "Blocked",
                "DeAuthorized",
            )
        row.is_estimated = code == "end_from_sample"
        row.save(update_fields=["notes", "id_token", "authorization_status", "stop_reason", "is_estimated"])
