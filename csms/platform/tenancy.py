"""The tenants of the installation: the list, a new one, suspending and resuming."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from chargers.models import ChargingStation, Presence
from csms.platform.account import staff_only
from csms.platform.forms import NewTenant
from tenants import addresses, context, lifecycle
from tenants.context import Place, UnknownTenant
from tenants.models import Tenant
from tenants.users.models import User

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One tenant in the list."""

    place: Place
    url: str
    created_at: object
    stations: int
    online: int
    users: int


@staff_only
@never_cache
def tenants(request: HttpRequest) -> HttpResponse:
    """Every tenant with its state and size."""
    page = Paginator(Tenant.objects.order_by("slug"), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "platform/tenants.html", {"page": page, "lines": [_line(row) for row in page.object_list]}
    )


@staff_only
@never_cache
@sensitive_variables("created")
def create(request: HttpRequest) -> HttpResponse:
    """Make a tenant, which takes about a second, and show its owner's password once."""
    form = NewTenant(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created = lifecycle.create(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            url = addresses.url(context.find(created.slug))
            return render(
                request, "platform/tenant_created.html", {"created": created, "url": url}, status=201
            )
    return render(request, "platform/tenant_form.html", {"form": form}, status=422 if form.errors else 200)


@staff_only
def suspend(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then lock a tenant out."""
    return _confirm(request, slug, "suspend", lifecycle.suspend)


@staff_only
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then let a tenant in again."""
    return _confirm(request, slug, "resume", lifecycle.resume)


def _confirm(request: HttpRequest, slug: str, verb: str, act: Callable[[str], None]) -> HttpResponse:
    try:
        place = context.find(slug)
        if request.method == "POST":
            act(slug)
            messages.success(
                request, f"{place.name} is {'suspended' if verb == 'suspend' else 'active again'}."
            )
            return redirect("platform-tenants")
    except UnknownTenant as error:
        raise Http404 from error
    return render(request, "platform/tenant_confirm.html", {"place": place, "verb": verb})


def _line(row: Tenant) -> Line:
    place = Place(row.slug, row.schema_name, row.name, is_suspended=row.status != Tenant.Status.ACTIVE)
    with context.enter(place):
        stations, users = ChargingStation.objects.count(), User.objects.filter(is_active=True).count()
        online = Presence.objects.filter(gateway__isnull=False).count()
    return Line(place, addresses.url(place), row.created_at, stations, online, users)
