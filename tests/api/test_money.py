"""Tariffs, charge detail records and exports by way of the API."""

import json
from datetime import timedelta
from typing import Any

import pytest

from billing import exports, rating
from billing.models import CdrExport
from tenants import context
from tenants.context import Place
from tests.api.conftest import NOON, Api, ApiOf, make_station, make_transaction

TARIFF = {
    "name": "Day",
    "assign_to": [{"tenant": True}],
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "0.40", "vat": 21, "step_size": 1}, {"type": "FLAT", "price": 0.5}]}],
}  # fmt: skip
SESSION = {
    "start": "2026-11-20T12:00:00Z",
    "end": "2026-11-20T13:00:00Z",
    "time_zone": "Europe/Amsterdam",
    "readings": [["2026-11-20T12:00:00Z", 1000], ["2026-11-20T13:00:00Z", 11000.0]],
    "parking": [],
}


def published(api: Api, **changes: Any) -> Any:
    answer = api.post("tariffs/", TARIFF | changes)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def rate(place: Place) -> None:
    with context.tenant(place.slug):
        rating.rate_ended()


def ended(place: Place, station: Any, transaction_id: str = "1001") -> Any:
    times = {"ended_at": NOON + timedelta(hours=1), "end_received_at": NOON + timedelta(hours=1)}
    meters = {"meter_start_wh": 1000, "meter_stop_wh": 11000, "energy_wh": 10000}
    return make_transaction(
        place, station, transaction_id, state="ended", authorization_status="Accepted", **times, **meters
    )


def test_a_tariff_is_published_shown_and_changed_by_a_new_version(acme: Place, api: Api) -> None:
    tariff = published(api)
    address = f"tariffs/{tariff['id']}/"
    assert (tariff["name"], tariff["version"], tariff["currency"]) == ("Day", 1, "EUR")
    assert tariff["assign_to"] == [{"tenant": True}]
    assert tariff["elements"][0]["price_components"][1]["price"] == "0.5"
    assert api.get(address).json() == tariff
    assert api.get("tariffs/").json()["results"] == [tariff]
    changed = api.patch(address, {"max_price": {"excl_vat": 20}}).json()
    assert (changed["version"], changed["elements"], changed["max_price"]) == (
        2,
        tariff["elements"],
        {"excl_vat": "20"},
    )
    replaced = api("PUT", address, TARIFF | {"name": "Night", "assign_to": []}).json()
    assert (replaced["version"], replaced["name"], replaced["assign_to"]) == (3, "Night", [])
    assert "max_price" not in replaced
    assert api("DELETE", address).status_code == 204
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "euro"}, {"elements": []}, {"elements": [{"price_components": [{"type": "ENERGY", "price": -1}]}]}, {"colour": "red"},
        {"assign_to": [{"station": "NONE"}]}, {"assign_to": {"tenant": True}}, {"assign_to": [5]}, {"name": ""}, {"name": 5}, {"id": 1},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": 1}], "restrictions": {"reservation": "RESERVATION"}}]},
        {"assign_to": [{"site": 10**18}]}, {"elements": "x"}, {"min_price": 5}, {"tariff_alt_text": 5, "start_date_time": "x"},
        {"elements": [{"price_components": [{"type": ["ENERGY"], "price": {}}]}]},
        {"elements": [{"price_components": [{"type": "ENERGY", "price": 1}], "restrictions": {"day_of_week": [{}]}}]},
    ],
)  # fmt: skip
def test_a_tariff_that_cannot_be_priced_is_refused(changes: dict[str, Any], acme: Place, api: Api) -> None:
    answer = api.post("tariffs/", TARIFF | changes)
    assert answer.status_code == 400, answer.json()
    assert answer.json()["errors"]
    assert api.get("tariffs/").json()["results"] == []


def test_numbers_of_a_tariff_stay_exact(acme: Place, api: Api) -> None:
    tariff = published(api, energy_mix={"is_green_energy": True, "share": 0.1}, min_price={"excl_vat": 0.1})
    assert tariff["min_price"] == {"excl_vat": "0.1"}
    assert tariff["energy_mix"] == {"is_green_energy": True, "share": "0.1"}


def test_a_taken_name_is_refused(acme: Place, api: Api) -> None:
    published(api)
    assert api.post("tariffs/", TARIFF).status_code == 400


def test_tariffs_are_found_by_what_they_are_assigned_to(acme: Place, api: Api) -> None:
    make_station(acme)
    published(api, assign_to=[{"station": "CP-1"}, {"evse": ["CP-1", 1]}])
    assert len(api.get("tariffs/?station=cp-1").json()["results"]) == 1
    assert api.get("tariffs/?site=1").json()["results"] == []


