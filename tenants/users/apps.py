"""The app of accounts, listed for the public schema and for the tenants'."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Users and API keys."""

    name = "tenants.users"
    label = "users"
    verbose_name = "Users and API keys"
