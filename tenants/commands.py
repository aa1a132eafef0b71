"""The base of management commands: one result as lines or as JSON, one clear line when something is wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from tenants import context, lifecycle, schemas
from tenants.context import Place, UnknownTenant


class ResultCommand(BaseCommand):
    """A command that prints one result."""

    requires_system_checks = []  # they belong to `manage.py check`; here they would cost a second

    def add_arguments(self, parser: CommandParser) -> None:
        """Every result can be had as JSON."""
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Answer bad input with one line, not with the whole usage; `--help` shows that."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.print_usage = lambda file=None: None  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what `result` returns."""
        with in_one_line():
            prepare()
            result = self.result(**options)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        else:
            self.stdout.write(self.describe(result))

    def result(self, **options: Any) -> dict[str, object]:
        """Do it. Returns: what is printed."""
        raise NotImplementedError

    def describe(self, result: dict[str, object]) -> str:
        """The result for people: one line for each part."""
        width = max((len(name) for name in result), default=0)
        return "\n".join(f"{name.replace('_', ' '):{width}}  {value}" for name, value in result.items())


class TenantCommand(ResultCommand):
    """A command whose first argument is the tenant in which it runs."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The tenant, before the command's own arguments."""
        super().add_arguments(parser)
        parser.add_argument("tenant", metavar="TENANT", help="the tenant's slug")

    def result(self, **options: Any) -> dict[str, object]:
        """Enter the tenant and do it."""
        with context.tenant(options.pop("tenant")) as place:
            return self.handle_in_tenant(place, **options)

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        """Do it, inside the tenant. Returns: what is printed."""
        raise NotImplementedError


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn what a person can do something about into one line and a failing exit status."""
    try:
        yield
    except UnknownTenant as error:
        raise CommandError(f"There is no tenant “{error}”.") from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {str(error).splitlines()[0]}") from error


def prepare() -> None:
    """Bring the demo's database up to date; elsewhere that is a decision of the operator.

    Raises: CommandError, with the command that is missing.
    """
    if schemas.is_public_current():
        return
    if not settings.IS_DEMO and not settings.IS_TEST:
        raise CommandError("The database is not up to date. Run `manage.py migrate` first.")
    lifecycle.migrate_all()
