"""The task with which beat reaches every tenant."""

from celery import current_app, shared_task

from tenants import context


@shared_task
def for_each_tenant(task_name: str) -> None:
    """Queue a tenant's task once for each active tenant."""
    for slug in context.all_slugs():
        current_app.send_task(task_name, args=[slug])
