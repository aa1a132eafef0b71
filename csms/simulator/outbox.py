"""What the station still has to tell its CSMS, in order. Transaction messages outlive the connection."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from csms.simulator.link import Payload

MOST_SAMPLES = 5_000
"""A station's memory ends somewhere: beyond this many messages no further intermediate samples are kept."""


def _ignore(_answer: Payload) -> None:
    return None


@dataclass(slots=True)
class Message:
    """A message on its way. `build` makes the payload when its turn comes (1.6 learns transactionId late)."""

    action: str
    build: Callable[[], Payload]
    on_answer: Callable[[Payload], None] = _ignore
    is_kept_offline: bool = True
    is_sample: bool = False
    attempts: int = 0


class Outbox:
    """A queue with a head that stays until it is delivered."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def holds_transaction_messages(self) -> bool:
        """Say whether something about a transaction waits here."""
        return any(message.is_kept_offline for message in self._messages)

    def put(self, message: Message) -> None:
        """Add a message at the end."""
        if message.is_sample and len(self._messages) >= MOST_SAMPLES:
            return
        self._messages.append(message)
        self._emptied.clear()
        self._filled.set()

    async def head(self) -> Message:
        """Wait for a message and look at the first."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        return self._messages[0]

    def remove(self, message: Message) -> None:
        """Take a message out, if it is still there."""
        if message in self._messages:
            self._messages.remove(message)
        self._tell_if_empty()

    def forget_transient(self) -> None:
        """Drop what makes no sense after a new connection: states are reported anew."""
        kept = [message for message in self._messages if message.is_kept_offline]
        self._messages.clear()
        self._messages.extend(kept)
        self._tell_if_empty()

    async def emptied(self) -> None:
        """Wait until everything is delivered or given up."""
        await self._emptied.wait()

    def _tell_if_empty(self) -> None:
        if not self._messages:
            self._emptied.set()
