"""A charge point that is not ours charges, is started and stopped from afar, and is billed; the figures are computed by hand here."""

import asyncio
import csv
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.interop.charge_points import ChargePoint, Register, charge_point
from tests.interop.outside import Api, Product, until

IDENTITY, CARD = "FOREIGN-1", "CARD-42"
HALF_AN_HOUR, A_MOMENT = timedelta(minutes=30), timedelta(seconds=5)
TARIFF = {
    "name": "Public",
    "currency": "EUR",
    "assign_to": [{"tenant": True}],
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": "0.50", "vat": "20", "step_size": 1},
                {"type": "ENERGY", "price": "0.30", "vat": "20", "step_size": 1},
                {
                    "type": "TIME",
                    "price": "1.20",
                    "vat": "20",
                    "step_size": 900,
                },  # every quarter of an hour begun
            ]
        }
    ],
}


@dataclass(frozen=True)
class Bill:
    """What a session must give. Units: Wh; amounts in EUR."""

    registers: tuple[str, str, str]
    energy_wh: Decimal
    energy_cost: str
    time_cost: str
    excl_vat: str
    incl_vat: str
    kwh_in_ocpi: str

    @property
    def amounts(self) -> dict[str, str]:
        """The lines by type."""
        return {"FLAT": "0.50", "ENERGY": self.energy_cost, "TIME": self.time_cost}


# By hand. Each line is rounded to the cent; VAT is 20 % of the sum of the lines.
#
# At the station, 30 minutes: two quarters of an hour at 1.20/h → 0.60.
#   1.6:   13347 - 1000       = 12347 Wh      12.347   kWh × 0.30 = 3.7041   → 3.70;  0.50 + 3.70 + 0.60 = 4.80;  VAT 0.96         → 5.76
#   2.0.1: 8919.75 - 1000.5   =  7919.25 Wh    7.91925 kWh × 0.30 = 2.375775 → 2.38;  0.50 + 2.38 + 0.60 = 3.48;  VAT 0.696 → 0.70 → 4.18
# From afar, some seconds, in which no charger delivers more: one quarter of an hour → 0.30.
#   1.6:   14354 - 13347      = 1007 Wh       1.007    kWh × 0.30 = 0.3021   → 0.30;  0.50 + 0.30 + 0.30 = 1.10;  VAT 0.22         → 1.32
#   2.0.1: 9720.375 - 8919.75 = 800.625 Wh    0.800625 kWh × 0.30 = 0.2401875 → 0.24; 0.50 + 0.24 + 0.30 = 1.04; VAT 0.208 → 0.21 → 1.25
AT_THE_STATION = {
    "1.6": Bill(("1000", "7000", "13347"), Decimal(12347), "3.70", "0.60", "4.80", "5.76", "12.347"),
    "2.0.1": Bill(
        ("1000.5", "5000.25", "8919.75"), Decimal("7919.25"), "2.38", "0.60", "3.48", "4.18", "7.9193"
    ),
}
FROM_AFAR = {
    "1.6": Bill(("13347", "13850", "14354"), Decimal(1007), "0.30", "0.30", "1.10", "1.32", "1.007"),
    "2.0.1": Bill(
        ("8919.75", "9320", "9720.375"), Decimal("800.625"), "0.24", "0.30", "1.04", "1.25", "0.8006"
    ),
}
WIRE_ACTIONS = {
    "1.6": ("RemoteStartTransaction", "RemoteStopTransaction"),
    "2.0.1": ("RequestStartTransaction", "RequestStopTransaction"),
}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_foreign_charge_point_charges_obeys_and_is_billed(
    product: Product, tmp_path: Path, version: str
) -> None:
    slug = "first-street"
    await product.manage("create_tenant", slug, "--name", "First Street")
    station = await asyncio.to_thread(product.shell, "add_station", slug, IDENTITY)
    await product.manage("add_id_token", slug, CARD)
    key = await product.manage("create_api_key", slug, "--name", "outside", "--role", "admin")
    api = Api(f"{product.pages}/t/{slug}", key["key"])
    assert (await api.post("tariffs/", TARIFF, 201))["version"] == 1

    async with charge_point(product.chargers, slug, IDENTITY, station["password"], version) as point:
        assert await point.boot("Foreign Works") == "Accepted"
        await point.report(is_charging=False)
        await sees_the_station(api, version)
        first = await charge_at_the_station(point, api, AT_THE_STATION[version])
        second = await charge_from_afar(point, api, FROM_AFAR[version], version)

    bills = {first: AT_THE_STATION[version], second: FROM_AFAR[version]}
    await sees_the_messages(api, first, version)
    csv_file, ocpi_file = await asyncio.gather(export(api, "csv"), export(api, "ocpi"))
    check_csv(csv_file, bills)
    check_ocpi(ocpi_file, bills)
    await asyncio.to_thread(check_command, product, slug, tmp_path / "cdrs.csv", csv_file)


