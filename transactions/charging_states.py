"""What a connector's status says about the transaction that runs on it, where a version reports no charging state of its own. It never starts or ends one (S16-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class ChargingStateReport:
    """A record for the recording lane: the charging state at an EVSE, in OCPP 2.0.1's words."""

    station_id: int
    evse_number: int
    charging_state: str
    reported_at: datetime

    @staticmethod
    def write(batch: Sequence["ChargingStateReport"]) -> None:
        """Move the running transactions of a batch to the newest state of their EVSE; a report from before a transaction's start is not about it."""
        newest: dict[tuple[int, int], ChargingStateReport] = {}
        for report in sorted(batch, key=lambda report: report.reported_at):
            newest[report.station_id, report.evse_number] = report
        reports = [newest[key] for key in sorted(newest)]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE transactions_transaction t SET charging_state = n.state "
                "FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[]) AS n(station, evse, state, at) "
                "WHERE t.station_id = n.station AND t.evse_number = n.evse AND t.state = 'active' "
                "AND t.started_at <= n.at + interval '2 seconds' AND t.charging_state <> n.state",
                [
                    [report.station_id for report in reports],
                    [report.evse_number for report in reports],
                    [report.charging_state for report in reports],
                    [report.reported_at for report in reports],
                ],
            )
