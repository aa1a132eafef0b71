"""Columns of a batch as PostgreSQL's array literals, for `unnest`. The driver's own way to write a list costs as much as the rest of a batch."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def of_texts(values: Iterable[str]) -> str:
    """An array of texts."""
    return "{" + ",".join([f'"{value.translate(_ESCAPES)}"' for value in values]) + "}"


def of_numbers(values: Iterable[int | Decimal | None]) -> str:
    """An array of numbers or truth values; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def of_moments(values: Iterable[datetime]) -> str:
    """An array of moments."""
    return "{" + ",".join([value.isoformat() for value in values]) + "}"
