"""Cookies of tenants that share a host: each has its own name and path, so that signing in to one leaves the others alone.

Django's own middlewares work with the names of the settings. Here the tenant's cookie is put under that name when a request
comes in, and renamed when the answer goes out.
"""

from http.cookies import Morsel, SimpleCookie
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from django.middleware import csrf

from tenants.addresses import Address
from tenants.middleware import TenantRequest

PLATFORM = "/platform/"


def name_and_path(base: str, address: Address) -> tuple[str, str]:
    """The name and the path of a cookie at an address. A host's own cookies need no suffix: browsers keep hosts apart."""
    if address.place and address.prefix:
        suffix, path = f"_{address.place.slug}", f"{address.prefix}/"
    elif address.path.startswith(PLATFORM):
        suffix, path = "_platform", PLATFORM
    else:
        suffix, path = "", "/"
    if not settings.SESSION_COOKIE_SECURE:
        return base + suffix, path
    return ("__Host-" if path == "/" else "__Secure-") + base + suffix, path


def take_in(request: HttpRequest, base: str) -> None:
    """Put the cookie of this address, and no other, where Django looks for it."""
    name, _ = name_and_path(base, cast("TenantRequest", request).address)
    value = request.COOKIES.pop(name, None)
    request.COOKIES.pop(base, None)
    if value is not None:
        request.COOKIES[base] = value


def send_out(request: HttpRequest, response: HttpResponseBase, base: str) -> None:
    """Give a cookie that Django has set the name and the path of this address."""
    cookies: SimpleCookie = response.cookies
    if base not in cookies:
        return
    name, path = name_and_path(base, cast("TenantRequest", request).address)
    stock: Morsel[str] = cookies.pop(base)
    cookies[name] = stock.value
    cookies[name].update({**stock, "path": path})


class SessionMiddleware(sessions.SessionMiddleware):
    """Sessions by tenant; their rows lie in the tenant's schema."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the session of this address."""
        take_in(request, settings.SESSION_COOKIE_NAME)
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Save it, and set the cookie of this address."""
        response = super().process_response(request, response)
        send_out(request, response, settings.SESSION_COOKIE_NAME)
        return response


class CsrfViewMiddleware(csrf.CsrfViewMiddleware):
    """Protection of forms by tenant."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the secret of this address."""
        take_in(request, settings.CSRF_COOKIE_NAME)
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Set the cookie of this address."""
        response = super().process_response(request, response)
        send_out(request, response, settings.CSRF_COOKIE_NAME)
        return response
