"""The buttons: which command each queues, for whom, and how a command's way is shown."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from chargers.models import Command, Variable
from csms.dashboard.tracks import Track
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url

ORDERS = [
    ({"order": "reset", "type": "OnIdle"}, "Reset", {"type": "OnIdle"}),
    ({"order": "reset", "type": "Immediate"}, "Reset", {"type": "Immediate"}),
    ({"order": "unlock", "evse": "2", "connector": "1"}, "UnlockConnector", {"evseId": 2, "connectorId": 1}),
    (
        {"order": "availability", "status": "Inoperative"},
        "ChangeAvailability",
        {"operationalStatus": "Inoperative"},
    ),
    (
        {"order": "availability", "status": "Operative", "evse": "1"},
        "ChangeAvailability",
        {"operationalStatus": "Operative", "evse": {"id": 1}},
    ),
    (
        {"order": "trigger", "message": "MeterValues", "evse": "1"},
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 1}},
    ),
    ({"order": "read"}, "GetBaseReport", {"reportBase": "FullInventory"}),
]
CONFIGURE = ("reset", "availability", "read", "set")


def newest() -> Command:
    with context.tenant("acme"):
        return Command.objects.order_by("-queued_at").select_related("station").first() or Command()


@pytest.mark.parametrize(("form", "action", "payload"), ORDERS)
def test_button_queues_its_command(
    client_of: ClientOf, world: World, form: dict[str, str], action: str, payload: dict[str, object]
) -> None:
    answer = client_of(world.place, "operator").post(
        url(world.place, "chargers/CP-1/command/"), form, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["commanded"] is True
    command = newest()
    assert (command.station.identity, command.action, command.payload) == ("CP-1", action, payload)
    assert (command.status, command.requested_by) == ("queued", "operator@acme.example")


def test_start_takes_the_token_that_was_chosen(client_of: ClientOf, world: World) -> None:
    form = {"order": "start", "token": str(world.token.pk), "evse": "2"}
    client_of(world.place, "operator").post(url(world.place, "chargers/CP-1/command/"), form)
    command = newest()
    assert command.payload["idToken"] == {"idToken": "04A2B6F2C15980", "type": "ISO14443"}
    assert command.payload["evseId"] == 2


def test_start_takes_another_token_as_typed(client_of: ClientOf, world: World) -> None:
    form = {"order": "start", "token": str(world.token.pk), "other_token": " CAFE ", "evse": ""}
    client_of(world.place, "operator").post(url(world.place, "chargers/CP-1/command/"), form)
    assert newest().payload["idToken"]["idToken"] == "CAFE"
    assert "evseId" not in newest().payload


def test_stop_names_the_session_of_that_station_only(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "operator")
    form = {"order": "stop", "transaction": str(world.running.pk)}
    assert client.post(url(world.place, "chargers/CP-2/command/"), form).status_code == 404
    client.post(url(world.place, "chargers/CP-1/command/"), form)
    assert (newest().action, newest().payload) == ("RequestStopTransaction", {"transactionId": "4711"})


def test_setting_is_changed_where_it_stands(client_of: ClientOf, world: World) -> None:
    with context.tenant("acme"):
        variable = Variable.objects.create(
            station=world.station, component="OCPPCommCtrlr", evse_number=1, name="Interval", instance="x"
        )
    form = {"order": "set", "variable": str(variable.pk), "value": "60"}
    client_of(world.place, "operator").post(url(world.place, "chargers/CP-1/command/"), form)
    assert newest().payload["setVariableData"] == [
        {
            "attributeValue": "60",
            "attributeType": "Actual",
            "component": {"name": "OCPPCommCtrlr", "evse": {"id": 1}},
            "variable": {"name": "Interval", "instance": "x"},
        }
    ]


@pytest.mark.parametrize("form", [form for form, _, _ in ORDERS])
@pytest.mark.parametrize("role", ["viewer", "finance", "support"])
def test_roles_limit_the_buttons(client_of: ClientOf, world: World, form: dict[str, str], role: str) -> None:
    answer = client_of(world.place, role).post(url(world.place, "chargers/CP-1/command/"), form)
    may = role == "support" and form["order"] not in CONFIGURE
    assert answer.status_code == (302 if may else 403)


def test_viewer_sees_no_buttons(client_of: ClientOf, world: World) -> None:
    page = client_of(world.place, "viewer").get(url(world.place, "chargers/CP-1/")).content
    assert b'name="order"' not in page
    assert b"start-dialog" not in page


@pytest.mark.parametrize(
    "form",
    [
        {"order": "reset", "type": "Never"},
        {"order": "trigger", "message": "\0"},
        {"order": "start", "other_token": "x\0"},
    ],
)
def test_senseless_order_says_so_and_queues_nothing(
    client_of: ClientOf, world: World, form: dict[str, str]
) -> None:
    before = newest().pk
    answer = client_of(world.place, "owner").post(
        url(world.place, "chargers/CP-1/command/"), form, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 204
    assert "queued" not in json.loads(answer["HX-Trigger"])["note"]
    assert newest().pk == before


def test_unknown_order_is_a_bad_request(client_of: ClientOf, world: World) -> None:
    answer = client_of(world.place, "owner").post(
        url(world.place, "chargers/CP-1/command/"), {"order": "explode"}
    )
    assert answer.status_code == 400


def test_command_of_another_tenants_station_is_not_found(
    client_of: ClientOf, world: World, volt: Place
) -> None:
    answer = client_of(volt, "owner").post(url(volt, "chargers/CP-1/command/"), {"order": "read"})
    assert answer.status_code == 404


def test_way_of_a_command_names_each_step_with_its_time() -> None:
    start = timezone.now()
    command = Command(
        action="Reset", payload={"type": "OnIdle"}, status="accepted", queued_at=start, expires_at=start,
        sent_at=start + timedelta(milliseconds=12), finished_at=start + timedelta(milliseconds=52),
        effect_seen_at=start + timedelta(seconds=2.012), response={"status": "Accepted"},
    )  # fmt: skip
    track = Track(command)
    assert (track.title, track.outcome) == ("Restart when idle", "Accepted")
    assert [(step.word, step.kind, step.took) for step in track.steps] == [
        ("Queued", "done", ""),
        ("Sent", "done", "12 ms"),
        ("Accepted", "good", "40 ms"),
        ("Effect seen", "good", "2.0 s"),
    ]


@pytest.mark.parametrize("status", list(Command.Status.values))
def test_every_state_of_a_command_has_words(status: str) -> None:
    command = Command(action="Reset", payload={}, status=status, queued_at=timezone.now())
    assert all(step.word for step in Track(command).steps)