async def sees_the_station(api: Api, version: str) -> None:
    """The station is online, as it has said itself."""
    row = await api.get(f"stations/{IDENTITY}/")
    assert (row["is_online"], row["ocpp_version"], row["vendor"], row["model"]) == (
        True,
        version,
        "Foreign Works",
        "Foreign",
    )
    assert [(each["evse"], each["connector"], each["status"]) for each in row["connectors"]] == [
        (1, 1, "Available")
    ]


async def charge_at_the_station(point: ChargePoint, api: Api, bill: Bill) -> str:
    """Charge with a card, the start lying half an hour back. Returns: the transaction id."""
    end = datetime.now(UTC)
    start, middle = end - HALF_AN_HOUR, end - HALF_AN_HOUR / 2
    assert await point.authorize(CARD) == "Accepted"
    transaction_id = await point.begin(CARD, Register(bill.registers[0], start))
    await is_running(api, transaction_id)
    await point.report(is_charging=True)
    await point.sample(Register(bill.registers[1], middle))
    await point.end(Register(bill.registers[2], end))
    await point.report(is_charging=False)
    await check_record(api, transaction_id, bill)
    return transaction_id


async def charge_from_afar(point: ChargePoint, api: Api, bill: Bill, version: str) -> str:
    """Start and stop by the API. Returns: the transaction id."""
    start_action, stop_action = WIRE_ACTIONS[version]
    start = await order(
        api, "RequestStartTransaction", {"idToken": {"idToken": CARD, "type": "ISO14443"}, "evseId": 1}
    )
    request = await asyncio.wait_for(point.requests.get(), 5)
    assert (start["wire_action"], request["id_token"], request["evse"]) == (start_action, CARD, 1)
    now = datetime.now(UTC)
    transaction_id = await point.begin(CARD, Register(bill.registers[0], now), request=request)
    await is_running(api, transaction_id)
    await sees_the_effect(api, start["id"])
    await point.sample(Register(bill.registers[1], now + A_MOMENT / 2))

    stop = await order(api, "RequestStopTransaction", {"transactionId": transaction_id})
    assert await asyncio.wait_for(point.requests.get(), 5) == {"transaction_id": transaction_id}
    assert stop["wire_action"] == stop_action
    await point.end(Register(bill.registers[2], now + A_MOMENT), is_remote=True)
    await sees_the_effect(api, stop["id"])
    await check_record(api, transaction_id, bill)
    return transaction_id


