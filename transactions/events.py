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
from transactions import effects, lifecycle, metering, moments, notes
from transactions.metering import MeterReading, Sample
from transactions.models import Transaction, TransactionEvent

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
    if _is_new(row, event):
        _apply(row, event)
    if not event.id_token and event.id_token_type is None:
        return None
    return _authorize(row, event)


def _transaction_of(event: Event) -> Transaction:
    """The event's transaction, locked; it is made from whatever comes first (S2-14)."""
    moment, odd_time = moments.occurred(event.occurred_at, timezone.now())
    codes = ([odd_time] if odd_time else []) + ([] if event.event_type == STARTED else ["missing_start"])
    row, _ = Transaction.objects.select_for_update().get_or_create(
        station_id=event.station_id,
        transaction_id=event.transaction_id,
        defaults={"started_at": moment, "notes": notes.merged([], codes), "evse_number": event.evse_number},
    )
    return row


def _is_new(row: Transaction, event: Event) -> bool:
    _, is_new = TransactionEvent.objects.get_or_create(
        transaction=row,
        seq_no=event.seq_no,
        digest=event.digest,
        defaults={
            "event_type": event.event_type,
            "trigger_reason": event.trigger_reason[:50],
            "charging_state": event.charging_state,
            "occurred_at": moments.occurred(event.occurred_at, timezone.now())[0],
            "is_offline": event.is_offline,
        },
    )
    return is_new


def _apply(row: Transaction, event: Event) -> None:
    metering.store(
        [
            MeterReading(
                event.station_id, event.evse_number or row.evse_number, row.transaction_id, event.samples
            )
        ]
    )
    row.refresh_from_db()
    _take_facts(row, event)
    if event.event_type == STARTED:
        _begin(row, event)
    if event.event_type == ENDED and row.state == Transaction.State.ACTIVE:
        row.save()
        lifecycle.end(
            row,
            event.occurred_at,
            _register(event, "Transaction.End"),
            event.stopped_reason or "Local",
            event.id_token,
        )
        return
    if row.state == Transaction.State.ENDED:
        lifecycle.recompute(row)  # something came late: energy is a function of what is stored
    row.save()


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
        row.save()
        effects.started(row)
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
    """The register of the samples with this context, in Wh; None where the station sent none."""
    values = [
        sample.value
        for sample in event.samples
        if sample.measurand == metering.REGISTER and not sample.phase and sample.context == context
    ]
    return values[0] if values else None


def _authorize(row: Transaction, event: Event) -> Decision:
    others = 0 if event.event_type == ENDED else lifecycle.running(event.id_token, besides=row)
    decision = decisions.decide(event.id_token, event.id_token_type, running=others)
    decisions.log(row.station_id, event.id_token, event.id_token_type, decision)
    if event.event_type != ENDED or not row.authorization_status:
        row.authorization_status, row.group_name = decision.status, decision.group_name
        codes = [] if decision.is_accepted else ["not_authorized"]
        row.notes = notes.merged([n for n in row.notes if n["code"] != "not_authorized"], codes)
        row.save(update_fields=["authorization_status", "group_name", "notes"])
    return decision


def _record(batch: Sequence[Event]) -> None:
    known = _known(batch)
    for event in batch:
        key = (event.station_id, event.transaction_id)
        if key not in known or known[key][1] == Transaction.State.ENDED:
            take(event)  # the first of an unknown transaction, or a late one: rare, and each needs a look
            known |= _known([event])
    _insert_events(batch, known)
    metering.store(
        [
            MeterReading(
                e.station_id,
                e.evse_number or known[e.station_id, e.transaction_id][2],
                e.transaction_id,
                e.samples,
            )
            for e in batch
            if e.samples
        ]
    )
    _project(batch, known)


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


def _insert_events(batch: Sequence[Event], known: Known) -> None:
    now = timezone.now()
    columns = zip(
        *(
            (
                known[event.station_id, event.transaction_id][0],
                event.seq_no,
                event.event_type,
                event.trigger_reason[:50],
                event.charging_state,
                moments.occurred(event.occurred_at, now)[0],
                now,
                event.is_offline,
                event.digest,
            )
            for event in batch
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_transactionevent (transaction_id, seq_no, event_type, trigger_reason, "
            "charging_state, occurred_at, received_at, is_offline, digest) "
            "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], "
            "%s::timestamptz[], %s::bool[], %s::text[]) ON CONFLICT DO NOTHING",
            [list(column) for column in columns],
        )


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
