"""Background work for transactions."""

from celery import shared_task

from tenants.celery import TenantTask
from transactions import reservation_watch


@shared_task(base=TenantTask)
def sweep(slug: str) -> None:
    """End the reservations whose end nobody reports."""
    reservation_watch.sweep()
