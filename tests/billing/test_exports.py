"""Exports: complete, exact, harmless in a spreadsheet, and never stuck."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing import exports, formats, rating
from billing.models import CdrExport
from chargers.models import Site
from tenants import context
from tenants.context import Place
from tests.billing.rows import ended, event, publish, station
from tests.billing.sessions import NOON, component, element, tariff

DAY = datetime(2026, 9, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any, acme: Place) -> Iterator[Path]:
    settings.PRIVATE_FILES = tmp_path
    with context.tenant(acme.slug):
        yield tmp_path


def export(
    kind: str, start: datetime = DAY, end: datetime = DAY + timedelta(days=1)
) -> tuple[CdrExport, bytes]:
    job = exports.run(exports.prepare(start, end, kind, "test").pk)
    assert job.error == ""
    content = exports.path_of(job).read_bytes()
    assert hashlib.sha256(content).hexdigest() == job.sha256
    return job, content


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_csv_file_has_a_row_for_each_record(monkeypatch: pytest.MonkeyPatch) -> None:
    publish()
    for n in range(7):
        ended(wh=f"{n}000.25", minutes=60)  # the same end: chunks must not lose or double any
    rating.rate_ended()
    monkeypatch.setattr(exports, "CHUNK", 3)

    job, content = export("csv")

    rows = read_csv(content)
    assert (job.status, job.progress, job.rows, len(rows)) == ("done", 100, 7, 7)
    assert sorted(row["number"] for row in rows) == [str(n) for n in range(1, 8)]
    assert sum(Decimal(row["energy_wh"]) for row in rows) == Decimal("21001.75")
    assert content.count(b"\r\n") == 8


def test_the_period_is_half_open() -> None:
    ended(start=DAY - timedelta(hours=1))  # ends at the first moment of the day
    ended(start=DAY + timedelta(hours=23))  # ends at the first moment of the next
    rating.rate_ended()

    job, content = export("csv")

    assert [row["ended_at"] for row in read_csv(content)] == ["2026-09-14T00:00:00Z"]
    assert job.rows == 1


@pytest.mark.parametrize("text", ["=1+1", "+31", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_is_a_formula_in_a_spreadsheet(text: str) -> None:
    ended(transaction_id=text)
    rating.rate_ended()

    row = read_csv(export("csv")[1])[0]

    assert row["transaction_id"] == f"'{text}"


def test_a_text_with_quotes_and_line_ends_is_read_back_as_it_was() -> None:
    site = Site.objects.create(name='The "old", site\nof ours')
    ended(at=station("CP-Q", site=site))
    rating.rate_ended()

    assert read_csv(export("csv")[1])[0]["site"] == 'The "old", site\nof ours'


def test_a_json_file_holds_the_records_as_the_api_shows_them() -> None:
    publish()
    row = ended(wh="10000.125")
    rating.rate_ended()

    documents = json.loads(export("json")[1], parse_float=Decimal)

    assert documents[0]["transaction_id"] == row.transaction_id
    assert documents[0]["energy_wh"] == Decimal("10000.125")
    assert documents[0]["total_cost"] == {"excl_vat": "4.35", "incl_vat": "5.26"}
    assert (documents[0]["state"], documents[0]["tariff_version"]) == ("issued", 1)


def test_an_empty_period_is_an_empty_file() -> None:
    assert json.loads(export("json")[1]) == []
    assert read_csv(export("csv")[1]) == []


def test_an_ocpi_file_holds_cdr_objects() -> None:
    """Vector 7 of the price vectors, with its worked example."""
    site = Site.objects.create(
        name="Depot", city="Utrecht", country_code="NL", latitude="52.09", longitude="5.12"
    )
    publish(
        tariff(
            element(
                component("ENERGY", "0.25", "10"),
                component("FLAT", "0.50", "20"),
                component("PARKING_TIME", "2", "20", 900),
            )
        )
    )
    row = ended(
        wh="20000", minutes=160, at=station("CP-O", site=site), samples=[(120, "21000")], remote_start_id=4
    )
    event(row, 0, 0, "Charging")
    event(row, 1, 120, "SuspendedEV")
    ended(is_estimated=True)  # held: not in the file
    rating.rate_ended()

    job, content = export("ocpi")

    (cdr,) = json.loads(content, parse_float=Decimal)
    assert job.rows == 1
    assert cdr["total_cost"] == {"excl_vat": 7, "incl_vat": Decimal("7.9")}
    assert cdr["total_energy_cost"] == {"excl_vat": 5, "incl_vat": Decimal("5.5")}
    assert cdr["total_fixed_cost"] == {"excl_vat": Decimal("0.5"), "incl_vat": Decimal("0.6")}
    assert cdr["total_parking_cost"] == {"excl_vat": Decimal("1.5"), "incl_vat": Decimal("1.8")}
    assert (cdr["total_energy"], cdr["total_time"], cdr["total_parking_time"]) == (
        20,
        Decimal("2.6667"),
        Decimal("0.6667"),
    )
    assert [period["dimensions"] for period in cdr["charging_periods"]] == [
        [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 2}],
        [{"type": "PARKING_TIME", "volume": Decimal("0.6667")}],
    ]
    assert cdr["cdr_location"]["country"] == "NLD"
    assert cdr["auth_method"] == "COMMAND"
    assert cdr["cdr_token"]["uid"] == "CARD-1"
    assert cdr["tariffs"][0]["elements"][0]["price_components"][0]["price"] == Decimal("0.25")
    assert (cdr["start_date_time"], cdr["country_code"], cdr["party_id"]) == (
        "2026-09-14T12:00:00Z",
        "NL",
        "CSM",
    )


def test_a_job_runs_once() -> None:
    job, _ = export("csv")
    exports.path_of(job).unlink()

    assert exports.run(job.pk).status == "done"
    assert not exports.path_of(job).exists()


def test_a_job_that_fails_says_why_and_leaves_no_file(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended()
    rating.rate_ended()
    monkeypatch.setitem(formats.COLUMNS, "number", lambda record: record.no_such_field)

    job = exports.run(exports.prepare(DAY, DAY + timedelta(days=1), "csv").pk)

    assert job.status == "failed"
    assert "no_such_field" in job.error
    assert not any((files / "acme" / "exports").iterdir())


def test_a_job_whose_worker_died_is_run_again() -> None:
    job = exports.prepare(DAY, DAY + timedelta(days=1), "csv")
    CdrExport.objects.filter(pk=job.pk).update(
        status="running", moved_at=timezone.now() - timedelta(minutes=6)
    )

    assert exports.resume_stuck() == 1
    assert exports.run(job.pk).status == "done"


@pytest.mark.parametrize(
    ("kind", "days", "sentence"), [("xlsx", 1, "XLSX"), ("pdf", 1, "pdf"), ("csv", 0, "empty")]
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(kind: str, days: int, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        exports.start(DAY, DAY + timedelta(days=days), kind, "test")


def test_the_command_writes_the_file_and_says_what_it_wrote(tmp_path: Path, acme: Place) -> None:
    ended()
    output, said = tmp_path / "out.csv", io.StringIO()

    call_command(
        "export_cdrs",
        acme.slug,
        "--from",
        "2026-09-14",
        "--to",
        "2026-09-15",
        "--output",
        str(output),
        "--json",
        stdout=said,
    )

    result = json.loads(said.getvalue())
    assert result == {
        "path": str(output),
        "rows": 1,
        "sha256": hashlib.sha256(output.read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize("start", ["yesterday", "2026-02-30", "2026-09-15"])
def test_the_command_refuses_a_wrong_period(start: str, tmp_path: Path, acme: Place) -> None:
    with pytest.raises(CommandError):
        call_command(
            "export_cdrs", acme.slug, "--from", start, "--to", "2026-09-15", "--output", str(tmp_path / "x")
        )


def test_tenants_export_their_own(volt: Place) -> None:
    ended(start=NOON)
    rating.rate_ended()

    with context.tenant(volt.slug):
        assert export("csv")[0].rows == 0
