"""The platform's own pages: for its staff alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from chargers import stations
from tenants import context, schemas
from tenants.context import Place
from tenants.models import Tenant
from tenants.users.models import User

PAGES = [
    "/platform/",
    "/platform/tenants/new/",
    "/platform/tenants/acme/suspend/",
    "/platform/tenants/acme/resume/",
]
FORM = {
    "name": "North Sea", "slug": "north-sea", "owner_email": "jo@north.example",
    "currency": "EUR", "country_code": "NL", "time_zone": "Europe/Amsterdam",
}  # fmt: skip


@pytest.mark.parametrize("page", [*PAGES, "/platform/admin/"])
def test_staff_only(acme: Place, client_of: Callable[..., Client], staff_client: Client, page: str) -> None:
    assert staff_client.get(page).status_code == 200
    for stranger in (Client(), client_of(acme, "owner")):
        assert stranger.get(page)["Location"].startswith("/platform/sign-in/?next=")
        assert stranger.post(page).status_code == 302
    assert not context.find("acme").is_suspended


def test_a_user_of_the_public_schema_without_staff_rights_is_a_stranger(acme: Place) -> None:
    with context.public():
        User.objects.create_user("guest@platform.example", "a good password")
    client = Client()
    form = {"email": "guest@platform.example", "password": "a good password"}
    assert client.post("/platform/sign-in/", form).status_code == 422
    assert client.get("/platform/").status_code == 302


def test_the_list_shows_each_tenant_with_its_size(acme: Place, volt: Place, staff_client: Client) -> None:
    with context.tenant("acme"):
        stations.add("CP-1")
    page = staff_client.get("/platform/").content.decode()
    assert "0 of 1" in page
    assert "/t/volt/" in page


def test_a_tenant_is_created_and_its_owner_signs_in(acme: Place, staff_client: Client) -> None:
    response = staff_client.post("/platform/tenants/new/", FORM)
    assert response.status_code == 201
    password = response.content.decode().split("<dt>Password</dt><dd")[1].split(">")[1].split("<")[0]
    sign_in = {"email": "jo@north.example", "password": password}
    assert Client().post("/t/north-sea/sign-in/", sign_in).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "acme"},
        {"slug": "A B"},
        {"slug": "admin"},
        {"owner_email": "x"},
        {"time_zone": "Mars"},
        {"currency": "euro"},
        {"name": ""},
    ],
)
def test_a_wrong_entry_is_explained_and_nothing_is_made(
    acme: Place, staff_client: Client, wrong: dict[str, str]
) -> None:
    response = staff_client.post("/platform/tenants/new/", FORM | wrong)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not schemas.exists("north_sea")
    with context.public():
        assert Tenant.objects.count() == 2


def test_suspending_asks_first(acme: Place, staff_client: Client) -> None:
    assert "Suspend Acme?" in staff_client.get("/platform/tenants/acme/suspend/").content.decode()
    assert not context.find("acme").is_suspended
    staff_client.post("/platform/tenants/acme/suspend/")
    assert context.find("acme").is_suspended
    assert "Suspended" in staff_client.get("/platform/").content.decode()
    staff_client.post("/platform/tenants/acme/resume/")
    assert not context.find("acme").is_suspended


def test_an_unknown_tenant_is_not_found(acme: Place, staff_client: Client) -> None:
    assert staff_client.get("/platform/tenants/nobody/suspend/").status_code == 404


def test_the_landing_page_names_tenants_in_the_demo_only(
    acme: Place, settings: pytest.FixtureRequest
) -> None:
    settings.IS_DEMO = False  # type: ignore[attr-defined]
    page = Client().get("/").content.decode()
    assert "Acme" not in page
    assert "at their own address" in page
    settings.IS_DEMO = True  # type: ignore[attr-defined]
    assert 'href="/t/acme/"' in Client().get("/").content.decode()


def test_the_card_signs_in_in_the_demo_only(acme: Place, settings: pytest.FixtureRequest) -> None:
    with context.public():
        User.objects.create_superuser("staff@platform.example", "a good password")
    settings.IS_DEMO = False  # type: ignore[attr-defined]
    assert Client().post("/platform/sign-in/", {"card": "staff"}).status_code == 403
    settings.IS_DEMO = True  # type: ignore[attr-defined]
    client = Client()
    assert client.post("/platform/sign-in/", {"card": "staff"}).status_code == 302
    assert client.get("/platform/").status_code == 200
    assert client.post("/platform/sign-out/").status_code == 302
    assert client.get("/platform/").status_code == 302


def test_after_signing_in_nobody_is_sent_to_a_foreign_page(acme: Place) -> None:
    with context.public():
        User.objects.create_superuser("staff@platform.example", "a good password")
    form = {"email": "staff@platform.example", "password": "a good password", "next": "https://evil.example/"}
    assert Client().post("/platform/sign-in/", form)["Location"] == "/platform/"


@pytest.mark.usefixtures("transactional")
def test_guessing_passwords_is_slowed_down(acme: Place) -> None:
    form = {"email": "staff@platform.example", "password": "wrong"}
    statuses = [Client().post("/platform/sign-in/", form).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_theme_is_remembered(acme: Place) -> None:
    response = Client().post("/platform/theme/", {"theme": "dark", "next": "/platform/sign-in/"})
    assert (response["Location"], response.cookies["theme"].value) == ("/platform/sign-in/", "dark")
