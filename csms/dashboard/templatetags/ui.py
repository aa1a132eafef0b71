"""How values look on a page: icons, states, quantities, times."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing import queries
from billing.models import ChargeDetailRecord
from billing.money import decimals
from chargers import faults
from chargers.models import Connector
from csms.dashboard.states import State

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is hidden from assistive technology."""
    address = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, address
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', address)


@register.simple_tag
def pill(state: State, number: Any = "") -> SafeString:
    """A state as shape, word and colour; `number` is that of the connector where several stand together."""
    prefix = format_html("<b>{}</b>", number) if number != "" else ""
    return format_html(
        '<span class="state state-{}"{}>{}<svg aria-hidden="true"><use href="{}#state-{}"/></svg>{}</span>',
        state.token,
        format_html(' title="{}"', state.title) if state.title else "",
        prefix,
        static("img/icons.svg"),
        state.token,
        state.word,
    )


@register.filter
def fault(connector: Connector) -> str:
    """The error codes of a connector in words."""
    return faults.explain(connector.error_code, connector.vendor_error_code)


@register.filter
def kwh(wh: Decimal | None, digits: int = 2) -> str:
    """Energy in kWh from Wh."""
    return "–" if wh is None else f"{wh / 1000:,.{digits}f}"


@register.filter
def kw(w: Decimal | None) -> str:
    """Power in kW from W."""
    return "–" if w is None else f"{w / 1000:,.1f}"


@register.filter
def plain(value: Decimal | None) -> str:
    """A decimal without superfluous zeros."""
    if value is None:
        return "–"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def money(record: ChargeDetailRecord, which: str = "incl_vat") -> str:
    """An amount of a record with its currency."""
    return f"{record.currency} {queries.amount(record, getattr(record, which))}"


@register.filter
def amount(value: Decimal, currency: str) -> str:
    """An amount with the decimals of its currency."""
    return f"{currency} {value:,.{decimals(currency)}f}"


@register.filter
def ms(value: float | None) -> str:
    """A latency in milliseconds."""
    return "" if value is None else (f"{value:.1f} ms" if value < 10 else f"{value:,.0f} ms")


@register.filter
def duration(span: timedelta | None) -> str:
    """A span as h:mm:ss."""
    if span is None:
        return "–"
    seconds = max(0, int(span.total_seconds()))
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


@register.simple_tag
def ago(at: datetime | None, never: str = "never") -> SafeString | str:
    """How long ago, with the exact time on hover; the page keeps counting."""
    if at is None:
        return never
    return format_html(
        '<time datetime="{}" title="{} UTC" data-ago>{}</time>',
        at.isoformat(),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        in_words(timezone.now() - at),
    )


@register.simple_tag
def moment(at: datetime | None, zone: tzinfo | None = None) -> SafeString | str:
    """A time with its zone, and in UTC on hover; without a zone the page shows the browser's own."""
    if at is None:
        return "–"
    utc = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if zone is None:
        return format_html('<time datetime="{}" title="{}" data-local>{}</time>', at.isoformat(), utc, utc)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        utc,
        f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
    )


def in_words(span: timedelta) -> str:
    """A span as people say it: “12 s ago”, “3 h ago”; a station whose clock is ahead is “in 5 min”."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds // size} {unit} ago" if seconds > 0 else f"in {-seconds // size} {unit}"
    return f"{max(seconds, 0)} s ago"


@register.simple_tag
def clock(start: datetime, end: datetime | None = None) -> SafeString | str:
    """The time from start to end; it ticks while there is no end."""
    if end:
        return duration(end - start)
    return format_html('<span data-clock="{}">{}</span>', start.isoformat(), duration(timezone.now() - start))


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The query of this page with some parameters changed; None takes one away."""
    parameters: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = str(value)
    text = parameters.urlencode()
    return f"?{text}" if text else "?"


@register.filter
def masked(id_token: str, is_full: object = None) -> str:
    """An id token without its tail, for those who may not see it whole."""
    return id_token if is_full or not id_token else mask(id_token)


def mask(id_token: str) -> str:
    """The first half of an id token (at most 6 characters) and dots."""
    return id_token[: min(6, len(id_token) // 2)] + "•••"
