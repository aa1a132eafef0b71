"""`manage.py verify_ledger TENANT`: look at every charge detail record of the tenant and at the chain that they make."""

from typing import Any

from django.core.management.base import CommandError

from billing import ledger
from tenants.commands import TenantCommand
from tenants.context import Place


class Command(TenantCommand):
    """Verify the ledger."""

    help = "Check the chain of charge detail records and their sums. Exit status 1 and the record where it breaks."

    def handle_in_tenant(self, place: Place, **options: Any) -> dict[str, object]:
        """Check."""
        verdict = ledger.verify()
        if verdict.problem:
            raise CommandError(
                f"The ledger of {place.slug} breaks at record {verdict.number}: {verdict.problem}."
            )
        return {"records": verdict.rows, "head": verdict.head}
