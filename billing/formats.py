"""The formats of an export: what stands before the records, how each is written, and what stands after them."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing import json_text, money, ocpi, queries
from billing.models import CdrExport, ChargeDetailRecord

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take the cell for a formula

Cell = str | int | Decimal | None

# Times in UTC, energy in Wh, money as decimal numbers in `currency`. The columns are documented: a new one goes to the end.
COLUMNS: dict[str, Callable[[ChargeDetailRecord], Cell]] = {
    "number": lambda record: record.number,
    "id": lambda record: str(record.id),
    "state": lambda record: record.state,
    "hold_reasons": lambda record: " ".join(record.hold_reasons),
    "transaction_id": lambda record: record.ocpp_transaction_id,
    "station": lambda record: record.station,
    "evse": lambda record: record.evse_number,
    "connector": lambda record: record.connector_number,
    "site": lambda record: record.location.get("name", ""),
    "id_token": lambda record: record.id_token,
    "id_token_type": lambda record: record.id_token_type,
    "started_at": lambda record: json_text.moment(record.started_at),
    "ended_at": lambda record: json_text.moment(record.ended_at),
    "duration_s": lambda record: record.duration_s,
    "energy_wh": lambda record: record.energy_wh,
    "currency": lambda record: record.currency,
    "cost_excl_vat": lambda record: Decimal(queries.amount(record, record.excl_vat)),
    "vat": lambda record: Decimal(queries.amount(record, record.incl_vat - record.excl_vat)),
    "cost_incl_vat": lambda record: Decimal(queries.amount(record, record.incl_vat)),
    "tariff": lambda record: record.tariff_version.tariff.name if record.tariff_version else "",
    "tariff_version": lambda record: record.tariff_version.number if record.tariff_version else None,
    "remark": lambda record: record.remark,
    "hash": lambda record: record.hash,
}
MONEY = frozenset({"cost_excl_vat", "vat", "cost_incl_vat"})


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written: `before`, then the records with `between` them, then `after`."""

    suffix: str
    before: str
    between: str
    after: str
    write: Callable[[ChargeDetailRecord], str]
    with_held: bool = True


def _csv_row(record: ChargeDetailRecord) -> str:
    return _csv_line([_cell(name, read(record)) for name, read in COLUMNS.items()])


def _csv_line(cells: list[str]) -> str:
    """One line as RFC 4180 has it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _cell(name: str, value: Cell) -> str:
    """Numbers as numbers; a text that a spreadsheet would execute is made a text by an apostrophe."""
    if isinstance(value, Decimal):
        return str(value) if name in MONEY else money.plain(value)
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    return f"'{value}" if value.startswith(DANGEROUS) else value


def _object(document: dict[str, Any]) -> str:
    return "\n" + json_text.encode(document)


FORMATS = {
    CdrExport.Format.CSV: Format("csv", _csv_line(list(COLUMNS)), "", "", _csv_row),
    CdrExport.Format.JSON: Format(
        "json", "[", ",", "\n]\n", lambda record: _object(queries.record_document(record))
    ),
    # a held record is not final, and OCPI has no word for that
    CdrExport.Format.OCPI: Format(
        "ocpi.json", "[", ",", "\n]\n", lambda record: _object(ocpi.cdr(record)), with_held=False
    ),
}
