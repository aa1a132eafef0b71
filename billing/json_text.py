"""JSON with exact numbers: a `Decimal` is written as the number it is, never by way of a float."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing import money


def encode(value: Any) -> str:
    """The value as JSON text, keys in order, without spaces: one value has one text."""
    if isinstance(value, Decimal):
        return money.plain(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{encode(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def moment(value: datetime) -> str:
    """A time in UTC with `Z`, to the millisecond where it is not a whole second."""
    utc = value.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond // 1000 else "seconds").replace(
        "+00:00", "Z"
    )
