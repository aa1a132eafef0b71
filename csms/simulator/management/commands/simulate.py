"""`manage.py simulate`: charging stations that connect, behave and say what happens to them."""

import io
import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from csms.simulator import CannotConnect, Event, Fleet, StationSpec
from csms.simulator.provision import Wish, make
from csms.simulator.running import run
from csms.simulator.scenarios import SCENARIOS
from csms.simulator.station import WIRES


def _positive(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise ArgumentTypeError(f"{text} is not greater than 0")
    return number


def _count(text: str) -> int:
    return int(_positive(text))


class Command(BaseCommand):
    help = (
        "Simulates charging stations over real WebSockets, until Ctrl-C. Without --password the stations and "
        "their id tokens are added to the tenant first; with it they exist already, here or at any other CSMS."
    )
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let `--version` mean the version of OCPP, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant that the stations belong to")
        parser.add_argument("--url", help="endpoint without the identity [this installation's]")
        parser.add_argument("--stations", type=_count, default=1, metavar="N", help="how many [1]")
        parser.add_argument("--version", choices=tuple(WIRES), default="1.6", help="version of OCPP [1.6]")
        parser.add_argument("--scenario", choices=tuple(SCENARIOS), default="charge", help=_scenarios())
        parser.add_argument("--identity", metavar="ID", help="identity [the next free SIM-0001 …]")
        parser.add_argument("--password", metavar="P", help="password of stations that exist; '' for none")
        parser.add_argument("--id-token", metavar="T", help="the drivers' card [one of their own for each]")
        parser.add_argument(
            "--speed", type=_positive, default=1.0, metavar="F", help="simulated seconds per second"
        )
        parser.add_argument("--duration", type=_positive, metavar="S", help="stop after so many seconds")
        parser.add_argument(
            "--dc", action="store_true", help="one fast charger (DC, 150 kW) instead of two AC sockets"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object at the end; events go to stderr"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        fleet = Fleet(self._specs(options), self._listener(is_json=options["json"]))
        try:
            run(fleet, duration_s=options["duration"], gives_up=True)
        except CannotConnect as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(fleet.summary()))

    def _specs(self, options: dict[str, Any]) -> list[StationSpec]:
        tenant, password = options["tenant"], options["password"]
        wish = Wish(
            url=options["url"] or _endpoint(tenant),
            count=options["stations"],
            version=options["version"],
            scenario=options["scenario"],
            speed=options["speed"],
            identity=options["identity"],
            id_token=options["id_token"],
            password=password or None,
            is_dc=options["dc"],
        )
        is_named = wish.identity is not None and wish.count == 1
        try:
            specs = make(wish, _adder(tenant, is_named=is_named) if password is None else None)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if len(specs) < wish.count:
            raise CommandError(
                f"Only {len(specs)} of {wish.count} identities are free: choose another --identity."
            )
        if password is None:
            for token in dict.fromkeys(token for spec in specs for token in spec.id_tokens):
                _add_id_token(tenant, token)
        return specs

    def _listener(self, *, is_json: bool) -> Callable[[Event], None]:
        out = self.stderr if is_json else self.stdout

        def write(event: Event) -> None:
            out.write(event.line(), str)
            out.flush()

        return write


def _endpoint(tenant: str) -> str:
    """Where this installation's stations connect; beside a running demo, the demo's port."""
    return f"{settings.PUBLIC_WEBSOCKET_SCHEME}://{settings.PUBLIC_HOST or 'localhost:8000'}/{tenant}/ocpp"


def _scenarios() -> str:
    return "; ".join(f"{name}: {scenario.description}" for name, scenario in SCENARIOS.items()) + " [charge]"


def _adder(tenant: str, *, is_named: bool) -> Callable[[str], str | None]:
    def add(identity: str) -> str | None:
        """Add a station; return its password, None if the identity is taken and another may be tried."""
        printed = io.StringIO()
        try:
            call_command("add_station", tenant, identity, "--simulated", "--json", stdout=printed)
        except CommandError as error:
            if identity not in str(error):
                raise
            if is_named:
                raise CommandError(
                    f"{error} To simulate a station that exists, give its --password."
                ) from error
            return None
        password: str = json.loads(printed.getvalue())["password"]
        return password

    return add


def _add_id_token(tenant: str, token: str) -> None:
    """Add an id token, unless it is there."""
    try:
        call_command("add_id_token", tenant, token, "--json", stdout=io.StringIO())
    except CommandError as error:
        if token not in str(error):
            raise
