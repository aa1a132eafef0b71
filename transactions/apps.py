"""The transactions app."""

from django.apps import AppConfig


class TransactionsConfig(AppConfig):
    """The transactions app."""

    name = "transactions"
