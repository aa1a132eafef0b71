"""The command console: a form for each action that goes to a charger, which gives back the payload that it shows."""

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from jsonschema_rs import Draft4Validator

from chargers.models import Command, Presence
from csms.dashboard import console_actions, schema_forms
from csms.vocabulary import actions, schemas
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url

EVERY = [(version, action) for version in actions.VERSIONS for action in sorted(actions.to_station(version))]
ACTIONS_16 = sorted(actions.to_station("1.6"))
IDENTITY = "CP-1"
FORMATS = {"date-time": "2026-11-22T10:00:00Z", "uri": "https://example.com/a?b=1&c=2"}


def example(schema: dict[str, Any], definitions: dict[str, Any], *, is_full: bool) -> Any:
    """A value that the schema allows: with everything that the form knows, or with the least."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][-1]
    kind = schema.get("type", "any")
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: example(part, definitions, is_full=is_full)
            for name, part in schema.get("properties", {}).items()
            if name != "customData" and (is_full or name in required)
        }
    if kind == "array":
        number = min(2 if is_full else schema.get("minItems", 0), schema.get("maxItems", 2))
        return [example(schema["items"], definitions, is_full=is_full) for _ in range(number)]
    if kind == "string":
        text = FORMATS.get(schema.get("format", ""), 'a <b> & "c" d')
        return text[: schema.get("maxLength", 50)].strip()
    low = schema.get("minimum", 1)
    values = {
        "integer": int(low),
        "number": float(low) + 0.5,
        "boolean": False,
        "any": {"some": ["thing", 1.5]},
    }
    return (
        min(values[kind], schema.get("maximum", values[kind]))
        if kind in ("integer", "number")
        else values[kind]
    )


def payload_of(version: str, action: str, *, is_full: bool) -> dict[str, Any]:
    schema = schemas.request_schema(version, action)
    made: dict[str, Any] = example(schema, schema.get("definitions", {}), is_full=is_full)
    return made


class Inputs(HTMLParser):
    """What a browser would send of the console's form, without its buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.name = ""
        self.is_inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = "/console/" in facts.get("action", "")
        elif self.is_inside and tag == "input":
            self.sent[facts["name"]] = facts.get("value", "")
        elif self.is_inside and tag in ("select", "textarea"):
            self.name = facts["name"]
            self.sent[self.name] = ""
        elif tag == "option" and "selected" in facts and self.name:
            self.sent[self.name] = facts.get("value", "\0")

    def handle_data(self, data: str) -> None:
        if self.name and self.lasttag == "textarea":
            self.sent[self.name] += data.removeprefix("\n")
        elif self.name and self.sent[self.name] == "\0":
            self.sent[self.name] = data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self.name = ""
        elif tag == "form":
            self.is_inside = False


def newest() -> Command:
    with context.tenant("acme"):
        return Command.objects.latest("queued_at")


def number() -> int:
    with context.tenant("acme"):
        return Command.objects.count()


def page(place: Place, action: str) -> str:
    return url(place, f"chargers/{IDENTITY}/console/{action}/")


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "least"])
@pytest.mark.parametrize(("version", "action"), EVERY)
def test_form_of_every_action_gives_back_its_payload(version: str, action: str, *, is_full: bool) -> None:
    payload, schema = payload_of(version, action, is_full=is_full), schemas.request_schema(version, action)
    shape = schema_forms.shape_of(schema)
    data = QueryDict(mutable=True)
    data.update(schema_forms.inputs(schema_forms.field_of(shape, payload, {})))
    assert schema_forms.read(shape, data) == payload
    assert schema_forms.is_shown_whole(shape, payload)
    assert Draft4Validator(schema).is_valid(payload)
    assert schema_forms.complaints(schema, payload) == {}


@pytest.mark.parametrize("action", ACTIONS_16)
def test_every_action_of_16_is_filled_from_json_and_sent_from_its_form(
    client_of: ClientOf, world: World, action: str
) -> None:
    client, payload = client_of(world.place, "operator"), payload_of("1.6", action, is_full=True)
    answer = client.post(page(world.place, action), {"wish": "fill", "json": json.dumps(payload)})
    assert answer.status_code == 200
    sent = Inputs(answer.content.decode()).sent
    assert json.loads(sent["json"]) == payload

    answer = client.post(page(world.place, action), sent | {"wish": "send", "confirm": IDENTITY})
    assert answer.status_code == 302, answer.content.decode()
    command = newest()
    assert (command.action, command.payload, command.is_exact) == (action, payload, True)
    assert command.requested_by == "operator@acme.example"


