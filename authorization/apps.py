"""The authorization app."""

from django.apps import AppConfig


class AuthorizationConfig(AppConfig):
    """The authorization app."""

    name = "authorization"
