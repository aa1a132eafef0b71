"""Meter values: stored sample by sample, each once, and projected onto the transaction they belong to. Set-based: one statement per table and batch."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from chargers import arrays

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
SOC = "SoC"
PROJECTED = (
    "meter_start_wh",
    "register_wh",
    "energy_wh",
    "power_w",
    "peak_power_w",
    "soc_percent",
    "sampled_at",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one measurand. `value` is in the base unit; `raw` is what the station wrote."""

    sampled_at: datetime
    measurand: str
    value: Decimal | None
    unit: str
    raw: str
    context: str = "Sample.Periodic"
    phase: str = ""
    location: str = "Outlet"


@dataclass(frozen=True, slots=True)
class MeterReading:
    """A record for the recording lane: samples of a station.

    `transaction_id`: None outside of a transaction; an empty text where the station means a running transaction but does not know its id (Q1).
    """

    station_id: int
    evse_number: int | None
    transaction_id: str | None
    samples: tuple[Sample, ...]

    @staticmethod
    def write(batch: Sequence["MeterReading"]) -> None:
        """Store the samples of a batch and move the figures of their transactions."""
        store(batch)


Owners = dict[tuple[int, str], int]


def store(batch: Sequence[MeterReading], owners: Owners | None = None) -> None:
    """Insert what is new, then project. Harmless twice. `owners`: the transactions by station and id, where the caller knows them."""
    owners = _transactions_of(batch) if owners is None else owners
    rows = [
        (
            owners.get((reading.station_id, reading.transaction_id or f"@{reading.evse_number}")),
            reading,
            sample,
        )
        for reading in batch
        for sample in reading.samples
    ]
    if rows:
        _insert(rows)
        _project(rows)


Row = tuple[int | None, MeterReading, Sample]


def _transactions_of(batch: Sequence[MeterReading]) -> dict[tuple[int, str], int]:
    named = {(r.station_id, r.transaction_id) for r in batch if r.transaction_id}
    found: dict[tuple[int, str], int] = {}
    with connection.cursor() as cursor:
        if named:
            cursor.execute(
                "SELECT t.station_id, t.transaction_id, t.id FROM transactions_transaction t "
                "JOIN unnest(%s::bigint[], %s::text[]) AS n(station, name) "
                "ON t.station_id = n.station AND t.transaction_id = n.name",
                [[station for station, _ in named], [name for _, name in named]],
            )
            found = {(station, name): pk for station, name, pk in cursor.fetchall()}
        unnamed = {r.station_id for r in batch if r.transaction_id == ""}
        if unnamed:
            cursor.execute(
                "SELECT station_id, evse_number, id FROM transactions_transaction "
                "WHERE station_id = ANY(%s) AND state = 'active' ORDER BY started_at",
                [list(unnamed)],
            )
            running = cursor.fetchall()
            found.update({(station, f"@{evse}"): pk for station, evse, pk in running})
            numbers = Counter(station for station, _, _ in running)
            # Q29: connector 0 means the one that charges, where there is only one
            found.update({(station, "@0"): pk for station, _, pk in running if numbers[station] == 1})
    return found


def _key(owner: int | None, reading: MeterReading, sample: Sample) -> str:
    """What makes a sample itself; a repeated message gives the same key. Source: MV-01."""
    what = (
        f"{reading.station_id}|{reading.evse_number}|{owner}|{sample.sampled_at.timestamp()}|{sample.measurand}|"
        f"{sample.phase}|{sample.location}|{sample.context}|{sample.raw if sample.value is None else ''}"
    )
    return hashlib.blake2b(what.encode(errors="replace"), digest_size=16).hexdigest()


