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

PHASES = {"L1": 1, "L2": 2, "L3": 3, "L1-N": 1, "L2-N": 2, "L3-N": 3}
_ENERGY, _REACTIVE = frozenset({"Wh", "kWh"}), frozenset({"varh", "kvarh"})
_POWER, _CURRENT = frozenset({"W", "kW"}), frozenset({"A"})
PROPER: dict[str, frozenset[str]] = {
    "Energy.Active.Import.Register": _ENERGY, "Energy.Active.Export.Register": _ENERGY,
    "Energy.Active.Import.Interval": _ENERGY, "Energy.Active.Export.Interval": _ENERGY,
    "Energy.Reactive.Import.Register": _REACTIVE, "Energy.Reactive.Export.Register": _REACTIVE,
    "Energy.Reactive.Import.Interval": _REACTIVE, "Energy.Reactive.Export.Interval": _REACTIVE,
    "Power.Active.Import": _POWER, "Power.Active.Export": _POWER, "Power.Offered": _POWER | _CURRENT,
    "Power.Reactive.Import": frozenset({"var", "kvar"}), "Power.Reactive.Export": frozenset({"var", "kvar"}),
    "Current.Import": _CURRENT, "Current.Export": _CURRENT, "Current.Offered": _CURRENT,
    "Voltage": frozenset({"V"}), "Frequency": frozenset({"Hertz", "Hz", ""}), "Power.Factor": frozenset({""}),
    "Temperature": frozenset({"Celsius", "Celcius", "Fahrenheit", "K"}), "SoC": frozenset({"Percent"}),
    "RPM": frozenset({""}),
}  # fmt: skip
SUMMED = frozenset(
    {
        "Energy.Active.Import.Register",
        "Energy.Active.Export.Register",
        "Power.Active.Import",
        "Power.Active.Export",
    }
)

_MEANT = {"Wh": "W", "kWh": "kW"}  # what some meters write behind a power


def default_unit(measurand: str) -> str:
    """The unit of a measurand whose unit was not named: Wh for energy, otherwise none. Source: MV 4.1."""
    return "Wh" if measurand.startswith("Energy.Active") else ""


def is_proper(measurand: str, unit: str) -> bool:
    """Whether a measurand has this unit; what is not known, or not named, is not judged."""
    return not unit or unit in PROPER.get(measurand, (unit,))


def meant(measurand: str, unit: str) -> str:
    """The unit that must be meant where another one was written: an alias, percent for a state of charge, W for a power in Wh. Source: Q25."""
    unit = _ALIASES.get(unit.strip().lower(), unit)
    if measurand == "SoC":
        return "Percent"
    return _MEANT.get(unit, unit) if measurand.startswith("Power.Active") else unit


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
