"""Tasks know their tenant, or do not run."""

from datetime import timedelta

import pytest
from celery import Celery, shared_task
from celery.exceptions import Ignore
from django.contrib.sessions.models import Session
from django.utils import timezone

import csms.celery
from chargers.models import Site
from tenants import context, lifecycle
from tenants.celery import TenantTask
from tenants.context import Place
from tenants.tasks import for_each_tenant, forget_sessions

ran: list[str] = []


@shared_task(base=TenantTask, name="tests.count_sites")
def count_sites(slug: str) -> int:
    ran.append(slug)
    return Site.objects.count()


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


@pytest.mark.parametrize("arguments", [(), ("",), (None,), (7,)])
def test_a_task_without_a_tenant_is_refused_before_it_runs(
    acme: Place, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(TypeError, match="needs a tenant"):
        count_sites(*arguments)
    assert ran == []


def test_a_task_runs_in_its_tenant_and_leaves_it(acme: Place, volt: Place) -> None:
    with context.tenant("acme"):
        Site.objects.create(name="Depot")
    assert [count_sites(slug) for slug in ("acme", "volt", "acme")] == [1, 0, 1]
    assert count_sites(slug="acme") == 1
    assert context.current() is None


def test_a_worker_runs_tasks_of_tenants_in_turn(acme: Place, volt: Place) -> None:
    with context.tenant("acme"):
        Site.objects.create(name="Depot")
    counts = [count_sites.apply(args=(slug,)).get() for slug in ("acme", "volt") * 20]
    assert counts == [1, 0] * 20


@pytest.mark.usefixtures("transactional")
def test_a_task_of_a_deleted_tenant_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    lifecycle.create("brief", "Brief")
    lifecycle.delete("brief")
    with pytest.raises(Ignore):
        count_sites("brief")
    assert ran == []
    assert "does not exist any more" in caplog.text


def test_expired_sessions_are_forgotten(acme: Place) -> None:
    with context.tenant("acme"):
        for key, days in (("old", -1), ("new", 1)):
            expires = timezone.now() + timedelta(days=days)
            Session.objects.create(session_key=key, session_data="", expire_date=expires)
    forget_sessions("acme")
    with context.tenant("acme"):
        assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_every_active_tenant_is_visited(acme: Place, volt: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(Celery, "send_task", lambda _, *name, **options: sent.append((name, options)))
    lifecycle.suspend("volt")
    for_each_tenant("tests.count_sites", 30)
    assert sent == [(("tests.count_sites",), {"args": ["acme"], "expires": 30})]


def test_every_task_of_the_product_belongs_to_a_tenant_or_fans_out() -> None:
    csms.celery.app.loader.import_default_modules()
    ours = {
        name: task for name, task in csms.celery.app.tasks.items()
        if name.partition(".")[0] in {"chargers", "authorization", "transactions", "billing", "tenants", "csms"}
    }  # fmt: skip
    loose = [name for name, task in ours.items() if not isinstance(task, TenantTask)]
    assert set(loose) <= {"tenants.tasks.for_each_tenant"}
    assert set(csms.celery.SCHEDULE) <= set(ours)
