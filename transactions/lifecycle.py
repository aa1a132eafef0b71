"""The life of a transaction as a station reports it: start, event, end. Each report may come twice, late, or out of order, and is never refused.

OCPP 1.6 reports a start and a stop; OCPP 2.x reports events. Both end in the same row. Source: S16-10 to S16-25, S2-10 to S2-27.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from authorization import decisions
from authorization.decisions import Decision
from transactions import effects, energy, metering, moments, notes, reservations
from transactions.metering import MeterReading, Sample
from transactions.models import MeterValue, Transaction

State = Transaction.State
LARGEST_REGISTER_WH = Decimal(10) ** 13
AFTER_THE_END = timedelta(minutes=1)  # clocks of a meter and its station differ
SOME_POWER_W, SUSPICIOUS_SHARE = Decimal(1000), Decimal("0.002")
ENDING = (
    "state",
    "ended_at",
    "end_received_at",
    "stop_reason",
    "stopped_by_id_token",
    "meter_stop_wh",
    "power_w",
    "charging_state",
)
COMPUTED = ("energy_wh", "is_estimated", "meter_start_wh", "register_wh", "notes")


@dataclass(frozen=True, slots=True)
class Start:
    """A station's report that a transaction began, in a version where we give it its id. Registers in Wh."""

    station_id: int
    evse_number: int
    connector_number: int
    id_token: str
    occurred_at: datetime | None
    meter_start_wh: Decimal | None
    reservation_id: int | None = None
    is_incomplete: bool = False  # a field that the protocol requires was missing


@dataclass(frozen=True, slots=True)
class Stop:
    """A station's report that a transaction ended. `transaction_id` empty: the station never learned it (S16-20)."""

    station_id: int
    transaction_id: str
    id_token: str
    occurred_at: datetime | None
    meter_stop_wh: Decimal | None
    reason: str
    samples: tuple[Sample, ...] = ()
    is_incomplete: bool = False


def start(report: Start) -> tuple[Transaction, Decision]:
    """Begin a transaction, or find the one that an earlier copy of this report began. A refused id token still gets one. Source: S16-10."""
    key = _start_key(report)
    row = Transaction.objects.filter(station_id=report.station_id, start_key=key).first()
    decision = decisions.decide(report.id_token, None, running=lambda: running(report.id_token, besides=row))
    return row or _begin(report, key, decision), decision


def stop(report: Stop) -> Decision | None:
    """End a transaction, once. Returns: the decision about the id token where one was presented."""
    row = _stopped_transaction(report)
    if row is None:
        row = _orphan(report)
    elif row.state == State.ENDED and not reopen(row):
        _second_stop(row, report)
    if row.state != State.ENDED:
        if report.samples:
            metering.store(
                [MeterReading(report.station_id, row.evse_number, row.transaction_id, report.samples)]
            )
            row.refresh_from_db()
        end(
            row,
            report.occurred_at,
            report.meter_stop_wh,
            report.reason,
            report.id_token,
            codes=["incomplete_report"] if report.is_incomplete else [],
        )
    return decisions.decide(report.id_token, None) if report.id_token else None


def reopen(row: Transaction) -> bool:
    """The true end of a transaction whose end was only concluded: make way for it. Returns: whether there was anything to make way.

    Once a record was made of it, the record stays and the difference is noted. Source: S16-25.
    """
    if not notes.has(row.notes, notes.CONCLUDED):
        return False
    if Transaction.objects.filter(pk=row.pk, charge_detail_records__isnull=False).exists():
        row.notes = notes.merged(row.notes, ["true_end_too_late"])
        row.save(update_fields=["notes"])
        return False
    row.state = State.ACTIVE
    row.notes = notes.merged(notes.without(row.notes, notes.OF_THE_END), ["true_end"])
    return True


def end(
    row: Transaction,
    occurred_at: datetime | None,
    meter_stop_wh: Decimal | None,
    reason: str,
    id_token: str,
    *,
    codes: Sequence[str] = (),
) -> None:
    """Close the row with its final energy, computed from all that is stored. `codes`: what else is odd about this end."""
    received = timezone.now()
    moment, odd_time = moments.occurred(occurred_at, received)
    codes = [*codes, *([odd_time] if odd_time else [])]
    meter_stop_wh, bad_register = _plausible(meter_stop_wh)
    codes += bad_register
    if moment < row.started_at:
        moment = row.started_at
        codes.append("ended_before_start")
    row.state, row.ended_at, row.end_received_at = State.ENDED, moment, received
    row.stop_reason, row.stopped_by_id_token = reason[:50], id_token[:255]
    row.meter_stop_wh, row.power_w, row.charging_state = meter_stop_wh, None, ""
    row.notes = notes.merged(row.notes, codes)
    recompute(row)
    row.save(update_fields=[*ENDING, *COMPUTED])
    effects.stopped(row)


def recompute(row: Transaction) -> None:
    """Final energy and its notes from the stored registers; the row is not saved. Source: MV-42."""
    registers = MeterValue.objects.filter(
        transaction_id=row.pk, measurand=metering.REGISTER, phase="", location="Outlet", value__isnull=False
    ).exclude(context="Sample.Clock", evse_number=0)
    if row.ended_at:  # Q30: what was measured later belongs to nobody
        registers = registers.filter(sampled_at__lte=row.ended_at + AFTER_THE_END)
    result = energy.of_transaction(
        row.meter_start_wh,
        row.meter_stop_wh,
        [(at, value) for at, value in registers.values_list("sampled_at", "value") if value is not None],
        (row.started_at, row.ended_at) if row.ended_at else None,
    )
    row.energy_wh, row.is_estimated = result.wh, result.is_estimated
    if row.meter_start_wh is None or "begin_implausible" in result.notes:
        row.meter_start_wh = result.begin_wh
    row.register_wh = row.meter_stop_wh if row.meter_stop_wh is not None else row.register_wh
    codes = [*result.notes, *(["unit_suspected"] if _is_suspiciously_little(row) else [])]
    row.notes = notes.merged(row.notes, codes)