async def order(api: Api, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """An order that the station accepts while the call waits."""
    command: dict[str, Any] = await api.post(
        f"stations/{IDENTITY}/commands/", {"action": action, "payload": payload, "wait": 20}, 200
    )
    assert (command["status"], command["response"]) == ("accepted", {"status": "Accepted"})
    return command


async def sees_the_effect(api: Api, command_id: str) -> None:
    """What was ordered has happened, and the product has noticed."""

    async def effect() -> object:
        return (await api.get(f"commands/{command_id}/"))["effect_seen_at"]

    assert await until(effect, 5)


async def is_running(api: Api, transaction_id: str) -> None:
    """The transaction was there before the station had its answer."""
    row = await api.get(f"transactions/{transaction_id}/", station=IDENTITY)
    assert (row["state"], row["id_token"], row["evse"], row["ended_at"]) == ("active", CARD, 1, None)


async def check_record(api: Api, transaction_id: str, bill: Bill) -> None:
    """The record comes within ten seconds after the end, with the energy and the cost of the bill."""
    records = await until(lambda: api.rows("cdrs/", transaction_id=transaction_id))
    row = await api.get(f"transactions/{transaction_id}/", station=IDENTITY)
    assert (row["state"], Decimal(str(row["energy_wh"])), row["is_estimated"], row["notes"]) == (
        "ended",
        bill.energy_wh,
        False,
        [],
    )
    assert len(records) == 1
    record = records[0]
    assert (record["station"], record["evse"], record["id_token"], record["state"]) == (
        IDENTITY,
        1,
        CARD,
        "issued",
    )
    assert (record["currency"], Decimal(str(record["energy_wh"]))) == ("EUR", bill.energy_wh)
    assert {line["type"]: line["amount_excl_vat"] for line in record["lines"]} == bill.amounts
    assert record["total_cost"] == {"excl_vat": bill.excl_vat, "incl_vat": bill.incl_vat}


async def sees_the_messages(api: Api, transaction_id: str, version: str) -> None:
    """The log shows both directions, and every answer that the station or the product gave was a good one."""
    rows = await api.rows("messages/", station=IDENTITY, page_size="100")
    actions = {(row["direction"], row["action"]) for row in rows}
    assert {("out", action) for action in WIRE_ACTIONS[version]} <= actions
    assert {("in", "BootNotification"), ("in", "StatusNotification"), ("in", "Authorize")} <= actions
    assert {row["result"] for row in rows} == {"ok"}
    assert transaction_id in {row["transaction_id"] for row in rows}


async def export(api: Api, format_: str) -> bytes:
    """Export these days by the API. Returns: the file."""
    now = datetime.now(UTC)
    wanted = {
        "from": (now - timedelta(days=1)).isoformat(),
        "to": (now + timedelta(days=1)).isoformat(),
        "format": format_,
    }
    job = await api.post("cdr-exports/", wanted, 202)

    async def finished() -> Any:
        row = await api.get(f"cdr-exports/{job['id']}/")
        return row if row["status"] in ("done", "failed") else None

    done = await until(finished)
    assert (done["status"], done["progress"], done["rows"], done["error"]) == ("done", 100, 2, "")
    file = await api.call("GET", done["url"])
    assert (file.status, hashlib.sha256(file.body).hexdigest()) == (200, done["sha256"])
    return file.body


def check_csv(file: bytes, bills: dict[str, Bill]) -> None:
    """One line for each session."""
    rows = {row["transaction_id"]: row for row in csv.DictReader(io.StringIO(file.decode()))}
    assert rows.keys() == bills.keys()
    for transaction_id, bill in bills.items():
        row = rows[transaction_id]
        vat = str(Decimal(bill.incl_vat) - Decimal(bill.excl_vat))
        assert (row["station"], row["id_token"], row["currency"], row["tariff"]) == (
            IDENTITY,
            CARD,
            "EUR",
            "Public",
        )
        assert Decimal(row["energy_wh"]) == bill.energy_wh
        assert (row["cost_excl_vat"], row["vat"], row["cost_incl_vat"]) == (bill.excl_vat, vat, bill.incl_vat)


def check_ocpi(file: bytes, bills: dict[str, Bill]) -> None:
    """One OCPI object for each session; its numbers are exact as they stand in the text."""
    records = {
        record["session_id"]: record for record in json.loads(file, parse_float=Decimal, parse_int=Decimal)
    }
    assert records.keys() == bills.keys()
    for transaction_id, bill in bills.items():
        record = records[transaction_id]
        assert (record["cdr_token"]["uid"], record["currency"]) == (CARD, "EUR")
        assert record["total_energy"] == Decimal(bill.kwh_in_ocpi)
        assert record["total_cost"] == {
            "excl_vat": Decimal(bill.excl_vat),
            "incl_vat": Decimal(bill.incl_vat),
        }
        assert record["total_energy_cost"]["excl_vat"] == Decimal(bill.energy_cost)
        assert record["total_time_cost"]["excl_vat"] == Decimal(bill.time_cost)
        volumes = [
            each["volume"]
            for period in record["charging_periods"]
            for each in period["dimensions"]
            if each["type"] == "ENERGY"
        ]
        assert sum(volumes) == Decimal(bill.kwh_in_ocpi)


def check_command(product: Product, slug: str, output: Path, downloaded: bytes) -> None:
    """`export_cdrs` writes the same file that the API gave."""
    now = datetime.now(UTC)
    period = ("--from", f"{now - timedelta(days=1):%Y-%m-%d}", "--to", f"{now + timedelta(days=2):%Y-%m-%d}")
    done = product.shell("export_cdrs", slug, *period, "--format", "csv", "--output", str(output))
    assert done == {"path": str(output), "rows": 2, "sha256": hashlib.sha256(downloaded).hexdigest()}
    assert output.read_bytes() == downloaded
