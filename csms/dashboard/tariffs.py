"""Tariffs, to read: what they ask for, where they apply, and how they came to be. They are published through the API."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from billing import restrictions
from billing.models import Tariff, TariffAssignment, TariffVersion
from billing.money import decimals
from csms.dashboard.page import show
from tenants.users.policy import requires

UNITS = {"ENERGY": "per kWh", "TIME": "per hour", "PARKING_TIME": "per hour parked", "FLAT": "per session"}


@dataclass(frozen=True, slots=True)
class Component:
    """One price of a tariff in words."""

    price: str
    unit: str
    vat: str
    condition: str


@dataclass(frozen=True, slots=True)
class Line:
    """One tariff of the list."""

    tariff: Tariff
    version: TariffVersion | None
    components: list[Component]
    targets: list[TariffAssignment]


@require_GET
@requires("view")
def tariffs(request: HttpRequest) -> HttpResponse:
    """The list, each with its newest version."""
    rows = list(Tariff.objects.filter(retired_at=None))
    versions = {
        version.tariff_id: version
        for version in TariffVersion.objects.filter(tariff__in=rows)
        .order_by("tariff_id", "-number")
        .distinct("tariff_id")
    }
    assigned = TariffAssignment.objects.filter(tariff__in=rows, ended_at=None)
    targets = list(assigned.select_related("site", "station", "id_token_group"))
    lines = [
        Line(
            row,
            versions.get(row.pk),
            components(versions[row.pk]) if row.pk in versions else [],
            [target for target in targets if target.tariff_id == row.pk],
        )
        for row in rows
    ]
    return show(request, "dashboard/tariffs.html", {"lines": lines})


@require_GET
@requires("view")
def tariff(request: HttpRequest, pk: int) -> HttpResponse:
    """One tariff with all of its versions."""
    row = get_object_or_404(Tariff, pk=pk)
    versions = [(version, components(version)) for version in row.versions.order_by("-number")]
    assignments = row.assignments.select_related("site", "station", "id_token_group").order_by("-assigned_at")
    return show(
        request, "dashboard/tariff.html", {"tariff": row, "versions": versions, "assignments": assignments}
    )


def components(version: TariffVersion) -> list[Component]:
    """The prices of a version in words."""
    found = []
    for element in version.document.get("elements") or []:
        condition = restrictions.describe(restrictions.read(element.get("restrictions")))
        for part in element.get("price_components") or []:
            unit = UNITS.get(str(part.get("type")), str(part.get("type")).lower())
            vat = f"{part['vat']} % VAT" if part.get("vat") is not None else ""
            found.append(Component(price_of(part["price"], version.currency), unit, vat, condition))
    return found


def price_of(text: str, currency: str) -> str:
    """A price with all of its decimals, at least those of its currency."""
    price = Decimal(text)
    exponent = price.as_tuple().exponent
    assert isinstance(exponent, int)  # a published price is a finite number
    return f"{price:.{max(decimals(currency), -exponent)}f}"
