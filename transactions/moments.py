"""When something occurred. The station's time counts, unless it cannot be true. Source: MV-38, Q18, F-10 of the field."""

from datetime import UTC, datetime, timedelta

FIRST_TRUE_MOMENT = datetime(2019, 1, 1, tzinfo=UTC)
MAX_AHEAD = timedelta(hours=24)


def occurred(reported: datetime | None, received: datetime) -> tuple[datetime, str | None]:
    """The moment to use, and the code of the note when it is not the reported one."""
    if reported is None:
        return received, "unreadable_time"
    if reported < FIRST_TRUE_MOMENT or reported > received + MAX_AHEAD:
        return received, "clock_unset"
    return reported, None
