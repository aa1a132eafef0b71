"""Exact numbers: fractions while computing, decimals where something is written down, and the minor units of currencies."""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

ROUNDING = "half-up; tax per rate on the sum"  # the rule's name, kept with each record
COMPONENT_DECIMALS = 6

# ISO 4217: the currencies whose minor unit is not a hundredth.
_DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def is_currency(code: object) -> bool:
    """Whether this has the form of an ISO 4217 code."""
    return isinstance(code, str) and re.fullmatch(r"[A-Z]{3}", code) is not None


def decimals(currency: str) -> int:
    """How many decimals an amount of this currency has."""
    return _DECIMALS.get(currency, 2)


def rounded(value: Fraction, places: int) -> Decimal:
    """The value with this many decimals, halves away from zero."""
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Decimal(-whole if value < 0 else whole).scaleb(-places)


def rounded_parts(values: Iterable[Fraction], places: int) -> list[Decimal]:
    """The values rounded so that the parts add up to the rounded sum."""
    parts: list[Decimal] = []
    exact, written = Fraction(0), rounded(Fraction(0), places)
    for value in values:
        exact += value
        parts.append(rounded(exact, places) - written)
        written += parts[-1]
    return parts


def plain(value: Decimal) -> str:
    """The number without exponent and without zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
