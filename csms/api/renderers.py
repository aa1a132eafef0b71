"""Answers as JSON. A `Decimal` is written as a number with its own digits; money is made text by the serializers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


class JsonRenderer(BaseRenderer):
    """`application/json` in UTF-8."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the answer; none for an answer without a body."""
        return b"" if data is None else dumps(data)


def dumps(data: Any) -> bytes:
    """The value as JSON."""
    return orjson.dumps(data, _encode, _OPTIONS)


def _encode(value: object) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no place in JSON")
