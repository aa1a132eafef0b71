"""Publishing tariffs, assigning them, and finding the one that a session is priced by.

A published version is never changed. Who prices a session: the assignment of the id token's group, else of the EVSE, the station, the site, the
tenant, each as it was when the transaction became known; and of its tariff the version that was valid when the session began (B-08, OCPI-57).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from authorization.models import IdTokenGroup
from billing import documents, pricing
from billing.models import Tariff, TariffAssignment, TariffVersion
from billing.pricing import Price, Session
from chargers.models import ChargingStation, Site
from transactions.models import Transaction

TARGET_FIELDS = ("site_id", "station_id", "evse_number", "id_token_group_id")
Target = tuple[int | None, int | None, int | None, int | None]  # in the order of TARGET_FIELDS
EVERYWHERE: Target = (None, None, None, None)


def publish(
    document: Mapping[str, Any],
    *,
    name: str,
    assign_to: Sequence[Mapping[str, Any]] | None = None,
    author: str = "",
    tariff: Tariff | None = None,
) -> TariffVersion:
    """Publish a tariff: a new one, or a new version of `tariff` or of the one with this name.

    `assign_to` replaces the assignments; None leaves them. A document that says what the latest version says makes no new one.

    Raises: ValidationError, with a sentence for each field that is wrong.
    """
    checked = documents.check(document)
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise ValidationError({"name": "A tariff's name has 1 to 100 characters."})
    with transaction.atomic():
        row = _tariff(tariff, name)
        version = _version(row, checked, author)
        if assign_to is not None:
            assign(row, assign_to)
    return version


def assign(tariff: Tariff, assign_to: Sequence[Mapping[str, Any]]) -> None:
    """Let a tariff apply to these targets and to no others; each target has one tariff.

    Raises: ValidationError.
    """
    wanted = set(_targets(assign_to))
    now = timezone.now()
    with transaction.atomic():
        for row in TariffAssignment.objects.select_for_update().filter(ended_at__isnull=True):
            target = _target_of(row)
            if row.tariff_id == tariff.pk and target in wanted:
                wanted.discard(target)
            elif row.tariff_id == tariff.pk or target in wanted:
                row.ended_at = now
                row.save(update_fields=["ended_at"])
        for target in sorted(wanted, key=repr):
            TariffAssignment.objects.create(
                tariff=tariff, assigned_at=now, **dict(zip(TARGET_FIELDS, target, strict=True))
            )


def retire(tariff: Tariff) -> None:
    """Take a tariff out of use. Its versions stay, because records refer to them."""
    with transaction.atomic():
        assign(tariff, [])
        tariff.retired_at = timezone.now()
        tariff.save(update_fields=["retired_at"])


def preview(version: TariffVersion, session: Session) -> Price:
    """What a session would cost: the function that bills.

    Raises: ValueError.
    """
    return pricing.price(version.document, session)


def valid_version(versions: Iterable[TariffVersion], moment: datetime) -> TariffVersion | None:
    """The latest of the versions that is valid at a moment."""
    valid = [
        each
        for each in versions
        if (each.valid_from is None or each.valid_from <= moment)
        and (each.valid_until is None or moment < each.valid_until)
    ]
    return max(valid, key=lambda each: each.number, default=None)


def _tariff(tariff: Tariff | None, name: str) -> Tariff:
    """The locked row, with its name."""
    rows = Tariff.objects.select_for_update()
    found = rows.filter(pk=tariff.pk) if tariff else rows.filter(name__iexact=name, retired_at__isnull=True)
    row = found.first() or Tariff()
    row.name = name
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError({"name": f"There already is a tariff “{name}”."}) from error
    return row


def _version(tariff: Tariff, document: dict[str, Any], author: str) -> TariffVersion:
    latest = tariff.versions.order_by("-number").first()
    if latest and latest.document == document:
        return latest
    start, now = documents.moment(document.get("start_date_time")), timezone.now()
    return TariffVersion.objects.create(
        tariff=tariff,
        number=latest.number + 1 if latest else 1,
        document=document,
        currency=document["currency"],
        valid_from=max(start or now, now)
        if latest
        else start,  # a change never reaches sessions that have begun
        valid_until=documents.moment(document.get("end_date_time")),
        published_at=now,
        author=author[:200],
    )


def _targets(assign_to: Sequence[Mapping[str, Any]]) -> list[Target]:
    if not isinstance(assign_to, list | tuple):
        raise ValidationError({"assign_to": "This is a list of targets."})
    return [_target(entry) for entry in assign_to]


def _target(entry: Mapping[str, Any]) -> Target:
    """A target as outside programs write it: one of tenant, site, station, evse, id_token_group."""
    match entry:
        case {"tenant": True, **rest} if not rest:
            return EVERYWHERE
        case {"site": int(pk), **rest} if not rest and Site.objects.filter(pk=pk).exists():
            return (pk, None, None, None)
        case {"station": str(identity), **rest} if not rest:
            return (None, _station(identity), None, None)
        case {"evse": [str(identity), int(number)], **rest} if not rest and number > 0:
            return (None, _station(identity), number, None)
        case {"id_token_group": str(name), **rest} if not rest:
            group = IdTokenGroup.objects.filter(name__iexact=name).first()
            if group:
                return (None, None, None, group.pk)
    raise ValidationError({"assign_to": f"There is no such target: {entry}."})


def _station(identity: str) -> int:
    row = ChargingStation.objects.filter(identity__iexact=identity).first()
    if row is None:
        raise ValidationError({"assign_to": f"There is no station “{identity}”."})
    return row.pk


def _target_of(row: TariffAssignment) -> Target:
    return (row.site_id, row.station_id, row.evse_number, row.id_token_group_id)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The assignments and versions that a batch of transactions may need, read once."""

    assignments: list[TariffAssignment]
    versions: dict[int, list[TariffVersion]]

    @classmethod
    def read(cls, transactions: Sequence[Transaction]) -> "PriceBook":
        """What these transactions may need."""
        since = min((row.received_at for row in transactions), default=timezone.now())
        assignments = list(
            TariffAssignment.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since)).select_related(
                "id_token_group"
            )
        )
        versions: dict[int, list[TariffVersion]] = {}
        for version in TariffVersion.objects.filter(tariff__in={each.tariff_id for each in assignments}):
            versions.setdefault(version.tariff_id, []).append(version)
        return cls(assignments, versions)

    def version_for(self, row: Transaction) -> TariffVersion | None:
        """The version that prices a transaction; the next wider target counts where the narrower one's tariff is not valid."""
        began = min(row.started_at, row.received_at)
        applicable = [
            each for each in self.assignments if _was_assigned(each, row.received_at) and _covers(each, row)
        ]
        for each in sorted(applicable, key=_width):
            if version := valid_version(self.versions.get(each.tariff_id, []), began):
                return version
        return None


def _was_assigned(row: TariffAssignment, moment: datetime) -> bool:
    return row.assigned_at <= moment and (row.ended_at is None or moment < row.ended_at)


def _covers(each: TariffAssignment, row: Transaction) -> bool:
    if each.id_token_group:
        return bool(row.group_name) and each.id_token_group.name.casefold() == row.group_name.casefold()
    if each.station_id:
        return each.station_id == row.station_id and each.evse_number in (None, row.evse_number)
    return each.site_id is None or each.site_id == row.station.site_id


def _width(row: TariffAssignment) -> int:
    """How wide a target is: a person's group before a place, a small place before a large one."""
    if row.id_token_group_id:
        return 0
    if row.station_id:
        return 1 if row.evse_number is not None else 2
    return 3 if row.site_id else 4
