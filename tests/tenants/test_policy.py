"""Who may do what: role × ability, for people and for programs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import set_urlconf

from tenants import context
from tenants.context import Place
from tenants.users import roles
from tenants.users.models import ApiKey, User
from tenants.users.policy import KNOWN, Actor, may, requires
from tests.conftest import user_of

TABLE = {
    "view": "owner admin operator support finance viewer",
    "operate": "owner admin operator support",
    "configure": "owner admin operator",
    "manage_chargers": "owner admin operator",
    "manage_tariffs": "owner admin finance",
    "bill": "owner admin finance",
    "manage_id_tokens": "owner admin operator",
    "manage_users": "owner admin",
    "delete_tenant": "owner",
}


def test_the_table_names_every_ability() -> None:
    assert set(TABLE) == KNOWN


@pytest.mark.parametrize("role", roles.ABILITIES)
def test_a_role_may_what_the_table_says(acme: Place, role: str) -> None:
    expected = {ability for ability, names in TABLE.items() if role in names.split()}
    with context.tenant("acme"):
        key = ApiKey.issue("Robot", roles.role(role))[0]
        for actor in (user_of(acme, role), key):
            assert {ability for ability in KNOWN if may(actor, ability)} == expected


def test_nobody_and_the_inactive_may_nothing(acme: Place) -> None:
    with context.tenant("acme"):
        former = user_of(acme, "owner")
        former.is_active = False
        without_role = User.objects.create_user("new@acme.example")
        actors: list[Actor] = [None, AnonymousUser(), former, without_role]
        assert not any(may(actor, "view") for actor in actors)


def test_a_slip_of_the_pen_is_not_taken_for_a_no(acme: Place) -> None:
    with pytest.raises(ValueError, match="no ability “opperate”"):
        may(None, "opperate")


@requires("operate")
def stop(request: HttpRequest, *, pk: int) -> HttpResponse:
    return HttpResponse(f"stopped {pk}")


def ask(user: User | AnonymousUser) -> HttpResponse:
    request = RequestFactory().get("/t/acme/stop/?x=1")
    request.user = user
    response = stop(request, pk=7)
    assert isinstance(response, HttpResponse)
    return response


def test_a_page_opens_for_those_who_may(acme: Place) -> None:
    with context.tenant("acme"):
        assert ask(user_of(acme, "operator")).content == b"stopped 7"
        with pytest.raises(PermissionDenied):
            ask(user_of(acme, "viewer"))


def test_a_page_sends_strangers_to_the_sign_in(acme: Place) -> None:
    request = RequestFactory().get("/t/acme/stop/?x=1")
    request.user = AnonymousUser()
    set_urlconf("csms.urls_tenant")
    try:
        assert stop(request, pk=7)["Location"].endswith("?next=/t/acme/stop/%3Fx%3D1")
    finally:
        set_urlconf(None)
