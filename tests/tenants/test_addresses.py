"""Whose address a request is for: own domains, `/t/<slug>/`, and everything that is neither."""

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import path, reverse

from chargers.models import Site
from tenants import addresses, context, lifecycle
from tenants.addresses import Address
from tenants.context import Place, UnknownTenant


@pytest.mark.parametrize(
    "host",
    ["acme.localhost", "ACME.localhost", "acme.localhost:8000", "acme.localhost.", "acme.localhost.:443"],
)
def test_an_own_domain_is_found_however_it_is_written(acme: Place, host: str) -> None:
    assert addresses.read(host, "/admin/") == Address(acme, "", "/admin/")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1:8000",
        "[::1]:8000",
        "acme.example",
        "www.acme.localhost",
        "localhost.acme.localhost",
        "",
    ],
)
def test_another_host_belongs_to_no_tenant(acme: Place, host: str) -> None:
    assert addresses.read(host, "/").place is None


def test_a_path_names_its_tenant(acme: Place) -> None:
    assert addresses.read("localhost", "/t/acme/chargers/") == Address(acme, "/t/acme", "/chargers/")


def test_a_domain_wins_over_a_path(acme: Place, volt: Place) -> None:
    assert addresses.read("acme.localhost", "/t/volt/") == Address(acme, "", "/t/volt/")


@pytest.mark.parametrize("slug", ["nobody", "ACME", "public", "_no_tenant", "acme%00", "..", "pg_catalog"])
def test_a_path_that_names_no_tenant_is_refused(acme: Place, slug: str) -> None:
    with pytest.raises(UnknownTenant):
        addresses.read("localhost", f"/t/{slug}/")


def names(request: HttpRequest) -> HttpResponse:
    sites = ",".join(Site.objects.values_list("name", flat=True))
    tenant = request.tenant.slug  # type: ignore[attr-defined]
    return HttpResponse(f"{tenant} {sites} {reverse('names')} {request.path_info}")


async def names_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{context.require().slug} {reverse('names')}")


async def slow(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0.02)
    names = [site.name async for site in Site.objects.all()]
    return HttpResponse(f"{context.require().slug} {names}")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(f"{name};" for name in Site.objects.values_list("name", flat=True))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


urlpatterns = [
    path("names/", names, name="names"),
    path("names-async/", names_async),
    path("slow/", slow),
    path("stream/", stream),
    path("broken/", broken),
]


@pytest.fixture
def _own_urls(settings: pytest.FixtureRequest) -> None:
    settings.TENANT_URLCONF = __name__  # type: ignore[attr-defined]


@pytest.fixture
def sites(_own_urls: None, acme: Place, volt: Place) -> None:
    for place in (acme, volt):
        with context.tenant(place.slug):
            Site.objects.create(name=f"Depot of {place.slug}")


@pytest.mark.usefixtures("sites")
@pytest.mark.parametrize("slug", ["acme", "volt"])
def test_a_view_sees_its_tenant_and_right_links_under_both_addresses(slug: str) -> None:
    below, own = (
        Client().get(f"/t/{slug}/names/"),
        Client(headers={"host": f"{slug}.localhost"}).get("/names/"),
    )
    assert below.content.decode() == f"{slug} Depot of {slug} /t/{slug}/names/ /names/"
    assert own.content.decode() == f"{slug} Depot of {slug} /names/ /names/"


@pytest.mark.usefixtures("sites")
def test_an_asynchronous_view_runs_in_its_tenant() -> None:
    assert Client().get("/t/volt/names-async/").content == b"volt /t/volt/names/"


@pytest.mark.usefixtures("transactional", "sites")
def test_requests_that_overlap_in_one_process_keep_their_tenants() -> None:
    async def ask(slug: str, page: str) -> bool:
        response = await AsyncClient().get(f"/t/{slug}/{page}/")
        return response.content.decode().startswith(f"{slug} ")

    async def all_at_once() -> list[bool]:
        pages = [(slug, page) for page in ("names", "names-async", "slow") for slug in ("acme", "volt")]
        return await asyncio.gather(*(ask(*page) for page in pages * 6))

    assert all(asyncio.run(all_at_once()))


@pytest.mark.usefixtures("sites")
def test_an_answer_that_is_made_while_it_is_sent_is_made_in_its_tenant() -> None:
    response = Client().get("/t/acme/stream/")
    assert context.current() is None
    assert b"".join(response.streaming_content) == b"Depot of acme;"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("sites")
def test_no_tenant_and_no_prefix_are_left_behind_by_a_view_that_fails() -> None:
    with pytest.raises(RuntimeError, match="a bug"):
        Client().get("/t/acme/broken/")
    assert context.current() is None
    assert reverse("landing") == "/"


@pytest.mark.usefixtures("sites")
def test_a_missing_slash_is_added_and_the_query_kept() -> None:
    assert Client().get("/t/acme?x=1")["Location"] == "/t/acme/?x=1"


@pytest.mark.parametrize("path", ["/t/nobody/", "/t/nobody", "/t/ACME/", "/t/platform/admin/"])
def test_an_unknown_tenant_is_not_found(acme: Place, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 404
    assert b"There is no such tenant" in response.content


def test_a_program_is_told_so_as_a_problem_document(acme: Place) -> None:
    response = Client().get("/t/nobody/api/v1/stations/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["status"] == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "acme.localhost.evil.example"])
def test_a_host_that_is_not_ours_is_refused(acme: Place, host: str) -> None:
    assert Client(headers={"host": host}).get("/t/acme/").status_code == 400


def test_a_forwarded_host_is_not_believed(acme: Place) -> None:
    response = Client(headers={"x-forwarded-host": "acme.localhost"}).get("/sign-in/")
    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/platform/", "/platform/sign-in/", "/platform/admin/"])
def test_the_platform_is_not_reachable_under_a_tenants_domain(acme: Place, path: str) -> None:
    assert Client(headers={"host": "acme.localhost"}).get(path).status_code == 404


def test_a_suspended_tenant_is_told_so_under_every_address(acme: Place, volt: Place) -> None:
    lifecycle.suspend("acme")
    for response in (Client().get("/t/acme/"), Client(headers={"host": "acme.localhost"}).get("/")):
        assert response.status_code == 403
        assert b"suspended" in response.content
    assert Client().get("/t/volt/", follow=True).status_code == 200
    lifecycle.resume("acme")
    assert Client().get("/t/acme/", follow=True).status_code == 200
