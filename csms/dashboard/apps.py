"""The dashboard app: pages only, no models."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The operators' dashboard."""

    name = "csms.dashboard"
    label = "dashboard"