def _insert(rows: Sequence[Row]) -> None:
    samples, readings = [sample for _, _, sample in rows], [reading for _, reading, _ in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_metervalue (key, station_id, transaction_id, evse_number, sampled_at, context, "
            "measurand, phase, location, unit, value, raw) "
            "SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[], %s::text[], "
            "%s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[]) ON CONFLICT DO NOTHING",
            [
                arrays.of_texts(_key(*row) for row in rows),
                arrays.of_numbers(reading.station_id for reading in readings),
                arrays.of_numbers(owner for owner, _, _ in rows),
                arrays.of_numbers(reading.evse_number for reading in readings),
                arrays.of_moments(sample.sampled_at for sample in samples),
                arrays.of_texts(sample.context[:30] for sample in samples),
                arrays.of_texts(sample.measurand[:60] for sample in samples),
                arrays.of_texts(sample.phase[:10] for sample in samples),
                arrays.of_texts(sample.location[:10] for sample in samples),
                arrays.of_texts(sample.unit[:20] for sample in samples),
                arrays.of_numbers(sample.value for sample in samples),
                arrays.of_texts(sample.raw for sample in samples),
            ],
        )


@dataclass(slots=True)
class _Figures:
    """The newest figures of one transaction within a batch."""

    at: datetime
    register: Decimal | None = None
    first_register: Decimal | None = None
    power: Decimal | None = None
    peak: Decimal | None = None
    soc: Decimal | None = None


def _project(rows: Iterable[Row]) -> None:
    figures: dict[int, _Figures] = {}
    for owner, _, sample in sorted(
        (row for row in rows if row[0] is not None), key=lambda row: row[2].sampled_at
    ):
        if sample.value is not None and not sample.phase and sample.measurand in (REGISTER, POWER, SOC):
            _take(figures.setdefault(owner or 0, _Figures(sample.sampled_at)), sample)
    if not figures:
        return
    keys = sorted(figures)
    with connection.cursor() as cursor:
        cursor.execute(
            _PROJECT,
            [
                keys,
                [figures[key].at for key in keys],
                [figures[key].register for key in keys],
                [figures[key].first_register for key in keys],
                [figures[key].power for key in keys],
                [figures[key].peak for key in keys],
                [figures[key].soc for key in keys],
            ],
        )


def _take(figures: _Figures, sample: Sample) -> None:
    figures.at = sample.sampled_at
    if sample.measurand == REGISTER and sample.location in ("Outlet", ""):
        figures.register = sample.value
        figures.first_register = sample.value if figures.first_register is None else figures.first_register
    elif sample.measurand == POWER and sample.value is not None:
        figures.power = sample.value
        figures.peak = max(sample.value, figures.peak or sample.value)
    elif sample.measurand == SOC:
        figures.soc = sample.value


# The begin register is the station's own (meterStart), else the first sample. An ended transaction keeps its final energy here;
# `lifecycle` recomputes it from the stored samples when something comes late.
_PROJECT = """
    UPDATE transactions_transaction t SET
        meter_start_wh = coalesce(t.meter_start_wh, n.first_register),
        register_wh = CASE WHEN t.sampled_at IS NULL OR t.sampled_at <= n.at
                           THEN coalesce(n.register, t.register_wh) ELSE t.register_wh END,
        energy_wh = CASE WHEN t.state = 'active' AND n.register IS NOT NULL
                              AND (t.sampled_at IS NULL OR t.sampled_at <= n.at)
                         THEN greatest(n.register - coalesce(t.meter_start_wh, n.first_register), 0)
                         ELSE t.energy_wh END,
        power_w = CASE WHEN t.state = 'active' AND (t.sampled_at IS NULL OR t.sampled_at <= n.at)
                       THEN coalesce(n.power, t.power_w) ELSE t.power_w END,
        peak_power_w = greatest(t.peak_power_w, n.peak),
        soc_percent = CASE WHEN t.sampled_at IS NULL OR t.sampled_at <= n.at
                           THEN coalesce(n.soc, t.soc_percent) ELSE t.soc_percent END,
        sampled_at = greatest(t.sampled_at, n.at)
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                %s::numeric[]) AS n(id, at, register, first_register, power, peak, soc)
    WHERE t.id = n.id
"""
