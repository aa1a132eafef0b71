"""The message log: every exchange with the chargers, in words and as it was."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from chargers import deviations, message_queries
from chargers.message_queries import MessageFilter
from chargers.models import ChargingStation, Message
from csms.dashboard import words
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import is_fragment, show
from csms.dashboard.parameters import flag, number, text
from tenants.users.policy import may, requires
from transactions.models import Transaction
from transactions.queries import by_ocpp_id

HIDING = "messages.hiding"


@dataclass(frozen=True)
class Line:
    """One exchange as the log shows it."""

    message: Message
    session: int | None
    is_full: bool

    @cached_property
    def meaning(self) -> str:
        """In one line."""
        return words.meaning(self.message)

    @cached_property
    def request(self) -> str:
        """The request, readable."""
        return words.pretty(self.message.frame, is_full=self.is_full)

    @cached_property
    def answer(self) -> str:
        """The answer, readable."""
        return words.pretty(self.message.answer, is_full=self.is_full) if self.message.answer else ""

    @property
    def deviations(self) -> list[dict[str, str]]:
        """The rules that the message needed, in words."""
        found = [(name, deviations.describe(name)) for name in self.message.deviations.split()]
        return [{"name": name, "what": rule.what, "remedy": rule.remedy} for name, rule in found]

    @property
    def is_error(self) -> bool:
        """Whether it did not go well."""
        return self.message.result not in ("ok", "ignored", "")


@require_GET
@requires("view")
def messages(request: HttpRequest) -> HttpResponse:
    """The log of the tenant; `?charger=` narrows it to a station, `?session=` to a session."""
    return log(request, station_named(request), "dashboard/messages.html", {})


def log(
    request: HttpRequest, station: ChargingStation | None, template: str, page: dict[str, Any]
) -> HttpResponse:
    """A page with the log, or with htmx more of its rows: older ones, or those that came since."""
    chosen, session = chosen_filter(request, station)
    after = number(request, "newer_than")
    page |= {"chosen": chosen, "session": session, "station": station, "with_station": station is None}
    if after is not None:
        found = message_queries.newer(chosen, after=after)
        newest = max((row.pk for row in found), default=after)
        page |= {"lines": lines(request, found), "newest": newest}
        return show(request, "dashboard/messages_newer.html", page)
    result = message_queries.page(chosen, before=number(request, "older_than"))
    page |= {"lines": lines(request, result.rows), "result": result}
    if is_fragment(request) and number(request, "older_than") is not None:
        return show(request, "dashboard/messages_older.html", page)
    return show(request, template, page | {"newest": message_queries.newest_id()})


@require_GET
@requires("view")
def download(request: HttpRequest) -> HttpResponse:
    """The newest messages that match, one JSON object per line."""
    chosen, _ = chosen_filter(request, station_named(request))
    found = message_queries.page(chosen, size=message_queries.DOWNLOAD_SIZE).rows
    is_full = sees_whole_tokens(request)
    body = "".join(json.dumps(_record(row, is_full=is_full), ensure_ascii=False) + "\n" for row in found)
    name = f"messages-{timezone.now():%Y%m%d-%H%M%S}.jsonl"
    return HttpResponse(
        body,
        content_type="application/jsonl; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def station_named(request: HttpRequest) -> ChargingStation | None:
    """The station of `?charger=`; an unknown one gives 404 rather than everything."""
    identity = text(request, "charger")
    return charger_or_404(identity) if identity else None


def chosen_filter(
    request: HttpRequest, station: ChargingStation | None
) -> tuple[MessageFilter, Transaction | None]:
    """The filter that the address asks for, and the session that it names. What is hidden is remembered for the person."""
    if "filter" in request.GET:
        request.session[HIDING] = [flag(request, "hide_heartbeats"), flag(request, "hide_meter_values")]
    hide_heartbeats, hide_meter_values = request.session.get(HIDING, [True, True])
    chosen = MessageFilter(
        station_id=station.pk if station else None,
        action=text(request, "action"),
        direction=text(request, "direction"),
        only_errors=flag(request, "errors"),
        text=text(request, "q"),
        hide_heartbeats=hide_heartbeats,
        hide_meter_values=hide_meter_values,
    )
    if (key := number(request, "session")) is None:
        return chosen, None
    session = get_object_or_404(Transaction.objects.select_related("station"), pk=key)
    return replace(chosen, station_id=session.station_id, transaction_id=session.transaction_id), session


def lines(request: HttpRequest, found: list[Message]) -> list[Line]:
    """The rows with their sessions, in one query."""
    keys = by_ocpp_id((row.station_id, row.transaction_id) for row in found)
    is_full = sees_whole_tokens(request)
    return [Line(row, keys.get((row.station_id, row.transaction_id)), is_full) for row in found]


def sees_whole_tokens(request: HttpRequest) -> bool:
    """Whether id tokens are shown with their tail: to owners and admins."""
    return may(request.user, "manage_users")


def _record(row: Message, *, is_full: bool) -> dict[str, Any]:
    def opened(frame: str) -> Any:
        try:
            parsed = json.loads(frame) if frame else None
        except (ValueError, RecursionError):
            return frame if is_full else None
        return parsed if is_full else words.redacted(parsed)

    return {
        "time": row.time.isoformat(),
        "station": row.station.identity,
        "direction": row.direction,
        "action": row.action,
        "message_id": row.message_id,
        "frame": opened(row.frame),
        "answer": opened(row.answer),
        "result": row.result,
        "latency_ms": row.latency_ms,
        "transaction_id": row.transaction_id,
    }
