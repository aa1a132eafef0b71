"""Background work for id tokens."""

from celery import shared_task

from authorization import local_lists
from tenants.celery import TenantTask


@shared_task(base=TenantTask)
def sweep(slug: str) -> None:
    """Bring the stations' local lists in line with id tokens that have changed."""
    local_lists.sweep()
