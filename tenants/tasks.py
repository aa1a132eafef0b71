"""Tasks that visit every tenant, and the one that does in each tenant what accounts need."""

from celery import current_app, shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants import context
from tenants.celery import TenantTask


@shared_task
def for_each_tenant(task_name: str, expires_s: float) -> None:
    """Queue a tenant's task once for each active tenant. What is not begun in time is dropped: the next round repeats it."""
    for slug in context.all_slugs():
        current_app.send_task(task_name, args=[slug], expires=expires_s)


@shared_task(base=TenantTask)
def forget_sessions(slug: str) -> None:
    """Delete the sessions that have expired."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
