"""`manage.py create_api_key TENANT --name N --role ROLE`: a program's key, shown once."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from tenants.commands import TenantCommand
from tenants.context import Place
from tenants.users import roles
from tenants.users.models import ApiKey


class Command(TenantCommand):
    help = "Create an API key of a tenant and print it; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument("--role", required=True, help=f"one of {', '.join(roles.ABILITIES)}")

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        try:
            role = roles.role(options["role"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        key, text = ApiKey.issue(options["name"][:100], role)
        return {"name": key.name, "key": text, "role": role.name}
