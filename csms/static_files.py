"""Static files by WhiteNoise, in a form that asynchronous views pass through.

WhiteNoise's own middleware is synchronous: below it Django would run the whole request in one thread, and a request that waits for a
charger would hold that thread for as long.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Answers the addresses of static files, and lets everything else pass."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer, or pass on."""
        is_static = request.path_info in self.files
        answer = super().__call__
        found: HttpResponseBase | Awaitable[HttpResponseBase]
        found = sync_to_async(answer)(request) if self.is_async and is_static else answer(request)
        return found
