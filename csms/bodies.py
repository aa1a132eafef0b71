"""How large the body of a web request may be, before anything reads it: Django would first write it to the disk, however long it is."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
FORM_OVERHEAD = 64 * 1024  # what a form writes around a file
ORDINARY = 16 * 2**20


def limit_of(path: str) -> int:
    """The most bytes that an address takes. Only those for files take more than the ordinary."""
    if "/uploads/" in path:
        return int(settings.UPLOAD_LIMIT) + FORM_OVERHEAD
    if path.endswith(("/firmware/", "/firmware-images/")):
        return int(settings.FIRMWARE_LIMIT) + FORM_OVERHEAD
    return ORDINARY


def limited(application: Application) -> Application:
    """The application behind the limit: a body that is too long is answered 413, and what had come of it is dropped."""

    async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        body = _Body(scope, receive, send)
        if body.is_declared_too_long:
            await body.refuse()
        else:
            await application(scope, body.receive, body.send)

    return guarded


class _Body:
    """One request: what has come so far."""

    def __init__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._receive, self._send = receive, send
        self._limit, self._count, self._is_refused = limit_of(scope["path"]), 0, False
        declared = dict(scope["headers"]).get(b"content-length", b"")
        self.is_declared_too_long = declared.isdigit() and int(declared) > self._limit

    async def receive(self) -> dict[str, Any]:
        """The next part; the end where it becomes too much."""
        message: dict[str, Any] = await self._receive()
        self._count += len(message.get("body", b""))
        if self._count <= self._limit:
            return message
        if not self._is_refused:
            await self.refuse()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """Pass the answer on, unless another was given already."""
        if not self._is_refused:
            await self._send(message)

    async def refuse(self) -> None:
        """The answer 413."""
        self._is_refused = True
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        await self._send({"type": "http.response.start", "status": 413, "headers": headers})
        text = f"At most {self._limit} bytes are taken here.\n".encode()
        await self._send({"type": "http.response.body", "body": text})
