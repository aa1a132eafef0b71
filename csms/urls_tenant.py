"""Addresses of a tenant, below `/t/<slug>/` or on its own domain: pages, the API, the admin."""

from django.urls import include, path

from tenants.admin_sites import tenant_admin

urlpatterns = [
    path("api/", include("csms.api.urls")),
    path("admin/", tenant_admin.urls),
    path("", include("csms.files.urls")),
    path("", include("csms.dashboard.urls")),
]
