"""The platform app: pages only, no models."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """The pages of the installation's staff."""

    name = "csms.platform"
    label = "platform"
