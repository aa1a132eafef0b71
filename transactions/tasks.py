"""Background work for transactions."""

from celery import shared_task

from tenants.celery import TenantTask
from transactions import evidence, reservation_watch


@shared_task(base=TenantTask)
def close_missing(slug: str) -> None:
    """Close what evidence shows to have ended."""
    evidence.close_missing()


@shared_task(base=TenantTask)
def sweep(slug: str) -> None:
    """End the reservations whose end nobody reports."""
    reservation_watch.sweep()
