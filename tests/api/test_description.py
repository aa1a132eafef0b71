"""The OpenAPI description and the page that shows it."""

import re
from typing import Any

from django.urls import URLPattern

from csms.api import urls
from tenants.context import Place
from tests.api.conftest import Api


def document(place: Place) -> Any:
    answer = Api(place)("GET", f"/t/{place.slug}/api/schema/")
    assert answer.status_code == 200
    return answer.json()


def test_the_description_names_every_address_under_the_tenants_own(acme: Place, volt: Place) -> None:
    described = document(acme)
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/t/acme"}]
    assert document(volt)["servers"] == [{"url": "/t/volt"}]
    expected = {
        "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)).replace("{pk}", "{id}")
        for pattern in urls.V1
        if isinstance(pattern, URLPattern)
    }
    assert set(described["paths"]) == expected


def test_the_description_names_bodies_filters_problems_and_the_key(acme: Place) -> None:
    described = document(acme)
    paths = described["paths"]
    listing = paths["/api/v1/transactions/"]["get"]
    assert {"station", "site", "state", "from", "to", "cursor", "page_size", "ordering"} <= {
        each["name"] for each in listing["parameters"]
    }
    order = paths["/api/v1/stations/{identity}/commands/"]["post"]
    assert set(order["responses"]) >= {"200", "202", "default"}
    assert "Idempotency-Key" in {each["name"] for each in order["parameters"]}
    assert described["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    assert set(described["components"]["schemas"]["Transaction"]["properties"]) >= {
        "transaction_id",
        "energy_wh",
        "notes",
    }
    assert set(paths["/api/v1/sites/"]["post"]["responses"]) == {"201", "default"}
    added = paths["/api/v1/stations/"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    assert "password" in described["components"]["schemas"][added["$ref"].rpartition("/")[2]]["properties"]


def test_the_page_runs_under_a_strict_policy(acme: Place) -> None:
    page = Api(acme)("GET", "/t/acme/api/docs/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "/t/acme/api/docs/?script" in text
    script = Api(acme)("GET", "/t/acme/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/t/acme/api/schema/" in script.content.decode().replace("\\u002D", "-").replace("\\/", "/")


def test_what_is_not_below_v1_is_answered_with_a_problem(acme: Place) -> None:
    for path in ("", "v2/", "v1"):
        answer = Api(acme)("POST", f"/t/acme/api/{path}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
