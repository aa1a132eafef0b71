"""Files as answers: sent in pieces as fast as the other side takes them, never whole in memory.

Django's own `FileResponse` is synchronous, and an asynchronous server would read such an answer whole before the first byte leaves.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE = 64 * 1024
Value = TypeVar("Value")


def attachment(
    path: Path, name: str, *, is_head: bool = False, then: Callable[[], None] | None = None
) -> HttpResponseBase:
    """The file as a download that no browser shows or interprets; `then` is called when its last piece is about to leave.

    Raises: FileNotFoundError.
    """
    size = path.stat().st_size
    response = HttpResponse() if is_head else StreamingHttpResponse(_pieces(path, then))
    response["Content-Type"] = "application/octet-stream"
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


async def _pieces(path: Path, then: Callable[[], None] | None) -> AsyncIterator[bytes]:
    file = await _in_thread(lambda: path.open("rb"))
    try:
        piece = await _in_thread(lambda: file.read(PIECE))
        while following := await _in_thread(lambda: file.read(PIECE)):
            yield piece
            piece = following
    finally:
        file.close()
    if then is not None:  # before the last piece: whoever has it whole may come again at once
        await sync_to_async(then)()
    yield piece


async def _in_thread(function: Callable[[], Value]) -> Value:
    return await sync_to_async(function, thread_sensitive=False)()
