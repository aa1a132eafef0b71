"""The two admin sites, the tenant's own and the platform's, and the bases of their pages.

They stand in the lowest app, so that every app can register its models. What a person may do follows from the role, as everywhere.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from tenants import context as tenants_context
from tenants.users.models import User
from tenants.users.policy import may

# The admin's theme computes attributes and styles in the browser; no other page is allowed to.
CONTENT_SECURITY_POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


GREEN = {  # the product's own, as lightness and chroma: the theme wants one value for each step
    50: (98, 0.02), 100: (95, 0.05), 200: (90, 0.09), 300: (83, 0.12), 400: (74, 0.13), 500: (62, 0.12),
    600: (48, 0.095), 700: (42, 0.08), 800: (36, 0.065), 900: (31, 0.05), 950: (23, 0.035),
}  # fmt: skip
COLORS = {str(step): f"oklch({lightness}% {chroma} 178)" for step, (lightness, chroma) in GREEN.items()}


class Site(UnfoldAdminSite):
    """An admin site whose sign-in is the one of the pages around it."""

    sign_in = "sign-in"
    home = "overview"

    def allows(self, user: User | AnonymousUser, ability: str) -> bool:
        """Whether somebody may do something here."""
        raise NotImplementedError

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the site."""
        return self.allows(request.user, "configure")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002
        """Guard a page, and allow it what the theme needs."""
        page = csp_update(CONTENT_SECURITY_POLICY)(super().admin_view(view, cacheable))

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return page(request, *args, **kwargs) if self.has_permission(request) else self.login(request)

        return guarded

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """The look of the product, and the way back to its pages."""
        place = tenants_context.current()
        return context | {
            "site_header": place.name if place and place.slug else "Platform",
            "site_title": self.site_title,
            "site_symbol": "bolt",
            "site_url": reverse(self.home),
            "colors": context["colors"] | {"primary": COLORS},
        }

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send those who are not signed in to the sign-in page.

        Raises: PermissionDenied for those who are, and whose role does not open the site.
        """
        if request.user.is_authenticated:
            raise PermissionDenied("Your role does not open the admin pages.")
        return redirect_to_login(request.get_full_path(), reverse(self.sign_in))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out where people sign in."""
        return HttpResponseRedirect(reverse(self.sign_in))


class TenantAdminSite(Site):
    """`/t/<slug>/admin/`."""

    site_title = index_title = "Admin"

    def allows(self, user: User | AnonymousUser, ability: str) -> bool:
        """By the role in the tenant."""
        return may(user, ability)


class PlatformAdminSite(Site):
    """`/platform/admin/`."""

    site_title = index_title = "Platform"
    sign_in = "platform-sign-in"
    home = "platform-tenants"

    def allows(self, user: User | AnonymousUser, ability: str) -> bool:
        """The staff may do everything, nobody else anything."""
        return isinstance(user, User) and user.is_active and user.is_staff


tenant_admin = TenantAdminSite(name="tenant_admin")
platform_admin = PlatformAdminSite(name="platform_admin")


class BaseAdmin(ModelAdmin):
    """Pages of a model. `ability` is needed to change its rows, `view_ability` to see them."""

    ability = "configure"
    view_ability = "configure"
    admin_site: Site

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the model is listed."""
        return self.admin_site.allows(request.user, self.view_ability)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether rows are shown."""
        return self.admin_site.allows(request.user, self.view_ability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether a row may be added."""
        return self.admin_site.allows(request.user, self.ability)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether a row may be changed."""
        return self.admin_site.allows(request.user, self.ability)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether a row may be deleted."""
        return self.admin_site.allows(request.user, self.ability)


class PermanentAdmin(BaseAdmin):
    """Rows that are changed but never deleted here: other rows, or the law, need them."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


class RecordAdmin(PermanentAdmin):
    """Rows that only the product writes: shown, never touched."""

    show_full_result_count = False  # counting millions of rows would take longer than showing fifty

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False
