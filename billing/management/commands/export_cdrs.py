"""`manage.py export_cdrs TENANT --from D --to D --format F --output FILE`: the export that the dashboard starts, into a file."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from billing import exports, rating
from billing.models import CdrExport
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    """Export a period."""

    help = "Write the charge detail records of the sessions that ended in a period into a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command line."""
        super().add_arguments(parser)
        parser.add_argument(
            "--from", dest="start", required=True, metavar="D", help="2026-01-01, or a time (UTC)"
        )
        parser.add_argument(
            "--to", dest="end", required=True, metavar="D", help="the first moment after the period"
        )
        parser.add_argument("--format", default="csv", choices=["csv", "json", "ocpi", "xlsx"])
        parser.add_argument("--output", required=True, metavar="F")

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        """Rate what has ended, export, and copy the file to where it is wanted."""
        output = Path(options["output"])
        if not output.parent.is_dir():
            raise CommandError(f"There is no directory {output.parent}.")
        job = exports.prepare(
            moment(options["start"]), moment(options["end"]), options["format"], "command line"
        )
        rating.rate_ended()
        job = exports.run(job.pk)
        if job.status != CdrExport.Status.DONE:
            raise CommandError(f"The export failed: {job.error}")
        _copy(exports.path_of(job), output)
        return {"path": str(output), "rows": job.rows, "sha256": job.sha256}


def moment(text: str) -> datetime:
    """A day (its first moment) or a time; without an offset it is UTC."""
    try:
        day = parse_date(text)
        value = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001 -- made aware below
    except ValueError:
        value = None
    if value is None:
        raise ValidationError(
            f"“{text}” is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z."
        )
    return value if timezone.is_aware(value) else timezone.make_aware(value)


def _copy(source: Path, output: Path) -> None:
    try:
        shutil.copyfile(source, output)
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
