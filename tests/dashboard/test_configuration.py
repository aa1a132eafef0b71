"""Configuration templates in the API, and on a charger's page."""

from chargers.models import Command, Variable
from tenants import context
from tests.conftest import ClientOf, KeyOf
from tests.dashboard.conftest import World, url


def test_a_template_is_made_changed_and_deleted_by_those_who_configure(
    client_of: ClientOf, world: World, api_key: KeyOf
) -> None:
    client = client_of(world.place)
    headers = {"Authorization": f"Bearer {api_key(world.place, 'operator')}"}
    address = url(world.place, "api/v1/configuration-templates/")
    body = {"name": "Fast", "settings": {"HeartbeatInterval": "60"}, "stations": ["CP-1"]}

    made = client.post(address, body, content_type="application/json", headers=headers)
    again = client.post(address, body, content_type="application/json", headers=headers)
    bad = client.post(
        address, body | {"name": "B", "settings": {"a": 1}}, content_type="application/json", headers=headers
    )
    denied = {"Authorization": f"Bearer {api_key(world.place, 'viewer')}"}
    refused = client.post(address, body, content_type="application/json", headers=denied)

    assert [answer.status_code for answer in (made, again, bad, refused)] == [201, 400, 400, 403]
    one = f"{address}{made.json()['id']}/"
    changed = client.patch(
        one, {"settings": {"HeartbeatInterval": "90"}}, content_type="application/json", headers=headers
    )
    assert changed.json()["settings"] == {"HeartbeatInterval": "90"}
    assert changed.json()["stations"] == ["CP-1"]
    assert client.delete(one, headers=headers).status_code == 204


def test_a_drift_is_shown_and_set(client_of: ClientOf, world: World, api_key: KeyOf) -> None:
    client = client_of(world.place, "operator")
    headers = {"Authorization": f"Bearer {api_key(world.place, 'operator')}"}
    body = {"name": "Fast", "settings": {"HeartbeatInterval": "61"}, "is_for_all": True}
    client.post(
        url(world.place, "api/v1/configuration-templates/"),
        body,
        content_type="application/json",
        headers=headers,
    )
    with context.tenant(world.place.slug):
        Variable.objects.filter(station=world.station, name="HeartbeatInterval").delete()
        Variable.objects.create(
            station=world.station, component="Configuration", name="HeartbeatInterval", value="300"
        )

    page = client.get(url(world.place, "chargers/CP-1/configuration/")).content.decode()
    shown = client.get(url(world.place, "api/v1/stations/CP-1/configuration/"), headers=headers).json()
    ordered = client.post(url(world.place, "chargers/CP-1/command/"), {"order": "apply-templates"})
    told = client.post(url(world.place, "api/v1/stations/CP-1/configuration/"), headers=headers)

    assert "Wanted by templates" in page
    assert ">differs<" in page
    assert [(row["wanted"], row["reported"], row["has_drifted"]) for row in shown] == [("61", "300", True)]
    assert (ordered.status_code, told.status_code) == (302, 202)
    with context.tenant(world.place.slug):
        assert Command.objects.filter(station=world.station, action="SetVariables").count() >= 2
