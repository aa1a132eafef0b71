"""Keeping the local authorization lists of stations in sync with the id tokens. Source: S16-40 to S16-43.

A synchronisation is a loop of commands, each queued when the answer to the one before has come: read the station's version, compare what it holds
with what it shall hold, send the next part, until there is no difference. What the station holds is only ever what it has accepted.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from authorization import list_entries
from authorization.models import LocalList
from chargers import commands, device_model
from chargers.device_model import CONFIGURATION
from chargers.models import ChargingStation, Command, Connector

State = LocalList.State
ANSWER_S: Final = 60  # storing a list takes stations longer than anything else (T-44)
UNTOLD_SIZE, LARGEST_SIZE = 50, 500  # entries of one message: some stations fail above 4 to 8 kB (T-34)
UNTOLD_CAPACITY: Final = 1000
MOST_REFUSALS, MOST_SILENCES = 1, 3
MOST_AT_ONCE: Final = 500
SIZE = (("LocalAuthListCtrlr", "ItemsPerMessage"), (CONFIGURATION, "SendLocalListMaxLength"))
CAPACITY = ((CONFIGURATION, "LocalAuthListMaxLength"),)
LIMITS = ("ItemsPerMessage", "Entries")
NO_LIST = "The station keeps no local list, or it is switched off there (LocalAuthListEnabled)."
NOT_BUILT_IN = frozenset({"NotSupported", "NotImplemented"})


def sync(station: ChargingStation, *, full: bool = False, requested_by: str = "") -> LocalList:
    """Bring the station's list in line with the id tokens, and keep it so from now on. `full` replaces what the station holds.

    A station that is not connected is served when it comes.
    """
    return _wish(station, is_wanted=True, full=full, requested_by=requested_by)


def clear(station: ChargingStation, *, requested_by: str = "") -> LocalList:
    """Empty the station's list and keep it no longer."""
    return _wish(station, is_wanted=False, full=True, requested_by=requested_by)


def version_told(command: Command, version: int) -> None:
    """The station has told the version of its list: −1 it keeps none, 0 it is empty. Source: S16-40."""
    with transaction.atomic():
        row = _locked(command.station_id)
        if row is None:
            return
        if row.command_id != command.pk:
            _doubt(row, is_other=version != (row.version or 0))
        elif version < 0:
            _give_up(row, NO_LIST)
        else:
            row.needs_full = row.needs_full or version != (row.version or 0)
            row.version = max(version, row.version or 0)
            _step(row)


def answered(command: Command, status: str) -> None:
    """The station has answered a list. Only what it accepted is what it holds. Source: S16-43."""
    with transaction.atomic():
        row = _locked(command.station_id)
        if row is None:
            return
        if row.command_id != command.pk:
            _doubt(row, is_other=status == "Accepted")
        elif status == "Accepted":
            row.entries = list_entries.after(row.entries, command.payload)
            row.version = command.payload["versionNumber"]
            row.needs_full = row.needs_full and command.payload["updateType"] != "Full"
            _step(row)
        elif status == "NotSupported":
            _give_up(row, NO_LIST)
        else:
            _refused(row, status)


def sweep() -> int:
    """In the tenant in force: go on with what was interrupted, and begin where id tokens have changed. Returns: how many lists were touched."""
    rows = LocalList.objects.exclude(state__in=[State.FAILED, State.UNSUPPORTED])
    if not rows.exists():
        return 0
    current, conflicts = list_entries.source_hash(), _conflicts()
    is_due = Q(state=State.WAITING) | ~Q(source_hash=current) | Q(station__in=conflicts)
    due = Q(state=State.SYNCING) | (is_due & Q(station__presence__gateway__isnull=False))
    stations = list(
        rows.filter(due).order_by("changed_at").values_list("station_id", flat=True)[:MOST_AT_ONCE]
    )
    return sum(_look_after(station_id, current, conflicts.get(station_id)) for station_id in stations)


def _wish(station: ChargingStation, *, is_wanted: bool, full: bool, requested_by: str) -> LocalList:
    with transaction.atomic():
        LocalList.objects.get_or_create(station=station)
        row = LocalList.objects.select_for_update(of=("self",)).select_related("station").get(station=station)
        row.is_wanted, row.needs_full = is_wanted, row.needs_full or full
        row.requested_by = requested_by[:200]
        if row.state == State.SYNCING and row.command and not row.command.is_final:
            row.save()  # what is under way goes on, towards the new wish
        else:
            row.refusals, row.problem = 0, ""
            _begin(row)
        return row


def _locked(station_id: int) -> LocalList | None:
    rows = LocalList.objects.select_for_update(of=("self",)).select_related("station")
    return rows.filter(station_id=station_id).first()


