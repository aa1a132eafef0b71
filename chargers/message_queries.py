"""The read side of the message log: newest first, by key and never by offset, with bounded work per page.

A filter that matches nothing must not read the whole log. A page looks at no more than `REACH` messages; where that was not
enough to fill it, it says how far back it looked.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from chargers.models import Message

REACH = 50_000
PAGE_SIZE = 50
DOWNLOAD_SIZE = 10_000
HEARTBEATS = ("Heartbeat",)
METER_VALUES = ("MeterValues",)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What the log is narrowed to; an empty field does not narrow. A transaction is named by its station and its id."""

    station_id: int | None = None
    transaction_id: str = ""
    action: str = ""
    direction: str = ""
    only_errors: bool = False
    text: str = ""
    hide_heartbeats: bool = False
    hide_meter_values: bool = False


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of the log. `older_than` is the key of the next page (None: this was the last)."""

    rows: list[Message]
    older_than: int | None
    looked_back_to: datetime | None = None


def scope(chosen: MessageFilter) -> QuerySet[Message]:
    """The messages of one station, or of all."""
    rows = Message.objects.select_related("station").order_by("-id")
    return rows.filter(station_id=chosen.station_id) if chosen.station_id else rows


def narrowed(rows: QuerySet[Message], chosen: MessageFilter) -> QuerySet[Message]:
    """The messages that match."""
    hidden = (HEARTBEATS if chosen.hide_heartbeats else ()) + (
        METER_VALUES if chosen.hide_meter_values else ()
    )
    if hidden and chosen.action not in hidden:
        rows = rows.exclude(action__in=hidden)
    if chosen.transaction_id:
        rows = rows.filter(transaction_id=chosen.transaction_id)
    if chosen.action:
        rows = rows.filter(action=chosen.action)
    if chosen.direction in ("in", "out"):
        rows = rows.filter(direction=chosen.direction)
    if chosen.only_errors:
        rows = rows.exclude(result__in=("ok", "ignored", ""))
    if chosen.text:
        rows = rows.filter(
            Q(frame__icontains=chosen.text) | Q(answer__icontains=chosen.text) | Q(message_id=chosen.text)
        )
    return rows


def page(chosen: MessageFilter, *, before: int | None = None, size: int = PAGE_SIZE) -> MessagePage:
    """The newest messages, or those older than `before`."""
    rows = scope(chosen)
    if before is not None:
        rows = rows.filter(id__lt=before)
    horizon = rows.values_list("id", "time")[REACH : REACH + 1].first()
    if horizon:
        rows = rows.filter(id__gt=horizon[0])
    found = list(narrowed(rows, chosen)[: size + 1])
    if len(found) > size:
        return MessagePage(found[:size], found[size - 1].pk)
    if horizon:
        return MessagePage(found, horizon[0] + 1, horizon[1])
    return MessagePage(found, None)


def newer(chosen: MessageFilter, *, after: int, size: int = PAGE_SIZE) -> list[Message]:
    """The newest messages that came after `after`."""
    return list(narrowed(scope(chosen).filter(id__gt=after), chosen)[:size])


def newest_id() -> int:
    """The key of the newest message, 0 where there is none."""
    return Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
