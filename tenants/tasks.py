"""The task with which beat reaches every tenant."""

from celery import current_app, shared_task

from tenants import context


@shared_task
def for_each_tenant(task_name: str, expires_s: float) -> None:
    """Queue a tenant's task once for each active tenant. What is not begun in time is dropped: the next round repeats it."""
    for slug in context.all_slugs():
        current_app.send_task(task_name, args=[slug], expires=expires_s)
