"""The JSON schemas of the three versions, read from the files of the `ocpp` package and mended where those lack something."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from csms.vocabulary import actions

Schema = dict[str, Any]

_FOLDERS: Final = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
# S16-20, S2-20: these are refused for their form only, not for an id that makes no sense.
_ABOUT_TRANSACTIONS: Final = frozenset(
    {"MeterValues", "StartTransaction", "StopTransaction", "TransactionEvent"}
)


def request_schema(version: str, action: str) -> Schema:
    """Return the schema of the action's request. One object for all callers: do not change it.

    Raises:
        KeyError: the version does not know the action.
    """
    if action not in actions.known(version):
        raise KeyError(action)
    return _request_schema(version, action)


def response_schema(version: str, action: str) -> Schema | None:
    """Return the schema of the answer to the action, or None when it is sent unanswered.

    Raises:
        KeyError: the version does not know the action.
    """
    if action not in actions.known(version):
        raise KeyError(action)
    return None if action in actions.SENT_UNANSWERED_21 else _read(version, f"{action}Response")


# The cache holds known actions only: a station that invents names must not fill the memory, nor name files.


@cache
def _request_schema(version: str, action: str) -> Schema:
    bare = version == "1.6" or action in actions.SENT_UNANSWERED_21
    return _mended(version, action, _read(version, action if bare else f"{action}Request"))


def _read(version: str, name: str) -> Schema:
    """Read a schema without its address, against which the references inside would be resolved."""
    schema: Schema = json.loads((_folder(version) / f"{name}.json").read_text(encoding="utf-8-sig"))
    schema.pop("$id", None)
    return schema


@cache
def _folder(version: str) -> Path:
    package = find_spec("ocpp")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the package ocpp, which holds the schemas, is not installed")
    return Path(package.origin).parent / _FOLDERS[version] / "schemas"


def _mended(version: str, action: str, schema: Schema) -> Schema:
    """Add to a request's schema what the file lacks."""
    if version == "1.6" and action == "StopTransaction":
        _sampled_value_of_stop(schema)["unit"]["enum"].append("Hertz")  # MeterValues has it
    if version != "2.1" and action in actions.from_station(version) - _ABOUT_TRANSACTIONS:
        _forbid_negative_ids(schema)
    return schema


def _sampled_value_of_stop(schema: Schema) -> Schema:
    meter_value: Schema = schema["properties"]["transactionData"]["items"]["properties"]
    sampled_value: Schema = meter_value["sampledValue"]["items"]["properties"]
    return sampled_value


def _forbid_negative_ids(schema: Schema) -> None:
    """2.1 states it in the schema, the others only in their text."""
    for name in ("connectorId", "evseId"):
        if name in schema["properties"]:
            schema["properties"][name]["minimum"] = 0
