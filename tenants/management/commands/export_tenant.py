"""`manage.py export_tenant SLUG`: one zip file with a file of JSON lines for each table."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from tenants import exports
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    help = "Write every row of a tenant into one zip file, without passwords and keys."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--output", metavar="FILE", type=Path, help="SLUG.zip in this directory if left out"
        )

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        path = options["output"] or Path(f"{place.slug}.zip")
        try:
            export = exports.write(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        return {"path": str(path), "tables": export.tables, "rows": export.rows, "sha256": export.sha256}
