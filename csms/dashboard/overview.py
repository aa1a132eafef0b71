"""The first page: what is going on, what is broken, what happened last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing import queries as billing_queries
from chargers import queries as charger_queries
from chargers import refusals, security_events
from chargers.models import Command, Refusal, SecurityEvent
from csms.dashboard.page import show
from csms.dashboard.words import command_title
from tenants.users.policy import requires
from transactions import queries as transaction_queries
from transactions.models import Transaction

FEED_LENGTH = 10
CURVE_CACHE_S = 30


@dataclass(frozen=True, slots=True)
class News:
    """One line of the feed."""

    time: datetime
    icon: str
    text: str
    link: str
    is_bad: bool = False


@require_GET
@requires("view")
def overview(request: HttpRequest) -> HttpResponse:
    """The overview."""
    now = timezone.now()
    refused = charger_queries.refusals(since=now - timedelta(days=1), limit=100)
    page: dict[str, Any] = {
        "counts": charger_queries.counts(),
        "figures": transaction_queries.figures(now),
        "revenue": billing_queries.revenue(now - timedelta(days=1), now),
        "running": transaction_queries.running(),
        "refused": len(refused),
        "feed": feed(
            transaction_queries.recent(),
            charger_queries.recent_commands(limit=8),
            refused[:5],
            security_events.critical(),
        ),
    }
    return show(request, "dashboard/overview.html", page)


@require_GET
@requires("view")
def power(request: HttpRequest) -> JsonResponse:
    """The power of the last 24 hours, for the chart."""
    curve = cache.get_or_set("overview-power", transaction_queries.power_of_tenant, CURVE_CACHE_S) or []
    return JsonResponse(
        {"t": [moment for moment, _ in curve], "power_kw": [round(w / 1000, 3) for _, w in curve]}
    )


def feed(
    transactions: Iterable[Transaction],
    commands: Iterable[Command],
    refused: Iterable[Refusal],
    alarms: Iterable[SecurityEvent],
) -> list[News]:
    """The newest events of all kinds, the newest first."""
    news = [*_of_commands(commands), *_of_refusals(refused), *_of_alarms(alarms)]
    for transaction in transactions:
        news += _of_transaction(transaction)
    return sorted(news, key=lambda item: item.time, reverse=True)[:FEED_LENGTH]


def _of_transaction(row: Transaction) -> list[News]:
    link, where = reverse("session", args=[row.pk]), row.station.identity
    news = [News(row.started_at, "bolt", f"{where}: session started", link)]
    if row.ended_at:
        text = f"{where}: session ended, {row.energy_wh / 1000:.2f} kWh"
        news.append(News(row.ended_at, "circle-check", text, link))
    return news


def _of_commands(rows: Iterable[Command]) -> list[News]:
    bad = (Command.Status.FAILED, Command.Status.REJECTED, Command.Status.TIMED_OUT)
    return [
        News(
            row.queued_at,
            "terminal-2",
            f"{row.station.identity}: {command_title(row)}, {row.get_status_display().lower().replace('_', ' ')}",
            reverse("charger-commands", args=[row.station.identity]),
            row.status in bad,
        )
        for row in rows
    ]


def _of_alarms(rows: Iterable[SecurityEvent]) -> list[News]:
    return [
        News(
            row.occurred_at,
            "shield",
            f"{row.station.identity}: {row.type}" + (f", {row.text}" if row.text else ""),
            reverse("charger-security", args=[row.station.identity]),
            True,
        )
        for row in rows
    ]


def _of_refusals(rows: Iterable[Refusal]) -> list[News]:
    return [
        News(
            row.last_seen_at,
            "door-enter",
            f"{row.identity or '(no identity)'} was refused: {refusals.describe(row.reason)[0]}",
            reverse("door"),
            True,
        )
        for row in rows
    ]
