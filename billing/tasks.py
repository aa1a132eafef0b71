"""The Celery tasks of billing. Each carries its tenant's slug."""

from celery import shared_task

from billing import exports, rating
from tenants.celery import TenantTask


@shared_task(base=TenantTask)
def rate_tenant(slug: str) -> int:
    """Make the records of what ended lately; every few seconds."""
    return rating.rate_recent()


@shared_task(base=TenantTask)
def sweep(slug: str) -> int:
    """Make every record that is still missing, however old; now and then."""
    return rating.rate_ended()


@shared_task(base=TenantTask)
def resume_exports(slug: str) -> int:
    """Run again what got stuck."""
    return exports.resume_stuck()


@shared_task(base=TenantTask)
def export(slug: str, export_id: str) -> None:
    """Run an export job."""
    exports.run(export_id)
