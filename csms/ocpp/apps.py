"""The app of the chargers' front door: management commands, no models."""

from django.apps import AppConfig


class OcppConfig(AppConfig):
    """The chargers' front door."""

    name = "csms.ocpp"
    label = "ocpp"
