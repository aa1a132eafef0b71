"""The door into a schema: each way in which rows of two tenants were once mixed elsewhere, and code that forgot its tenant."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import IntegrityError, ProgrammingError, connection, transaction

from chargers.models import Site
from tenants import context, lifecycle
from tenants.context import POISON, Place, UnknownTenant
from tenants.users.models import User

Work = Callable[[], Any]


@pytest.fixture
def canaries(acme: Place, volt: Place) -> None:
    for slug in ("acme", "volt"):
        with context.tenant(slug):
            Site.objects.create(name=f"canary of {slug}")


def seen() -> list[str]:
    return list(Site.objects.values_list("name", flat=True))


def search_path() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show search_path")
        return str(cursor.fetchone()[0]).strip('"')


def inside(slug: str, work: Work = seen) -> Any:
    with context.tenant(slug):
        return work()


def fail_after_reading(slug: str) -> None:
    assert inside(slug) == [f"canary of {slug}"]
    raise ZeroDivisionError


def in_thread(work: Work) -> Any:
    """Run in a thread of its own, and give its connection back."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.mark.usefixtures("canaries")
def test_a_query_outside_of_every_place_fails() -> None:
    assert inside("acme") == ["canary of acme"]
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        seen()
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        User.objects.count()


@pytest.mark.usefixtures("canaries")
def test_the_search_path_names_the_tenant_alone_and_nothing_outside() -> None:
    assert inside("volt", search_path) == "volt"
    assert search_path() == POISON


@pytest.mark.usefixtures("canaries")
def test_a_tenant_sees_no_table_of_the_public_schema() -> None:
    for name in ("tenants_tenant", "tenants_domain", "tenants_gateway"):
        with (
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            context.tenant("acme"),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"select * from {name}")


@pytest.mark.usefixtures("canaries")
def test_places_nest_and_the_outer_one_returns_even_after_an_error() -> None:
    with context.tenant("acme"):
        with pytest.raises(ZeroDivisionError), context.tenant("volt"):
            fail_after_reading("volt")
        assert seen() == ["canary of acme"]
        with context.public():
            assert search_path() == "public"
    assert context.current() is None


@pytest.mark.usefixtures("canaries")
def test_a_rolled_back_transaction_does_not_bring_another_tenant_back() -> None:
    with context.tenant("acme"):
        with pytest.raises(IntegrityError), transaction.atomic(), context.tenant("volt"):
            Site.objects.create(name="canary of volt")
        assert seen() == ["canary of acme"]
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            fail_after_reading("volt")
        assert (seen(), search_path()) == (["canary of acme"], "acme")
    assert search_path() == POISON


@pytest.mark.usefixtures("transactional", "canaries")
def test_a_connection_that_is_given_back_brings_nothing_along() -> None:
    inside("acme")
    connection.close()
    assert search_path() == POISON
    with pytest.raises(ProgrammingError):
        in_thread(seen)


@pytest.mark.usefixtures("transactional", "canaries")
def test_a_thread_does_not_inherit_the_tenant() -> None:
    with context.tenant("acme"), pytest.raises(ProgrammingError):
        in_thread(seen)


@pytest.mark.usefixtures("transactional", "canaries")
def test_two_threads_that_nest_places_do_not_touch_one_another() -> None:
    barrier = threading.Barrier(2, timeout=10)

    def work(outer: str, inner: str) -> list[list[str]]:
        with context.tenant(outer):
            barrier.wait()
            with context.tenant(inner):
                barrier.wait()
                first = seen()
            barrier.wait()
            return [first, seen()]

    pairs = [("acme", "volt"), ("volt", "acme")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda pair: in_thread(partial(work, *pair)), pairs))
    assert results == [[["canary of volt"], ["canary of acme"]], [["canary of acme"], ["canary of volt"]]]


@pytest.mark.usefixtures("transactional", "canaries")
def test_threads_that_hammer_the_pool_always_see_their_own_rows() -> None:
    def hammer(slug: str) -> int:
        wrong = 0
        for _ in range(60):
            wrong += inside(slug) != [f"canary of {slug}"]
            wrong += search_path() != POISON
            connection.close()
        return wrong

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(hammer, ["acme", "volt"] * 3)) == 0


@pytest.mark.usefixtures("transactional", "canaries")
def test_interleaved_asynchronous_tasks_keep_their_tenants() -> None:
    async def consumer(slug: str) -> int:
        wrong = 0
        for _ in range(20):
            with context.enter(places[slug]):
                await asyncio.sleep(0)
                wrong += await sync_to_async(seen)() != [f"canary of {slug}"]
                wrong += [site.name async for site in Site.objects.all()] != [f"canary of {slug}"]
        return wrong

    async def both() -> int:
        return sum(await asyncio.gather(consumer("acme"), consumer("volt")))

    places = {slug: context.find(slug) for slug in ("acme", "volt")}
    assert asyncio.run(both()) == 0


@pytest.mark.usefixtures("transactional", "canaries")
def test_what_runs_after_commit_runs_in_the_tenant_that_is_in_force_then() -> None:
    found: list[Any] = []
    with context.tenant("acme"):
        with transaction.atomic():
            transaction.on_commit(lambda: found.append(seen()))
        assert found == [["canary of acme"]]


@pytest.mark.usefixtures("transactional", "canaries")
def test_rows_that_are_fetched_in_parts_come_from_the_tenant() -> None:
    with context.tenant("acme"):
        Site.objects.bulk_create(Site(name=f"{number}") for number in range(50))
        names = [site.name for site in Site.objects.order_by("name").iterator(chunk_size=10)]
    assert len(names) == 51


@pytest.mark.usefixtures("acme", "volt")
def test_the_cache_is_kept_apart() -> None:
    inside("acme", lambda: cache.set("figures", "acme's", 60))
    assert inside("acme", lambda: cache.get("figures")) == "acme's"
    assert inside("volt", lambda: cache.get("figures")) is None
    assert cache.get("figures") is None


@pytest.mark.usefixtures("acme", "volt")
def test_content_types_are_remembered_by_schema() -> None:
    def add() -> ContentType:
        return ContentType.objects.create(app_label="x", model="y")

    inside("acme", lambda: ContentType.objects.create(app_label="x", model="first"))
    ids = {slug: inside(slug, add).pk for slug in ("acme", "volt")}
    assert ids["acme"] != ids["volt"]
    for slug in ("acme", "volt", "acme"):
        found = inside(slug, lambda: ContentType.objects.get_by_natural_key("x", "y"))
        assert found.pk == ids[slug]


@pytest.mark.usefixtures("acme", "volt")
def test_the_same_person_is_another_account_in_each_tenant() -> None:
    inside("acme", lambda: User.objects.create_superuser("p@person.example", "one password"))
    with context.tenant("volt"):
        assert not User.objects.filter(email="p@person.example").exists()
    with context.public():
        assert not User.objects.filter(email="p@person.example").exists()


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("slug", ["nobody", "public", "", "acme; drop schema volt", POISON])
def test_an_unknown_tenant_is_not_entered(slug: str) -> None:
    with pytest.raises(UnknownTenant), context.tenant(slug):
        raise AssertionError("entered")


@pytest.mark.usefixtures("transactional")
def test_a_tenant_that_was_deleted_is_not_entered_any_more() -> None:
    lifecycle.create("brief", "Brief")
    assert inside("brief", search_path) == "brief"
    lifecycle.delete("brief")
    with pytest.raises(UnknownTenant):
        inside("brief")
