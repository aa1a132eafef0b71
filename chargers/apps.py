"""The chargers app."""

from django.apps import AppConfig


class ChargersConfig(AppConfig):
    """The chargers app."""

    name = "chargers"
