"""Columns of a batch arrive in PostgreSQL as they were."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from chargers import arrays
from tenants.context import Place, enter

TEXTS = [
    "",
    "plain",
    "NULL",
    "null",
    "a,b",
    "{}",
    '"quoted"',
    "back\\slash",
    "it's",
    " blanks ",
    "tab\tline\n",
    "ü €",
    "%s",
    "\\x41",
]


def read(literal: str, kind: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [literal])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("values", [TEXTS, [], [""]])
def test_texts_keep_every_character(acme: Place, values: list[str]) -> None:
    with enter(acme):
        assert read(arrays.of_texts(values), "text") == values


def test_numbers_keep_every_digit_and_none_is_null(acme: Place) -> None:
    values = [Decimal("12345678901234567.123456"), Decimal("1E+3"), Decimal("-0.000001"), None, Decimal(0)]

    with enter(acme):
        assert read(arrays.of_numbers(values), "numeric") == values


def test_truth_values_arrive_as_such(acme: Place) -> None:
    with enter(acme):
        assert read(arrays.of_numbers([True, False]), "bool") == [True, False]


def test_moments_keep_microseconds_and_zone(acme: Place) -> None:
    moments = [datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC)]

    with enter(acme):
        assert read(arrays.of_moments(moments), "timestamptz") == moments
