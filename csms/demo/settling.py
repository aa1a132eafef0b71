"""Making a demo tenant: its users, sites, chargers, id tokens, tariffs and 30 days of history, all or nothing."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from authorization import id_tokens
from authorization.models import IdToken
from chargers import credentials, stations
from chargers.models import ChargingStation, Site
from csms.demo import history, people, prices
from csms.demo.cast import Charger, Company
from csms.demo.opening import say
from csms.demo.wish import CannotPlay
from tenants import context, lifecycle
from tenants.context import UnknownTenant
from tenants.models import Domain, Tenant
from tenants.users.models import User


def settle(company: Company, chargers: Sequence[Charger]) -> None:
    """Make a tenant, or what is still missing of it.

    Raises: CannotPlay.
    """
    create(company)
    with context.tenant(company.slug), transaction.atomic():
        is_new = not User.objects.filter(email=people.email("viewer", company.slug)).exists()
        if is_new:
            say(f"Settling {company.name}: users, sites, {len(chargers)} chargers, id tokens, tariffs …")
            people.add_users(company.slug)
        add_chargers(company, chargers)
        if is_new:
            add_cards(company)
            prices.publish(company)
            made = history.write(company, chargers[: len(company.cast)])  # more chargers have no past
            say(
                f"Settling {company.name}: {made} sessions of the last {history.DAYS} days, each with its record"
            )


def create(company: Company) -> None:
    """Make the empty tenant with its domain, unless it is there.

    Raises: CannotPlay.
    """
    owner = people.email("owner", company.slug)
    try:
        context.find(company.slug)
    except UnknownTenant:
        say(f"Settling {company.name}: its own tables …")
        lifecycle.create(
            company.slug,
            company.name,
            owner_email=owner,
            owner_password=people.PASSWORD,
            currency=company.currency,
            country_code=company.country_code,
            time_zone=company.time_zone,
        )
    with context.tenant(company.slug):
        if not User.objects.filter(email=owner).exists():
            raise CannotPlay(
                f"The tenant “{company.slug}” is not the demo's: use --empty, or start over with --reset."
            )
    with context.public():
        row = Tenant.objects.get(slug=company.slug)
        Domain.objects.get_or_create(domain=f"{company.slug}.localhost", defaults={"tenant": row})


def add_chargers(company: Company, chargers: Sequence[Charger]) -> None:
    """Add the chargers that are missing, each with its site."""
    known = set(ChargingStation.objects.values_list("identity", flat=True))
    missing = [charger for charger in chargers if charger.identity not in known]
    sites = add_sites(company) if missing else []
    for charger in missing:
        stations.add(
            charger.identity,
            site=sites[charger.place],
            password=password_of(company.slug, charger.identity),
            is_simulated=True,
        )
        for number, token in enumerate(charger.id_tokens):
            add_card(token, company, len(known) + number)
        known.add(charger.identity)


def add_sites(company: Company) -> list[Site]:
    """The sites of the tenant in force."""
    return [
        Site.objects.get_or_create(
            name=place.name,
            defaults={
                "address": place.address,
                "postal_code": place.postal_code,
                "city": place.city,
                "country_code": company.country_code,
                "latitude": Decimal(place.latitude),
                "longitude": Decimal(place.longitude),
                "time_zone": company.time_zone,
            },
        )[0]
        for place in company.places
    ]


def add_card(token: str, company: Company, number: int) -> None:
    """Add a driver's card, unless it is there."""
    if not IdToken.objects.filter(id_token__iexact=token).exists():
        id_tokens.add(token, holder=company.holders[number % len(company.holders)])


def add_cards(company: Company) -> None:
    """Cards that show what can become of one: of the staff, blocked, expired."""
    for number in range(1, 4):
        id_tokens.add(f"B10C{number:04}", status=IdToken.Status.BLOCKED, holder=f"Lost card {number}")
    id_tokens.add("E0000001", expires_at=timezone.now() - timedelta(days=9), holder="Guest card of last week")
    if company.currency == "EUR":
        for number in range(1, 4):
            id_tokens.add(f"57AFF{number:03}", group=prices.STAFF_GROUP, holder=f"Service van {number}")


def password_of(slug: str, identity: str) -> str:
    """The password of a simulated charger: the same at every start, and different in every demo."""
    text = f"{slug}/{identity}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), b"simulated\0" + text, hashlib.sha256).hexdigest()[:20]


def has_its_password(company: Company, station: ChargingStation) -> bool:
    """Whether the simulator can connect as this station."""
    password = password_of(company.slug, station.identity).encode()
    return credentials.matches(password, station.key_salt, station.key_digest)
