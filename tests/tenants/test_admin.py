"""The admin pages: every model's pages open, secrets stay hidden, and the role decides."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from authorization.models import Authorization, IdToken, IdTokenGroup
from billing.models import CdrExport, RatingFailure, Tariff, TariffAssignment, TariffVersion
from chargers import stations
from chargers.models import (
    ChargingStation,
    Command,
    Connector,
    Evse,
    Message,
    QuarantinedFrame,
    Refusal,
    Report,
    Site,
    Variable,
)  # fmt: skip
from tenants import context
from tenants.admin_sites import platform_admin, tenant_admin
from tenants.context import Place
from tenants.models import Gateway, StrayConnection
from tenants.users.models import ApiKey, IdempotentRequest, User
from tests.conftest import user_of
from transactions.models import MeterValue, Transaction, TransactionEvent

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def fill() -> None:
    """One row of each model of the tenant in force."""
    site = Site.objects.create(name="Depot")
    station, _ = stations.add("CP-1", site=site, password="a very secret password")
    evse = Evse.objects.create(station=station, number=1)
    Connector.objects.create(evse=evse, number=1)
    Variable.objects.create(station=station, component="Configuration", name="HeartbeatInterval", value="60")
    Report.objects.create(station=station, request_id=1)
    Command.objects.create(station=station, action="Reset", expires_at=NOW)
    Message.objects.create(
        time=NOW, station=station, direction="in", action="Heartbeat", message_id="1", frame="[]"
    )
    Refusal.objects.create(
        identity="X",
        reason="unknown_identity",
        http_status=404,
        remote_address="::1",
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    QuarantinedFrame.objects.create(time=NOW, station=station, ocpp_version="1.6", reason="broken", frame="[")
    group = IdTokenGroup.objects.create(name="Fleet")
    IdToken.objects.create(id_token="CAFE", group=group)
    Authorization.objects.create(station=station, id_token="CAFE", status="Accepted", reason="known")
    transaction = Transaction.objects.create(station=station, transaction_id="1", started_at=NOW)
    TransactionEvent.objects.create(
        transaction=transaction,
        seq_no=0,
        event_type="Started",
        trigger_reason="CablePluggedIn",
        occurred_at=NOW,
        digest="d",
    )
    MeterValue.objects.create(
        key=uuid.uuid4(), station=station, transaction=transaction, sampled_at=NOW, context="Sample.Periodic",
        measurand="Energy.Active.Import.Register", location="Outlet", unit="Wh", value=Decimal(1), raw="1",
    )  # fmt: skip
    tariff = Tariff.objects.create(name="Day")
    TariffVersion.objects.create(tariff=tariff, number=1, document={}, currency="EUR")
    TariffAssignment.objects.create(tariff=tariff)
    RatingFailure.objects.create(transaction=transaction, error="a bug", retry_at=NOW)
    CdrExport.objects.create(format="csv", start=NOW, end=NOW + timedelta(days=1))
    IdempotentRequest.objects.create(scope="s" * 64, body="b" * 64)


def addresses_of(site: AdminSite) -> list[str]:
    """The list, add and change pages of every model of a site, seen from the place in force."""
    pages = [reverse("admin:index")]
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages += [reverse(f"{name}_changelist"), reverse(f"{name}_changelist") + "?q=1"]
        rows: list[Model] = list(model._default_manager.all()[:2])
        pages += [reverse(f"{name}_change", args=[row.pk]) for row in rows]
    return pages


@pytest.fixture
def walk(acme: Place, settings: pytest.FixtureRequest) -> list[str]:
    with context.tenant("acme"):
        fill()
        ApiKey.issue("a program", user_of(acme, "viewer").groups.get())
        settings.ROOT_URLCONF = "csms.urls_tenant"  # type: ignore[attr-defined]
        pages = addresses_of(tenant_admin)
    settings.ROOT_URLCONF = "csms.urls"  # type: ignore[attr-defined]
    return [f"/t/acme{page}" for page in pages]


def test_every_page_of_the_tenants_admin_opens_and_shows_no_secret(
    acme: Place, walk: list[str], client_of: Callable[..., Client]
) -> None:
    client = client_of(acme, "owner")
    with context.tenant("acme"):
        secrets = {
            *User.objects.values_list("password", flat=True), *ApiKey.objects.values_list("digest", flat=True),
            *ChargingStation.objects.values_list("key_digest", flat=True),
            *ChargingStation.objects.values_list("key_salt", flat=True),
        } - {""}  # fmt: skip
    assert len(walk) > 60
    for page in walk:
        response = client.get(page)
        text = response.content.decode()
        expected = 302 if page.endswith("?q=1") and response.status_code == 302 else 200
        assert response.status_code == expected, page
        assert not any(secret in text for secret in secrets), page


def test_every_model_of_a_tenant_has_a_page() -> None:
    from django.apps import apps

    labels = {"chargers", "authorization", "transactions", "billing", "users"}
    models = {model for label in labels for model in apps.get_app_config(label).get_models()}
    assert models == set(tenant_admin._registry)


@pytest.mark.usefixtures("acme")
def test_every_page_of_the_platforms_admin_opens(staff_client: Client) -> None:
    with context.public():
        Gateway.objects.create(id=uuid.uuid4(), started_at=NOW, seen_at=NOW)
        StrayConnection.objects.create(
            slug="nobody", identity="CP", remote_address="::1", first_seen_at=NOW, last_seen_at=NOW
        )
        pages = addresses_of(platform_admin)
    for page in pages:
        assert staff_client.get(page).status_code == 200, page


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("operator", 200), ("viewer", 403), ("finance", 403)]
)
def test_the_role_opens_the_site(
    acme: Place, client_of: Callable[..., Client], role: str, status: int
) -> None:
    assert client_of(acme, role).get("/t/acme/admin/").status_code == status


def test_strangers_are_sent_to_the_tenants_sign_in(
    acme: Place, volt: Place, client_of: Callable[..., Client]
) -> None:
    for client in (Client(), client_of(volt, "owner")):
        response = client.get("/t/acme/admin/")
        assert response["Location"].startswith("/t/acme/sign-in/?next=")


@pytest.mark.parametrize("page", ["users/user/", "users/apikey/", "users/user/add/"])
def test_an_operator_sees_no_accounts(acme: Place, client_of: Callable[..., Client], page: str) -> None:
    assert client_of(acme, "operator").get(f"/t/acme/admin/{page}").status_code == 403


@pytest.mark.parametrize(
    "page", ["billing/chargedetailrecord/", "transactions/transaction/", "chargers/message/"]
)
def test_records_cannot_be_added(acme: Place, client_of: Callable[..., Client], page: str) -> None:
    assert client_of(acme, "owner").get(f"/t/acme/admin/{page}add/").status_code == 403


def test_a_new_user_gets_a_role_and_a_password(acme: Place, client_of: Callable[..., Client]) -> None:
    client = client_of(acme, "owner")
    with context.tenant("acme"):
        role = user_of(acme, "support").groups.get()
    form = {
        "email": "New@acme.example",
        "name": "New",
        "is_active": "on",
        "role": role.pk,
        "new_password": "long enough 12",
    }
    assert client.post("/t/acme/admin/users/user/add/", form).status_code == 302
    with context.tenant("acme"):
        user = User.objects.get(email="new@acme.example")
        assert user.check_password("long enough 12")
        assert [group.name for group in user.groups.all()] == ["support"]


def test_an_admin_neither_makes_nor_touches_owners(acme: Place, client_of: Callable[..., Client]) -> None:
    client = client_of(acme, "admin")
    with context.tenant("acme"):
        owner, person = user_of(acme, "owner"), user_of(acme, "viewer")
        role = owner.groups.get()
    form = {"email": "viewer@acme.example", "is_active": "on", "role": role.pk}
    assert (
        client.post(f"/t/acme/admin/users/user/{person.pk}/change/", form).status_code == 200
    )  # refused: the form again
    assert client.post(f"/t/acme/admin/users/user/{owner.pk}/change/", form).status_code == 403
    with context.tenant("acme"):
        assert [group.name for group in person.groups.all()] == ["viewer"]


def test_a_new_api_key_is_shown_once_and_works(acme: Place, client_of: Callable[..., Client]) -> None:
    client = client_of(acme, "owner")
    with context.tenant("acme"):
        role = user_of(acme, "operator").groups.get()
    page = client.post(
        "/t/acme/admin/users/apikey/add/", {"name": "Robot", "role": role.pk}, follow=True
    ).content.decode()
    text = "csms_" + page.split("csms_")[1].split("<")[0].strip()
    with context.tenant("acme"):
        key = ApiKey.find(text)
        assert key is not None
        assert key.role == role
    again = client.get(f"/t/acme/admin/users/apikey/{key.pk}/change/").content.decode()
    assert text not in again
    client.post(f"/t/acme/admin/users/apikey/{key.pk}/change/", {"is_revoked": "on"})
    with context.tenant("acme"):
        assert ApiKey.find(text) is None


def test_a_new_station_gets_a_password_that_is_shown_once(
    acme: Place, client_of: Callable[..., Client]
) -> None:
    client = client_of(acme, "operator")
    page = client.post(
        "/t/acme/admin/chargers/chargingstation/add/", {"identity": "CP-9"}, follow=True
    ).content.decode()
    assert "Copy the password of CP-9 now" in page
    with context.tenant("acme"):
        station = ChargingStation.objects.get(identity="CP-9")
        assert station.key_digest
        assert station.created_at <= timezone.now()


def test_what_is_done_is_logged_with_the_right_kind_of_row_in_each_schema(
    acme: Place, staff_client: Client, client_of: Callable[..., Client]
) -> None:
    from django.contrib.admin.models import LogEntry

    staff_client.post(
        "/platform/admin/users/user/add/", {"email": "second@platform.example", "is_active": "on"}
    )
    client_of(acme, "owner").post("/t/acme/admin/chargers/site/add/", {"name": "Depot", "time_zone": "UTC"})
    with context.public():
        assert list(LogEntry.objects.values_list("content_type__model", flat=True)) == ["user"]
    with context.tenant("acme"):
        assert list(LogEntry.objects.values_list("content_type__model", flat=True)) == ["site"]
