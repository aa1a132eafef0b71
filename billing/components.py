"""The price components of a tariff, ready to be applied: what each kind counts, in which unit, and for how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing import restrictions
from billing.restrictions import Instant, Restrictions

ENERGY, TIME, PARKING_TIME, FLAT = "ENERGY", "TIME", "PARKING_TIME", "FLAT"
TIME_FAMILY = (TIME, PARKING_TIME)
UNITS = {ENERGY: "kWh", TIME: "h", PARKING_TIME: "h", FLAT: "session"}
COUNTED_PER_UNIT = {
    ENERGY: 1000,
    TIME: 3600,
    PARKING_TIME: 3600,
    FLAT: 1,
}  # Wh, seconds and times are counted


@dataclass(frozen=True, slots=True)
class Component:
    """One price of one element. `price` is per unit, without VAT; `step` in Wh or seconds."""

    element: int
    kind: str
    price: Decimal
    vat_rate: Decimal | None
    step: int
    restrictions: Restrictions

    @property
    def unit(self) -> str:
        """The unit that the price is for."""
        return UNITS[self.kind]

    def units(self, counted: Fraction) -> Fraction:
        """What was counted (Wh, seconds, times) in units of the price."""
        return counted / COUNTED_PER_UNIT[self.kind]


def read(tariff: Mapping[str, Any]) -> list[Component]:
    """The components of an OCPI tariff in the order of its elements.

    Raises: ValueError where the tariff says something that is not understood.
    """
    return [
        _component(number, element, component)
        for number, element in enumerate(tariff["elements"], start=1)
        for component in element["price_components"]
    ]


def _component(number: int, element: Mapping[str, Any], component: Mapping[str, Any]) -> Component:
    if component["type"] not in UNITS:
        raise ValueError(f"The price component {component['type']} is not supported.")
    vat = component.get("vat")
    return Component(
        element=number,
        kind=component["type"],
        price=Decimal(str(component["price"])),
        vat_rate=None if vat is None else Decimal(str(vat)),
        step=int(component.get("step_size") or 0),
        restrictions=restrictions.read(element.get("restrictions")),
    )


def choose(components: Sequence[Component], kind: str, at: Instant) -> Component | None:
    """The first component of this kind whose restrictions hold; None: this dimension is free (OCPI-51)."""
    return next((each for each in components if each.kind == kind and each.restrictions.hold(at)), None)
