"""`manage.py add_station TENANT IDENTITY`: a station that may connect in the same second."""

from typing import Any

from django.core.management.base import CommandParser

from chargers import stations
from chargers.models import Site
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    """Add a charging station."""

    help = "Add a charging station and print where and with which password it connects."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command line."""
        super().add_arguments(parser)
        parser.add_argument("identity", metavar="IDENTITY")
        parser.add_argument("--site", help="the site's name; it is made if it does not exist")
        parser.add_argument("--security-profile", type=int, default=1, choices=(0, 1, 2, 3))
        parser.add_argument(
            "--password", help="8 to 64 characters; without it one is generated and printed once"
        )
        parser.add_argument("--allow-insecure", action="store_true", help="allow profile 0, for 30 days")
        parser.add_argument("--simulated", action="store_true", help="mark it as a simulated station")

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        """Add the station."""
        site = Site.objects.get_or_create(name=options["site"])[0] if options["site"] else None
        station, password = stations.add(
            options["identity"],
            site=site,
            security_profile=options["security_profile"],
            password=options["password"],
            allow_insecure=options["allow_insecure"],
            is_simulated=options["simulated"],
        )
        return {
            "identity": station.identity,
            "url": stations.address(place, station.identity),
            "password": password,
            "security_profile": station.security_profile,
        }