def test_a_preview_prices_a_session(acme: Place, api: Api, api_of: ApiOf) -> None:
    address = f"tariffs/{published(api)['id']}/preview/"
    price = api_of(acme, "viewer").post(address, SESSION).json()
    assert price["currency"] == "EUR"
    assert {line["type"]: line["amount_excl_vat"] for line in price["lines"]} == {
        "ENERGY": "4.00",
        "FLAT": "0.50",
    }
    assert price["total_cost"] == {"excl_vat": "4.50", "incl_vat": "5.34"}


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "2026-11-20T14:00:00Z"}, {"end": "9999-01-01T00:00:00Z"}, {"time_zone": "Mars"}, {"time_zone": "../etc"}, {"readings": [[1, 2]]},
        {"readings": [["2026-11-20T12:00:00Z", -1]]}, {"readings": [["2026-11-20T12:00:00Z"]]}, {"readings": 5}, {"parking": [[1, 2]]},
        {"speed": 1}, {"start": None}, {"readings": [["2026-11-20T12:00:00Z", 1e12]] * 3 + [["2026-11-20T12:00:00Z", "NaN"]]},
    ],
)  # fmt: skip
def test_a_bad_session_is_refused(changes: dict[str, Any], acme: Place, api: Api) -> None:
    answer = api.post(f"tariffs/{published(api)['id']}/preview/", SESSION | changes)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_cdr_has_the_promised_shape(acme: Place, api: Api) -> None:
    tariff = published(api)
    ended(acme, make_station(acme))
    rate(acme)
    record = api.get("cdrs/").json()["results"][0]
    assert record.keys() >= {
        "id", "transaction_id", "station", "evse", "id_token", "started_at", "ended_at", "energy_wh", "duration_s", "currency", "lines",
        "total_cost", "state", "hold_reasons", "tariff", "tariff_version", "hash", "previous_hash",
    }  # fmt: skip
    assert (record["transaction_id"], record["station"], record["evse"], record["energy_wh"]) == (
        "1001",
        "CP-1",
        1,
        10000,
    )
    assert (record["duration_s"], record["started_at"], record["previous_hash"]) == (
        3600,
        "2026-11-20T12:00:00Z",
        "0" * 64,
    )
    assert api.get(f"cdrs/{record['id']}/").json() == record
    assert tariff["version"] == 1


def test_without_a_tariff_the_cost_is_nought(acme: Place, api: Api) -> None:
    ended(acme, make_station(acme))
    rate(acme)
    record = api.get("cdrs/").json()["results"][0]
    assert record["total_cost"] == {"excl_vat": "0.00", "incl_vat": "0.00"}
    assert record["tariff"] is None
    assert record["remark"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("station=cp-1", 1), ("station=x", 0), ("state=credit", 0), ("from=2026-11-20T13:00:00Z", 1), ("to=2026-11-20T13:00:00Z", 0), ("site=1", 0)],
)  # fmt: skip
def test_cdrs_are_found_by(query: str, found: int, acme: Place, api: Api) -> None:
    ended(acme, make_station(acme))
    rate(acme)
    assert len(api.get(f"cdrs/?{query}").json()["results"]) == found


def test_an_export_is_started_and_its_file_fetched(
    acme: Place, api: Api, api_of: ApiOf, tmp_path: Any, settings: Any
) -> None:
    settings.PRIVATE_FILES = tmp_path
    ended(acme, make_station(acme))
    rate(acme)
    order = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "format": "csv"}
    assert api_of(acme, "operator").post("cdr-exports/", order).status_code == 403
    queued = api.post("cdr-exports/", order)
    assert queued.status_code == 202
    job = queued.json()
    assert (job["status"], job["progress"], job["url"], job["from"]) == ("queued", 0, None, order["from"])
    assert api.get(f"cdr-exports/{job['id']}/file/").status_code == 409
    with context.tenant(acme.slug):
        exports.run(CdrExport.objects.get().pk)
    done = api.get(f"cdr-exports/{job['id']}/").json()
    assert (done["status"], done["progress"], len(done["sha256"])) == ("done", 100, 64)
    file = api.get(done["url"])
    assert b"".join(file.streaming_content).count(b"1001") >= 1
    assert "attachment" in file["Content-Disposition"]
    assert Api(acme).get(done["url"]).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"format": "xlsx"}, {"format": "exe"}, {"from": "x"}, {"to": "2026-11-19T00:00:00Z"}, {"url": "http://x"}, {"from": None}],
)  # fmt: skip
def test_an_impossible_export_is_refused(changes: dict[str, Any], acme: Place, api: Api) -> None:
    order = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "format": "csv"} | changes
    answer = api.post("cdr-exports/", order)
    assert answer.status_code == 400
    assert next(iter(changes)) in json.dumps(answer.json()["errors"])


def test_the_money_of_another_tenant_is_not_there(acme: Place, volt: Place, api_of: ApiOf) -> None:
    ours, theirs = api_of(acme), api_of(volt)
    tariff = published(theirs)
    ended(volt, make_station(volt))
    rate(volt)
    record = theirs.get("cdrs/").json()["results"][0]
    job = theirs.post(
        "cdr-exports/", {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "format": "csv"}
    ).json()
    for path in (f"tariffs/{tariff['id']}/", f"cdrs/{record['id']}/", f"cdr-exports/{job['id']}/"):
        assert ours.get(path).status_code == 404
        assert theirs.get(path).status_code == 200
    for path in ("tariffs/", "cdrs/", "cdr-exports/"):
        assert ours.get(path).json()["results"] == []
        assert Api(acme, theirs.key).get(path).status_code == 401
        assert api_of(acme, "viewer").get(path).status_code == 200
    assert api_of(acme, "viewer").post("tariffs/", TARIFF).status_code == 403