def _begin(row: LocalList) -> None:
    """Ask for the version, and first for the limits where they are not known; without a connection wait for one."""
    if not row.station.presence.is_online:
        row.state, row.command = State.WAITING, None
        row.save()
        return
    if device_model.reported(row.station_id, *SIZE) is None:
        wanted = [
            {"component": {"name": "LocalAuthListCtrlr"}, "variable": {"name": name}} for name in LIMITS
        ]
        _queue(row, "GetVariables", {"getVariableData": wanted})
    _follow(row, _queue(row, "GetLocalListVersion", {}))


def _step(row: LocalList) -> None:
    """Send the next part, or find that there is none."""
    current = (
        list_entries.source_hash()
    )  # before the tokens are read: a change meanwhile shows as a difference later
    capacity = _limit(row, CAPACITY, UNTOLD_CAPACITY)
    shall = list_entries.wanted(row.station, capacity) if row.is_wanted else {}
    size = min(_limit(row, SIZE, UNTOLD_SIZE), LARGEST_SIZE)
    update = list_entries.next_update(row.entries, shall, is_full=row.needs_full, size=size)
    if update is not None:
        _follow(row, _queue(row, "SendLocalList", update.payload((row.version or 0) + 1)))
    elif row.is_wanted:
        row.source_hash, row.synced_at, row.refusals, row.requested_by = current, timezone.now(), 0, ""
        _end(row, State.IN_SYNC, "")
    else:
        row.delete()


def _refused(row: LocalList, status: str) -> None:
    """Once more as a whole, then it is for people to look at."""
    row.refusals, row.needs_full = row.refusals + 1, True
    if row.refusals > MOST_REFUSALS:
        _end(row, State.FAILED, f"The station refused the list twice: {status}.")
    elif status == "VersionMismatch":
        _follow(row, _queue(row, "GetLocalListVersion", {}))
    else:
        _step(row)


def _doubt(row: LocalList, *, is_other: bool) -> None:
    """Another command than ours has changed the station's list, or shown that it is not what we believe."""
    if not is_other:
        return
    row.needs_full = True
    if row.state == State.IN_SYNC:
        _end(row, State.WAITING, "The station's list was changed by another command.")
    else:
        row.save(update_fields=["needs_full"])


def _look_after(station_id: int, current: str, conflict_at: datetime | None) -> bool:
    """Returns: whether something was done."""
    with transaction.atomic():
        row = _locked(station_id)
        if row is None:
            return False
        if row.state == State.SYNCING:
            return _pick_up(row)
        is_stale = row.state == State.IN_SYNC and (row.source_hash != current or conflict_at is not None)
        if not (is_stale or row.state == State.WAITING) or (row.station.is_quiet and not row.requested_by):
            return False
        row.needs_full, row.conflict_at = (
            row.needs_full or conflict_at is not None,
            conflict_at or row.conflict_at,
        )
        _begin(row)
        return True


def _pick_up(row: LocalList) -> bool:
    """Go on after a step that got no answer to act on."""
    command = row.command
    if command is not None and not command.is_final:
        return False
    if command is not None and command.status == Command.Status.FAILED and command.error_code in NOT_BUILT_IN:
        _give_up(row, f"The station answered {command.error_code}.")
        return True
    row.refusals += command is not None and command.status != Command.Status.EXPIRED
    reason = f": {command.error_text or command.error_code}" if command else "."
    if row.refusals > MOST_SILENCES:
        _end(row, State.FAILED, f"The station did not take the list{reason}"[:255])
    else:
        _begin(row)
    return True


def _conflicts() -> dict[int, datetime]:
    """Stations that report a conflict of their list, and when they did, where that report was not acted on. Source: S16-09."""
    found = Connector.objects.filter(
        error_code="LocalListConflict", evse__station__local_list__isnull=False, reported_at__isnull=False
    ).exclude(reported_at=F("evse__station__local_list__conflict_at"))
    reports = found.order_by("reported_at").values_list("evse__station_id", "reported_at")
    return {station_id: at for station_id, at in reports if at is not None}


def _limit(row: LocalList, places: tuple[tuple[str, str], ...], otherwise: int) -> int:
    told = device_model.reported(row.station_id, *places) or ""
    return int(told) if told.isdecimal() and 0 < int(told) < 2**31 else otherwise


def _queue(row: LocalList, action: str, payload: dict[str, object]) -> Command:
    return commands.queue(row.station, action, payload, requested_by=row.requested_by, timeout_s=ANSWER_S)


def _follow(row: LocalList, command: Command) -> None:
    row.state, row.command, row.changed_at = State.SYNCING, command, timezone.now()
    row.save()


def _give_up(row: LocalList, problem: str) -> None:
    """The station keeps no list: nothing to keep in sync, or nothing to empty."""
    if row.is_wanted:
        _end(row, State.UNSUPPORTED, problem)
    else:
        row.delete()


def _end(row: LocalList, state: "LocalList.State", problem: str) -> None:
    row.state, row.command, row.problem, row.changed_at = state, None, problem, timezone.now()
    row.save()
