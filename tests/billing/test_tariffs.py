"""Tariffs: what may be published, and where it applies."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing import queries, tariffs
from billing.models import TariffAssignment
from chargers.models import Site
from tenants import context
from tenants.context import Place
from tests.billing.rows import PER_KWH, publish, station
from tests.billing.sessions import component, element, session, tariff


@pytest.fixture(autouse=True)
def _in_acme(acme: Place) -> Iterator[None]:
    with context.tenant(acme.slug):
        yield


def test_numbers_are_kept_as_decimal_strings() -> None:
    version = publish(
        tariff(element({"type": "ENERGY", "price": 0.1, "vat": 21.0, "step_size": 1}), id="X", min_price=None)
    )

    assert version.document == {
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": "0.1", "vat": "21", "step_size": 1}]}],
    }


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "currency"),
        (tariff(), "elements"),
        (tariff(element()), "elements[0].price_components"),
        (tariff(element(component("WEATHER", "1"))), "elements[0].price_components[0].type"),
        (tariff(element({"type": ["TIME"], "price": "1"})), "elements[0].price_components[0].type"),
        (tariff(element(component("TIME", "-1"))), "elements[0].price_components[0].price"),
        (tariff(element(component("TIME", "NaN"))), "elements[0].price_components[0].price"),
        (tariff(element(component("TIME", "1"), component("TIME", "2"))), "elements[0].price_components"),
        (tariff(element(component("TIME", "1"), max_power=11)), "elements[0].restrictions.max_power"),
        (
            tariff(element(component("TIME", "1"), reservation="RESERVATION")),
            "elements[0].restrictions.reservation",
        ),
        (tariff(element(component("TIME", "1"), start_time="25:00")), "elements[0].restrictions.start_time"),
        (
            tariff(element(component("TIME", "1"), start_date="2026-13-01")),
            "elements[0].restrictions.start_date",
        ),
        (
            tariff(element(component("TIME", "1"), start_time="08:00", end_time="08:00")),
            "elements[0].restrictions",
        ),
        (
            tariff(element(component("TIME", "1"), day_of_week=["Monday"])),
            "elements[0].restrictions.day_of_week",
        ),
        (tariff(element(component("TIME", "1")), max_prise={"excl_vat": "1"}), "max_prise"),
        (tariff(element(component("TIME", "1")), max_price="3"), "max_price"),
        (
            tariff(element(component("TIME", "1")), min_price={"excl_vat": "3"}, max_price={"excl_vat": "2"}),
            "max_price",
        ),
        (tariff(element(component("TIME", "1")), start_date_time="soon"), "start_date_time"),
        (tariff(element(component("TIME", "1")), currency="Euro"), "currency"),
    ],
)
def test_what_would_be_priced_wrongly_is_refused(document: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tariffs.publish(document, name="Wrong", assign_to=[])

    assert field in refused.value.message_dict


def test_a_change_is_a_new_version_and_the_old_one_stays() -> None:
    first = publish()
    second = publish({**PER_KWH, "currency": "USD"})
    again = publish({**PER_KWH, "currency": "USD"})

    assert (first.tariff, first.number, second.number, again) == (second.tariff, 1, 2, second)


def test_a_target_has_one_tariff() -> None:
    site = Site.objects.create(name="Depot")
    station("CP-1")
    first = publish(PER_KWH, {"tenant": True}, {"site": site.pk}, {"evse": ["cp-1", 2]}, name="First")
    second = publish(PER_KWH, {"tenant": True}, name="Second")

    applied = {each["name"]: each["assign_to"] for each in map(queries.tariff_document, queries.tariffs())}
    assert sorted(applied["First"], key=str) == [{"evse": ["CP-1", 2]}, {"site": site.pk}]
    assert applied["Second"] == [{"tenant": True}]
    assert TariffAssignment.objects.filter(ended_at__isnull=False).get().tariff == first.tariff

    tariffs.retire(second.tariff)
    assert [each.name for each in queries.tariffs()] == ["First"]
    assert publish(PER_KWH, {"tenant": True}, name="Second").tariff != second.tariff


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"tenant": False},
        {"station": "nobody"},
        {"site": 99},
        {"evse": ["nobody", 1]},
        {"id_token_group": "?"},
        {"tenant": True, "site": 1},
        "tenant",
    ],
)
def test_a_target_that_does_not_exist_is_refused(target: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        publish(PER_KWH, target)

    assert "assign_to" in refused.value.message_dict


def test_two_tariffs_in_use_have_two_names() -> None:
    publish(name="One")
    other = publish(name="Two")

    with pytest.raises(ValidationError, match="already"):
        tariffs.publish(PER_KWH, name="ONE", tariff=other.tariff)


def test_a_preview_prices_a_given_session() -> None:
    bill = tariffs.preview(publish(), session(kwh="10"))

    assert bill.as_document()["total_cost"] == {"excl_vat": "4.35", "incl_vat": "5.26"}
