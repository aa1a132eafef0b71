"""`manage.py demo`: the whole product with simulated chargers on one machine, until Ctrl-C."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from csms.demo import opening, stage
from csms.demo.children import ChildEnded
from csms.demo.wish import CannotPlay, Wish


class Command(BaseCommand):
    help = "Runs the whole product on one machine: embedded services, demo tenants, simulated chargers. Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        opening.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("port", "chargers", "speed", "lan", "no_browser", "empty", "tenants")
        try:
            stage.play(Wish(**{name: options[name] for name in names}))
        except (CannotPlay, ChildEnded) as error:
            raise CommandError(str(error)) from None
