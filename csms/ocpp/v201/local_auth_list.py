"""The local authorization list of OCPP 2.0.1, whose words are the unified ones."""

from typing import Any

from authorization import local_lists
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201


@V201.command("GetLocalListVersion")
def get_local_list_version(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    return "GetLocalListVersion", {}


@V201.command("SendLocalList")
def send_local_list(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "SendLocalList", payload


@V201.on_result("GetLocalListVersion")
def local_list_version(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """0: no list."""
    local_lists.version_told(command, response["versionNumber"])


@V201.on_result("SendLocalList")
def local_list_sent(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """What the station made of the list."""
    local_lists.answered(command, response["status"])
