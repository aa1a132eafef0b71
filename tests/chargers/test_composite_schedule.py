"""What charging profiles leave of a station's power: the rules of the protocol as examples, and properties. Source: S16-70 to S16-77, DRV-6-19."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chargers import composite_schedule
from chargers.charging_schedules import Period, Profile, Schedule
from chargers.composite_schedule import Difference, Question, Running, Span

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = 3600, 86_400
MAX, DEFAULT, TX = "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
RUNNING = {1: Running("7", MIDNIGHT)}


def at(hour: float, day: int = 0) -> datetime:
    return MIDNIGHT + timedelta(days=day, hours=hour)


def profile(purpose: str, *limits: tuple[float, float] | float, **options: Any) -> Profile:
    """Limits are (hour, limit), or one limit for good."""
    pairs = [limit if isinstance(limit, tuple) else (0, limit) for limit in limits]
    periods = tuple(
        Period(int(hour * HOUR), Decimal(str(limit)), options.get("phases")) for hour, limit in pairs
    )
    hours = options.get("hours")
    start = options.get("start", MIDNIGHT - timedelta(days=1))
    schedule = Schedule(
        options.get("unit", "A"), periods, start=start, duration_s=int(hours * HOUR) if hours else None
    )
    return Profile(
        evse_number=options.get("evse", 1 if purpose == TX else 0),
        purpose=purpose,
        stack_level=options.get("level", 0),
        kind=options.get("kind", "Absolute"),
        schedule=schedule,
        recurrency=options.get("recurrency", ""),
        valid_from=options.get("valid_from"),
        valid_to=options.get("valid_to"),
        transaction_id="7" if purpose == TX else "",
    )


def day(
    *profiles: Profile, evse: int = 1, unit: str = "A", **options: Any
) -> list[tuple[float, float | None]]:
    """The composite of 23 November as (hour, limit)."""
    question = Question(evse, options.pop("start", MIDNIGHT), options.pop("seconds", DAY), unit)
    spans = composite_schedule.composite(profiles, question, running=RUNNING, **options)
    return [(span.start_s / HOUR, None if span.limit is None else float(span.limit)) for span in spans]


def test_without_profiles_nothing_limits() -> None:
    assert day() == [(0, None)]


def test_the_example_of_three_purposes_takes_the_least_of_station_and_transaction() -> None:
    """32 A for the station, 16 A from 7 to 19 by default, 20 A for the transaction until 18."""
    daytime = profile(DEFAULT, 16, start=at(7), hours=12, kind="Recurring", recurrency="Daily")
    own = profile(TX, 20, level=1, start=at(0), valid_to=at(18))
    assert day(profile(MAX, 32), daytime, own) == [(0, 20), (18, 16), (19, 32)]
    assert day(profile(MAX, 18), daytime, own) == [(0, 18), (18, 16), (19, 18)]


def test_a_transactions_profile_overrules_the_default_also_upwards_and_gives_way_when_it_ends() -> None:
    assert day(profile(DEFAULT, 10), profile(TX, 25, start=at(2), hours=3)) == [(0, 10), (2, 25), (5, 10)]


def test_a_profile_of_another_transaction_or_evse_counts_for_nothing() -> None:
    other = replace(profile(TX, 6), transaction_id="8")
    assert day(other, profile(DEFAULT, 6, evse=2)) == [(0, None)]
    assert day(profile(TX, 6), evse=2) == [(0, None)]


def test_the_highest_level_that_is_valid_prevails_and_its_gaps_show_the_next() -> None:
    lower, higher = profile(DEFAULT, 10), profile(DEFAULT, 20, level=3, valid_from=at(6), valid_to=at(8))
    assert day(lower, higher) == [(0, 10), (6, 20), (8, 10)]
    gone = profile(DEFAULT, (0, 20), (1, 24), level=3, start=at(6), hours=2)
    assert day(lower, gone) == [(0, 10), (6, 20), (7, 24), (8, 10)]


def test_a_default_of_the_evse_itself_goes_before_one_for_all() -> None:
    for_all, own = profile(DEFAULT, 10, level=5), profile(DEFAULT, 16, evse=1)
    assert day(for_all, own) == [(0, 16)]
    assert day(for_all, own, evse=2) == [(0, 10)]


def test_a_daily_profile_returns_every_day_and_leaves_the_rest_of_the_day_to_others() -> None:
    night = profile(DEFAULT, 32, level=1, start=at(22, -3), hours=8, kind="Recurring", recurrency="Daily")
    assert day(profile(DEFAULT, 8), night) == [(0, 32), (6, 8), (22, 32)]
    assert day(night, start=at(23), seconds=26 * HOUR) == [(0, 32), (7, None), (23, 32)]


def test_a_weekly_profile_returns_every_week_and_not_before_it_began() -> None:
    weekly = profile(
        DEFAULT, (0, 6), (24, 12), start=at(0, -14), hours=48, kind="Recurring", recurrency="Weekly"
    )
    assert day(weekly, seconds=8 * DAY) == [(0, 6), (24, 12), (48, None), (168, 6)]
    later = replace(weekly, schedule=replace(weekly.schedule, start=at(0, 1)))
    assert day(later, seconds=4 * DAY) == [(0, None), (24, 6), (48, 12), (72, None)]


def test_a_recurring_profile_without_duration_fills_its_whole_cycle() -> None:
    steps = profile(DEFAULT, (0, 6), (8, 16), start=at(4, -9), kind="Recurring", recurrency="Daily")
    assert day(steps) == [(0, 16), (4, 6), (12, 16)]


def test_a_relative_profile_starts_with_the_transaction_or_with_the_question() -> None:
    relative = profile(DEFAULT, (0, 16), (2, 6), start=None, kind="Relative")
    charging = {1: Running("7", at(-1))}
    assert day(relative, evse=2) == [(0, 16), (2, 6)]
    spans = composite_schedule.composite([relative], Question(1, MIDNIGHT, DAY, "A"), running=charging)
    assert spans == [Span(0, Decimal(16)), Span(HOUR, Decimal(6))]


def test_an_absolute_profile_without_start_counts_from_its_validity_or_its_arrival() -> None:
    arrived = replace(profile(DEFAULT, (0, 16), (1, 6), start=None), received_at=at(3))
    assert day(arrived) == [(0, None), (3, 16), (4, 6)]
    assert day(replace(arrived, valid_from=at(5))) == [(0, None), (5, 16), (6, 6)]


def test_validity_cuts_a_schedule_off() -> None:
    assert day(profile(MAX, 16, valid_from=at(1), valid_to=at(2))) == [(0, None), (1, 16), (2, None)]


def test_zero_suspends() -> None:
    assert day(profile(MAX, 32), profile(TX, 0)) == [(0, 0)]


@pytest.mark.parametrize(
    ("unit", "phases", "limit", "wanted", "expected"),
    [
        ("A", None, 16, "W", "11040.0"),
        ("A", 1, 16, "W", "3680.0"),
        ("W", None, 11040, "A", "16.0"),
        ("W", 3, 11000, "A", "15.9"),
        ("W", 1, 7400, "A", "32.1"),
        ("A", 2, 10, "A", "10"),
    ],
)
def test_amperes_count_for_each_phase_and_watts_for_all(
    unit: str, phases: int | None, limit: int, wanted: str, expected: str
) -> None:
    assert composite_schedule.converted(Period(0, Decimal(limit), phases), unit, wanted) == Decimal(expected)


def test_the_least_is_found_across_units() -> None:
    watts, amperes = profile(MAX, 7000, unit="W"), profile(DEFAULT, 16)
    assert day(watts, amperes) == [(0, 10.1)]
    assert day(watts, amperes, unit="W") == [(0, 7000)]
    assert day(replace(watts, schedule=replace(watts.schedule, periods=(Period(0, Decimal(22000)),))), amperes, unit="W") == [(0, 11040)]  # fmt: skip


def test_the_phases_are_those_of_the_limit_that_prevails() -> None:
    spans = composite_schedule.composite(
        [profile(MAX, 20), profile(DEFAULT, 10, phases=1)], Question(1, MIDNIGHT, DAY, "A")
    )
    assert spans == [Span(0, Decimal(10), 1)]


def test_the_stations_schedule_is_the_sum_of_its_evses_and_never_above_its_maximum() -> None:
    first, second = profile(DEFAULT, 10, evse=1), profile(DEFAULT, (0, 6), (24 + 12, 20), evse=2)
    both: dict[str, Any] = {"evse": 0, "evse_numbers": (1, 2)}
    assert day(first, second, **both) == [(0, 16), (12, 30)]
    assert day(first, second, profile(MAX, 25), **both) == [(0, 16), (12, 25)]
    assert day(first, **both) == [(0, None)]
    assert day(first, profile(MAX, 25), **both) == [(0, 25)]


def test_what_lies_outside_the_question_is_left_out() -> None:
    steps = profile(DEFAULT, *[(24 + hour, 6 + hour) for hour in range(24)])
    steps = replace(
        steps, schedule=replace(steps.schedule, periods=(Period(0, Decimal(5)), *steps.schedule.periods))
    )
    assert day(steps, start=at(10), seconds=2 * HOUR) == [(0, 16), (1, 17)]


def test_equal_neighbours_are_one_span() -> None:
    assert day(profile(DEFAULT, (0, 16), (25, 16), (30, 16))) == [(0, 16)]


def test_every_instant_is_the_least_of_what_is_in_force() -> None:
    """The spans agree with a look at each quarter of an hour by itself."""
    stack = [
        profile(MAX, (0, 30), (24 + 9, 18), (24 + 17, 40)),
        profile(DEFAULT, 12, start=at(6, -2), hours=4, kind="Recurring", recurrency="Daily"),
        profile(DEFAULT, (0, 24), (3, 14), level=2, start=at(5.25), hours=9.5),
        profile(TX, (0, 20), (1, 35), start=None, kind="Relative", hours=3),
    ]
    spans = composite_schedule.composite(stack, Question(1, MIDNIGHT, DAY, "A"), running=RUNNING)
    for quarter in range(96):
        alone = composite_schedule.composite(stack, Question(1, at(quarter / 4), 1, "A"), running=RUNNING)
        begun = [span for span in spans if span.start_s <= quarter * 900]
        assert begun[-1].limit == alone[0].limit


def test_differences_name_where_the_station_says_something_else() -> None:
    expected = [Span(0, Decimal(16)), Span(HOUR, Decimal(10)), Span(2 * HOUR, None)]
    told = [Span(0, Decimal("16.1")), Span(1800, Decimal(16)), Span(3 * HOUR, Decimal(32))]
    assert composite_schedule.differences(expected, told, DAY) == [Difference(HOUR, Decimal(10), Decimal(16))]
    assert composite_schedule.differences(expected, expected, DAY) == []
    assert composite_schedule.differences([Span(0, Decimal(11040))], [Span(0, Decimal(11000))], DAY) == []
