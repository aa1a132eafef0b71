"""Is the process alive, is it ready, what does it count: `/healthz`, `/readyz`, `/metrics`.

These come before everything else, because load balancers and Prometheus know neither tenants nor host names.
"""

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import redis
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from csms.env import env
from tenants import context, schemas

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the three addresses, and lets everything else pass."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer, or pass on."""
        view = VIEWS.get(request.path_info)
        if view is None:
            response: HttpResponseBase = self.get_response(request)
            return response
        return sync_to_async(view)(request) if self.is_async else view(request)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the process can do its work; 503 with what is in the way."""
    findings = check()
    is_ready = all(finding == "ok" for finding in findings.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "not ready", **findings}, status=200 if is_ready else 503
    )


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures, for this machine or for those in `CSMS_METRICS_ALLOW`."""
    if not is_allowed(request):
        return JsonResponse({"status": "forbidden"}, status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


def check() -> dict[str, str]:
    """The state of the database, of Redis and of the migrations: `ok`, or what is wrong."""
    findings = {"database": "ok", "redis": "ok", "migrations": "ok"}
    try:
        with context.public(), connection.cursor() as cursor:
            cursor.execute("select 1")
        findings["migrations"] = _migrations()
    except Error as error:
        logger.warning("The database does not answer: %s", error)
        findings |= {"database": "does not answer", "migrations": "not known"}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        logger.warning("Redis does not answer: %s", error)
        findings["redis"] = "does not answer"
    return findings


def _migrations() -> str:
    if not schemas.is_public_current():
        return "the public schema is not up to date"
    outdated = schemas.outdated()
    return f"{len(outdated)} tenants are not up to date" if outdated else "ok"


def is_allowed(request: HttpRequest) -> bool:
    """Whether the caller, and every proxy that is named on the way, is on this machine or on the list."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    addresses = [
        request.META.get("REMOTE_ADDR") or "",
        *(part.strip() for part in forwarded.split(",") if part),
    ]
    return all(_is_listed(address) for address in addresses)


def _is_listed(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    networks = env.list("CSMS_METRICS_ALLOW", default=[])
    return address.is_loopback or any(
        address in ipaddress.ip_network(name, strict=False) for name in networks
    )
