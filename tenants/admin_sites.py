"""The two admin sites, and the base of their pages: the tenant's own, and the platform's.

They stand in the lowest app, so that every app can register its models.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from tenants.users.policy import may


class Site(UnfoldAdminSite):
    """An admin site whose sign-in is the one of the pages around it."""

    sign_in = "sign-in"

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send those who are not signed in to the sign-in page; those who are, but may not, see 403."""
        if request.user.is_authenticated:
            return HttpResponse("Your role does not open the admin pages.", status=403)
        return redirect_to_login(reverse("admin:index"), reverse(self.sign_in))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out where people sign in."""
        return HttpResponseRedirect(reverse(self.sign_in))


class TenantAdminSite(Site):
    """`/t/<slug>/admin/`."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person may configure the tenant."""
        return may(request.user, "configure")


class PlatformAdminSite(Site):
    """`/platform/admin/`."""

    sign_in = "platform-sign-in"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person belongs to the platform's staff."""
        return bool(request.user.is_active and request.user.is_staff)


tenant_admin: AdminSite = TenantAdminSite(name="tenant_admin")
platform_admin: AdminSite = PlatformAdminSite(name="platform_admin")
