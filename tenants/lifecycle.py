"""The life of a tenant: created, suspended, resumed, deleted."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.validators import validate_email
from django.db import transaction

from tenants import addresses, bells, context, recipes, schemas
from tenants.context import Place, UnknownTenant
from tenants.models import Domain, Tenant, check_slug
from tenants.users import roles
from tenants.users.models import User


@dataclass(frozen=True, slots=True)
class Created:
    """A new tenant, with the owner's password that is shown once."""

    slug: str
    name: str
    owner_email: str
    owner_password: str


def create(
    slug: str,
    name: str,
    *,
    owner_email: str | None = None,
    owner_password: str | None = None,
    currency: str = "EUR",
    country_code: str = "NL",
    time_zone: str = "UTC",
) -> Created:
    """Make a tenant with its schema, roles and owner. A creation that fails leaves nothing.

    Returns: what the owner needs to sign in; without a password a random one is made.
    Raises: ValidationError, for a slug that is taken or cannot be used, or a broken e-mail address.
    """
    check_slug(slug)
    owner_email = (owner_email or f"owner@{slug}.example").strip().lower()
    owner_password = owner_password or secrets.token_urlsafe(12)
    validate_email(owner_email)
    row = Tenant(slug=slug, schema_name=context.schema_of(slug), name=name.strip() or slug)
    row.currency, row.country_code, row.time_zone = currency, country_code, time_zone
    with context.public(), transaction.atomic(), schemas.changing():
        _check_free(row)
        _store(row)
        _settle(Place(slug, row.schema_name, row.name), owner_email, owner_password)
    _announce(slug)
    return Created(slug, row.name, owner_email, owner_password)


def suspend(slug: str) -> None:
    """Lock the people and the chargers of a tenant out, until it is resumed. Its rows stay.

    Raises: UnknownTenant.
    """
    _set_status(slug, Tenant.Status.SUSPENDED)


def resume(slug: str) -> None:
    """Let the people and the chargers of a tenant in again.

    Raises: UnknownTenant.
    """
    _set_status(slug, Tenant.Status.ACTIVE)


def delete(slug: str) -> None:
    """Drop a tenant's schema and forget the tenant. Nothing of it is left in the database.

    Raises: UnknownTenant; RuntimeError if something is left, and then nothing has been deleted.
    """
    place = context.find(slug)
    with context.public(), transaction.atomic(), schemas.changing():
        Tenant.objects.filter(slug=slug).delete()
        schemas.drop(place.schema_name)
        if schemas.exists(place.schema_name) or Tenant.objects.filter(slug=slug).exists():
            raise RuntimeError(f"The tenant “{slug}” could not be deleted completely.")
    _announce(slug)


def migrate_all() -> None:
    """Bring the public schema and then every tenant's up to date; those that are, are skipped."""
    call_command("migrate", verbosity=0, interactive=False)


def _check_free(row: Tenant) -> None:
    if Tenant.objects.filter(slug=row.slug).exists():
        raise ValidationError(f"There already is a tenant “{row.slug}”.")
    if schemas.exists(row.schema_name):
        raise ValidationError(f"The database already has a schema “{row.schema_name}”, which no tenant owns.")
    row.full_clean()


def _store(row: Tenant) -> None:
    """Write the tenant's row and, where the installation has a host name, its sub-domain; make the empty schema."""
    row.save()
    host = addresses.normalise(settings.PUBLIC_HOST) or (
        "localhost" if settings.IS_DEMO or settings.IS_TEST else ""
    )
    if host and not host.startswith("[") and not host.replace(".", "").isdigit():
        Domain.objects.create(domain=f"{row.slug}.{host}", tenant=row)
    schemas.make(row.schema_name)


def _settle(place: Place, owner_email: str, owner_password: str) -> None:
    """Make the tables of a new schema, the roles, and the owner."""
    recipes.build(place)
    with context.enter(place):
        roles.seed()
        owner = User.objects.create_user(owner_email, owner_password, name="Owner")
        owner.groups.set([roles.role("owner")])


def _set_status(slug: str, status: Tenant.Status) -> None:
    with context.public(), transaction.atomic():
        if not Tenant.objects.filter(slug=slug).update(status=status):
            raise UnknownTenant(slug)
    _announce(slug)


def _announce(slug: str) -> None:
    """Forget what this process remembers of the tenant, and tell the others to."""
    context.forget(slug)
    addresses.forget()
    bells.ring(slug)