def _is_suspiciously_little(row: Transaction) -> bool:
    """Whether the energy is a tiny part of what the reported power would have made of the time. Source: MV-33."""
    if not row.ended_at or not row.energy_wh or not row.peak_power_w or row.peak_power_w < SOME_POWER_W:
        return False
    hours = Decimal((row.ended_at - row.started_at).total_seconds()) / 3600
    return row.energy_wh < row.peak_power_w * hours * SUSPICIOUS_SHARE


def running(id_token: str, *, besides: Transaction | None = None) -> int:
    """How many transactions of this id token run now, apart from one."""
    rows = Transaction.objects.filter(state=State.ACTIVE, id_token__iexact=id_token.strip())
    return (rows.exclude(pk=besides.pk) if besides else rows).count()


def _begin(report: Start, key: str, decision: Decision) -> Transaction:
    """A new row. Two copies of one report on two connections, or two rows with one random number, meet in a unique key: the caller does its work again."""
    received = timezone.now()
    moment, odd_time = moments.occurred(report.occurred_at, received)
    meter_start_wh, codes = _plausible(report.meter_start_wh)
    codes += [odd_time] if odd_time else []
    codes += ["incomplete_report"] if report.is_incomplete else []
    codes += [] if decision.is_accepted else ["not_authorized"]
    row = Transaction(
        station_id=report.station_id,
        transaction_id=str(
            secrets.randbelow(2**31 - 1) + 1
        ),  # means nothing outside of tenant and station (W-07)
        start_key=key,
        evse_number=report.evse_number,
        connector_number=report.connector_number,
        id_token=report.id_token[:255],
        authorization_status=decision.status,
        group_name=decision.group_name,
        started_at=moment,
        received_at=received,
        meter_start_wh=meter_start_wh,
        register_wh=meter_start_wh,
        reservation_id=report.reservation_id,
        charging_state=Transaction.ChargingState.EV_CONNECTED,
        notes=notes.merged([], codes),
    )
    row.save(force_insert=True)
    _mark_superseded(row)
    effects.started(row)
    reservations.use(row)
    return row


def _mark_superseded(row: Transaction) -> None:
    """Note at transactions that have no end on the same connector that another one began. Source: S16-25."""
    note = json.dumps(notes.merged([], ["superseded"]))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transactions_transaction SET notes = notes || %s::jsonb WHERE station_id = %s AND evse_number = %s "
            "AND state = 'active' AND started_at <= %s AND id <> %s AND NOT notes @> %s::jsonb",
            [note, row.station_id, row.evse_number, row.started_at, row.pk, note],
        )


def _start_key(report: Start) -> str:
    what = (
        f"{report.evse_number}|{report.id_token.strip().lower()}|"
        f"{report.occurred_at.isoformat() if report.occurred_at else ''}|{report.meter_start_wh}"
    )
    if report.occurred_at is None:
        what += secrets.token_hex(8)  # without a readable time nothing tells a retry from another start
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()


def _stopped_transaction(report: Stop) -> Transaction | None:
    rows = Transaction.objects.select_for_update().filter(station_id=report.station_id)
    if report.transaction_id:
        return rows.filter(transaction_id=report.transaction_id).first()
    candidates = rows.filter(state=State.ACTIVE)
    if report.occurred_at:
        candidates = candidates.filter(started_at__lte=report.occurred_at)
    if report.id_token:
        candidates = candidates.filter(id_token__iexact=report.id_token.strip())
    found = list(candidates[:2])
    return found[0] if len(found) == 1 else None


def _orphan(report: Stop) -> Transaction:
    """A stop without its start: kept, for a person to look at. Source: S16-20."""
    received = timezone.now()
    moment, _ = moments.occurred(report.occurred_at, received)
    first = min((sample.sampled_at for sample in report.samples), default=moment)
    row = Transaction(
        station_id=report.station_id,
        transaction_id=report.transaction_id or f"orphan-{_orphan_key(report)}",
        id_token=report.id_token[:255],
        started_at=min(first, moment),
        received_at=received,
        notes=notes.merged([], ["orphan_stop"]),
    )
    found, _ = Transaction.objects.get_or_create(
        station_id=row.station_id, transaction_id=row.transaction_id, defaults=_fields(row)
    )
    return found


def _orphan_key(report: Stop) -> str:
    what = f"{report.id_token}|{report.occurred_at}|{report.meter_stop_wh}"
    return hashlib.sha256(what.encode(errors="replace")).hexdigest()[:24]


def _fields(row: Transaction) -> dict[str, object]:
    names = ("id_token", "started_at", "received_at", "notes")
    return {name: getattr(row, name) for name in names}


def _second_stop(row: Transaction, report: Stop) -> None:
    if report.meter_stop_wh is None or report.meter_stop_wh == row.meter_stop_wh:
        return
    row.notes = notes.merged(row.notes, ["second_stop"])
    row.save(update_fields=["notes"])


def _plausible(register: Decimal | None) -> tuple[Decimal | None, list[str]]:
    """A register that the ledger can hold, or none with a note; a senseless one must not become money."""
    if register is not None and not 0 <= register < LARGEST_REGISTER_WH:
        return None, ["bad_register"]
    return register, []
