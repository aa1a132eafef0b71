"""Bad input: the right status, a problem document, and never a 5xx."""

from typing import Any

import pytest
from django.urls import URLPattern

from csms.api import urls
from csms.api.views import ApiView
from tenants.context import Place
from tests.api.conftest import Api, make_station

BODIES: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'"x"', 400),
    (b"\xff", 400),
    (b'{"name": NaN}', 400),
    (b'{"name": 1e400}', 400),
    (b'{"name": 1e99999999999999999999}', 400),
    (b'{"name": ' + b"9" * 5000 + b"}", 400),
    (b'{"latitude": 1e30}', 400),
    (b'{"name": "a", "name": "b"}', 400),
    (b'{"name": "a\\u0000"}', 400),
    (b'{"name": "\\ud800"}', 400),
    (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    (b'{"name": {"a": 1}}', 400),
    (b'{"name": "x", "id": 5}', 400),
    (b'{"name": "x", "nmae": 5}', 400),
    (b'{"name": "' + b"x" * 101 + b'"}', 400),
    (b'{"name": "' + b"x" * (1024 * 1024) + b'"}', 413),
]
QUERIES = (
    "stations/?colour=red", "stations/?identity__startswith=a", "stations/?ordering=password", "stations/?ordering=site__name",
    "stations/?ordering=", "stations/?page_size=0", "stations/?page_size=501", "stations/?page_size=1e3", "stations/?page_size=-1",
    "stations/?page_size=%C2%B2", "stations/?cursor=", "stations/?cursor=x", "stations/?cursor=WzAsMSwxXQ", "stations/?cursor=%00",
    "stations/?site=x", "stations/?site=-1", "stations/?site=99999999999999999999", "stations/?state=broken", "stations/?state=%00",
    "stations/?format=xml", "stations/CP-1/?x=1", "transactions/?from=yesterday", "transactions/?from=2026-13-01", "transactions/?to=",
    "transactions/?to=0001-01-01T00:00:00%2B23:59", "transactions/?station=%00", "transactions/?id_token=a%00", "messages/?direction=up",
    "transactions/?cursor=WzAsIm5vIHRpbWUiLCIxIl0", "transactions/?cursor=WzAsIjIwMjYtMTEtMjBUMTI6MDA6MDBaIiwieCJd",
)  # fmt: skip
NOWHERE = (
    "stations", "nothing/", "stations/NONE/", "stations/NONE/variables/", "stations/%00/", "stations/%F0%9F%94%8C/", "stations/a%2Fb/",
    "commands/1/", "commands/00000000-0000-0000-0000-000000000000/", "sites/99999999999999999999999/", "id-tokens/x/",
    "transactions/99999999999999999999/", "transactions/%00/", "transactions/%C2%B2/", "reservations/0/", "charging-profiles/0/", "webhooks/",
)  # fmt: skip


@pytest.mark.parametrize(("body", "status"), BODIES, ids=lambda value: str(value)[:30])
def test_a_bad_body_is_refused(body: bytes, status: int, acme: Place, api: Api) -> None:
    assert problem(api.post("sites/", body), status)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", ""],
)
def test_another_media_type_is_refused(content_type: str, acme: Place, api: Api) -> None:
    assert problem(api("POST", "sites/", b'{"name": "x"}', Content_Type=content_type), 415)


@pytest.mark.parametrize("path", QUERIES)
def test_a_bad_query_is_refused(path: str, acme: Place, api: Api) -> None:
    make_station(acme)
    assert problem(api.get(path), 400)["errors"][0]["field"]


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_not_there_is_answered_with_a_problem(path: str, acme: Place, api: Api) -> None:
    assert problem(api.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "stations/"), ("DELETE", "sites/"), ("POST", "transactions/"), ("PATCH", "messages/"), ("OPTIONS", "sites/"), ("GET", "stations/CP-1/calls/"), ("TRACE", "sites/")],
)  # fmt: skip
def test_a_method_that_does_not_exist_here(method: str, path: str, acme: Place, api: Api) -> None:
    make_station(acme)
    answer = api(method, path)
    assert problem(answer, 405)
    assert answer["Allow"]


def test_an_answer_that_cannot_be_given_in_the_wished_form(acme: Place, api: Api) -> None:
    assert problem(api("GET", "sites/", Accept="application/xml"), 406)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"), ({"action": "Fly"}, "action"), ({"action": "Reset; DROP"}, "action"), ({"action": "Reset", "payload": []}, "payload"),
        ({"action": "Reset", "payload": None}, "payload"), ({"action": "Reset", "wait": 121}, "wait"), ({"action": "Reset", "wait": -1}, "wait"),
        ({"action": "Reset", "wait": "x"}, "wait"), ({"action": "Reset", "hurry": 1}, "hurry"), ({"action": 5, "wait": 1.5}, "wait"),
    ],
)  # fmt: skip
def test_a_bad_order_is_refused(body: Any, field: str, acme: Place, api: Api) -> None:
    make_station(acme)
    fields = [error["field"] for error in problem(api.post("stations/CP-1/commands/", body), 400)["errors"]]
    assert field in fields


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_bad_idempotency_key_is_refused(key: str, acme: Place, api: Api) -> None:
    assert problem(api.post("sites/", {"name": "x"}, Idempotency_Key=key), 400)


def test_every_unsafe_method_of_every_view_names_its_ability() -> None:
    for pattern in urls.V1:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback.cls  # type: ignore[attr-defined]
        assert issubclass(view, ApiView)
        unsafe = {name.upper() for name in ("post", "put", "patch", "delete") if hasattr(view, name)}
        assert unsafe <= view.abilities.keys(), view


def problem(answer: Any, status: int) -> Any:
    document = answer.json()
    assert answer.status_code == document["status"] == status, document
    assert answer["Content-Type"] == "application/problem+json"
    assert document.keys() == {"type", "title", "status", "detail", "errors"}
    return document
