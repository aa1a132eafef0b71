"""The platform's admin pages: tenants, their domains, gateways, strangers at the door."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from tenants import addresses, context
from tenants.admin_sites import BaseAdmin, PermanentAdmin, RecordAdmin, platform_admin
from tenants.models import Domain, Gateway, StrayConnection, Tenant


@admin.register(Tenant, site=platform_admin)
class TenantAdmin(PermanentAdmin):
    """Tenants are created, suspended and resumed at `/platform/`, and deleted by a command."""

    list_display = ("slug", "name", "status", "currency", "time_zone", "created_at")
    search_fields = ("slug", "name")
    list_filter = ("status",)
    fields = ("slug", "name", "status", "country_code", "party_id", "currency", "time_zone", "created_at")
    readonly_fields = ("slug", "status", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A tenant is more than a row."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: object, change: bool) -> None:  # noqa: FBT001
        """Save, and show the new name at once."""
        super().save_model(request, obj, form, change)
        context.forget()


@admin.register(Domain, site=platform_admin)
class DomainAdmin(BaseAdmin):
    """A domain also needs its entry in `ALLOWED_HOSTS` and its certificate."""

    list_display = ("domain", "tenant", "is_primary")
    search_fields = ("domain",)
    fields = ("domain", "tenant", "is_primary")

    def save_model(self, request: HttpRequest, obj: Domain, form: object, change: bool) -> None:  # noqa: FBT001
        """Save the name as browsers send it."""
        obj.domain = addresses.normalise(obj.domain)
        super().save_model(request, obj, form, change)
        addresses.forget()


@admin.register(Gateway, site=platform_admin)
class GatewayAdmin(RecordAdmin):
    """The processes that hold chargers' sockets."""

    list_display = ("id", "started_at", "seen_at")


@admin.register(StrayConnection, site=platform_admin)
class StrayConnectionAdmin(RecordAdmin):
    """Chargers whose address names no tenant."""

    list_display = ("slug", "identity", "remote_address", "attempts", "first_seen_at", "last_seen_at")
    search_fields = ("slug", "identity", "remote_address")
    ordering = ("-last_seen_at",)
