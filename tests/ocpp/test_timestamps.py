"""Times on the wire."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.ocpp import timestamps


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00Z", utc(2026, 11, 22, 10)),
        ("2026-11-22T10:00:00.5Z", utc(2026, 11, 22, 10, 0, 0, 500_000)),
        ("2026-11-22T10:00:00.123Z", utc(2026, 11, 22, 10, 0, 0, 123_000)),
        ("2026-11-22T10:00:00.1234567Z", utc(2026, 11, 22, 10, 0, 0, 123_456)),
        ("2026-11-22T10:00:00.123456999+01:00", utc(2026, 11, 22, 9, 0, 0, 123_456)),
        ("2026-11-22T10:00:00." + "1" * 40 + "Z", utc(2026, 11, 22, 10, 0, 0, 111_111)),
        ("2026-11-22T00:30:00+05:45", utc(2026, 11, 21, 18, 45)),
        ("2026-11-22T10:00:00-00:00", utc(2026, 11, 22, 10)),
        ("2028-02-29T23:59:59Z", utc(2028, 2, 29, 23, 59, 59)),
        ("1970-01-01T00:00:00Z", utc(1970, 1, 1)),
    ],
)
def test_a_proper_timestamp_is_read_without_a_note(text: str, moment: datetime) -> None:
    assert timestamps.parse_noting(text) == (moment, None)
    read = timestamps.parse(text)
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment", "note"),
    [
        ("2026-11-22T10:00:00", utc(2026, 11, 22, 10), timestamps.NO_ZONE),
        ("2026-11-22T10:00:00.250", utc(2026, 11, 22, 10, 0, 0, 250_000), timestamps.NO_ZONE),
        ("2026-11-22T10:00:00+02", utc(2026, 11, 22, 8), timestamps.SHORT_OFFSET),
        ("2026-11-22T10:00:00.25-03", utc(2026, 11, 22, 13, 0, 0, 250_000), timestamps.SHORT_OFFSET),
        ("2026-11-22T10:00:00+0530", utc(2026, 11, 22, 4, 30), timestamps.SHORT_OFFSET),
        ("2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59, 999_999), timestamps.LEAP_SECOND),
        ("2017-01-01T00:59:60.9+01:00", utc(2016, 12, 31, 23, 59, 59, 999_999), timestamps.LEAP_SECOND),
        ("2016-12-31T23:59:60", utc(2016, 12, 31, 23, 59, 59, 999_999), timestamps.LEAP_SECOND),
    ],
)
def test_what_stations_write_instead_is_read_with_a_note(text: str, moment: datetime, note: str) -> None:
    assert timestamps.parse_noting(text) == (moment, note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-22",
        "2026-11-22T10:00Z",
        "2026-11-22 10:00:00Z",
        "2026-11-22t10:00:00Z",
        "2026-11-22T10:00:00z",
        "2026-11-22T10:00:00+25:00",
        "2026-11-22T10:00:00+01:60",
        "2026-11-22T10:00:00+1:00",
        "2026-11-22T10:00:00 Z",
        "2026-11-22T10:00:00Z\n",
        " 2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00,5Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-02-30T00:00:60Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "222222017-10-27T10:00:00Z",
        "2017-W43-5",
        "2017-W43-5T10:00:00Z",
        "20171027T100000Z",
        "2017-10-27T100000Z",
        "２０２６-11-22T10:00:00Z",
        "1795341600",
    ],
)
def test_nonsense_is_no_moment(text: str) -> None:
    assert timestamps.parse_noting(text) == (None, None)


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    assert timestamps.text(utc(2026, 11, 22, 10)) == "2026-11-22T10:00:00.000Z"


def test_a_moment_without_zone_is_never_sent() -> None:
    with pytest.raises(ValueError, match="zone"):
        timestamps.text(datetime(2026, 11, 22))  # noqa: DTZ001 - the case under test


@settings(deadline=None)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_what_is_written_is_read_back_to_the_millisecond(moment: datetime) -> None:
    read = timestamps.parse(timestamps.text(moment))
    assert read == moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


@settings(deadline=None)
@given(st.text() | st.text("0123456789-:T.Z+", max_size=30))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    timestamps.parse_noting(text)
