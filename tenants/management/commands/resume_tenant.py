"""`manage.py resume_tenant SLUG`: its people and chargers may come in again."""

from typing import Any

from tenants import lifecycle
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    help = "Let the people and the chargers of a suspended tenant in again."

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        lifecycle.resume(place.slug)
        return {"slug": place.slug, "status": "active"}
