"""Signing in and out, and the theme."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tenants import context
from tenants.context import Place
from tenants.users import roles
from tenants.users.models import User
from tests.conftest import ClientOf

PAGE = "/t/acme/sign-in/"


@pytest.fixture
def person(acme: Place) -> User:
    with context.tenant(acme.slug):
        user = User.objects.create_user("operator@acme.test", "a good password")
        user.groups.set([roles.role("operator")])
        cache.clear()
        return user


def is_signed_in(client: Client) -> bool:
    return client.get("/t/acme/").status_code == 200


def test_right_password_opens_the_page_that_was_asked_for(person: User) -> None:
    client = Client()
    asked = client.get("/t/acme/chargers/?status=faulted")
    answer = client.post(asked["Location"], {"email": " Operator@ACME.test ", "password": "a good password"})
    assert answer["Location"] == "/t/acme/chargers/?status=faulted"
    assert is_signed_in(client)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_host(person: User, target: str) -> None:
    answer = Client().post(PAGE, {"email": person.email, "password": "a good password", "next": target})
    assert answer["Location"] == "/t/acme/"


def test_sixth_wrong_password_in_a_minute_is_not_even_checked(person: User) -> None:
    client = Client()
    wrong = [client.post(PAGE, {"email": person.email, "password": "no"}).status_code for _ in range(5)]
    assert wrong == [422] * 5
    answer = client.post(PAGE, {"email": person.email, "password": "a good password"})
    assert answer.status_code == 429
    assert b"Wait a minute" in answer.content
    other = client.post(PAGE, {"email": "somebody@acme.test", "password": "no"})
    assert other.status_code == 422


@pytest.mark.parametrize("email", ["", "x\0y@acme.test", "a" * 5000])
def test_senseless_addresses_are_wrong_and_nothing_more(person: User, email: str) -> None:
    assert Client().post(PAGE, {"email": email, "password": "\0"}).status_code == 422


def test_password_of_one_tenant_is_worth_nothing_in_another(person: User, volt: Place) -> None:
    answer = Client().post("/t/volt/sign-in/", {"email": person.email, "password": "a good password"})
    assert answer.status_code == 422


def test_blocked_person_cannot_sign_in(person: User) -> None:
    with context.tenant("acme"):
        User.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().post(PAGE, {"email": person.email, "password": "a good password"}).status_code == 422


def test_role_card_signs_in_at_once_in_the_demo(person: User, settings: Settings) -> None:
    settings.IS_DEMO = True
    client = Client()
    assert b'value="operator"' in client.get(PAGE).content
    client.post(PAGE, {"role": "operator"})
    assert is_signed_in(client)


@pytest.mark.parametrize(("is_demo", "lan"), [(False, ""), (True, "1")])
def test_role_cards_are_off_outside_the_demo_and_on_a_network(
    person: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, lan: str, *, is_demo: bool
) -> None:
    settings.IS_DEMO = is_demo
    monkeypatch.setenv("CSMS_LAN", lan or "0")
    client = Client()
    assert b'name="role"' not in client.get(PAGE).content
    assert client.post(PAGE, {"role": "operator"}).status_code == 403
    assert not is_signed_in(client)


def test_role_card_gives_no_role_that_nobody_has(person: User, settings: Settings) -> None:
    settings.IS_DEMO = True
    assert Client().post(PAGE, {"role": "owner"}).status_code == 404
    assert Client().post(PAGE, {"role": "admin"}).status_code == 403


def test_signing_out_needs_a_post_and_ends_the_session(client_of: ClientOf, acme: Place) -> None:
    client = client_of(acme, "viewer")
    assert client.get("/t/acme/sign-out/").status_code == 405
    assert is_signed_in(client)
    client.post("/t/acme/sign-out/")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("theme", "shown"),
    [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"'), ("auto", 'data-theme="auto"')],
)
def test_theme_is_rendered_by_the_server(acme: Place, theme: str, shown: str) -> None:
    client = Client()
    client.post("/t/acme/theme/", {"theme": theme, "next": PAGE})
    assert shown in client.get(PAGE).content.decode()


def test_unknown_theme_changes_nothing(acme: Place) -> None:
    client = Client()
    client.post("/t/acme/theme/", {"theme": '"><script>'})
    assert 'data-theme="auto"' in client.get(PAGE).content.decode()
