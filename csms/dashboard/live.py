"""The socket that tells a browser what changed. It carries names and keys only: the pages fetch, and ask for permission, themselves."""

import asyncio
import contextlib
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from csms import live_groups

REST_S = 1.0


class News:
    """What changed since the browser was last told."""

    def __init__(self) -> None:
        self.stations: set[str] = set()
        self.transactions: set[int] = set()
        self.has_messages = False

    def add(self, event: dict[str, Any]) -> None:
        """Take in what a gateway says."""
        self.stations.update(event.get("stations", ()))
        self.transactions.update(event.get("transactions", ()))
        self.has_messages |= bool(event.get("messages"))

    def text(self) -> str:
        """As the browser reads it."""
        return json.dumps(
            {
                "type": "changed",
                "stations": sorted(self.stations),
                "transactions": sorted(self.transactions),
                "messages": self.has_messages,
            }
        )

    def __bool__(self) -> bool:
        return bool(self.stations or self.transactions or self.has_messages)


class LiveConsumer(AsyncWebsocketConsumer):
    """One browser window of a signed-in person. At most one text per second goes out."""

    group: str | None = None
    sender: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        """Join the tenant's group; a stranger is refused with 403."""
        place, user_id = self.scope.get("tenant"), self.scope.get("user_id")
        if not (place and place.slug and user_id):
            await self.close()
            return
        self.news = News()
        self.group = live_groups.group(place)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.group is None:
            return
        await self.channel_layer.group_discard(self.group, self.channel_name)
        if self.sender:
            self.sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.sender

    async def changed(self, event: dict[str, Any]) -> None:
        """Tell the browser at once, or at the end of the rest after the text before."""
        self.news.add(event)
        if self.sender is None or self.sender.done():
            self.sender = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self.news:
            news, self.news = self.news, News()
            await self.send(text_data=news.text())
            await asyncio.sleep(REST_S)
