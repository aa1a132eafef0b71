"""`manage.py suspend_tenant SLUG`: its people and chargers are locked out, its rows stay."""

from typing import Any

from tenants import lifecycle
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    help = "Lock the people and the chargers of a tenant out, until it is resumed. Nothing is deleted."

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        lifecycle.suspend(place.slug)
        return {"slug": place.slug, "status": "suspended"}
