"""Presence: which gateway holds a station's socket. Called by gateways alone.

Each connection gets the next epoch of its station. Only the newest epoch owns the station: an older connection cannot take commands and cannot mark the
station offline. A gateway that dies is noticed by its lease; what it held is given up by whoever notices.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from chargers import commands
from chargers.models import Presence
from tenants import context
from tenants.models import Gateway

LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a new connection learns: its epoch, and the gateway that held the station before (None: nobody, or this one)."""

    epoch: int
    previous_gateway: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a gateway learns about a connection that it holds. `may_stay` is false too when the station was blocked or deleted."""

    is_newest: bool
    may_stay: bool


def arrive(station_id: int, *, gateway: uuid.UUID, ocpp_version: str, remote_address: str) -> Arrival:
    """Take the station over for a new authenticated connection. What an older connection had sent and not finished becomes unknown."""
    row = Presence.objects.select_for_update().filter(station_id=station_id).first()
    previous = row.gateway if row else None
    row = row or Presence(station_id=station_id)
    row.gateway, row.epoch, row.ocpp_version = gateway, row.epoch + 1, ocpp_version
    row.remote_address, row.connected_at, row.last_seen_at = (
        remote_address[:64],
        timezone.now(),
        timezone.now(),
    )
    row.save()
    commands.abandon(station_id, before_epoch=row.epoch)
    return Arrival(row.epoch, previous if previous != gateway else None)


def leave(station_id: int, epoch: int) -> bool:
    """Mark the station offline, if this connection still owns it. Returns: whether it did."""
    left = Presence.objects.filter(station_id=station_id, epoch=epoch).update(
        gateway=None, disconnected_at=timezone.now()
    )
    if left:
        commands.abandon(station_id, before_epoch=epoch + 1)
    return bool(left)


def standing(station_id: int, epoch: int) -> Standing:
    """What became of a connection: still the newest of a station that may be here, or not."""
    row = Presence.objects.filter(station_id=station_id).values_list("epoch", "station__is_blocked")
    newest, is_blocked = row.first() or (None, True)
    return Standing(is_newest=newest in (epoch, None), may_stay=newest == epoch and not is_blocked)


def reclaim(gateway: uuid.UUID, sockets: Sequence[tuple[int, int]]) -> int:
    """Stations (id, epoch) whose sockets this gateway holds and that somebody gave up, because its lease came late, are online again.

    Returns: how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chargers_presence p SET gateway = %s FROM unnest(%s::bigint[], %s::bigint[]) AS s(id, epoch) "
            "WHERE p.station_id = s.id AND p.epoch = s.epoch AND p.gateway IS NULL",
            [gateway, [station for station, _ in sockets], [epoch for _, epoch in sockets]],
        )
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record for the recording lane: the station was heard."""

    station_id: int
    at: datetime

    @staticmethod
    def write(batch: Sequence["Seen"]) -> None:
        """Move `last_seen_at` forward for all stations of a batch in one statement."""
        latest: dict[int, datetime] = {}
        for seen in batch:
            latest[seen.station_id] = max(seen.at, latest.get(seen.station_id, seen.at))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE chargers_presence p SET last_seen_at = s.at "
                "FROM unnest(%s::bigint[], %s::timestamptz[]) AS s(id, at) WHERE p.station_id = s.id",
                [list(latest), list(latest.values())],
            )


def renew_lease(gateway: uuid.UUID) -> None:
    """Say that this gateway is alive. In the public schema."""
    now = timezone.now()
    with context.public():
        Gateway.objects.update_or_create(
            id=gateway, defaults={"seen_at": now}, create_defaults={"seen_at": now, "started_at": now}
        )


def end_lease(gateway: uuid.UUID) -> None:
    """This gateway ends in good order."""
    with context.public():
        Gateway.objects.filter(id=gateway).delete()


def release_dead(*, besides: uuid.UUID | None = None) -> int:
    """In the tenant in force: mark offline what no living gateway holds; its commands under way become unknown.

    A gateway that calls this names itself: it lives, however late its lease is.

    Returns: how many stations were released.
    """
    with context.public():
        alive = set(Gateway.objects.filter(seen_at__gt=timezone.now() - LEASE).values_list("id", flat=True))
    alive |= {besides} if besides else set()
    dead = list(
        Presence.objects.filter(gateway__isnull=False)
        .exclude(gateway__in=alive)
        .values_list("station_id", "epoch")
    )
    return sum(leave(station_id, epoch) for station_id, epoch in dead)
