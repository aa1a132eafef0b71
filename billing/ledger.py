"""The tenant's chain of charge detail records: each record carries the hash of the one before it.

A changed, missing or inserted record breaks the chain at its place; `verify` finds it. The head can be kept elsewhere, to notice a cut-off end.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from billing import json_text
from billing.models import ChargeDetailRecord

GENESIS = "0" * 64
CHUNK = 1000

# What the hash covers, for ever: a field that comes later is hashed only by records that have a newer list.
FIELDS = (
    "id number transaction_id state hold_reasons remark ocpp_transaction_id station evse_number connector_number location id_token "
    "id_token_type auth_method started_at ended_at duration_s energy_wh tariff_version_id currency rounding lines periods excl_vat "
    "incl_vat created_at previous_hash"
).split()
PLACES = {
    each.attname: each.decimal_places
    for each in ChargeDetailRecord._meta.concrete_fields
    if isinstance(each, models.DecimalField)
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain has shown. `number` is the first record that is wrong, `head` the hash of the last."""

    rows: int
    head: str
    number: int | None = None
    problem: str = ""


def append(record: ChargeDetailRecord) -> None:
    """Make a record the next link of the chain. Must run inside a transaction; others wait for its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/ledger', 0))")
    head = ChargeDetailRecord.objects.order_by("-number").values_list("number", "hash").first()
    number, previous_hash = head or (0, GENESIS)
    record.number, record.previous_hash = number + 1, previous_hash
    record.hash = digest(record)
    record.save(force_insert=True)


def digest(record: ChargeDetailRecord) -> str:
    """The SHA-256 of the record's canonical JSON."""
    content = {name: _canonical(record, name) for name in FIELDS}
    return hashlib.sha256(json_text.encode(content).encode()).hexdigest()


def verify() -> Verdict:
    """Look at every record of the tenant in force, in the order of the chain."""
    rows, head = 0, GENESIS
    for record in _chain():
        if problem := _problem(record, rows + 1, head):
            return Verdict(rows, head, record.number, problem)
        rows, head = rows + 1, record.hash
    return Verdict(rows, head)


def _canonical(record: ChargeDetailRecord, name: str) -> Any:
    """A field's value as it reads from the database, whatever it was written as."""
    value = getattr(record, name)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if name in PLACES:
        return f"{value:.{PLACES[name]}f}"
    return value if value is None or isinstance(value, int | list | dict) else str(value)


def _chain() -> Iterator[ChargeDetailRecord]:
    latest = 0
    while chunk := list(ChargeDetailRecord.objects.filter(number__gt=latest).order_by("number")[:CHUNK]):
        yield from chunk
        latest = chunk[-1].number


def _problem(record: ChargeDetailRecord, number: int, head: str) -> str:
    if record.number != number:
        return f"record {number} is missing"
    if record.previous_hash != head:
        return "it does not follow the record before it"
    if record.hash != digest(record):
        return "its content does not match its hash"
    excl = sum((Decimal(line["amount_excl_vat"]) for line in record.lines), Decimal(0))
    vat = sum((Decimal(line["amount_vat"]) for line in record.lines), Decimal(0))
    if (excl, excl + vat) != (record.excl_vat, record.incl_vat):
        return "its lines do not add up to its totals"
    return ""
