"""The message log: one row for a CALL with its answer, written in batches by the recording lane. And the quarantine for frames that made no sense."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

MAX_QUARANTINED = 100  # per station
SECRET_NAMES = frozenset({"authorizationkey", "basicauthpassword", "sharedsecret", "apnpassword"})
MASK = "••••••"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "�"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A record for the recording lane: one CALL and what was answered."""

    time: datetime
    station_id: int
    direction: str
    action: str
    message_id: str
    frame: str
    answer: str
    result: str
    latency_ms: float | None
    transaction_id: str = ""
    deviations: str = ""

    @staticmethod
    def write(batch: Sequence["Exchange"]) -> None:
        """COPY the rows of a batch: the cheapest way into PostgreSQL there is."""
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write("".join(map(_line, batch)))


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record for the recording lane: a frame that was refused or ignored."""

    station_id: int
    ocpp_version: str
    reason: str
    frame: str

    @staticmethod
    def write(batch: Sequence["Quarantined"]) -> None:
        """Keep the newest frames of each station, raw."""
        with connection.cursor() as cursor:
            for item in batch:
                cursor.execute(
                    "INSERT INTO chargers_quarantinedframe (station_id, ocpp_version, reason, frame) "
                    "VALUES (%s, %s, %s, %s)",
                    [item.station_id, item.ocpp_version, item.reason[:255], _storable(item.frame)],
                )
            cursor.execute(
                """
                DELETE FROM chargers_quarantinedframe WHERE id IN (
                    SELECT id FROM (
                        SELECT id, row_number() OVER (PARTITION BY station_id ORDER BY id DESC) AS place
                        FROM chargers_quarantinedframe WHERE station_id = ANY(%s)
                    ) AS numbered WHERE place > %s)
                """,
                [list({item.station_id for item in batch}), MAX_QUARANTINED],
            )


def masked(value: Any) -> Any:
    """A payload as it may be kept: values of write-only keys and variables and passwords in addresses are replaced, exact decimals are plain numbers. Source: T-95."""
    return with_secrets(_plain(value), lambda _: MASK)


def with_secrets(value: Any, change: Callable[[Any], Any]) -> Any:
    """A payload whose secret values were changed, wherever they stand."""
    if isinstance(value, list):
        return [with_secrets(item, change) for item in value]
    if not isinstance(value, dict):
        return value
    name = _name(value)
    return {
        key: change(item) if _is_secret(key, name) else with_secrets(item, change)
        for key, item in value.items()
    }


def secrets_of(value: Any) -> list[tuple[str, Any]]:
    """The secret values of a payload, each with the lower-case name of its key or variable."""
    if isinstance(value, list):
        return [found for item in value for found in secrets_of(item)]
    if not isinstance(value, dict):
        return []
    name = _name(value)
    own = [(name or key.lower(), item) for key, item in value.items() if _is_secret(key, name)]
    inner = [found for key, item in value.items() if not _is_secret(key, name) for found in secrets_of(item)]
    return own + inner


_COPY = (
    "COPY chargers_message (time, station_id, direction, action, message_id, frame, answer, result, latency_ms, "
    "transaction_id, deviations) FROM STDIN"
)
_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+@", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")


def _name(value: dict[str, Any]) -> str:
    """The lower-case name of the configuration key or variable that an object is about; empty where it is about none."""
    if isinstance(value.get("key"), str):
        return str(value["key"]).lower()
    variable = value.get("variable")
    return str(variable.get("name", "")).lower() if isinstance(variable, dict) else ""


def _is_secret(key: str, name: str) -> bool:
    return key.lower() in SECRET_NAMES or (name in SECRET_NAMES and key in ("value", "attributeValue"))


def _plain(value: Any) -> Any:
    """A payload with plain numbers, and without passwords in addresses."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, str):
        return _PASSWORD.sub(rf"\1{MASK}@", value) if "@" in value else value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def _storable(text: str) -> str:
    """Text that PostgreSQL takes: without NUL and lone surrogates."""
    return _SURROGATES.sub("�", text).replace("\0", "�")


def _escaped(text: str) -> str:
    if not text.isascii():
        text = _SURROGATES.sub("�", text)
    return text if text.isalnum() else text.translate(_ESCAPES)


def _line(item: Exchange) -> str:
    latency = "\\N" if item.latency_ms is None else f"{item.latency_ms:.2f}"
    return (
        f"{item.time.isoformat()}\t{item.station_id}\t{item.direction}\t{_escaped(item.action[:50])}\t"
        f"{_escaped(item.message_id[:255])}\t{_escaped(item.frame)}\t{_escaped(item.answer)}\t"
        f"{_escaped(item.result[:50])}\t{latency}\t{_escaped(item.transaction_id[:36])}\t"
        f"{item.deviations[:100]}\n"
    )
