"""The database wrapper: the search path always names the place in force, and nothing else.

The stock backend of django-tenants keeps the tenant on the connection, that is on the thread, and gave interleaved
asynchronous readers each other's rows. Here the tenant lives in a context variable; the wrapper only compares it with what the server session was told.
"""

from typing import Any

from django_tenants.postgresql_backend import base as stock
from django_tenants.postgresql_backend.base import DatabaseError, IntegrityError

from tenants import context
from tenants.postgresql_backend.pooler import refuse_transaction_mode

__all__ = ["DatabaseError", "DatabaseWrapper", "IntegrityError"]


class DatabaseWrapper(stock.DatabaseWrapper):
    """PostgreSQL with one schema per tenant."""

    search_path_set_schemas: list[str] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._is_made = False
        super().__init__(*args, **kwargs)
        self._is_made = True

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection, the first one not before the way to the server is known to keep sessions apart."""
        refuse_transaction_mode(conn_params)
        return super().get_new_connection(conn_params)

    @property
    def schema_name(self) -> str:
        """The schema in force; the poison schema outside of every place."""
        place = context.current()
        return place.schema_name if place else context.POISON

    @schema_name.setter
    def schema_name(self, value: str | None) -> None:
        """The stock constructor assigns it; the context variable decides."""

    @property
    def tenant(self) -> Any:
        """What django-tenants' own code expects to find on a connection."""
        return stock.FakeTenant(self.schema_name)

    @tenant.setter
    def tenant(self, value: Any) -> None:
        """As `schema_name`."""

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:  # noqa: FBT001, FBT002 - the stock signature
        """For django-tenants' migration commands; our own code uses `tenants.context`."""
        if not self._is_made:
            return  # a new connection must not move its caller to another place
        slug = getattr(tenant, "slug", None) or tenant.schema_name
        context._place.set(
            context.Place("" if tenant.schema_name == context.PUBLIC else slug, tenant.schema_name)
        )

    def _get_cursor_search_paths(self) -> list[str]:
        return [self.schema_name]

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self.search_path_set_schemas == [self.schema_name]:
            return
        self.search_path_set_schemas = None
        super()._handle_search_path(cursor)
