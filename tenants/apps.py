"""The app of the public schema: tenants, their domains, and the gateways that are alive."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Tenants and domains."""

    name = "tenants"
    verbose_name = "Tenants"
