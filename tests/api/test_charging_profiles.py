"""`/charging-profiles/`: what a call queues, what the answer shows, what is refused."""

from typing import Any

import pytest

from chargers.models import ChargingProfile, Command
from tenants import context
from tenants.context import Place
from tests.api.conftest import Api, ApiOf, make_station

LIMIT = {"station": "CP-1", "evse": 1, "purpose": "TxDefaultProfile", "unit": "A", "periods": [{"start_s": 0, "limit": 16.5}]}  # fmt: skip
NIGHTLY = LIMIT | {
    "kind": "Recurring", "recurrency": "Daily", "stack_level": 1, "start_schedule": "2026-11-22T22:00:00Z", "duration_s": 28800,
    "min_charging_rate": 6, "valid_to": "2027-01-01T00:00:00Z",
    "periods": [{"start_s": 0, "limit": 32}, {"start_s": 3600, "limit": 10.5, "phases": 1}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _charger(acme: Place) -> None:
    make_station(acme)


def confirm(pk: int) -> None:
    """As the station's answer does it."""
    with context.tenant("acme"):
        row = ChargingProfile.objects.get(pk=pk)
        ChargingProfile.objects.filter(pk=pk).update(state="installed", confirmed=row.document)


def test_a_new_profile_is_sent_and_shown_as_it_was_given(api: Api) -> None:
    answer = api.post("charging-profiles/", NIGHTLY)
    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["confirmed"]) == (201, "requested", None)
    assert answer["Location"] == f"/t/acme/api/v1/charging-profiles/{shown['id']}/"
    assert {name: shown[name] for name in NIGHTLY if name != "periods"} == {
        name: value for name, value in NIGHTLY.items() if name != "periods"
    }
    assert shown["periods"] == [
        {"start_s": 0, "limit": 32, "phases": None}, {"start_s": 3600, "limit": 10.5, "phases": 1},
    ]  # fmt: skip
    command = api.get(f"commands/{shown['command']}/").json()
    assert (command["action"], command["payload"]["evseId"]) == ("SetChargingProfile", 1)
    assert command["payload"]["chargingProfile"]["id"] == shown["profile_id"]
    assert api.get(f"charging-profiles/{shown['id']}/").json() == shown


def test_the_short_form_begins_now(api: Api) -> None:
    shown = api.post("charging-profiles/", LIMIT).json()
    assert (shown["kind"], shown["stack_level"], bool(shown["start_schedule"])) == ("Absolute", 0, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"evse": -1}, "evse"),
        ({"purpose": "Mine"}, "purpose"),
        ({"purpose": "ChargingStationMaxProfile"}, "evse"),
        ({"purpose": "TxProfile"}, "transaction_id"),
        ({"kind": "Recurring"}, "recurrency"),
        ({"periods": []}, "periods"),
        ({"periods": [{"start_s": 1, "limit": 1}]}, "periods"),
        ({"periods": [{"start_s": 0, "limit": 1.25}]}, "periods.0.limit"),
        ({"unit": "kW"}, "unit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_profile_is_refused_by_field(change: dict[str, Any], field: str, api: Api) -> None:
    answer = api.post("charging-profiles/", LIMIT | change)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert api.get("charging-profiles/").json()["results"] == []


def test_a_change_goes_under_the_same_number_and_what_is_confirmed_stays(api: Api) -> None:
    before = api.post("charging-profiles/", NIGHTLY).json()
    confirm(before["id"])
    answer = api.patch(f"charging-profiles/{before['id']}/", {"periods": [{"start_s": 0, "limit": 8}]})
    after = answer.json()
    assert (answer.status_code, after["state"], after["profile_id"]) == (
        202,
        "requested",
        before["profile_id"],
    )
    assert (after["id"], after["periods"][0]["limit"], after["recurrency"]) == (before["id"], 8, "Daily")
    assert after["confirmed"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 32


def test_deleting_asks_the_station_and_only_then_deletes(api: Api) -> None:
    made = api.post("charging-profiles/", LIMIT).json()
    confirm(made["id"])
    answer = api("DELETE", f"charging-profiles/{made['id']}/")
    assert (answer.status_code, answer.json()["state"]) == (202, "clearing")
    with context.tenant("acme"):
        newest = Command.objects.order_by("-queued_at")[0]
        assert (newest.action, newest.payload) == (
            "ClearChargingProfile",
            {"chargingProfileId": made["profile_id"]},
        )
        ChargingProfile.objects.update(state="cleared", confirmed=None)
    assert api("DELETE", f"charging-profiles/{made['id']}/").status_code == 204
    assert api.get(f"charging-profiles/{made['id']}/").status_code == 404


def test_the_list_is_filtered_and_shows_what_never_arrived(acme: Place, api: Api) -> None:
    make_station(acme, "CP-2")
    first = api.post("charging-profiles/", LIMIT).json()
    api.post("charging-profiles/", LIMIT | {"station": "CP-2"})
    with context.tenant("acme"):
        Command.objects.filter(pk=first["command"]).update(status="expired", error_text="Too late.")
    found = api.get("charging-profiles/?station=CP-1").json()["results"]
    assert [(row["state"], row["note"]) for row in found] == [("refused", "Too late.")]
    assert len(api.get("charging-profiles/?state=requested").json()["results"]) == 1


def test_a_profile_of_an_ended_transaction_cannot_be_changed(api: Api) -> None:
    terms = {"purpose": "TxProfile", "transaction_id": "7"}
    made = api.post("charging-profiles/", LIMIT | terms).json()
    with context.tenant("acme"):
        ChargingProfile.objects.update(state="ended")
    assert api.patch(f"charging-profiles/{made['id']}/", {"unit": "W"}).status_code == 409


def test_who_may(acme: Place, volt: Place, api: Api, api_of: ApiOf) -> None:
    made = api.post("charging-profiles/", LIMIT).json()
    address = f"charging-profiles/{made['id']}/"
    for role in ("viewer", "support"):
        program = api_of(acme, role)
        assert program.get(address).status_code == 200
        assert program.post("charging-profiles/", LIMIT).status_code == 403
        assert program("DELETE", address).status_code == 403
    assert api_of(volt).get(address).status_code == 404
    assert api_of(volt).post("charging-profiles/", LIMIT).status_code == 404
