"""`manage.py add_id_token TENANT TOKEN`: an id token that may charge at once."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from authorization import id_tokens
from authorization.models import IdToken, IdTokenType
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    """Add an id token."""

    help = "Add an id token (an RFID card's number, an app's token …) that may charge at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command line."""
        super().add_arguments(parser)
        parser.add_argument("id_token", metavar="TOKEN")
        parser.add_argument("--type", default=IdTokenType.ISO14443, choices=IdTokenType.values)
        parser.add_argument("--status", default=IdToken.Status.ACCEPTED, choices=IdToken.Status.values)
        parser.add_argument("--group", help="tokens of one group may stop one another's transactions")
        parser.add_argument("--expires", type=_moment, help="2027-01-31T00:00:00Z")

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        """Add the token."""
        row = id_tokens.add(
            options["id_token"],
            type=options["type"],
            status=options["status"],
            group=options["group"],
            expires_at=options["expires"],
        )
        return {"id_token": row.id_token, "type": row.type, "status": row.status}


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValidationError(f"“{text}” is not a time such as 2027-01-31T00:00:00Z.")
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=timezone.get_current_timezone())
