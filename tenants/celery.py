"""Tasks of a tenant: the slug is an explicit first argument, and the task runs inside that tenant or not at all."""

import logging
from typing import Any

from celery import Task
from celery.exceptions import Ignore

from tenants import context
from tenants.context import UnknownTenant

logger = logging.getLogger(__name__)


class TenantTask(Task):  # type: ignore[type-arg]  # not generic when it runs
    """Base of the tasks of a tenant: `@shared_task(base=TenantTask)` over `def task(slug: str, …)`."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Enter the tenant and run; drop the task of a tenant that has been deleted.

        Raises: TypeError without a tenant, before anything runs.
        """
        slug = args[0] if args else kwargs.get("slug")
        if not isinstance(slug, str) or not slug:
            raise TypeError(f"{self.name} needs a tenant: its first argument is the tenant's slug.")
        try:
            place = context.find(slug)
        except UnknownTenant:
            logger.warning(
                "%s was dropped: its tenant does not exist any more.", self.name, extra={"tenant": slug}
            )
            raise Ignore from None
        with context.enter(place):
            return self.run(*args, **kwargs)
