"""The read side: records, exports and tariffs as pages and programs show them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, Sum

from billing import json_text, money
from billing.models import (
    CdrExport,
    ChargeDetailRecord,
    RatingFailure,
    Tariff,
    TariffAssignment,
    TariffVersion,
)


def records() -> QuerySet[ChargeDetailRecord]:
    """The records of the tenant in force, the newest first."""
    return ChargeDetailRecord.objects.select_related("tariff_version__tariff").order_by("-number")


def between(start: datetime, end: datetime) -> QuerySet[ChargeDetailRecord]:
    """The records of the sessions that ended in a period: start ≤ ended_at < end."""
    return records().filter(ended_at__gte=start, ended_at__lt=end)


def exports() -> QuerySet[CdrExport]:
    """The export jobs, the newest first."""
    return CdrExport.objects.order_by("-requested_at")


def failures() -> QuerySet[RatingFailure]:
    """The ended transactions that could not be priced yet."""
    return RatingFailure.objects.select_related("transaction__station")


def tariffs() -> QuerySet[Tariff]:
    """The tariffs in use with their versions (the newest first) and their assignments."""
    assignments = TariffAssignment.objects.filter(ended_at__isnull=True).select_related(
        "site", "station", "id_token_group"
    )
    return Tariff.objects.filter(retired_at__isnull=True).prefetch_related(
        Prefetch("versions", TariffVersion.objects.order_by("-number")), Prefetch("assignments", assignments)
    )


def revenue(start: datetime, end: datetime) -> list[dict[str, Any]]:
    """What was issued in a period, per currency: `currency, records, energy_wh, excl_vat, incl_vat`. Held records are not in it."""
    issued = between(start, end).exclude(state=ChargeDetailRecord.State.HELD)
    sums = issued.order_by("currency").values("currency")
    rows = sums.annotate(
        records=Count("id"), energy_wh=Sum("energy_wh"), excl_vat=Sum("excl_vat"), incl_vat=Sum("incl_vat")
    )
    return [dict(row) for row in rows]


def record_document(record: ChargeDetailRecord) -> dict[str, Any]:
    """The record as outside programs read it. Energy in Wh and duration are `Decimal`, money is text."""
    version = record.tariff_version
    return {
        "id": str(record.id),
        "transaction_id": record.ocpp_transaction_id,
        "station": record.station,
        "evse": record.evse_number,
        "connector": record.connector_number,
        "id_token": record.id_token,
        "started_at": json_text.moment(record.started_at),
        "ended_at": json_text.moment(record.ended_at),
        "energy_wh": record.energy_wh,
        "duration_s": record.duration_s,
        "currency": record.currency,
        "lines": record.lines,
        "total_cost": {
            "excl_vat": amount(record, record.excl_vat),
            "incl_vat": amount(record, record.incl_vat),
        },
        "state": record.state,
        "hold_reasons": record.hold_reasons,
        "remark": record.remark,
        "tariff": version.tariff_id if version else None,
        "tariff_version": version.number if version else None,
        "number": record.number,
        "hash": record.hash,
        "previous_hash": record.previous_hash,
    }


def amount(record: ChargeDetailRecord, value: Decimal) -> str:
    """An amount with the decimals of the record's currency."""
    return f"{value:.{money.decimals(record.currency)}f}"


def tariff_document(tariff: Tariff) -> dict[str, Any]:
    """A tariff of `tariffs()` as outside programs read it: its latest version as OCPI has it, its name and where it applies."""
    latest = next(iter(tariff.versions.all()), None)
    return {
        "id": tariff.pk,
        "name": tariff.name,
        "version": latest.number if latest else None,
        "published_at": json_text.moment(latest.published_at) if latest else None,
        **(latest.document if latest else {}),
        "assign_to": [target_document(each) for each in tariff.assignments.all() if each.ended_at is None],
    }


def target_document(row: TariffAssignment) -> dict[str, Any]:
    """The target of an assignment as outside programs write it."""
    if row.id_token_group:
        return {"id_token_group": row.id_token_group.name}
    if row.station:
        is_whole = row.evse_number is None
        return (
            {"station": row.station.identity}
            if is_whole
            else {"evse": [row.station.identity, row.evse_number]}
        )
    return {"site": row.site_id} if row.site_id else {"tenant": True}
