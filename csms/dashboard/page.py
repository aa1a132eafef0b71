"""What every page shows around its content: navigation, tenant, theme, and what the signed-in person may do."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.cache import patch_cache_control, patch_vary_headers

from tenants.users.policy import may

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation. `pages` are the URL names below which it is shown as the current one."""

    name: str
    label: str
    icon: str
    pages: frozenset[str]
    in_bottom_bar: bool = False
    ability: str = "view"


def _entry(
    name: str, label: str, icon: str, *pages: str, bottom: bool = False, ability: str = "view"
) -> Entry:
    return Entry(name, label, icon, frozenset({name, *pages}), bottom, ability)


NAVIGATION = (
    _entry("overview", "Overview", "layout-dashboard", bottom=True),
    _entry(
        "chargers",
        "Chargers",
        "charging-pile",
        *("charger", "charger-add", "charger-connect", "charger-sessions", "charger-commands"),
        *("charger-messages", "charger-configuration", "charger-maintenance", "charger-access"),
        *("charger-deviations", "charger-smart-charging", "charger-security"),
        *("charger-console", "charger-console-action"),
        bottom=True,
    ),
    _entry("door", "At the door", "door-enter"),
    _entry("sessions", "Sessions", "bolt", "session", bottom=True),
    _entry("messages", "Messages", "messages", bottom=True),
    _entry("id-tokens", "Id tokens", "id-badge-2", "id-token-add"),
    _entry("firmware", "Firmware", "tool"),
    _entry("tariffs", "Tariffs", "coin", "tariff"),
    _entry("cdrs", "Billing", "receipt-2", "cdr", "cdr-exports"),
)


class Abilities:
    """Answers `shell.can.operate` in a template."""

    def __init__(self, user: Any) -> None:
        self.user = user

    def __getitem__(self, ability: str) -> bool:
        return bool(self.user and self.user.is_authenticated and may(self.user, ability))


def theme_of(request: HttpRequest) -> str:
    """The theme that this browser chose: `auto`, `light` or `dark`."""
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, which wants the content without what stands around it."""
    return request.headers.get("HX-Request") == "true" and not request.headers.get(
        "HX-History-Restore-Request"
    )


def show(request: HttpRequest, template: str, values: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page whose template extends `shell.layout`: whole for a browser, its content alone for htmx."""
    response = render(request, template, values, status=status)
    patch_vary_headers(response, ["HX-Request"])
    patch_cache_control(response, private=True, no_cache=True)
    return response


def context(request: HttpRequest) -> dict[str, Any]:
    """The template variable `shell`, the same on tenant, platform and admin pages; it makes no query by itself."""
    tenant, user = getattr(request, "tenant", None), getattr(request, "user", None)
    match = getattr(request, "resolver_match", None)
    is_operator = bool(tenant and tenant.slug and user and user.is_authenticated)
    theme = theme_of(request)
    return {
        "shell": {
            "layout": "dashboard/fragment.html" if is_fragment(request) else "base.html",
            "tenant": tenant if tenant and tenant.slug else None,
            "theme": theme,
            "bs_theme": "dark" if theme == "dark" else "light",
            "is_demo": settings.IS_DEMO,
            "navigation": NAVIGATION if is_operator else (),
            "current": match.url_name if match else "",
            "live_path": f"{get_script_prefix()}ws/live/" if is_operator else "",
            "can": Abilities(user),
        }
    }
