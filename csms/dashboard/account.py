"""Signing in and out, and the theme of this browser."""

import hashlib
from dataclasses import dataclass

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

from csms.dashboard.page import THEME_COOKIE, THEMES
from csms.env import env
from tenants import context
from tenants.users.models import User

WRONG_PER_MINUTE = 5
YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class RoleCard:
    """One click to become a person of the demo."""

    role: str
    title: str
    about: str
    icon: str


ROLE_CARDS = (
    RoleCard("owner", "Owner", "Everything, users and settings too", "key"),
    RoleCard("operator", "Operator", "Runs the chargers: start, stop, reset, configure", "charging-pile"),
    RoleCard("finance", "Finance", "Tariffs, records and exports", "receipt-2"),
    RoleCard("viewer", "Viewer", "Looks, changes nothing", "eye"),
)


def has_role_cards() -> bool:
    """Whether people may sign in without a password: in a demo that only this machine can reach."""
    return settings.IS_DEMO and not env.bool("CSMS_LAN", default=False)


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page: role cards in the demo, e-mail and password everywhere."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(next_page(request))
    if request.method != "POST":
        return _sign_in_page(request)
    if "role" in request.POST:
        return _sign_in_by_card(request)
    return _sign_in_by_password(request)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in this browser."""
    response = redirect(next_page(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=YEAR_S,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: the page that was asked for, if it is one of this host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("overview")


def _sign_in_page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    page = {
        "role_cards": ROLE_CARDS if has_role_cards() else (),
        "error": error,
        "email": request.POST.get("email", ""),
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    return render(request, "dashboard/sign_in.html", page, status=status)


def _sign_in_by_card(request: HttpRequest) -> HttpResponse:
    role = request.POST["role"]
    if not has_role_cards() or role not in {card.role for card in ROLE_CARDS}:
        return _sign_in_page(
            request, "Role cards are off here. Sign in with e-mail address and password.", 403
        )
    email = f"{role}@{context.require().slug}.test"
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return _sign_in_page(request, f"There is no demo user {email} here.", 404)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(next_page(request))


def _sign_in_by_password(request: HttpRequest) -> HttpResponse:
    email, password = request.POST.get("email", "").strip().lower(), request.POST.get("password", "")
    who = f"{request.META.get('REMOTE_ADDR', '')} {email}"
    counter = f"wrong-password:{hashlib.sha256(who.encode()).hexdigest()}"
    if (cache.get(counter) or 0) >= WRONG_PER_MINUTE:
        return _sign_in_page(request, "Too many wrong passwords. Wait a minute, then try again.", 429)
    user = authenticate(request, username=email, password=password) if "\0" not in email + password else None
    if user is None:
        cache.add(counter, 0, timeout=60)
        cache.incr(counter)
        return _sign_in_page(request, "E-mail address or password is wrong.", 422)
    cache.delete(counter)
    login(request, user)
    return redirect(next_page(request))
