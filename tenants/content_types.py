"""Django's cache of content types, by schema: the same model has another id in another schema."""

from typing import Any

from django.contrib.contenttypes.models import ContentType

from tenants import context


class CacheBySchema(dict[Any, Any]):
    """A dictionary with one compartment for each schema."""

    def __getitem__(self, alias: Any) -> Any:
        return super().__getitem__((self._schema(), alias))

    def setdefault(self, alias: Any, default: Any = None) -> Any:
        """The entry in the compartment of the schema in force."""
        return super().setdefault((self._schema(), alias), default)

    @staticmethod
    def _schema() -> str:
        place = context.current()
        return place.schema_name if place else context.POISON


def separate() -> None:
    """Keep what is remembered of one schema's content types from the others."""
    ContentType.objects._cache = CacheBySchema()  # type: ignore[attr-defined]
