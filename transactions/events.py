"""Transaction events of OCPP 2.x: known by (station, transaction id, sequence number), in any order. Source: S2-10 to S2-27.

`take` decides about one event that needs an answer from the database; `EventBatch.write` records many that do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from authorization import decisions
from authorization.decisions import Decision
from chargers import arrays
from transactions import effects, lifecycle, metering, moments, notes, reservations
from transactions.metering import MeterReading, Sample
from transactions.models import Transaction

STARTED, UPDATED, ENDED = "Started", "Updated", "Ended"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the station reported it. `digest` is of the whole payload."""

    station_id: int
    transaction_id: str
    event_type: str
    seq_no: int
    trigger_reason: str
    occurred_at: datetime | None
    digest: str
    is_offline: bool = False
    evse_number: int | None = None
    connector_number: int | None = None
    charging_state: str = ""
    stopped_reason: str = ""
    id_token: str = ""
    id_token_type: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    samples: tuple[Sample, ...] = ()

    @staticmethod
    def write(batch: Sequence["Event"]) -> None:
        """Record a batch of events whose answer does not depend on the database."""
        _record(batch)


def take(event: Event) -> Decision | None:
    """Apply one event. Returns: the decision about its id token, or None where it carries none."""
    row = _transaction_of(event)
    decision = _decide(row, event)
    if decision:
        _take_decision(row, event, decision)
    if _insert_events(
        [event], {(event.station_id, event.transaction_id): (row.pk, row.state, row.evse_number)}
    ):
        _apply(row, event)
    row.save()
    if event.event_type == STARTED or event.remote_start_id is not None:
        effects.started(row)
    if event.reservation_id is not None:
        reservations.use(row)
    return decision


def _transaction_of(event: Event) -> Transaction:
    """The event's transaction, locked; it is made from whatever comes first (S2-14).

    Two events that make it at once meet in its unique key: the caller does its work again.
    """
    names = {"station_id": event.station_id, "transaction_id": event.transaction_id}
    row = Transaction.objects.select_for_update().filter(**names).first()
    if row is not None:
        return row
    moment, odd_time = moments.occurred(event.occurred_at, timezone.now())
    codes = ([odd_time] if odd_time else []) + ([] if event.event_type == STARTED else ["missing_start"])
    row = Transaction(
        **names, started_at=moment, notes=notes.merged([], codes), evse_number=event.evse_number
    )
    row.save(force_insert=True)
    return row


def _decide(row: Transaction, event: Event) -> Decision | None:
    """The fate of the event's id token; at the end it does not matter what else runs."""
    if not event.id_token and event.id_token_type is None:
        return None
    others = None if event.event_type == ENDED else lambda: lifecycle.running(event.id_token, besides=row)
    return decisions.decide(event.id_token, event.id_token_type, running=others)


def _take_decision(row: Transaction, event: Event, decision: Decision) -> None:
    if event.event_type == ENDED and row.authorization_status:
        return
    row.authorization_status, row.group_name = decision.status, decision.group_name
    codes = [] if decision.is_accepted else ["not_authorized"]
    row.notes = notes.merged([note for note in row.notes if note["code"] != "not_authorized"], codes)


def _apply(row: Transaction, event: Event) -> None:
    """A new event moves its transaction; the row is not saved."""
    if event.samples:
        evse = event.evse_number or row.evse_number
        owners = {(event.station_id, row.transaction_id): row.pk}
        metering.store([MeterReading(event.station_id, evse, row.transaction_id, event.samples)], owners)
        row.refresh_from_db(fields=metering.PROJECTED)
    _take_facts(row, event)
    if event.event_type == STARTED:
        _begin(row, event)
    if event.event_type == ENDED and (row.state == Transaction.State.ACTIVE or lifecycle.reopen(row)):
        stop = _register(event, "Transaction.End")
        lifecycle.end(row, event.occurred_at, stop, event.stopped_reason or "Local", event.id_token)
    elif row.state == Transaction.State.ENDED:
        lifecycle.recompute(row)  # something came late: energy is a function of what is stored


def _take_facts(row: Transaction, event: Event) -> None:
    """What the event adds, or changes where it is the newest."""
    is_newest = row.last_seq_no is None or event.seq_no >= row.last_seq_no
    row.first_seq_no = event.seq_no if row.first_seq_no is None else min(event.seq_no, row.first_seq_no)
    row.last_seq_no = event.seq_no if row.last_seq_no is None else max(event.seq_no, row.last_seq_no)
    if event.evse_number is not None and (is_newest or row.evse_number is None):
        row.evse_number = event.evse_number
    if event.connector_number is not None and (is_newest or row.connector_number is None):
        row.connector_number = event.connector_number
    if event.charging_state and is_newest and row.state == Transaction.State.ACTIVE:
        row.charging_state = event.charging_state
    row.is_offline = row.is_offline or event.is_offline
    row.reservation_id = row.reservation_id if event.reservation_id is None else event.reservation_id
    if event.remote_start_id is not None:
        row.remote_start_id = event.remote_start_id
    if event.id_token and not row.id_token:
        row.id_token, row.id_token_type = event.id_token[:255], (event.id_token_type or "")[:20]


