"""Addresses of the platform's pages."""

from django.urls import path

from csms.platform import account, landing, tenancy
from tenants.admin_sites import platform_admin

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("platform/", tenancy.tenants, name="platform-tenants"),
    path("platform/sign-in/", account.sign_in, name="platform-sign-in"),
    path("platform/sign-out/", account.sign_out, name="platform-sign-out"),
    path("platform/theme/", account.theme, name="theme"),
    path("platform/tenants/new/", tenancy.create, name="platform-tenant-create"),
    path("platform/tenants/<slug:slug>/suspend/", tenancy.suspend, name="platform-tenant-suspend"),
    path("platform/tenants/<slug:slug>/resume/", tenancy.resume, name="platform-tenant-resume"),
    path("platform/admin/", platform_admin.urls),
]
