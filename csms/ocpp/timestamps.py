"""Times on the wire: RFC 3339 in, UTC with `Z` and milliseconds out. Python's parser accepts far too much."""

import re
from datetime import UTC, datetime
from typing import Final

_EARLIEST_YEAR: Final = 1970
_LATEST_YEAR: Final = 2100
_SHAPE: Final = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?"
    r"(?:(Z)|[+-][0-9]{2}(?::([0-5][0-9])|[0-5][0-9])?)?"
)
NO_ZONE: Final = "Q17: no zone, UTC assumed"
SHORT_OFFSET: Final = "Q17: short offset"
LEAP_SECOND: Final = "leap second, taken as the end of the second before"


def parse(text: str) -> datetime | None:
    """Return the moment in UTC, or None when the text is no usable timestamp."""
    return parse_noting(text)[0]


def parse_noting(text: str) -> tuple[datetime | None, str | None]:
    """Return the moment in UTC and a note when something had to be assumed.

    A fraction of a second is cut at microseconds. If the moment is plausible (Q18, Q19) is for the caller.

    Returns: `(None, None)` when the text is no RFC 3339 timestamp between 1970 and 2100, even with what Q17
        tolerates (no zone, `+02`, `+0200`) and with a leap second.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None or not _EARLIEST_YEAR <= int(shape[1]) <= _LATEST_YEAR:
        return None, None
    if shape[2] == "60":
        return _leap_second(text, shape)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, None
    if shape[3]:
        return moment, None
    return _with_offset(moment, shape)


def _with_offset(moment: datetime, shape: re.Match[str]) -> tuple[datetime | None, str | None]:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC), NO_ZONE
    return moment.astimezone(UTC), None if shape[4] else SHORT_OFFSET


def _leap_second(text: str, shape: re.Match[str]) -> tuple[datetime | None, str | None]:
    """Read `…:60` as the last microsecond of the minute: Python's clock has no place for it."""
    second = shape.start(2)
    zone = text[second + 2 :].lstrip(".0123456789")
    moment = parse(f"{text[:second]}59.999999{zone}")
    return moment, None if moment is None else LEAP_SECOND


def text(moment: datetime) -> str:
    """Return the moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`, the one form that no station refuses (Q20).

    Raises:
        ValueError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without zone cannot be sent")
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
