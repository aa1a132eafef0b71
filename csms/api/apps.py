"""The app of the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API; its OpenAPI descriptions are registered at start."""

    name = "csms.api"
    label = "api"

    def ready(self) -> None:
        """Tell drf-spectacular about what it cannot find out by itself."""
        from csms.api import description  # noqa: F401
