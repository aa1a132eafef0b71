"""The page at the root of the installation. It names tenants only in the demo."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenants.models import Tenant


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Say what this is and where people sign in."""
    tenants = (
        Tenant.objects.filter(status=Tenant.Status.ACTIVE) if settings.IS_DEMO else Tenant.objects.none()
    )
    return render(request, "platform/landing.html", {"tenants": tenants[:20]})
