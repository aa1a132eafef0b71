"""The device model: variables of a station as it reported them, and the reports in which they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from chargers import commands
from chargers.messages import SECRET_NAMES
from chargers.models import Command, Report, Variable

CONFIGURATION = "Configuration"  # the component of 1.6's configuration keys


@dataclass(frozen=True, slots=True)
class ReportedVariable:
    """One attribute of one variable as the station told it. `value` None: not told."""

    component: str
    name: str
    value: str | None
    component_instance: str = ""
    evse_number: int | None = None
    connector_number: int | None = None
    instance: str = ""
    attribute_type: str = "Actual"
    mutability: str = ""
    data_type: str = ""
    unit: str = ""
    values_list: str = ""


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A record for the recording lane: one part of a report. Parts come in any order and may come twice. Source: S2-03."""

    station_id: int
    request_id: int
    part: int
    is_last: bool
    variables: tuple[ReportedVariable, ...]
    at: datetime

    @staticmethod
    def write(batch: Sequence["ReportPart"]) -> None:
        """Store the variables of each part; a report with all its parts finishes the command that asked for it."""
        for part in batch:
            record(part.station_id, part.variables, part.at)
            _count_part(part)


def record(station_id: int, variables: Sequence[ReportedVariable], at: datetime) -> None:
    """Bring the shadow of a station's variables up to date in one statement; secrets are never kept."""
    latest = {
        (
            v.component.lower(), v.component_instance.lower(), v.evse_number, v.connector_number,
            v.name.lower(), v.instance.lower(), v.attribute_type,
        ): v
        for v in variables
    }  # fmt: skip
    if not latest:
        return
    rows = [_row(variable) for variable in latest.values()]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [station_id, at, *([list(column) for column in zip(*rows, strict=True)])])


def desire(station_id: int, component: str, name: str, value: str, **where: object) -> None:
    """Remember what the station was told, beside what it reports."""
    if name.lower() in SECRET_NAMES:
        return
    key = {"component__iexact": component, "name__iexact": name, **where}
    if not Variable.objects.filter(station_id=station_id, **key).update(desired_value=value):
        Variable.objects.create(
            station_id=station_id, component=component, name=name, desired_value=value, **where
        )


def reported(station_id: int, *places: tuple[str, str]) -> str | None:
    """The actual value of the first of these variables, (component, name), that the station has reported."""
    told = {
        (component.lower(), name.lower()): value
        for component, name, value in Variable.objects.filter(
            station_id=station_id, attribute_type="Actual", value__isnull=False
        )
        .filter(name__iregex=f"^({'|'.join(name for _, name in places)})$")
        .values_list("component", "name", "value")
    }
    keys = ((component.lower(), name.lower()) for component, name in places)
    return next((told[key] for key in keys if key in told), None)


def _row(variable: ReportedVariable) -> tuple[object, ...]:
    is_secret = variable.name.lower() in SECRET_NAMES or variable.mutability == "WriteOnly"
    return (
        variable.component[:50],
        variable.component_instance[:50],
        variable.evse_number,
        variable.connector_number,
        variable.name[:50],
        variable.instance[:50],
        variable.attribute_type,
        None if is_secret else variable.value,
        variable.mutability,
        variable.data_type,
        variable.unit[:20],
        variable.values_list,
    )


_UPSERT = """
    INSERT INTO chargers_variable AS v
        (station_id, reported_at, component, component_instance, evse_number, connector_number, name, instance,
         attribute_type, value, mutability, data_type, unit, values_list)
    SELECT %s, %s, t.* FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[],
                                   %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS t
    ON CONFLICT (station_id, lower(component), lower(component_instance), evse_number, connector_number, lower(name),
                 lower(instance), attribute_type)
    DO UPDATE SET
        reported_at = excluded.reported_at,
        value = coalesce(excluded.value, v.value),
        mutability = coalesce(nullif(excluded.mutability, ''), v.mutability),
        data_type = coalesce(nullif(excluded.data_type, ''), v.data_type),
        unit = coalesce(nullif(excluded.unit, ''), v.unit),
        values_list = coalesce(nullif(excluded.values_list, ''), v.values_list)
"""


def _count_part(part: ReportPart) -> None:
    command = Command.objects.filter(
        station_id=part.station_id, action="GetBaseReport", correlation_id=part.request_id
    ).first()
    report, _ = Report.objects.select_for_update().get_or_create(
        station_id=part.station_id, request_id=part.request_id, defaults={"command": command}
    )
    if part.part in report.parts:
        return
    report.parts = sorted([*report.parts, part.part])
    report.variables += len(part.variables)
    report.last_part = part.part if part.is_last else report.last_part
    if report.last_part is not None and len(report.parts) == report.last_part + 1 and not report.completed_at:
        report.completed_at = timezone.now()
        commands.see_effect(part.station_id, "GetBaseReport", part.request_id)
    report.save()
