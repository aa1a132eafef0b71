"""Settings as they are to be (templates), as they are (what stations report), and where they differ (drift).

After each boot of a station that is not to be left alone, its wanted settings are read, and those that differ are set again: some stations
forget them when they restart (Q42). A station's own template comes before that of its site, that before its make's, and that before one for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from chargers import commands
from chargers.messages import SECRET_NAMES
from chargers.models import ChargingStation, Command, ConfigurationTemplate, Variable

KEY = "Configuration"  # the component of what has none
KEEPER = "configuration template"  # who asks, in the list of commands
READING_BACK = "configuration template, reading back"
AFTER_BOOT = timedelta(seconds=5)  # a station settles first (Q35)
BOOTED_LATELY = timedelta(hours=1)
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """One wanted setting of one station, beside what the station reported. `reported` None: it has not been told."""

    component: str
    name: str
    wanted: str
    template: str
    reported: str | None = None
    is_read_only: bool = False

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown nor reported."""
        return self.name.lower() in SECRET_NAMES

    @property
    def has_drifted(self) -> bool:
        """Whether the station is known to have another value."""
        return self.reported is not None and not same(self.reported, self.wanted)

    @property
    def is_to_be_set(self) -> bool:
        """Whether it must be told: it differs, or nobody knows."""
        return not self.is_read_only and (self.has_drifted or (self.reported is None and not self.is_secret))


def same(reported: str, wanted: str) -> bool:
    """Whether two values mean the same: without case, and without blanks in lists. Source: S16-34."""
    return [part.strip().lower() for part in reported.split(",")] == [
        part.strip().lower() for part in wanted.split(",")
    ]


def of_station(station: ChargingStation) -> list[Setting]:
    """The wanted settings of a station with what it reported, by component and name."""
    wanted = _wanted(station)
    if not wanted:
        return []
    rows = Variable.objects.filter(
        station=station, attribute_type="Actual", evse_number=None, instance="", component_instance=""
    )
    known: dict[tuple[str, str], Variable] = {}
    for row in rows:
        known[row.component.lower(), row.name.lower()] = row
        known.setdefault(("", row.name.lower()), row)  # a station without components has keys
    return [_beside(setting, known) for _, setting in sorted(wanted.items())]


def apply(station: ChargingStation, *, author: str) -> list[Command]:
    """Tell the station every wanted setting that differs, one command each, then read them back. Returns: the commands."""
    settings = [setting for setting in of_station(station) if setting.is_to_be_set]
    told = [_tell(station, setting, author) for setting in settings]
    return [*told, read(station, author=READING_BACK)] if told else []


def read(station: ChargingStation, *, author: str) -> Command:
    """Ask the station for its wanted settings."""
    asked = [_place(setting) for setting in _wanted(station).values()]
    return commands.queue(station, "GetVariables", {"getVariableData": asked}, requested_by=author)


def has_read(command: Command) -> None:
    """The station has told its settings: after a reading of ours, those that differ are set."""
    if command.requested_by == KEEPER:
        apply(command.station, author=KEEPER)


def keep() -> int:
    """In the tenant in force: read the wanted settings of stations that have booted. Returns: of how many."""
    if not ConfigurationTemplate.objects.exists():
        return 0
    booted = [row for row in _booted() if _wanted(row)]
    for station in booted:
        read(station, author=KEEPER)
    return len(booted)


def _booted() -> Sequence[ChargingStation]:
    """Stations that booted lately and were not asked since."""
    now = timezone.now()
    asked = Command.objects.filter(requested_by=KEEPER, queued_at__gte=F("station__booted_at"))
    rows = ChargingStation.objects.filter(
        is_quiet=False,
        presence__gateway__isnull=False,
        booted_at__gt=now - BOOTED_LATELY,
        booted_at__lt=now - AFTER_BOOT,
    ).exclude(pk__in=asked.values("station"))
    return list(rows.order_by("booted_at")[:MOST_AT_ONCE])


def _wanted(station: ChargingStation) -> dict[tuple[str, str], Setting]:
    found: dict[tuple[str, str], Setting] = {}
    for template in sorted(_templates(station), key=lambda each: _rank(each, station)):
        for path, value in template.settings.items():
            component, _, name = path.rpartition(".")
            component, name = component.strip() or KEY, name.strip()
            found[component.lower(), name.lower()] = Setting(component, name, value, template.name)
    return found


def _templates(station: ChargingStation) -> list[ConfigurationTemplate]:
    criteria = Q(site=None) | Q(site=station.site_id)
    criteria &= Q(vendor="") | Q(vendor__iexact=station.vendor.strip())
    criteria &= Q(model="") | Q(model__iexact=station.model.strip())
    says_something = Q(is_for_all=True) | Q(site__isnull=False) | ~Q(vendor="") | ~Q(model="")
    rows = ConfigurationTemplate.objects.filter(Q(stations=station) | (criteria & says_something))
    return list(rows.prefetch_related("stations").distinct())


def _rank(template: ConfigurationTemplate, station: ChargingStation) -> tuple[bool, bool, bool, str]:
    is_own = any(each.pk == station.pk for each in template.stations.all())
    return is_own, template.site_id is not None, bool(template.vendor or template.model), template.name


def _beside(setting: Setting, known: dict[tuple[str, str], Variable]) -> Setting:
    name = setting.name.lower()
    row = known.get((setting.component.lower(), name))
    row = row or (known.get(("", name)) if setting.component == KEY else None)
    if row is None:
        return setting
    return Setting(
        setting.component,
        setting.name,
        setting.wanted,
        setting.template,
        row.value,
        row.mutability == "ReadOnly",
    )


def _tell(station: ChargingStation, setting: Setting, author: str) -> Command:
    item = {**_place(setting), "attributeValue": setting.wanted}
    return commands.queue(station, "SetVariables", {"setVariableData": [item]}, requested_by=author)


def _place(setting: Setting) -> dict[str, Any]:
    return {"component": {"name": setting.component}, "variable": {"name": setting.name}}
