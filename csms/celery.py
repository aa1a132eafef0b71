"""The Celery application: `tasks.py` of every app, and what beat starts."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")

SCHEDULE: dict[str, float] = {  # the name of a tenant's task → seconds between two runs
    "authorization.tasks.sweep": 10,
    "billing.tasks.rate_tenant": 3,
    "billing.tasks.sweep": 300,
    "billing.tasks.resume_exports": 60,
    "chargers.tasks.clear_files": 24 * 3600,
    "chargers.tasks.sweep": 10,
    "chargers.tasks.sweep_jobs": 60,
    "chargers.tasks.keep_configuration": 15,
    "tenants.tasks.forget_sessions": 24 * 3600,
    "transactions.tasks.close_missing": 60,
    "transactions.tasks.sweep": 10,
}

ROUNDS = 10  # how many rounds a run may wait for a worker

app = Celery("csms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,  # outcomes are rows
    task_acks_late=True,  # a task of a worker that died is run again: tasks are harmless twice
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={
        name: {
            "task": "tenants.tasks.for_each_tenant",
            "schedule": seconds,
            "args": [name, seconds * ROUNDS],
            "options": {"expires": seconds},
        }
        for name, seconds in SCHEDULE.items()
    },
)
app.autodiscover_tasks()
