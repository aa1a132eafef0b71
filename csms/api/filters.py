"""Filters in the query of a list: an allow-list per view, each with its own reader. Anything else is refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from chargers import stations

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter: how its text is read (ValueError with a sentence for the caller), and what it leaves of the rows."""

    read: Callable[[str], Any]
    apply: Callable[[Rows, Any], Rows]
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


def text(lookup: str, description: str) -> Filter:
    """A text that must be met as it stands (or as the lookup says)."""
    return Filter(str, lambda rows, value: rows.filter(**{lookup: value}), description)


def choice(lookup: str, values: Iterable[str], description: str) -> Filter:
    """One of a few words."""
    return picked(lambda rows, value: rows.filter(**{lookup: value}), values, description)


def picked(apply: Callable[[Rows, str], Rows], values: Iterable[str], description: str) -> Filter:
    """One of a few words with a meaning of its own."""
    allowed = list(values)

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"This must be one of: {', '.join(allowed)}.")
        return value

    return Filter(read, apply, description, {"type": "string", "enum": allowed})


def since(column: str) -> Filter:
    """`from=`: at this time or later."""
    return _moment(f"{column}__gte", f"Only with {column} at this time (or day, UTC) or later.")


def until(column: str) -> Filter:
    """`to=`: before this time."""
    return _moment(f"{column}__lt", f"Only with {column} before this time (or day, UTC).")


def station(column: str = "station") -> Filter:
    """`station=`: by identity. It is looked up first, so that the index on the station's key serves the list."""

    def apply(rows: Rows, identity: str) -> Rows:
        found = stations.find(identity)
        return rows.filter(**{f"{column}_id": found.pk}) if found else rows.none()

    return Filter(str, apply, "Only of the station with this identity.")


def site(lookup: str = "station__site_id") -> Filter:
    """`site=`: by the site's id."""
    return Filter(
        read_id,
        lambda rows, value: rows.filter(**{lookup: value}),
        "Only at this site (id).",
        {"type": "integer"},
    )


class Filters(BaseFilterBackend):
    """Applies the filters that the view names; their parameters are checked by `views.ApiView`."""

    def filter_queryset(self, request: Request, queryset: Rows, view: Any) -> Rows:
        """The rows that are left.

        Raises: ValidationError, naming the parameter.
        """
        for name, rule in view.filters.items():
            if name in request.query_params:
                queryset = rule.apply(queryset, _read(name, rule, request.query_params[name]))
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters for OpenAPI."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": rule.description,
                "schema": rule.schema,
            }
            for name, rule in view.filters.items()
        ]


def _read(name: str, rule: Filter, value: str) -> Any:
    if "\0" in value:
        raise ValidationError({name: "This holds a NUL character."})
    try:
        return rule.read(value)
    except ValueError as error:
        raise ValidationError({name: str(error)}) from None


def read_id(value: str) -> int:
    """A key of the database.

    Raises: ValueError.
    """
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise ValueError("This must be an id, a positive whole number.")
    return int(value)


def _moment(lookup: str, description: str) -> Filter:
    return Filter(
        _read_moment,
        lambda rows, value: rows.filter(**{lookup: value}),
        description,
        {"type": "string", "format": "date-time"},
    )


def _read_moment(value: str) -> datetime:
    value = value.replace(" ", "+") if "T" in value else value  # a + that was not percent-encoded
    try:
        moment = parse_datetime(value) if "T" in value else None
        day = None if moment else parse_date(value)
    except ValueError:
        moment = day = None
    if day:
        return datetime.combine(day, time(), UTC)
    if moment is None:
        raise ValueError("This must be a time such as 2026-11-22T08:00:00Z, or a day such as 2026-11-22.")
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is beyond the calendar.") from None
