"""Parameters of an address, read strictly: what makes no sense counts as absent."""

from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest

LONGEST = 200


def text(request: HttpRequest, name: str) -> str:
    """A text without surrounding space and without characters that a database refuses."""
    return request.GET.get(name, "").replace("\0", "").strip()[:LONGEST]


def number(request: HttpRequest, name: str) -> int | None:
    """A key."""
    value = text(request, name)
    return int(value) if value.isdecimal() and len(value) < 19 else None


def flag(request: HttpRequest, name: str) -> bool:
    """A ticked box."""
    return request.GET.get(name) == "1"


def day(request: HttpRequest, name: str, *, is_end: bool = False) -> datetime | None:
    """The beginning of a day in UTC; as an end, the beginning of the next, so that the day itself is included."""
    try:
        chosen = date.fromisoformat(text(request, name))
        return datetime.combine(chosen + timedelta(days=int(is_end)), time(), UTC)
    except (ValueError, OverflowError):
        return None


def moment(value: str) -> datetime | None:
    """An aware time in ISO form."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None
