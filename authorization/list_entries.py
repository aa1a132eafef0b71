"""What a station's local authorization list shall hold, and the messages that bring it there. Source: S16-41, S16-42.

An entry is one of OCPP 2.0.1's SendLocalList: `{"idToken": {…}, "idTokenInfo": {…}}`; without `idTokenInfo` it takes a token away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models.functions import Upper
from django.utils import timezone

from authorization.models import Authorization, IdToken, IdTokenType
from chargers.models import ChargingStation

Entry = dict[str, Any]
Entries = Mapping[str, Entry]
RECENT: Final = 5000  # decisions that are looked at to find the tokens that are used here


@dataclass(frozen=True, slots=True)
class Update:
    """One message: `is_full` replaces all that the station holds."""

    is_full: bool
    entries: tuple[Entry, ...]

    def payload(self, version: int) -> dict[str, Any]:
        """SendLocalList in OCPP 2.0.1's words; an empty list is left out (T-41)."""
        head = {"versionNumber": version, "updateType": "Full" if self.is_full else "Differential"}
        return {**head, "localAuthorizationList": list(self.entries)} if self.entries else head


def wanted(station: ChargingStation, capacity: int) -> dict[str, Entry]:
    """The entries that a station shall hold, by key; where there are too many, those that are used nearest and last come first."""
    rows = list(_tokens().order_by("status", "pk")[: capacity + 1])
    if len(rows) > capacity:
        ranks = _ranks(station)
        used = _tokens().annotate(key=Upper("id_token")).filter(key__in=ranks)
        rows = sorted({row.pk: row for row in (*rows, *used)}.values(), key=lambda row: _rank(row, ranks))
    now = timezone.now()
    entries: dict[str, Entry] = {}
    for row in rows[:capacity]:
        entries.setdefault(key_of(row.id_token), _entry(row, now))
    return entries


def next_update(held: Entries, shall: Entries, *, is_full: bool, size: int) -> Update | None:
    """The next message on the way from what the station holds to what it shall hold; None when there is nothing to say."""
    if is_full:
        return Update(True, tuple(shall.values())[:size])
    gone = [{"idToken": entry["idToken"]} for key, entry in held.items() if key not in shall]
    changed = [entry for key, entry in shall.items() if held.get(key) != entry]
    return Update(False, (*gone, *changed)[:size]) if gone or changed else None


def after(held: Entries, payload: Mapping[str, Any]) -> dict[str, Entry]:
    """What a station holds once it has accepted a message."""
    entries = {} if payload["updateType"] == "Full" else dict(held)
    for entry in payload.get("localAuthorizationList", ()):
        key = key_of(entry["idToken"]["idToken"])
        entries.pop(key, None)
        if "idTokenInfo" in entry:
            entries[key] = entry
    return entries


def key_of(id_token: str) -> str:
    """Tokens are compared case-insensitively."""
    return id_token.strip().upper()


def source_hash() -> str:
    """A digest of all that entries are made of; it changes when a token is added, changed, deleted, or expires."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(coalesce(string_agg(concat_ws('|', t.id, t.id_token, t.type, t.status, g.name, t.expires_at, "
            "t.expires_at <= %s), ',' ORDER BY t.id), '')) "
            "FROM authorization_idtoken t LEFT JOIN authorization_idtokengroup g ON g.id = t.group_id",
            [timezone.now()],
        )
        return str(cursor.fetchone()[0])


def _tokens() -> Any:
    return IdToken.objects.select_related("group").exclude(type=IdTokenType.NO_AUTHORIZATION)


def _entry(row: IdToken, now: datetime) -> Entry:
    is_expired = row.expires_at is not None and row.expires_at <= now
    is_usable = row.status == IdToken.Status.ACCEPTED
    info: dict[str, Any] = {"status": "Expired" if is_usable and is_expired else str(row.status)}
    if row.group:
        info["groupIdToken"] = {"idToken": row.group.name, "type": "Central"}
    if row.expires_at and not is_expired:
        moment = row.expires_at.astimezone(UTC).isoformat(timespec="milliseconds")
        info["cacheExpiryDateTime"] = moment.replace("+00:00", "Z")
    return {"idToken": {"idToken": row.id_token, "type": str(row.type)}, "idTokenInfo": info}


def _ranks(station: ChargingStation) -> dict[str, tuple[int, int]]:
    """How near and how lately a token was used: at this station, at its site, elsewhere. Smaller comes first."""
    decisions: Iterable[tuple[str, int, int | None]] = Authorization.objects.order_by("-id").values_list(
        "id_token", "station_id", "station__site_id"
    )[:RECENT]
    ranks: dict[str, tuple[int, int]] = {}
    for order, (id_token, station_id, site_id) in enumerate(decisions):
        is_at_site = site_id is not None and site_id == station.site_id
        rank = (0 if station_id == station.pk else 1 if is_at_site else 2, order)
        key = key_of(id_token)
        ranks[key] = min(rank, ranks.get(key, rank))
    return ranks


def _rank(row: IdToken, ranks: Mapping[str, tuple[int, int]]) -> tuple[str, tuple[int, int], int]:
    return str(row.status), ranks.get(key_of(row.id_token), (3, 0)), row.pk
