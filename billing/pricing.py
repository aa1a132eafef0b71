"""What a session costs under a tariff: one pure function, for the bill and for the preview alike.

`usage` counts, this module multiplies and rounds: each component to six decimals, each line to the minor unit of the currency (halves away
from zero), VAT per rate on the sum of its lines. Source: OCPI 2.2.1 tariffs (OCPI-50 to OCPI-57); B-01, B-02.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from billing import components, money, restrictions, usage
from billing.components import Component
from billing.usage import Session, Usage

__all__ = ["Line", "Price", "Session", "price"]

LONGEST = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill. `exact` is the amount before it was rounded to the currency's minor unit."""

    type: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount_excl_vat: Decimal
    vat_rate: Decimal | None
    amount_vat: Decimal
    reason: str
    exact: Decimal

    def as_document(self) -> dict[str, str | None]:
        """The line as outside programs read it: numbers as decimal strings."""
        return {
            "type": self.type,
            "quantity": money.plain(self.quantity),
            "unit": self.unit,
            "price": money.plain(self.price),
            "amount_excl_vat": str(self.amount_excl_vat),
            "vat_rate": None if self.vat_rate is None else money.plain(self.vat_rate),
            "amount_vat": str(self.amount_vat),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Price:
    """The bill: its lines add up to the totals to the last unit. `periods` are OCPI's charging periods."""

    currency: str
    lines: list[Line]
    excl_vat: Decimal
    incl_vat: Decimal
    periods: list[dict[str, Any]]

    def as_document(self) -> dict[str, Any]:
        """The bill as outside programs read it."""
        return {
            "currency": self.currency,
            "lines": [line.as_document() for line in self.lines],
            "total_cost": {"excl_vat": str(self.excl_vat), "incl_vat": str(self.incl_vat)},
        }


def price(tariff: Mapping[str, Any], session: Session) -> Price:
    """Price a session under an OCPI 2.2.1 tariff.

    Units: readings in Wh; ENERGY per kWh, TIME and PARKING_TIME per hour, without VAT.
    Raises: ValueError where the tariff says something that is not understood, or the session cannot be.
    """
    if session.end < session.start:
        raise ValueError("The session ends before it starts.")
    if session.end - session.start > LONGEST:
        raise ValueError("The session lasts longer than ten years.")
    counted = usage.measure(components.read(tariff), session)
    lines = _lines(counted, tariff["currency"])
    lines += _limits(tariff, lines)
    excl = sum(
        (line.amount_excl_vat for line in lines),
        money.rounded(Fraction(0), money.decimals(tariff["currency"])),
    )
    incl = excl + sum(line.amount_vat for line in lines)
    return Price(tariff["currency"], lines, excl, incl, _periods(counted))


def _lines(counted: Usage, currency: str) -> list[Line]:
    """A line per component in the order of first use."""
    quantities = _quantities(counted)
    amounts = {
        each: money.rounded(each.units(count) * Fraction(each.price), money.COMPONENT_DECIMALS)
        for each, count in counted.counted.items()
    }
    rounded = {
        each: money.rounded(Fraction(amount), money.decimals(currency)) for each, amount in amounts.items()
    }
    vat = _vat(rounded, currency)
    return [
        Line(
            type=each.kind,
            quantity=quantities[each],
            unit=each.unit,
            price=each.price,
            amount_excl_vat=rounded[each],
            vat_rate=each.vat_rate,
            amount_vat=vat[each],
            reason=_reason(each, counted),
            exact=amounts[each],
        )
        for each in counted.counted
    ]


def _quantities(counted: Usage) -> dict[Component, Decimal]:
    """The quantities in units of the price, rounded so that those of one kind add up to its total."""
    result: dict[Component, Decimal] = {}
    for kind in components.UNITS:
        alike = [each for each in counted.counted if each.kind == kind]
        parts = money.rounded_parts(
            (each.units(counted.counted[each]) for each in alike), money.COMPONENT_DECIMALS
        )
        result |= dict(zip(alike, parts, strict=True))
    return result


def _vat(amounts: Mapping[Component, Decimal], currency: str) -> dict[Component, Decimal]:
    """The VAT of each line: computed per rate on the sum of the lines, then shared out without a remainder."""
    result: dict[Component, Decimal] = {}
    by_rate = sorted(amounts, key=_rate)
    for rate, group in groupby(by_rate, key=_rate):
        alike = list(group)
        exact = [Fraction(amounts[each]) * Fraction(rate) / 100 for each in alike]
        result |= dict(zip(alike, money.rounded_parts(exact, money.decimals(currency)), strict=True))
    return result


def _rate(component: Component) -> Decimal:
    return component.vat_rate or Decimal(0)


def _reason(component: Component, counted: Usage) -> str:
    """Why the line stands there, in words."""
    parts = [f"Element {component.element}"]
    if words := restrictions.describe(component.restrictions):
        parts.append(words)
    if excess := counted.steps.get(component):
        added = money.plain(money.rounded(component.units(excess), money.COMPONENT_DECIMALS))
        step = f"{component.step} {'Wh' if component.kind == components.ENERGY else 's'}"
        parts.append(f"the total rounded up by {added} {component.unit} to full steps of {step}")
    return "; ".join(parts)


def _limits(tariff: Mapping[str, Any], lines: list[Line]) -> list[Line]:
    """Lines that lift the totals to `min_price` or bring them down to `max_price`, each with and without VAT by itself."""
    result: list[Line] = []
    for name, pick in (("min_price", max), ("max_price", min)):
        if not tariff.get(name):
            continue
        every = lines + result
        excl = sum((line.amount_excl_vat for line in every), Decimal(0))
        incl = excl + sum(line.amount_vat for line in every)
        limit_excl, limit_incl = _limit(tariff, name, excl, incl)
        change, change_incl = pick(excl, limit_excl) - excl, pick(incl, limit_incl) - incl
        if change or change_incl:
            result.append(_limit_line(name, change, change_incl - change))
    return result


def _limit(tariff: Mapping[str, Any], name: str, excl: Decimal, incl: Decimal) -> tuple[Decimal, Decimal]:
    """The limit without and with VAT; where only the first is given, VAT is taken in the session's own proportion."""
    places = money.decimals(tariff["currency"])
    limit = Fraction(Decimal(str(tariff[name]["excl_vat"])))
    given = tariff[name].get("incl_vat")
    if given is not None:
        limit_incl = Fraction(Decimal(str(given)))
    elif excl:
        limit_incl = limit * Fraction(incl) / Fraction(excl)
    else:  # nothing was used that could tell the rate: the highest of the tariff
        limit_incl = limit * (1 + Fraction(max(map(_rate, components.read(tariff)))) / 100)
    return money.rounded(limit, places), money.rounded(limit_incl, places)


def _limit_line(name: str, change: Decimal, vat: Decimal) -> Line:
    words = {"min_price": "Raised to the minimum price", "max_price": "Capped at the maximum price"}[name]
    return Line(
        type=name.upper(),
        quantity=Decimal(1),
        unit="session",
        price=change,
        amount_excl_vat=change,
        vat_rate=None,
        amount_vat=vat,
        reason=words,
        exact=change,
    )


def _periods(counted: Usage) -> list[dict[str, Any]]:
    """The charging periods as measured, before any step; their energies add up to that of the session."""
    energies = money.rounded_parts((each.wh / 1000 for each in counted.periods), money.COMPONENT_DECIMALS)
    times = money.rounded_parts((each.seconds / 3600 for each in counted.periods), money.COMPONENT_DECIMALS)
    return [
        {
            "start": each.start,
            "kwh": energy,
            "hours": hours,
            "is_parked": each.is_parked,
        }
        for each, energy, hours in zip(counted.periods, energies, times, strict=True)
    ]
