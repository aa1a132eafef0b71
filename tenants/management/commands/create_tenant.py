"""`manage.py create_tenant SLUG --name NAME`: an operator with a schema, roles and an owner."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from tenants import addresses, context, lifecycle
from tenants.commands import ResultCommand


class Command(ResultCommand):
    help = "Create a tenant and print where and with which password its owner signs in."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug", metavar="SLUG", help="the short name in addresses, for example “acme”")
        parser.add_argument("--name", required=True, help="the operator's name")
        parser.add_argument("--owner-email", help="owner@SLUG.example if left out")
        parser.add_argument("--owner-password", help="without it one is generated and printed once")
        parser.add_argument("--currency", default="EUR", help="ISO 4217, EUR if left out")
        parser.add_argument("--country-code", default="NL", help="ISO 3166-1 alpha-2, NL if left out")
        parser.add_argument("--time-zone", default="UTC", help="IANA name, UTC if left out")

    def result(self, **options: Any) -> dict[str, object]:
        names = ("slug", "name", "owner_email", "owner_password", "currency", "country_code", "time_zone")
        created = asdict(lifecycle.create(**{name: options[name] for name in names}))
        url = addresses.url(context.find(options["slug"]))
        return {"slug": created.pop("slug"), "name": created.pop("name"), "url": url, **created}
