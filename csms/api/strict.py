"""Serializers that refuse what they do not know, and the field types that the contract names."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chargers.messages import masked


class Strict(serializers.Serializer[Any]):
    """Refuses unknown fields and those that only the product writes, each by name."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values.

        Raises: ValidationError.
        """
        if isinstance(data, dict):
            _refuse_unknown(self, data)
        return super().to_internal_value(data)


def _refuse_unknown(serializer: serializers.Serializer[Any], data: dict[str, Any]) -> None:
    fields = serializer.fields
    errors = {
        name: ["This field is read-only." if name in fields else "There is no such field."]
        for name in data
        if name not in fields or fields[name].read_only
    }
    if errors:
        raise serializers.ValidationError(errors)


@extend_schema_field({"type": "number"})
class Number(serializers.DecimalField):
    """A decimal as a JSON number with its own digits; a trailing zero after the point is not written."""

    def __init__(self, *, max_digits: int = 18, decimal_places: int = 3, **options: Any) -> None:
        super().__init__(
            max_digits=max_digits, decimal_places=decimal_places, coerce_to_string=False, **options
        )

    def to_representation(self, value: Any) -> Any:
        """Plain digits: never an exponent."""
        return plain(Decimal(value))


def plain(value: Decimal) -> Decimal:
    """The value without zeros at its end; whole numbers stay whole."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@extend_schema_field(OpenApiTypes.OBJECT)
class Payload(serializers.JSONField):
    """An object in the words of OCPP. Shown without its secrets; read without `Decimal`, which a JSON column cannot hold."""

    def to_representation(self, value: Any) -> Any:
        """The object with masked secrets."""
        return masked(value)

    def to_internal_value(self, data: Any) -> Any:
        """The object as it came.

        Raises: ValidationError for anything but an object.
        """
        if not isinstance(data, dict):
            raise serializers.ValidationError("This must be an object.")
        return _without_decimals(data)


def _without_decimals(value: Any) -> Any:
    """JSON has one kind of number; the shortest float that reads back the same keeps up to 15 digits as they came."""
    if isinstance(value, dict):
        return {key: _without_decimals(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_decimals(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value
