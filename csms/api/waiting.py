"""Waiting for a station's answer without occupying a thread: the answer to an order is held back until the row has its final state.

The row is read in short steps whose pauses grow; in the long ones the request holds neither a thread of a pool nor a database connection.
"""

import asyncio
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from chargers.models import Command
from csms.api import commands
from csms.api.commands import Queued

FIRST_PAUSE_S: Final = 0.003  # a prompt station has answered by then
LONGEST_PAUSE_S: Final = 0.25
SHORT_PAUSE_S: Final = 0.02  # taking a connection anew would cost more than it gives others
GROWTH: Final = 1.3


def holding_back(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """The asynchronous view around a synchronous one whose answer may be a `Queued` one."""

    @wraps(view)
    async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = await sync_to_async(view)(request, *args, **kwargs)
        if isinstance(response, Queued) and response.wait_s:
            later = await final(response.command_id, response.wait_s)
            response.data, response.status_code = later.data, later.status_code
        return response

    return answer


async def final(command_id: UUID, wait_s: int) -> Queued:
    """The order once it has its final state, or as it stands when the time is over."""
    end, pause = time.monotonic() + wait_s, FIRST_PAUSE_S
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)
        if answer := await sync_to_async(_answer_if_final)(
            command_id, keeps_connection=pause < SHORT_PAUSE_S
        ):
            return answer
    return await sync_to_async(commands.find)(command_id)


def _answer_if_final(command_id: UUID, *, keeps_connection: bool) -> Queued | None:
    row = Command.objects.select_related("station").filter(pk=command_id, status__in=Command.FINAL).first()
    answer = Queued(row) if row else None
    if not keeps_connection and not connection.in_atomic_block:
        connection.close()  # that is, back into the pool
    return answer
