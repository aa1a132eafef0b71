"""`manage.py migrate`: the public schema, then every tenant's. Tenants that are up to date are skipped."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from tenants import context, schemas
from tenants.context import Place
from tenants.models import Tenant

PARTIAL = ("app_label", "migration_name", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    help = "Brings the public schema and every tenant's schema up to date."
    requires_system_checks: list[str] = []  # they belong to `manage.py check`
    is_partial = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's schema")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options.pop("tenant", None)
        self.is_partial = any(options.get(name) for name in PARTIAL)
        with schemas.changing():
            if slug is None:
                with context.public():
                    super().handle(*args, **options)
            with context.public():
                tenants = list(Tenant.objects.filter(**({"slug": slug} if slug else {})).order_by("slug"))
            if slug and not tenants:
                raise CommandError(f"There is no tenant “{slug}”.")
            self.migrate_tenants(tenants, args, options)

    def migrate_tenants(self, tenants: list[Tenant], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Bring each tenant up to date; after an interruption the next run goes on where this one stopped."""
        pending = [row for row in tenants if self.is_partial or row.migration_digest != schemas.digest()]
        self.note(options, f"Tenants: {len(tenants)}, of which up to date: {len(tenants) - len(pending)}.")
        for number, row in enumerate(pending, start=1):
            self.note(options, f"[{number}/{len(pending)}] {row.slug}")
            with context.enter(Place(row.slug, row.schema_name, row.name)):
                super().handle(*args, **options)
            if not self.is_partial:
                with context.public():
                    Tenant.objects.filter(pk=row.pk).update(migration_digest=schemas.digest())

    def note(self, options: dict[str, Any], text: str) -> None:
        """Print progress."""
        if options["verbosity"] >= 1:
            self.stdout.write(text)
            self.stdout.flush()
