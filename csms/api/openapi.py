"""How drf-spectacular reads our views: a list is what says so, and a POST to a collection makes something."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """The description of one operation."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.method == "GET" and getattr(self.view, "is_list", False))

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if self.method == "POST" and hasattr(self.view, "object_view") and "200" in bodies:
            bodies["201"] = bodies.pop("200")
        return bodies
