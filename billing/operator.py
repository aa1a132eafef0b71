"""What a bill needs to know about the tenant itself: who it is among operators, its currency and its time zone."""

from dataclasses import dataclass

from tenants import context
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Operator:
    """The tenant as OCPI names it, and what applies where a site or a tariff says nothing."""

    country_code: str
    party_id: str
    name: str
    currency: str
    time_zone: str


def current() -> Operator:
    """The operator of the tenant in force.

    Raises: RuntimeError outside of every tenant.
    """
    slug = context.require().slug
    with context.public():
        row = Tenant.objects.get(slug=slug)
    return Operator(row.country_code, row.party_id, row.name, row.currency, row.time_zone)
