"""The tariffs of the demo's tenants, as OCPI 2.2.1 writes them; prices without VAT."""

from typing import Any

from billing import tariffs
from chargers.models import ChargingStation
from csms.demo.cast import Company

STAFF_GROUP = "STAFF"


def _component(kind: str, price: str, vat: str, step_size: int = 1) -> dict[str, Any]:
    return {"type": kind, "price": price, "vat": vat, "step_size": step_size}


PUBLIC_AC = {
    "currency": "EUR",
    "elements": [
        {
            "price_components": [_component("ENERGY", "0.42", "21")],
            "restrictions": {"start_time": "07:00", "end_time": "23:00"},
        },
        {"price_components": [_component("ENERGY", "0.33", "21"), _component("FLAT", "0.25", "21")]},
    ],
}
MOTORWAY_DC = {
    "currency": "EUR",
    "elements": [
        {
            "price_components": [
                _component("ENERGY", "0.59", "21"),
                _component("PARKING_TIME", "6.00", "21", 60),
            ]
        }
    ],
}
STAFF = {"currency": "EUR", "elements": [{"price_components": [_component("ENERGY", "0.21", "21")]}]}
DEPOT = {
    "currency": "GBP",
    "elements": [
        {
            "price_components": [_component("ENERGY", "0.14", "20")],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {"price_components": [_component("ENERGY", "0.27", "20")]},
    ],
}


def publish(company: Company) -> None:
    """Publish and assign the tariffs of the tenant in force."""
    if company.currency == "GBP":
        tariffs.publish(DEPOT, name="Depot day and night", assign_to=[{"tenant": True}], author="demo")
        return
    tariffs.publish(PUBLIC_AC, name="Public AC", assign_to=[{"tenant": True}], author="demo")
    fast = [charger.identity for charger in company.cast if charger.is_dc]
    known = ChargingStation.objects.filter(identity__in=fast).values_list("identity", flat=True)
    targets = [{"station": identity} for identity in known]
    tariffs.publish(MOTORWAY_DC, name="Motorway DC", assign_to=targets, author="demo")
    group = [{"id_token_group": STAFF_GROUP}]
    tariffs.publish(STAFF, name="Staff", assign_to=group, author="demo")
