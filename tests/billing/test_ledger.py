"""The ledger is written once: the database refuses changes, and the chain shows those that were made all the same."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from billing import ledger, rating
from billing.models import ChargeDetailRecord
from tenants import context
from tenants.context import Place
from tests.billing.rows import ended, publish

pytestmark = pytest.mark.usefixtures("chain")


@pytest.fixture
def chain(acme: Place) -> Iterator[None]:
    """Five records in acme."""
    with context.tenant(acme.slug):
        publish()
        for n in range(5):
            ended(wh=f"{n}000.5")
        rating.rate_ended()
        yield


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_chargedetailrecord SET incl_vat = 0",
        "DELETE FROM billing_chargedetailrecord",
        "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE billing_chargedetailrecord",
        "UPDATE billing_tariffversion SET currency = 'USD'",
        "DELETE FROM billing_tariffversion",
    ],
)
def test_the_database_refuses_to_change_what_is_written_once(sql: str) -> None:
    with pytest.raises(IntegrityError, match="written once"):
        run(sql)


def test_a_sound_chain() -> None:
    head = ChargeDetailRecord.objects.get(number=5).hash

    assert ledger.verify() == ledger.Verdict(5, head)


@pytest.mark.parametrize(
    ("change", "number", "problem"),
    [
        ("UPDATE billing_chargedetailrecord SET incl_vat = incl_vat - 0.01 WHERE number = 3", 3, "content"),
        ("UPDATE billing_chargedetailrecord SET lines = '[]' WHERE number = 2", 2, "content"),
        (
            "UPDATE billing_chargedetailrecord SET ended_at = ended_at + interval '1 microsecond' WHERE number = 5",
            5,
            "content",
        ),
        ("DELETE FROM billing_chargedetailrecord WHERE number = 4", 5, "record 4 is missing"),
        ("UPDATE billing_chargedetailrecord SET previous_hash = 'x' WHERE number = 4", 4, "does not follow"),
    ],
)
def test_a_change_behind_the_back_of_the_database_is_found(change: str, number: int, problem: str) -> None:
    run(f"SET LOCAL session_replication_role = replica; {change}")

    verdict = ledger.verify()

    assert verdict.number == number
    assert problem in verdict.problem


def test_the_command_names_the_record_that_is_wrong(acme: Place) -> None:
    run(
        "SET LOCAL session_replication_role = replica; UPDATE billing_chargedetailrecord SET energy_wh = 1 WHERE number = 4"
    )

    with pytest.raises(CommandError, match="record 4"):
        call_command("verify_ledger", acme.slug)


def test_a_forged_record_cannot_fork_the_chain() -> None:
    first = ChargeDetailRecord.objects.get(number=1)
    first.pk, first.number, first.transaction = None, 6, ended()
    first.incl_vat = Decimal(0)

    with pytest.raises(IntegrityError, match="cdr_chain_does_not_fork"), transaction.atomic():
        first.save(force_insert=True)
