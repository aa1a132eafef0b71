"""The place of a web request: found from its host name and path, in force until the last byte of the answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.loader import render_to_string
from django.urls import get_script_prefix, set_script_prefix

from tenants import addresses, context
from tenants.addresses import Address
from tenants.context import PUBLIC, Place, UnknownTenant


class TenantRequest(HttpRequest):
    """A request after this middleware: `tenant` is None on the platform's own pages."""

    tenant: Place | None
    address: Address


class TenantMiddleware:
    """Enters the tenant of a request, and takes the prefix `/t/<slug>` into the script prefix so that links are right."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer the request in its place."""
        if self.is_async:
            return self.answer_async(cast("TenantRequest", request))
        refusal = admit(cast("TenantRequest", request))
        if refusal is not None:
            return refusal
        with visit(cast("TenantRequest", request)) as place:
            return keep(self.get_response(request), place)

    async def answer_async(self, request: TenantRequest) -> HttpResponseBase:
        """As `__call__`, below an asynchronous server."""
        refusal = await sync_to_async(admit)(request)
        if refusal is not None:
            return refusal
        with visit(request) as place:
            return keep(await self.get_response(request), place)


def admit(request: TenantRequest) -> HttpResponse | None:
    """Find the tenant of the request. Returns: the answer that ends it here, or None to go on."""
    try:
        address = addresses.read(request.get_host(), request.path_info)
    except UnknownTenant:
        return refuse(
            request,
            404,
            "There is no such tenant here",
            "Check the address: it ends in /t/ and a short name.",
        )
    if address.prefix and not address.path:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(request.path + "/" + (f"?{query}" if query else ""))
    if address.place and address.place.is_suspended:
        return refuse(
            request,
            403,
            "This tenant is suspended",
            "Nobody can sign in and no charger can connect until the operator of this installation resumes it.",
        )
    request.address, request.tenant = address, address.place
    return None


def refuse(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    """The answer to a request that reaches no tenant, for a person or for a program. It needs no database."""
    if "/api/" in request.path_info:
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    page = render_to_string("tenants/refused.html", {"title": title, "detail": detail})
    return HttpResponse(page, status=status)


@contextmanager
def visit(request: TenantRequest) -> Iterator[Place]:
    """Enter the request's place, under the tenant's own URL configuration and script prefix."""
    place, before = request.tenant or Place("", PUBLIC), get_script_prefix()
    if request.tenant:
        request.urlconf = settings.TENANT_URLCONF
        request.path_info = request.META["PATH_INFO"] = request.address.path
        request.META["SCRIPT_NAME"] = before.rstrip("/") + request.address.prefix
        set_script_prefix(request.META["SCRIPT_NAME"] + "/")
    try:
        with context.enter(place):
            yield place
    finally:
        set_script_prefix(before)


def keep(response: HttpResponseBase, place: Place) -> HttpResponseBase:
    """Let an answer that is made while it is sent be made in its place."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        parts = response.streaming_content
        response.streaming_content = (
            _parts_async(cast("AsyncIterator[bytes]", parts), place)
            if response.is_async
            else _parts(iter(cast("Iterator[bytes]", parts)), place)
        )
    return response


def _parts(parts: Iterator[bytes], place: Place) -> Iterator[bytes]:
    # Each part is made in a step of its own: a server may take the next one in another thread.
    while True:
        with context.enter(place):
            part = next(parts, None)
        if part is None:
            return
        yield part


async def _parts_async(parts: AsyncIterator[bytes], place: Place) -> AsyncIterator[bytes]:
    iterator = aiter(parts)
    while True:
        with context.enter(place):
            part = await anext(iterator, None)
        if part is None:
            return
        yield part
