"""Cells of a CSV file that a spreadsheet cannot take for a formula."""

from datetime import datetime
from decimal import Decimal

RISKY = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as text: times in UTC, numbers as numbers, and text that a spreadsheet would calculate made harmless."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, int | Decimal):
        return str(value)
    text = str(value)
    return "'" + text if text.startswith(RISKY) else text
