"""What stations say about their connectors: the last report per connector wins, by the time of the report. Source: S16-08, S16-09, S2-40."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from chargers.models import ConnectorStatus

WORST_FIRST = (
    ConnectorStatus.FAULTED,
    ConnectorStatus.UNAVAILABLE,
    ConnectorStatus.OCCUPIED,
    ConnectorStatus.RESERVED,
    ConnectorStatus.AVAILABLE,
)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A record for the recording lane: the status of one connector (EVSE 0: the station itself)."""

    station_id: int
    evse_number: int
    connector_number: int
    status: str
    detail: str
    error_code: str
    error_text: str
    vendor_error_code: str
    reported_at: datetime

    @staticmethod
    def write(batch: Sequence["StatusReport"]) -> None:
        """Bring the connectors of a batch up to date; connectors that were not known are created. Ordered by key, so that lanes do not deadlock."""
        latest: dict[tuple[int, int, int], StatusReport] = {}
        for report in batch:
            key = (report.station_id, report.evse_number, report.connector_number)
            if key not in latest or report.reported_at >= latest[key].reported_at:
                latest[key] = report
        reports = [latest[key] for key in sorted(latest)]
        _make_evses(reports)
        _apply(reports)


def worst(statuses: Iterable[str]) -> str:
    """The one word for a station: the status that an operator should look at first."""
    present = set(statuses)
    return next(
        (str(status) for status in WORST_FIRST if status in present), str(ConnectorStatus.UNAVAILABLE)
    )


def _make_evses(reports: Sequence[StatusReport]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chargers_evse (station_id, number) "
            "SELECT DISTINCT s, n FROM unnest(%s::bigint[], %s::int[]) AS t(s, n) ORDER BY s, n ON CONFLICT DO NOTHING",
            [[report.station_id for report in reports], [report.evse_number for report in reports]],
        )


def _apply(reports: Sequence[StatusReport]) -> None:
    columns = zip(
        *(
            (
                report.station_id,
                report.evse_number,
                report.connector_number,
                report.status,
                report.detail[:50],
                report.error_code[:50],
                report.error_text[:255],
                report.vendor_error_code[:255],
                report.reported_at,
            )
            for report in reports
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO chargers_connector AS c
                (evse_id, number, status, detail, error_code, error_text, vendor_error_code, reported_at)
            SELECT e.id, t.number, t.status, t.detail, t.error_code, t.error_text, t.vendor_error_code, t.reported_at
            FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                        %s::timestamptz[])
                AS t(station_id, evse, number, status, detail, error_code, error_text, vendor_error_code, reported_at)
            JOIN chargers_evse e ON e.station_id = t.station_id AND e.number = t.evse
            ORDER BY e.id, t.number
            ON CONFLICT (evse_id, number) DO UPDATE SET
                status = excluded.status, detail = excluded.detail, error_code = excluded.error_code,
                error_text = excluded.error_text, vendor_error_code = excluded.vendor_error_code,
                reported_at = excluded.reported_at
            WHERE c.reported_at IS NULL OR c.reported_at <= excluded.reported_at
            """,
            [list(column) for column in columns],
        )
