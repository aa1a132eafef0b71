"""Addresses of the installation itself. A tenant's own are in `csms.urls_tenant`."""

from django.urls import include, path

urlpatterns = [path("", include("csms.platform.urls"))]
