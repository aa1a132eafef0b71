"""The strict reader: bounds, exact numbers, nothing that could be understood in two ways."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.ocpp import jsontext
from csms.ocpp.jsontext import BadJson, DuplicateKey, NotJson, UnstorableText


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.50", Decimal("1.50")),
        ("1e2", Decimal("1E+2")),
        ("1E-40", Decimal("1E-40")),
        ("-0.0", Decimal("-0.0")),
        ("9223372036854775807", 2**63 - 1),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", Decimal(2**64)),
        ("0.1234567890123456789012345678901234567", Decimal("0.1234567890123456789012345678901234567")),
        ("1" * 40, Decimal("1" * 40)),
        ('"\\ud83d\\udd0c"', "🔌"),
        ('"\\\\u0000"', "\\u0000"),
    ],
)
def test_numbers_and_texts_keep_their_exact_value(text: str, value: Any) -> None:
    read = jsontext.loads(text)
    assert read == value
    assert type(read) is type(value)
    assert str(read) == str(value)


@pytest.mark.parametrize("number", ["12345.6", "0.1", "230.20", "1234567890123.123", "1E+3"])
def test_a_number_is_written_with_the_digits_it_was_read_with(number: str) -> None:
    assert jsontext.dumps(jsontext.loads(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ufeff1",
        "1 2",
        "[1,]",
        "{'a':1}",
        '{"a":1,}',
        '"\t"',
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "1e41",
        "1e-41",
        "1e" + "9" * 5000,
        "1" * 41,
        "0." + "1" * 40,
        "-" + "1" * 100_000,
        "１",
        "// comment\n1",
    ],
)
def test_what_is_no_bounded_json_is_refused(text: str) -> None:
    with pytest.raises(NotJson) as caught:
        jsontext.loads(text)
    assert len(str(caught.value)) < 100


def test_thirty_two_levels_are_read_and_thirty_three_are_not() -> None:
    jsontext.loads("[" * 32 + "]" * 32)
    jsontext.loads('{"a":' * 32 + "1" + "}" * 32)
    jsontext.loads("[" + "[]," * 999 + "[]]")
    for text in ("[" * 33 + "]" * 33, '{"a":' * 33 + "1" + "}" * 33, "[" * 50_000 + "]" * 50_000):
        with pytest.raises(NotJson, match="deeper"):
            jsontext.loads(text)


def test_brackets_inside_a_text_do_not_count() -> None:
    text = "[{" * 10_000
    assert jsontext.loads(json.dumps({"data": text})) == {"data": text}


def test_ten_thousand_values_are_read_and_one_more_is_not() -> None:
    assert len(jsontext.loads(json.dumps([0] * 9_999))) == 9_999
    for value in ([0] * 10_000, {str(key): key for key in range(10_000)}, [[0, 0]] * 3_334):
        with pytest.raises(NotJson, match="values"):
            jsontext.loads(json.dumps(value, separators=(",", ":")))


def test_256_kib_are_read_and_one_byte_more_is_not() -> None:
    assert jsontext.loads('"' + "x" * (256 * 1024 - 2) + '"')
    for text in ('"' + "x" * (256 * 1024 - 1) + '"', '"' + "€" * (256 * 1024 // 3) + '"'):
        with pytest.raises(NotJson, match="larger"):
            jsontext.loads(text)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '[{"b":{"a":1,"\\u0061":2}}]', '{"":1,"":2}'])
def test_a_key_must_not_stand_twice_in_an_object(text: str) -> None:
    with pytest.raises(DuplicateKey):
        jsontext.loads(text)


@pytest.mark.parametrize(
    "text",
    ['"\\u0000"', '{"a\\u0000":1}', '["\\ud800"]', '"\\udc00\\ud800"', '"\ud800"', '{"é\udfff":[]}'],
)
def test_a_text_that_the_database_cannot_keep_is_refused(text: str) -> None:
    with pytest.raises(UnstorableText):
        jsontext.loads(text)


def test_a_moment_is_written_as_stations_read_it() -> None:
    moment = datetime(2026, 11, 22, 12, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))
    assert jsontext.dumps([moment]) == '["2026-11-22T10:00:00.123Z"]'


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1}, b"x"])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        jsontext.dumps([value])


@settings(deadline=None)
@given(st.text(st.characters()) | st.text('[]{},:"\\2e0.-u+ntf ', max_size=60))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    try:
        value = jsontext.loads(text)
    except BadJson:
        return
    assert jsontext.loads(jsontext.dumps(value)) == value
    assert json.loads(text, parse_float=Decimal) == value


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_can_be_written(moment: datetime) -> None:
    assert jsontext.dumps(moment).endswith('Z"')
