"""Who may call: keys, roles, tenants."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from authorization import id_tokens
from chargers import commands
from chargers.models import Site
from tenants import context
from tenants.context import Place
from tenants.users.models import ApiKey
from tests.api.conftest import Api, ApiOf, make_station, make_transaction
from tests.conftest import ClientOf

LISTS = (
    "stations/", "stations/CP-1/commands/", "stations/CP-1/variables/", "stations/CP-1/messages/", "messages/",
    "sites/", "id-tokens/", "id-token-groups/", "transactions/", "transactions/1001/meter-values/",
    "firmware-images/", "firmware-updates/", "log-requests/", "security-events/", "stations/CP-1/key-rotations/",
    "stations/CP-1/certificates/", "stations/CP-1/certificate-requests/",
)  # fmt: skip
UNSAFE = (
    ("POST", "stations/", {"identity": "NEW"}, 201),
    ("PATCH", "stations/CP-1/", {"note": "x"}, 200),
    ("DELETE", "stations/FREE/", None, 204),
    (
        "POST",
        "stations/CP-1/commands/",
        {"action": "UnlockConnector", "payload": {"evseId": 1, "connectorId": 1}},
        202,
    ),
    ("POST", "stations/CP-1/calls/", {"action": "ClearCache"}, 202),
    ("POST", "sites/", {"name": "Harbour"}, 201),
    ("POST", "firmware-updates/", {"station": "CP-1", "location": "ftp://x.example/f"}, 202),
    ("POST", "log-requests/", {"station": "CP-1"}, 202),
    ("POST", "stations/CP-1/key-rotations/", None, 202),
    ("POST", "id-tokens/", {"id_token": "CARD2"}, 201),
    ("POST", "id-token-groups/", {"name": "fleet"}, 201),
)


@pytest.fixture
def rows(acme: Place) -> None:
    """A station with a transaction, and one without."""
    make_transaction(acme, make_station(acme))
    make_station(acme, "FREE")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_read_with_a_viewers_key_and_never_without(
    path: str, acme: Place, volt: Place, api_of: ApiOf
) -> None:
    foreign = Api(acme, api_of(volt).key)
    assert api_of(acme, "viewer").get(path).status_code == 200
    assert Api(acme).get(path).status_code == 401
    assert foreign.get(path).status_code == 401


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("method", "path", "body", "status"), UNSAFE)
def test_a_viewer_changes_nothing_and_an_owner_may(
    method: str, path: str, body: object, status: int, acme: Place, volt: Place, api_of: ApiOf
) -> None:
    assert api_of(acme, "viewer")(method, path, body).status_code == 403
    assert Api(acme)(method, path, body).status_code == 401
    assert Api(acme, api_of(volt).key)(method, path, body).status_code == 401
    assert api_of(acme)(method, path, body).status_code == status


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("action", "status"), [("UnlockConnector", 202), ("Reset", 403), ("SetVariables", 403)]
)
def test_support_operates_but_does_not_configure(
    action: str, status: int, acme: Place, api_of: ApiOf
) -> None:
    support = api_of(acme, "support")
    assert support.post("stations/CP-1/commands/", {"action": action, "payload": {}}).status_code == status
    assert support.post("stations/CP-1/calls/", {"action": "ClearCache"}).status_code == 403


def test_what_belongs_to_another_tenant_is_not_there(acme: Place, volt: Place, api_of: ApiOf) -> None:
    station = make_station(volt, "ONLY-VOLT")
    transaction = make_transaction(volt, station, "T-volt")
    with context.tenant(volt.slug):
        command = commands.queue(station, "Reset", {"type": "Immediate"})
        site = Site.objects.create(name="Harbour")
        token = id_tokens.add("CARD9")
    mine, theirs = api_of(acme), api_of(volt)
    for path in (
        "stations/ONLY-VOLT/", "stations/ONLY-VOLT/variables/", "stations/ONLY-VOLT/messages/", "stations/ONLY-VOLT/commands/",
        f"transactions/{transaction.pk}/", "transactions/T-volt/", f"commands/{command.pk}/", f"sites/{site.pk}/",
        f"id-tokens/{token.pk}/",
    ):  # fmt: skip
        assert mine.get(path).status_code == 404, path
        assert theirs.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "Bearer csms_00000000_" + "x" * 43, "Bearer csms_é_x"]
)
def test_a_wrong_credential_is_refused_with_a_challenge(header: str, acme: Place) -> None:
    answer = Api(acme)("GET", "stations/", Authorization=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_revoked_and_an_expired_key_are_refused(acme: Place, api_of: ApiOf) -> None:
    revoked, expired = api_of(acme, "viewer"), api_of(acme, "admin")
    with context.tenant(acme.slug):
        ApiKey.objects.filter(role__name="viewer").update(is_revoked=True)
        ApiKey.objects.filter(role__name="admin").update(expires_at=timezone.now())
    assert revoked.get("sites/").status_code == expired.get("sites/").status_code == 401


def test_the_last_use_of_a_key_is_noted_once_a_minute(acme: Place, api: Api) -> None:
    api.get("sites/")
    with context.tenant(acme.slug):
        first = ApiKey.objects.get().last_used_at
        api.get("sites/")
        assert first
        assert ApiKey.objects.get().last_used_at == first
        ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
        api.get("sites/")
        assert ApiKey.objects.filter(last_used_at__gt=first).exists()


def test_a_signed_in_person_has_no_access_by_cookie(acme: Place, client_of: ClientOf) -> None:
    make_station(acme)
    assert Api(acme, client=client_of(acme, "owner")).get("stations/").status_code == 401


def test_on_a_tenants_own_domain_every_link_stays_there(
    acme: Place, volt: Place, api: Api, api_of: ApiOf
) -> None:
    own = Api(acme, api.key, Client(headers={"host": "acme.localhost"}))
    made = own.post("/api/v1/stations/", {"identity": "CP-5"})
    assert made["Location"] == "/api/v1/stations/CP-5/"
    assert made.json()["url"].startswith("ws://acme.localhost/")
    own.post("/api/v1/stations/", {"identity": "CP-6"})
    page = own.get("/api/v1/stations/?page_size=1").json()
    assert page["next"].startswith("http://acme.localhost/api/v1/stations/?")
    assert own.get(page["next"]).json()["results"][0]["identity"] == "CP-6"
    assert own.get("/api/schema/").json()["servers"] == [{"url": "/"}]
    assert Api(acme, api_of(volt).key, own.client).get("/api/v1/stations/").status_code == 401