@pytest.mark.parametrize("action", ACTIONS_16)
def test_empty_form_of_every_action_of_16_opens_and_says_what_is_required(
    client_of: ClientOf, world: World, action: str
) -> None:
    client, before = client_of(world.place, "operator"), number()
    html = client.get(page(world.place, action)).content.decode()
    required = schemas.request_schema("1.6", action).get("required", [])
    if not required:
        return
    answer = client.post(page(world.place, action), Inputs(html).sent | {"wish": "send"})
    assert answer.status_code == 422
    assert "This is required." in answer.content.decode()
    assert number() == before


def test_picker_knows_an_intent_for_each_action_and_finds_by_both() -> None:
    named = {action for group in console_actions.GROUPS.values() for action in group}
    assert named == {action for _, action in EVERY}
    for version in actions.VERSIONS:
        known = actions.to_station(version)
        shown = [intent.action for _, intents in console_actions.groups(known) for intent in intents]
        assert sorted(shown) == sorted(known)
    ((_, found),) = console_actions.groups(actions.to_station("1.6"), "start charg")
    assert [intent.action for intent in found] == ["RemoteStartTransaction"]
    ((_, found),) = console_actions.groups(actions.to_station("1.6"), "remotestart")
    assert [intent.meaning for intent in found] == ["Start charging"]


def test_picker_offers_what_the_chargers_own_version_has(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "operator")
    html = client.get(url(world.place, "chargers/CP-1/console/")).content.decode()
    assert "ExtendedTriggerMessage" in html
    assert "SetVariables" not in html
    assert "console/" in client.get(url(world.place, "chargers/CP-1/commands/")).content.decode()
    assert client.get(page(world.place, "SetVariables")).status_code == 404
    with context.tenant("acme"):
        Presence.objects.update(ocpp_version="2.0.1")
    assert client.get(page(world.place, "SetVariables")).status_code == 200


def test_charger_that_never_connected_has_no_commands_yet(client_of: ClientOf, world: World) -> None:
    with context.tenant("acme"):
        Presence.objects.update(ocpp_version="")
    client = client_of(world.place, "operator")
    assert (
        "It has not connected yet" in client.get(url(world.place, "chargers/CP-1/console/")).content.decode()
    )
    assert client.get(page(world.place, "Reset")).status_code == 404


def test_items_of_a_list_come_and_go(client_of: ClientOf, world: World) -> None:
    client, here = client_of(world.place, "operator"), page(world.place, "GetConfiguration")
    sent = Inputs(client.get(here).content.decode()).sent
    assert "p.key.0" not in sent
    for position, key in enumerate(("HeartbeatInterval", "MeterValueSampleInterval")):
        sent = Inputs(client.post(here, sent | {"wish": "add:p.key"}).content.decode()).sent
        sent[f"p.key.{position}"] = key
    sent = Inputs(client.post(here, sent | {"wish": "remove:p.key.0"}).content.decode()).sent
    assert sent["p.key.0"] == "MeterValueSampleInterval"
    assert client.post(here, sent | {"wish": "add:p.nothing"}).status_code == 422
    assert client.post(here, sent | {"wish": "remove:p.key.99"}).status_code == 200
    client.post(here, sent | {"wish": "send"})
    assert newest().payload == {"key": ["MeterValueSampleInterval"]}


def test_errors_stand_beside_their_fields(client_of: ClientOf, world: World) -> None:
    form = {"wish": "send", "p.connectorId": "one", "p.type": "Broken"}
    answer = client_of(world.place, "operator").post(page(world.place, "ChangeAvailability"), form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="e-p.connectorId"><li>This must be of type integer.' in html
    assert 'id="e-p.type"><li>This is none of the possible values.' in html
    assert 'value="one"' in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "This is no JSON"),
        ("[]", "A payload is an object"),
        ('{"type": NaN}', "no JSON"),
        ("[" * 100_000, "This is"),
        ('{"type": "Soft", "surplus": 1}', "There is no such property: surplus"),
    ],
)
def test_json_that_is_no_payload_is_not_sent(
    client_of: ClientOf, world: World, text: str, problem: str
) -> None:
    before = number()
    answer = client_of(world.place, "operator").post(
        page(world.place, "Reset"), {"wish": "send-json", "json": text}
    )
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert number() == before


@pytest.mark.parametrize("text", ['{"vendorId": "a\\u0000"}', '{"vendorId": "\\ud800"}'])
def test_text_that_cannot_be_kept_is_refused(client_of: ClientOf, world: World, text: str) -> None:
    before = number()
    answer = client_of(world.place, "operator").post(
        page(world.place, "DataTransfer"), {"wish": "send-json", "json": text}
    )
    assert answer.status_code == 422
    assert number() == before


