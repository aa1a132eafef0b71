"""`manage.py delete_tenant SLUG`: asks for the slug once more, and leaves nothing of the tenant in the database."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tenants import lifecycle
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    help = "Delete a tenant with everything it has. Export it before: there is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--confirm", metavar="SLUG", help="the slug once more, instead of being asked for it"
        )

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        typed = options["confirm"] or self.ask(place)
        if typed != place.slug:
            raise CommandError(f"Nothing was deleted: “{typed}” is not “{place.slug}”.")
        lifecycle.delete(place.slug)
        return {"slug": place.slug, "status": "deleted"}

    def ask(self, place: Place) -> str:
        """What the person types; the question does not disturb the result on standard output."""
        self.stderr.write(
            f"Everything of “{place.name}” will be deleted. Type its slug to go on: ", ending=""
        )
        self.stderr.flush()
        return sys.stdin.readline().strip()
