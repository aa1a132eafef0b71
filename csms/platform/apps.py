"""The platform app: pages only, no models."""

from importlib import import_module

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """The pages of the installation's staff."""

    name = "csms.platform"
    label = "platform"

    def ready(self) -> None:
        """Every process knows the Celery application, so that `task.delay(…)` finds its broker."""
        import_module("csms.celery")
