"""The Security tab: what it shows, what its buttons queue, and who may."""

import pytest

from chargers import certificate_requests, certificates, credential_rotation, security_events
from chargers.models import ChargingStation, Command
from tenants import context
from tenants.context import Place
from tests.conftest import ClientOf
from tests.dashboard.conftest import World, url
from tests.gateway import pki

TAB = "chargers/CP-1/security/"
ORDER = "chargers/CP-1/command/"


def charger() -> ChargingStation:
    return ChargingStation.objects.get(identity="CP-1")


def newest() -> Command:
    with context.tenant("acme"):
        return Command.objects.order_by("-queued_at")[0]


@pytest.fixture
def _facts(world: World) -> None:
    """A bit of everything."""
    with context.tenant("acme"):
        root = pki.root("A <b>root</b>")
        certificates.remember(root)
        certificates.listed(charger().pk, "CSMSRootCertificate", [certificates.hashes_of(root)])
        certificate_requests.take(charger().pk, "nonsense")
        credential_rotation.request(charger())
        security_events.note(charger(), "TamperDetectionActivated", "<script>", is_critical=True)


def test_an_empty_tab_says_so(client_of: ClientOf, world: World, acme: Place) -> None:
    page = client_of(acme, "viewer").get(url(acme, TAB)).content.decode()
    for sentence in ("No key was sent", "No root certificate", "has not asked", "Nothing was reported yet"):
        assert sentence in page
    assert "Install a root" not in page


@pytest.mark.usefixtures("_facts")
def test_the_tab_and_the_feed_show_what_happened(client_of: ClientOf, world: World, acme: Place) -> None:
    client = client_of(acme, "owner")
    page = client.get(url(acme, TAB)).content.decode()
    assert "A &lt;b&gt;root&lt;/b&gt;" in page.replace("\\", "")
    for part in ("TamperDetectionActivated", "&lt;script&gt;", "PKCS #10", "New key: Queued"):
        assert part in page
    assert "TamperDetectionActivated" in client.get(url(acme, "")).content.decode()


@pytest.mark.parametrize(
    ("form", "action"),
    [
        ({"order": "rotate-key"}, "SetVariables"),
        ({"order": "renew-certificate"}, "TriggerMessage"),
        ({"order": "list-certificates"}, "GetInstalledCertificateIds"),
        ({"order": "raise-profile"}, "SetVariables"),
        (
            {
                "order": "install-certificate",
                "use": "CSMSRootCertificate",
                "certificate": pki.pem(pki.root()),
            },
            "InstallCertificate",
        ),
    ],
)
def test_a_button_queues_its_command(
    client_of: ClientOf, world: World, acme: Place, form: dict[str, str], action: str
) -> None:
    before = newest()
    client_of(acme, "viewer").post(url(acme, ORDER), form)
    assert newest() == before
    assert client_of(acme, "owner").post(url(acme, ORDER), form).status_code == 302
    assert newest().action == action


@pytest.mark.usefixtures("_facts")
def test_a_certificate_is_deleted_by_its_row(client_of: ClientOf, world: World, acme: Place) -> None:
    with context.tenant("acme"):
        row = charger().installed_certificates.get()
    client = client_of(acme, "owner")
    assert (
        client.post(url(acme, ORDER), {"order": "delete-certificate", "certificate": "x"}).status_code == 404
    )
    client.post(url(acme, ORDER), {"order": "delete-certificate", "certificate": str(row.pk)})
    assert newest().payload == {"certificateHashData": row.hash_data}


def test_a_profile_is_lowered_by_those_who_manage_chargers(
    client_of: ClientOf, world: World, acme: Place
) -> None:
    with context.tenant("acme"):
        ChargingStation.objects.filter(identity="CP-1").update(security_profile=2)
    address = url(acme, f"{TAB}lower/")
    assert client_of(acme, "viewer").post(address).status_code == 403
    client_of(acme, "owner").post(address)
    with context.tenant("acme"):
        assert charger().security_profile == 1
    page = client_of(acme, "owner").post(address, follow=True).content.decode()
    assert "is not lower" in page
