"""Signing in and out of the platform's own pages. The staff are users of the public schema; no tenant knows them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from csms.env import env
from tenants.users.models import User

WRONG_PER_MINUTE = 5
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 24 * 3600
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(view: View[P]) -> View[P]:
    """Let only the platform's staff open a page; others see the sign-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_staff:
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('platform-sign-in')}?next={request.path}")

    return guarded


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page: a card in the demo, e-mail and password everywhere."""
    if request.method != "POST":
        return _page(request)
    if "card" in request.POST:
        return _sign_in_by_card(request)
    return _sign_in_by_password(request)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("platform-sign-in")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in this browser."""
    response = redirect(_next_page(request, "landing"))
    if (chosen := request.POST.get("theme")) in THEMES:
        is_secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie("theme", chosen, max_age=YEAR_S, samesite="Lax", httponly=True, secure=is_secure)
    return response


def has_card() -> bool:
    """Whether one click signs in: in a demo that only this machine can reach."""
    return settings.IS_DEMO and not env.bool("CSMS_LAN", default=False)


def _staff() -> User | None:
    return User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()


def _page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    page = {
        "card": _staff() if has_card() else None,
        "error": error,
        "email": request.POST.get("email", ""),
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    return render(request, "platform/sign_in.html", page, status=status)


def _sign_in_by_card(request: HttpRequest) -> HttpResponse:
    staff = _staff() if has_card() else None
    if staff is None:
        return _page(request, "Sign in with e-mail address and password.", 403)
    login(request, staff, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(_next_page(request))


def _sign_in_by_password(request: HttpRequest) -> HttpResponse:
    email, password = request.POST.get("email", "").strip().lower(), request.POST.get("password", "")
    counter = f"wrong-password:{request.META.get('REMOTE_ADDR', '')}:{email}"[:200]
    if (cache.get(counter) or 0) >= WRONG_PER_MINUTE:
        return _page(request, "Too many wrong passwords. Wait a minute, then try again.", 429)
    user = authenticate(request, username=email, password=password) if "\0" not in email + password else None
    if user is None or not user.is_staff:
        cache.add(counter, 0, timeout=60)
        cache.incr(counter)
        return _page(request, "E-mail address or password is wrong.", 422)
    cache.delete(counter)
    login(request, user)
    return redirect(_next_page(request))


def _next_page(request: HttpRequest, otherwise: str = "platform-tenants") -> str:
    """Where to go afterwards: the page that was asked for, if it is one of this host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse(otherwise)
