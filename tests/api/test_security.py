"""Security events, keys and certificates of stations."""

import pytest

from chargers import certificate_requests, certificates, security_events
from chargers.certificates import Hashes
from chargers.models import ChargingStation, Command
from tenants import context
from tenants.context import Place
from tests.api.conftest import Api, ApiOf, make_station
from tests.gateway import pki


@pytest.fixture
def api(acme: Place, api_of: ApiOf) -> Api:
    """The API of a tenant with a station."""
    make_station(acme)
    return api_of(acme, "admin")


def charger() -> ChargingStation:
    return ChargingStation.objects.get()


def test_security_events_are_listed_and_filtered(acme: Place, api: Api) -> None:
    with context.tenant(acme.slug):
        security_events.note(charger(), "SettingSystemTime", "an hour", is_critical=True)
        security_events.note(charger(), "ResetOrReboot", "")
    found = api.get("security-events/?station=CP-1&type=SettingSystemTime").json()["results"]
    assert [(row["station"], row["source"], row["text"], row["is_critical"]) for row in found] == [
        ("CP-1", "csms", "an hour", True)
    ]
    assert [row["type"] for row in api.get("security-events/").json()["results"]] == [
        "ResetOrReboot",
        "SettingSystemTime",
    ]


def test_a_key_is_sent_and_never_shown(acme: Place, api: Api) -> None:
    answer = api.post("stations/CP-1/key-rotations/")
    assert answer.status_code == 202
    row = answer.json()
    assert (row["station"], row["state"], row["used_at"]) == ("CP-1", "queued", None)
    assert api.get("stations/CP-1/key-rotations/").json()["results"] == [row]
    command = api.get(f"commands/{row['command']}/").json()
    assert command["payload"]["setVariableData"][0]["attributeValue"] == "••••••"


def test_a_root_is_installed_listed_and_deleted(acme: Place, api: Api) -> None:
    root = pki.root("Acme root")
    body = {"certificate_type": "CSMSRootCertificate", "certificate": pki.pem(root)}
    assert api.post("stations/CP-1/certificates/", body).json()["action"] == "InstallCertificate"
    with context.tenant(acme.slug):
        certificates.listed(charger().pk, "CSMSRootCertificate", [certificates.hashes_of(root)])
        certificates.listed(charger().pk, "ManufacturerRootCertificate", [Hashes("SHA256", "ab", "cd", "1f")])
    known, unknown = api.get("stations/CP-1/certificates/").json()["results"]
    assert (known["subject"], unknown["subject"], unknown["expires_at"]) == ("CN=Acme root", None, None)
    answer = api("DELETE", f"stations/CP-1/certificates/{unknown['id']}/")
    assert answer.status_code == 202
    assert answer.json()["payload"]["certificateHashData"]["serialNumber"] == "1f"
    assert api("DELETE", "stations/CP-1/certificates/999999/").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"certificate_type": "CSMSRootCertificate", "certificate": "nonsense"},
        {"certificate_type": "Other", "certificate": "nonsense"},
    ],
)
def test_a_bad_root_is_refused(api: Api, body: dict[str, str]) -> None:
    assert api.post("stations/CP-1/certificates/", body).status_code == 400


def test_requests_for_certificates_tell_why_they_were_refused(acme: Place, api: Api) -> None:
    with context.tenant(acme.slug):
        certificate_requests.take(charger().pk, pki.request("CP-1"))
        certificate_requests.take(charger().pk, "nonsense")
        assert Command.objects.filter(action="CertificateSigned").count() == 1
    refused, signed = api.get("stations/CP-1/certificate-requests/").json()["results"]
    assert (refused["state"], signed["state"], signed["subject"]) == ("refused", "signed", "CN=CP-1")
    assert "PKCS #10" in refused["reason"]


def test_a_viewer_changes_nothing(acme: Place, api: Api, api_of: ApiOf) -> None:
    viewer = api_of(acme, "viewer")
    assert viewer.post("stations/CP-1/key-rotations/").status_code == 403
    assert viewer.post("stations/CP-1/certificates/", {}).status_code == 403
    assert viewer.get("stations/CP-1/certificates/").status_code == 200
