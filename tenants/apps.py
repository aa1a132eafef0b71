"""The app of the public schema: tenants, their domains, and the gateways that are alive."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Tenants and domains."""

    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        """Keep the schemas apart where Django knows only one."""
        from tenants import content_types  # models are not there before

        content_types.separate()
