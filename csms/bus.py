"""A gateway process: the sockets it holds, its threads, and its one subscription to the bells.

Bells only save time: every few seconds the process looks for the commands of its own stations, renews its lease, and gives up what dead gateways held. Each loop is
supervised; one that died silently would leave every later connect hanging.
"""

import asyncio
import contextlib
import functools
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from chargers import bells, commands, presence
from csms import live_groups
from csms.ocpp.connection import Connection
from csms.ocpp.consumer import CLOSE_GONE, CLOSE_REPLACED, OcppConsumer
from csms.ocpp.recorder import Recorder
from tenants import addresses, context
from tenants import bells as tenant_bells
from transactions.models import Transaction

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
LEASE_EVERY_S, LOOK_EVERY_S, NEWS_EVERY_S = 4.0, 5.0, 0.5


class Gateway:
    """Everything that is one per process."""

    def __init__(self, threads: int = 4) -> None:
        self.id = uuid.uuid4()
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="decide")
        self.recorder: Recorder
        self._sockets: dict[tuple[str, int], OcppConsumer] = {}
        self._identities: dict[tuple[str, str], tuple[str, int]] = {}
        self._news: dict[str, set[str]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._redis = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None)

    # --- life

    async def open(self) -> None:
        """Start the lanes and the loops."""
        self.recorder = Recorder(asyncio.get_running_loop())
        await self.in_thread(presence.renew_lease, self.id)
        for loop in (self._listen, self._look, self._lease, self._tell):
            self.start(self._supervised(loop))

    async def close(self) -> None:
        """End in good order: close what is still open, write what waits, give up the lease."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.recorder.close)
        await self.in_thread(presence.end_lease, self.id)
        self.pool.shutdown(wait=True)
        await self._redis.aclose()

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something beside the sockets; its error is logged, and it is not lost to the garbage collector."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("Work beside a socket failed", exc_info=task.exception())

    async def in_thread(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run synchronous work in the process's own threads."""
        return await asyncio.get_running_loop().run_in_executor(
            self.pool, functools.partial(work, *args, **kwargs)
        )

    # --- sockets

    async def arrived(self, consumer: OcppConsumer, previous_gateway: uuid.UUID | None) -> None:
        """The newest authenticated connection owns the station; the older one is closed, here or in another process."""
        connection = consumer.connection
        assert connection is not None
        older = self._sockets.get(connection.key)
        if older is not None and older.connection is not None and older.connection.epoch > connection.epoch:
            older, consumer = consumer, older
        self._sockets[connection.key] = consumer
        self._identities[connection.tenant, connection.identity.lower()] = connection.key
        if older is not None:
            self.start(older.close(CLOSE_REPLACED))
        if previous_gateway is not None:
            await self._ring_elsewhere(previous_gateway, connection)
        self.changed(connection)

    async def left(self, consumer: OcppConsumer, connection: Connection) -> None:
        """A socket is gone; the station is offline unless a newer connection owns it."""
        if self._sockets.get(connection.key) is consumer:
            del self._sockets[connection.key]
            self._identities.pop((connection.tenant, connection.identity.lower()), None)
        try:
            await self.in_thread(_leave, connection)
        except Exception:
            logger.exception("A station could not be marked offline; the sweep will do it")
        self.changed(connection)

    async def standing(self, connection: Connection) -> presence.Standing:
        """Whether the connection is the newest of its station, and whether the station may be here."""
        return await self.in_thread(_standing, connection)

    def figures(self) -> dict[str, int]:
        """For the metrics: sockets, and the lanes' depth, batches and entries."""
        return {"sockets": len(self._sockets), **self.recorder.figures()}

    async def _ring_elsewhere(self, gateway: uuid.UUID, connection: Connection) -> None:
        try:
            await self._redis.publish(bells.channel(gateway), f"{connection.tenant}\n{connection.identity}")
        except redis.RedisError as error:
            logger.warning("Another gateway could not be rung: %s", error)

    # --- news for the dashboards

    def changed(self, connection: Connection) -> None:
        """Something about this station is new; the dashboards hear of it within half a second."""
        self._news.setdefault(connection.tenant, set()).add(connection.identity)

    async def _tell(self) -> None:
        layer = get_channel_layer()
        while True:
            await asyncio.sleep(NEWS_EVERY_S)
            news, self._news = self._news, {}
            for tenant, identities in news.items():
                # A tenant that was deleted meanwhile must not cost the others their news.
                with contextlib.suppress(context.UnknownTenant):
                    place, transactions = await self.in_thread(_moving, tenant, list(identities))
                    await layer.group_send(
                        live_groups.group(place),
                        {
                            "type": "changed",
                            "stations": sorted(identities),
                            "transactions": transactions,
                            "messages": True,
                        },
                    )

    # --- loops

    async def _supervised(self, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except Exception:
                logger.exception("A loop of the gateway failed; it starts again")
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(bells.channel(self.id), tenant_bells.CHANNEL)
            async for message in subscription.listen():
                if message["type"] == "message":
                    await self._heard(message["channel"].decode(), message["data"].decode())

    async def _heard(self, channel: str, text: str) -> None:
        if channel == tenant_bells.CHANNEL:
            context.forget(text)
            addresses.forget()
            await self._close_suspended(text)
            return
        tenant, _, identity = text.partition("\n")
        self._ring(tenant, identity)

    def _ring(self, tenant: str, identity: str) -> None:
        consumer = self._sockets.get(self._identities.get((tenant, identity.lower()), ("", 0)))
        if consumer is not None:
            consumer.ring()

    async def _close_suspended(self, tenant: str) -> None:
        if await self.in_thread(_is_open, tenant):
            return
        for key, consumer in list(self._sockets.items()):
            if key[0] == tenant:
                self.start(consumer.close(CLOSE_GONE))

    async def _look(self) -> None:
        """A bell may be lost, a gateway may die: look by ourselves."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for tenant in await self.in_thread(context.all_slugs):
                sockets = self._held(tenant)
                for identity in await self.in_thread(_look_at, tenant, self.id, sockets):
                    self._ring(tenant, identity)

    def _held(self, tenant: str) -> list[tuple[int, int]]:
        """Stations of a tenant whose sockets are here, with their epochs."""
        consumers = (consumer for key, consumer in self._sockets.items() if key[0] == tenant)
        return [(c.connection.station_id, c.connection.epoch) for c in consumers if c.connection is not None]

    async def _lease(self) -> None:
        while True:
            await self.in_thread(presence.renew_lease, self.id)
            await asyncio.sleep(LEASE_EVERY_S)


def _leave(connection: Connection) -> None:
    with context.tenant(connection.tenant):
        presence.leave(connection.station_id, connection.epoch)


def _standing(connection: Connection) -> presence.Standing:
    with context.tenant(connection.tenant):
        return presence.standing(connection.station_id, connection.epoch)


def _look_at(tenant: str, gateway: uuid.UUID, sockets: list[tuple[int, int]]) -> list[str]:
    with context.tenant(tenant):
        presence.release_dead(besides=gateway)
        if sockets:
            presence.reclaim(gateway, sockets)
        commands.sweep()
        return commands.waiting_stations(gateway)


def _is_open(tenant: str) -> bool:
    try:
        return not context.find(tenant).is_suspended
    except context.UnknownTenant:
        return False


def _moving(tenant: str, identities: list[str]) -> tuple[context.Place, list[int]]:
    """The transactions of these stations that run, or ended just now."""
    with context.tenant(tenant) as place:
        recent = Q(state="active") | Q(end_received_at__gt=timezone.now() - timedelta(seconds=5))
        rows = Transaction.objects.filter(recent, station__identity__in=identities).values_list(
            "pk", flat=True
        )
        return place, list(rows[:500])
