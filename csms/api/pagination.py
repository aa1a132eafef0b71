"""Pages of a list by cursor: the place after (or before) a row, so that rows that come or go in between shift nothing."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.core.exceptions import ValidationError as Refused
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

MAX_PAGE_SIZE: Final = 500
PARAMETERS: Final = frozenset({"cursor", "page_size", "ordering"})


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: next to the row with this value of the ordering column and this key."""

    is_backward: bool
    value: Any
    key: Any

    def text(self) -> str:
        """As it stands in a link."""
        parts = [int(self.is_backward), str(self.value), str(self.key)]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


class CursorPagination(BasePagination):
    """`results`, `next`, `previous`; the view names its `orderings` (public name → column) and its `default_ordering`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that is asked for.

        Raises: ValidationError for a bad cursor, size or ordering.
        """
        self.request = request
        self.column, self.is_descending = _ordering(request, view)
        self.cursor = _read_cursor(request.query_params.get("cursor"), queryset.model, self.column)
        is_backward = bool(self.cursor and self.cursor.is_backward)
        size = _page_size(request)
        rows = self._after(queryset, is_descending=self.is_descending != is_backward)[: size + 1]
        page = list(rows)
        self.has_more = len(page) > size
        self.page = page[:size][::-1] if is_backward else page[:size]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the links to its neighbours."""
        is_backward = bool(self.cursor and self.cursor.is_backward)
        has_next = is_backward or self.has_more
        has_previous = self.has_more if is_backward else self.cursor is not None
        return Response(
            {
                "results": data,
                "next": self._link(self.page[-1], is_backward=False) if self.page and has_next else None,
                "previous": self._link(self.page[0], is_backward=True)
                if self.page and has_previous
                else None,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape for OpenAPI."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters for OpenAPI."""
        names = [sign + name for name in view.orderings for sign in ("", "-")]
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": api_settings.PAGE_SIZE}
        return [
            _parameter(
                "cursor", "The place of the page; taken from `next` or `previous`.", {"type": "string"}
            ),
            _parameter("page_size", "How many rows a page has.", size),
            _parameter("ordering", "By what, with - downwards.", {"type": "string", "enum": names}),
        ]

    def _after(self, rows: QuerySet[Any], *, is_descending: bool) -> QuerySet[Any]:
        sign, lookup = ("-", "lt") if is_descending else ("", "gt")
        if self.cursor:
            column, value, key = self.column, self.cursor.value, self.cursor.key
            # the first condition follows from the second; alone it lets the index on the column find the start
            rows = rows.filter(**{f"{column}__{lookup}e": value}).filter(
                Q(**{f"{column}__{lookup}": value}) | Q(**{f"pk__{lookup}": key})
            )
        return rows.order_by(f"{sign}{self.column}", f"{sign}pk")

    def _link(self, row: Model, *, is_backward: bool) -> str:
        cursor = Cursor(is_backward, getattr(row, self.column), row.pk).text()
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)


def _ordering(request: Request, view: Any) -> tuple[str, bool]:
    name = request.query_params.get("ordering", view.default_ordering)
    column = view.orderings.get(name.removeprefix("-"))
    if column is None:
        raise ValidationError(
            {"ordering": f"This must be one of: {', '.join(view.orderings)}, or one with - before."}
        )
    return column, name.startswith("-")


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(api_settings.PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise ValidationError({"page_size": f"This must be a whole number from 1 to {MAX_PAGE_SIZE}."})
    return int(text)


def _read_cursor(text: str | None, model: type[Model], column: str) -> Cursor | None:
    if text is None:
        return None
    try:
        is_backward, value, key = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if "\0" in value or "\0" in key or is_backward not in (0, 1):
            raise ValueError
        field: Any = model._meta.get_field(column)
        return Cursor(bool(is_backward), field.to_python(value), model._meta.pk.to_python(key))
    except (ValueError, TypeError, AttributeError, binascii.Error, Refused):
        raise ValidationError({"cursor": "This is no cursor of this list."}) from None


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
