"""Two tenants and the platform in one browser on one host: nobody signs anybody else out, or in."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tenants import context
from tenants.context import Place
from tenants.users.models import User
from tests.conftest import user_of

PASSWORD = "correct horse battery"


@pytest.fixture
def person(acme: Place, volt: Place) -> Client:
    for place in (acme, volt):
        with context.tenant(place.slug):
            user = user_of(place, "owner")
            user.set_password(PASSWORD)
            user.email = "same@person.example"
            user.save()
    with context.public():
        User.objects.create_superuser("same@person.example", PASSWORD)
    return Client(enforce_csrf_checks=True)


def sign_in(person: Client, address: str) -> None:
    page = person.get(address).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"email": "same@person.example", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert person.post(address, form).status_code == 302


def is_signed_in(person: Client, address: str) -> bool:
    return person.get(address).status_code == 200


PLACES = {
    "/t/acme/sign-in/": "/t/acme/admin/",
    "/t/volt/sign-in/": "/t/volt/admin/",
    "/platform/sign-in/": "/platform/",
}


def test_all_stay_signed_in_and_signing_out_of_one_leaves_the_others(person: Client) -> None:
    for address in PLACES:
        sign_in(person, address)
    assert all(is_signed_in(person, home) for home in PLACES.values())
    token = person.cookies["csrftoken_acme"].value
    assert person.post("/t/acme/sign-out/", headers={"x-csrftoken": token}).status_code == 302
    assert [is_signed_in(person, home) for home in PLACES.values()] == [False, True, True]


def test_every_cookie_has_a_name_and_a_path_of_its_own(person: Client) -> None:
    for address in PLACES:
        sign_in(person, address)
    paths = {name: morsel["path"] for name, morsel in person.cookies.items()}
    assert paths == {
        "sessionid_acme": "/t/acme/", "csrftoken_acme": "/t/acme/",
        "sessionid_volt": "/t/volt/", "csrftoken_volt": "/t/volt/",
        "sessionid_platform": "/platform/", "csrftoken_platform": "/platform/",
    }  # fmt: skip
    assert all(person.cookies[name]["httponly"] for name in paths if name.startswith("sessionid"))


def test_a_session_of_one_tenant_is_none_in_another(person: Client) -> None:
    sign_in(person, "/t/acme/sign-in/")
    session = person.cookies["sessionid_acme"].value
    for name, home in (("sessionid_volt", "/t/volt/admin/"), ("sessionid_platform", "/platform/")):
        thief = Client()
        thief.cookies[name] = session
        thief.cookies["sessionid"] = session
        assert not is_signed_in(thief, home)


def test_an_own_domain_has_cookies_of_the_whole_host(person: Client) -> None:
    own = Client(headers={"host": "acme.localhost"})
    sign_in(own, "/sign-in/")
    assert {name: morsel["path"] for name, morsel in own.cookies.items()} == {
        "sessionid": "/",
        "csrftoken": "/",
    }
    assert is_signed_in(own, "/admin/")


def test_secure_cookies_say_so_in_their_names(person: Client, settings: pytest.FixtureRequest) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # type: ignore[attr-defined]
    names = set(person.get("/t/acme/sign-in/").cookies) | set(
        Client(headers={"host": "acme.localhost"}).get("/sign-in/").cookies
    )
    assert names == {"__Secure-csrftoken_acme", "__Host-csrftoken"}


def test_a_forged_form_is_refused(person: Client) -> None:
    sign_in(person, "/t/acme/sign-in/")
    assert person.post("/t/acme/sign-out/").status_code == 403


def test_a_message_for_one_tenant_is_not_shown_in_another(
    acme: Place, volt: Place, client_of: Callable[..., Client]
) -> None:
    client = client_of(acme, "owner")
    client.post("/t/acme/admin/chargers/site/add/", {"name": "Secret depot", "time_zone": "UTC"})
    for name, morsel in list(client.cookies.items()):
        assert "Secret depot" not in morsel.value, name
    assert not list(get_messages(client.get("/t/volt/sign-in/").wsgi_request))