def _begin(row: Transaction, event: Event) -> None:
    """The true start, whenever it comes: its time and its begin register count (S2-14)."""
    moment, odd_time = moments.occurred(event.occurred_at, timezone.now())
    row.started_at = moment
    begin = _register(event, "Transaction.Begin")
    row.meter_start_wh = row.meter_start_wh if begin is None else begin
    row.notes = notes.merged(
        [note for note in row.notes if note["code"] != "missing_start"], [odd_time] if odd_time else []
    )


def _register(event: Event, context: str) -> Decimal | None:
    """The begin or end register, in Wh: the sample with this context, else the first (last) of the event; None where the station sent none."""
    registers = sorted(
        (
            sample
            for sample in event.samples
            if sample.measurand == metering.REGISTER and not sample.phase and sample.value is not None
        ),
        key=lambda sample: sample.sampled_at,
    )
    named = [sample for sample in registers if sample.context == context] or registers
    if not named:
        return None
    return named[0 if event.event_type == STARTED else -1].value


def _record(batch: Sequence[Event]) -> None:
    known = _known(batch)
    for event in batch:
        key = (event.station_id, event.transaction_id)
        if key not in known or known[key][1] == Transaction.State.ENDED:
            take(event)  # the first of an unknown transaction, or a late one: rare, and each needs a look
            known |= _known([event])
    _insert_events(batch, known)
    metering.store(
        [_reading(event, known) for event in batch if event.samples],
        {key: row[0] for key, row in known.items()},
    )
    _project(batch, known)


def _reading(event: Event, known: "Known") -> MeterReading:
    evse_number = event.evse_number or known[event.station_id, event.transaction_id][2]
    return MeterReading(event.station_id, evse_number, event.transaction_id, event.samples)


Known = dict[tuple[int, str], tuple[int, str, int | None]]


def _known(batch: Sequence[Event]) -> Known:
    names = {(event.station_id, event.transaction_id) for event in batch}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.station_id, t.transaction_id, t.id, t.state, t.evse_number FROM transactions_transaction t "
            "JOIN unnest(%s::bigint[], %s::text[]) AS n(station, name) "
            "ON t.station_id = n.station AND t.transaction_id = n.name ORDER BY t.id FOR UPDATE OF t",
            [[station for station, _ in names], [name for _, name in names]],
        )
        return {(station, name): (pk, state, evse) for station, name, pk, state, evse in cursor.fetchall()}


def _insert_events(batch: Sequence[Event], known: Known) -> int:
    """Keep the events that are new. Returns: how many they are."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_transactionevent (received_at, transaction_id, seq_no, event_type, trigger_reason, "
            "charging_state, occurred_at, is_offline, digest) "
            "SELECT %s, t.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], "
            "%s::bool[], %s::text[]) AS t ON CONFLICT DO NOTHING",
            [
                now,
                arrays.of_numbers(known[event.station_id, event.transaction_id][0] for event in batch),
                arrays.of_numbers(event.seq_no for event in batch),
                arrays.of_texts(event.event_type for event in batch),
                arrays.of_texts(event.trigger_reason[:50] for event in batch),
                arrays.of_texts(event.charging_state for event in batch),
                arrays.of_moments(moments.occurred(event.occurred_at, now)[0] for event in batch),
                arrays.of_numbers(event.is_offline for event in batch),
                arrays.of_texts(event.digest for event in batch),
            ],
        )
        return int(cursor.rowcount)


def _project(batch: Sequence[Event], known: Known) -> None:
    """The newest event of each transaction moves its row, unless the row has seen a newer one."""
    newest: dict[int, Event] = {}
    for event in batch:
        key = known[event.station_id, event.transaction_id][0]
        if key not in newest or event.seq_no > newest[key].seq_no:
            newest[key] = event
    keys = sorted(newest)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions_transaction t SET
                last_seq_no = n.seq_no,
                charging_state = CASE WHEN n.state <> '' AND t.state = 'active' THEN n.state ELSE t.charging_state END,
                evse_number = coalesce(n.evse, t.evse_number),
                connector_number = coalesce(n.connector, t.connector_number),
                is_offline = t.is_offline OR n.offline
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::bool[])
                AS n(id, seq_no, state, evse, connector, offline)
            WHERE t.id = n.id AND (t.last_seq_no IS NULL OR t.last_seq_no < n.seq_no)
            """,
            [
                keys,
                [newest[key].seq_no for key in keys],
                [newest[key].charging_state for key in keys],
                [newest[key].evse_number for key in keys],
                [newest[key].connector_number for key in keys],
                [newest[key].is_offline for key in keys],
            ],
        )
