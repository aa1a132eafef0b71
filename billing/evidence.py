"""What the stations have reported about transactions, in the form that pricing takes: registers, and spans without power.

The energy of a transaction is decided by `transactions`; here it is only spread over time.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing import path
from billing.usage import Session
from transactions import metering
from transactions.models import MeterValue, Transaction, TransactionEvent

# The vehicle takes no power. SuspendedEVSE is not among them: there the station withholds it, and the driver cannot help it.
PARKED = frozenset({"EVConnected", "SuspendedEV", "Idle"})

Readings = dict[int, list[path.Reading]]
States = dict[int, list[tuple[datetime, str]]]


def registers(rows: Sequence[Transaction]) -> Readings:
    """The energy registers of these transactions, in order."""
    result: Readings = {}
    found = MeterValue.objects.filter(
        transaction__in=rows, measurand=metering.REGISTER, phase="", location="Outlet", value__isnull=False
    ).exclude(context="Sample.Clock", evse_number=0)
    for owner, moment, value in found.order_by("sampled_at", "value").values_list(
        "transaction_id", "sampled_at", "value"
    ):
        if owner is not None and value is not None:
            result.setdefault(owner, []).append((moment, value))
    return result


def charging_states(rows: Sequence[Transaction]) -> States:
    """The charging states that these transactions went through, in order; a protocol without events gives none."""
    result: States = {}
    events = TransactionEvent.objects.filter(transaction__in=rows).exclude(charging_state="")
    for owner, moment, state in events.order_by("seq_no").values_list(
        "transaction_id", "occurred_at", "charging_state"
    ):
        result.setdefault(owner, []).append((moment, state))
    return result


def session(
    row: Transaction, time_zone: str, readings: Sequence[path.Reading], states: Sequence[tuple[datetime, str]]
) -> Session:
    """The transaction as pricing sees it: from zero to exactly its own energy."""
    end = max(row.ended_at or row.started_at, row.started_at)
    registers = [*_edge(row.started_at, row.meter_start_wh), *readings, *_edge(end, row.meter_stop_wh)]
    curve = [(moment, min(wh, row.energy_wh)) for moment, wh in path.consumed(registers)] if registers else []
    spread = [(row.started_at, Decimal(0)), *curve, (end, row.energy_wh)]
    return Session(
        row.started_at, end, time_zone, _clamped(spread, row.started_at, end), _parking(states, end)
    )


def _edge(moment: datetime, register: Decimal | None) -> list[path.Reading]:
    return [] if register is None else [(moment, register)]


def _clamped(readings: list[path.Reading], start: datetime, end: datetime) -> list[path.Reading]:
    return [(min(max(moment, start), end), wh) for moment, wh in readings]


def _parking(states: Sequence[tuple[datetime, str]], end: datetime) -> list[tuple[datetime, datetime]]:
    spans, since = [], None
    for moment, state in states:
        if since is None and state in PARKED:
            since = moment
        elif since is not None and state not in PARKED:
            spans.append((since, moment))
            since = None
    if since is not None and since < end:
        spans.append((since, end))
    return spans