def test_text_that_only_looks_like_nul_is_kept() -> None:
    schema_forms.check_text({"data": "\\u0000"})
    with pytest.raises(ValidationError):
        schema_forms.check_text({"data": "\\\0"})


def test_grave_command_wants_the_identity_typed(client_of: ClientOf, world: World) -> None:
    client, here, before = client_of(world.place, "operator"), page(world.place, "Reset"), number()
    answer = client.post(here, {"wish": "send", "p.type": "Hard"})
    assert answer.status_code == 422
    assert "Type the identity of the charger." in answer.content.decode()
    assert client.post(here, {"wish": "send", "p.type": "Hard", "confirm": "CP-2"}).status_code == 422
    assert number() == before
    assert client.post(here, {"wish": "send", "p.type": "Hard", "confirm": IDENTITY}).status_code == 302
    assert client.post(here, {"wish": "send", "p.type": "Soft"}).status_code == 302
    assert number() == before + 2


def test_offline_charger_is_said_to_be_and_its_command_waits_as_long_as_chosen(
    client_of: ClientOf, world: World
) -> None:
    client, here = client_of(world.place, "operator"), url(world.place, "chargers/CP-2/console/ClearCache/")
    assert "The charger is offline." in client.get(here).content.decode()
    assert client.post(here, {"wish": "send", "expires": "86400"}).status_code == 302
    command = newest()
    assert (command.expires_at - command.queued_at).total_seconds() == pytest.approx(86400, abs=5)


def test_repeat_brings_the_payload_back_but_no_secret(client_of: ClientOf, world: World) -> None:
    client = client_of(world.place, "operator")
    here = page(world.place, "ChangeConfiguration")
    for key, value, is_offered in (
        ("HeartbeatInterval", "60", True),
        ("AuthorizationKey", "4f43415f", False),
    ):
        client.post(here, {"wish": "send", "p.key": key, "p.value": value})
        tab = client.get(url(world.place, "chargers/CP-1/commands/")).content.decode()
        assert (f"repeat={newest().pk}" in tab) is is_offered
        html = client.get(f"{here}?repeat={newest().pk}").content.decode()
        assert (Inputs(html).sent["p.value"] == value) is is_offered


def test_preview_shows_json_and_the_call_of_the_api(client_of: ClientOf, world: World) -> None:
    form = {"wish": "preview", "p.vendorId": "it's", "p.data": "</textarea><script>"}
    html = client_of(world.place, "operator").post(page(world.place, "DataTransfer"), form).content.decode()
    assert f"/t/acme/api/v1/stations/{quote(IDENTITY)}/calls/" in html
    assert "Bearer $CSMS_API_KEY" in html
    assert "</textarea><script>" not in html


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("support", 403), ("operator", 200), ("admin", 200)]
)
def test_who_configures_may_use_the_console(
    client_of: ClientOf, world: World, role: str, status: int
) -> None:
    client = client_of(world.place, role)
    assert client.get(url(world.place, "chargers/CP-1/console/")).status_code == status
    assert client.get(page(world.place, "Reset")).status_code == status
    if status == 403:
        before = number()
        assert client.post(page(world.place, "Reset"), {"wish": "send", "p.type": "Soft"}).status_code == 403
        assert number() == before


def test_form_says_when_it_cannot_show_a_payload(client_of: ClientOf, world: World) -> None:
    with context.tenant("acme"):
        Presence.objects.update(ocpp_version="2.0.1")
    payload = {"vendorId": "x", "customData": {"vendorId": "y"}}
    client, here = client_of(world.place, "operator"), page(world.place, "DataTransfer")
    html = client.post(here, {"wish": "fill", "json": json.dumps(payload)}).content.decode()
    assert "The form cannot show all of this payload." in html
    assert client.post(here, {"wish": "send-json", "json": json.dumps(payload)}).status_code == 302
    assert newest().payload == payload


def test_answer_of_the_charger_is_shown_without_secrets(client_of: ClientOf, world: World) -> None:
    answer = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "4f43415f"}]}
    with context.tenant("acme"):
        Command.objects.create(
            station=world.station, action="GetConfiguration", payload={}, is_exact=True, status="accepted",
            expires_at=newest().expires_at, response=answer,
        )  # fmt: skip
    html = (
        client_of(world.place, "operator").get(url(world.place, "chargers/CP-1/commands/")).content.decode()
    )
    assert "configurationKey" in html
    assert "4f43415f" not in html
