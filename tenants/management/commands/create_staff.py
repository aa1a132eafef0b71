"""`manage.py create_staff EMAIL`: somebody of the platform's staff, who signs in at `/platform/`."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_email

from tenants import context
from tenants.commands import ResultCommand
from tenants.users.models import User


class Command(ResultCommand):
    help = "Create an account of the platform's staff and print its password."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--password", help="without it one is generated and printed once")

    def result(self, **options: Any) -> dict[str, object]:
        email, password = options["email"].strip().lower(), options["password"] or secrets.token_urlsafe(12)
        validate_email(email)
        with context.public():
            if User.objects.filter(email=email).exists():
                raise ValidationError(f"There already is an account {email}.")
            User.objects.create_superuser(email, password, name="Platform staff")
        return {"email": email, "password": password}
