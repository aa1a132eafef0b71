"""The chargers app."""

from django.apps import AppConfig
from django.db.models import CharField
from django.db.models.functions import Lower


class ChargersConfig(AppConfig):
    """The chargers app."""

    name = "chargers"

    def ready(self) -> None:
        """Let queries say `identity__lower=…`, which the unique index on the lower-case identity serves; let the longer jobs enter themselves."""
        CharField.register_lookup(Lower)
        from chargers import (  # noqa: F401 - they enter `commands.OPENED` or `commands.WATCHING`
            charging_profiles,
            credential_rotation,
            firmware,
            logs,
            security_profiles,
        )
