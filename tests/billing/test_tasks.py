"""The tasks enter their tenant and do what their verbs do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from billing import exports, tasks
from billing.models import ChargeDetailRecord
from tenants import context
from tenants.context import Place
from tests.billing.rows import ended
from tests.billing.sessions import NOON


def test_rating_runs_in_its_tenant(acme: Place, volt: Place) -> None:
    for place in (acme, volt):
        with context.tenant(place.slug):
            ended()

    assert tasks.rate_tenant("acme") == 1
    assert tasks.sweep("acme") == 0

    with context.tenant("volt"):
        assert not ChargeDetailRecord.objects.exists()


def test_an_export_runs_in_its_tenant(acme: Place, tmp_path: Path, settings: Any) -> None:
    settings.PRIVATE_FILES = tmp_path
    with context.tenant("acme"):
        job = exports.prepare(NOON, NOON + timedelta(days=1), "csv")

    tasks.export("acme", str(job.pk))

    with context.tenant("acme"):
        job.refresh_from_db()
        assert job.status == "done"
        assert exports.path_of(job).is_file()
