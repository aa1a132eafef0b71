"""Charging sessions: the list, one session with its curve, and the points that the chart fetches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from billing.models import ChargeDetailRecord
from chargers import queries as charger_queries
from chargers.models import Command
from csms.dashboard import parameters
from csms.dashboard.commands import event as triggering
from csms.dashboard.messages import sees_whole_tokens
from csms.dashboard.page import is_fragment, show
from csms.dashboard.states import ACTIVE, BY_DETAIL, State, of_transaction
from csms.dashboard.tracks import Track
from tenants.users.policy import requires
from transactions import curves, evidence, queries
from transactions.models import Transaction, TransactionEvent
from transactions.queries import TransactionFilter

SAMPLES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One session of a list, with its record where it was billed."""

    transaction: Transaction
    state: State
    record: ChargeDetailRecord | None

    @property
    def cursor(self) -> str:
        """The key of the page after this row."""
        return f"{self.transaction.started_at.isoformat()},{self.transaction.pk}"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a session's timeline."""

    time: datetime
    text: str
    note: str = ""


def rows_of(transactions: Iterable[Transaction]) -> list[Row]:
    """The rows of these sessions, with one query for all records."""
    found = list(transactions)
    records = {
        record.transaction_id: record
        for record in ChargeDetailRecord.objects.filter(transaction__in=[row.pk for row in found]).exclude(
            state=ChargeDetailRecord.State.CREDIT
        )
    }
    return [Row(row, of_transaction(row), records.get(row.pk)) for row in found]


@require_GET
@requires("view")
def sessions(request: HttpRequest) -> HttpResponse:
    """The list."""
    chosen = TransactionFilter(
        text=parameters.text(request, "q"),
        state=parameters.text(request, "state"),
        station=parameters.text(request, "charger"),
        site=parameters.text(request, "site"),
        start=parameters.day(request, "from"),
        end=parameters.day(request, "to", is_end=True),
    )
    found, more = queries.page(chosen, before=_cursor(parameters.text(request, "before")))
    page = {"sessions": rows_of(found), "more": more, "chosen": chosen, "is_full": sees_whole_tokens(request)}
    if not is_fragment(request):
        page["sites"] = charger_queries.sites()
    return show(request, "dashboard/sessions.html", page)


@require_GET
@requires("view")
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """One session."""
    transaction = get_object_or_404(
        Transaction.objects.select_related("station__site", "station__presence"), pk=pk
    )
    row = rows_of([transaction])[0]
    site = transaction.station.site
    commands = charger_queries.recent_commands(transaction.station, limit=50)
    page = {
        "row": row,
        "transaction": transaction,
        "station": transaction.station,
        "zone": ZoneInfo(site.time_zone if site else "UTC"),
        "timeline": list(timeline(transaction)),
        "tracks": [Track(command) for command in commands if concerns(command, transaction)][:3],
        "samples": queries.meter_values(transaction, limit=SAMPLES_SHOWN),
        "is_full": sees_whole_tokens(request),
    }
    return show(request, "dashboard/session.html", page)


@require_POST
@requires("operate")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a session whose charger will not report its end. Its energy is an estimate, and its bill is held."""
    transaction = get_object_or_404(Transaction, pk=pk)
    try:
        evidence.close_by_operator(transaction, author=request.user.get_username())
        note = "The session is closed with what is known. Its bill is held for review."
    except ValidationError as error:
        note = " ".join(error.messages)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": triggering("commanded", note)})
    return redirect("session", pk)


@require_GET
@requires("view")
def points(request: HttpRequest, pk: int) -> JsonResponse:
    """The curve for the chart: columns of equal length. `?after=` gives only what came since, where that is possible."""
    transaction = get_object_or_404(Transaction, pk=pk)
    after = parameters.moment(parameters.text(request, "after")) if transaction.power_w is not None else None
    found = curves.of_transaction(transaction, after=after)
    return JsonResponse(
        {
            "is_addition": after is not None,
            "is_active": transaction.state == Transaction.State.ACTIVE,
            "is_derived": any(point.is_derived for point in found.values()),
            "last": max(found).isoformat() if found else None,
            "t": [moment.timestamp() for moment in found],
            "power_kw": [_thousandth(point.power_w) for point in found.values()],
            "energy_kwh": [_thousandth(point.energy_wh) for point in found.values()],
            "soc": [point.soc_percent for point in found.values()],
        }
    )


def timeline(transaction: Transaction) -> Iterator[Happening]:
    """What happened in a session, in order, as far as the station reported it."""
    events = list(TransactionEvent.objects.filter(transaction=transaction).order_by("occurred_at", "seq_no"))
    yield Happening(transaction.started_at, "Session started", _authorization_note(transaction))
    yield from _changes(events)
    if transaction.ended_at:
        yield Happening(transaction.ended_at, "Session ended", transaction.stop_reason)


def _changes(events: list[TransactionEvent]) -> Iterator[Happening]:
    state = ""
    for event in events:
        if event.charging_state and event.charging_state != state:
            state = event.charging_state
            yield Happening(event.occurred_at, BY_DETAIL.get(state, ACTIVE).word, event.trigger_reason)


def _authorization_note(transaction: Transaction) -> str:
    status = transaction.authorization_status
    return f"Id token answered {status}" if status else ""


def concerns(command: Command, transaction: Transaction) -> bool:
    """Whether a command started or stopped this session."""
    payload = command.payload if isinstance(command.payload, dict) else {}
    started = (
        transaction.remote_start_id is not None
        and payload.get("remoteStartId") == transaction.remote_start_id
    )
    return started or payload.get("transactionId") == transaction.transaction_id


def _thousandth(value: float | None) -> float | None:
    return None if value is None else round(value / 1000, 4)


def _cursor(text: str) -> tuple[datetime, int] | None:
    moment_text, _, key = text.partition(",")
    moment = parameters.moment(moment_text.replace(" ", "+"))
    return (moment, int(key)) if moment and key.isdecimal() and len(key) < 19 else None
