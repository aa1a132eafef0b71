"""Meter values as numbers in one unit. Pure. Source: MV-02, MV-03, Q22, Q23, Q25."""

import re
from decimal import Decimal, InvalidOperation

_THOUSANDS = {"kWh": "Wh", "kW": "W", "kvarh": "varh", "kVAh": "VAh", "kVA": "VA", "kvar": "var"}
_ALIASES = {
    "wh": "Wh", "kwh": "kWh", "w": "W", "kw": "kW", "a": "A", "amp": "A", "ampere": "A", "v": "V", "volt": "V",
    "celcius": "Celsius", "celsius": "Celsius", "c": "Celsius", "percent": "Percent", "%": "Percent", "hz": "Hz",
    "hertz": "Hz", "va": "VA", "kva": "kVA", "var": "var", "kvar": "kvar", "varh": "varh", "kvarh": "kvarh",
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?\Z")
LARGEST = Decimal("1e17")


def default_unit(measurand: str) -> str:
    """The unit of a measurand whose unit was not named: Wh for energy, otherwise none. Source: MV 4.1."""
    return "Wh" if measurand.startswith("Energy.Active") else ""


def number(text: str) -> Decimal | None:
    """The number in a text, whatever its decimal sign; None when there is none, or one too large to be true."""
    text = text.strip()
    if not _NUMBER.match(text) or len(text) > 40:
        return None
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if abs(value) < LARGEST else None


def normalised(value: Decimal | None, unit: str, multiplier: int = 0) -> tuple[Decimal | None, str]:
    """The value in its base unit (kWh → Wh, kW → W …), exactly."""
    unit = _ALIASES.get(unit.lower(), unit)
    power = multiplier + (3 if unit in _THOUSANDS else 0)
    unit = _THOUSANDS.get(unit, unit)
    if value is None or not power or abs(power) > 12:
        return value, unit
    return value.scaleb(power), unit
