"""How drf-spectacular reads our views: a list is what says so."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """The description of one operation."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.method == "GET" and getattr(self.view, "is_list", False))
