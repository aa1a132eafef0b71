"""The public schema: who the tenants are, where they are reached, and which gateways are alive."""

import re
import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

RESERVED_SLUGS = frozenset(
    "t ocpp platform api admin static c s i ws healthz readyz metrics public media www favicon".split()
)


def check_slug(slug: str) -> None:
    """Refuse a slug that cannot be part of an address or of a schema's name.

    Raises: ValidationError, with a sentence for the person who typed it.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or not 2 <= len(slug) <= 50:
        raise ValidationError(
            "A slug has 2 to 50 characters: lower-case letters, digits and single hyphens; it starts with a letter."
        )
    if slug in RESERVED_SLUGS or slug.startswith(("pg-", "pg_")):
        raise ValidationError(f"The slug “{slug}” is reserved.")


def check_time_zone(name: str) -> None:
    """Refuse what is no time zone of the IANA database.

    Raises: ValidationError, with examples.
    """
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Examples: Europe/Amsterdam, UTC.")


class Tenant(TenantMixin):
    """An operator: one schema, its own users, chargers and money."""

    class Status(models.TextChoices):
        """Whether its people and chargers may use the installation."""

        ACTIVE = "active"
        SUSPENDED = "suspended"

    slug = models.CharField(max_length=50, validators=[check_slug])
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    country_code = models.CharField(max_length=2, default="NL", help_text="OCPI country code of the operator")
    party_id = models.CharField(max_length=3, default="CSM", help_text="OCPI party id of the operator")
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(max_length=50, default="UTC", validators=[check_time_zone])
    created_at = models.DateTimeField(auto_now_add=True)
    migration_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of the migrations with which the schema is up to date.",
    )

    auto_create_schema = False  # `tenants.lifecycle` does it
    auto_drop_schema = False

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slug"], name="tenant_slug_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name of its own under which a tenant is reached."""

    def __str__(self) -> str:
        return str(self.domain)


class Gateway(models.Model):
    """A gateway process that holds chargers' sockets. Its lease is renewed every few seconds."""

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class StrayConnection(models.Model):
    """A refused handshake that belongs to no tenant, because its address names none. Only platform staff see it."""

    slug = models.CharField(max_length=100)
    identity = models.CharField(max_length=100)
    remote_address = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["slug", "identity", "remote_address"], name="stray_connection_is_counted_once"
            )
        ]

    def __str__(self) -> str:
        return f"/{self.slug}/ocpp/{self.identity}"


class Recipe(models.Model):
    """The statements that make a tenant's tables, as the migrations with this digest executed them."""

    digest = models.CharField(max_length=64, primary_key=True)
    script = models.TextField()
    written_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:8]
