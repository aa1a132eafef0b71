"""From ended transactions to charge detail records: each exactly one, made once, whoever looks first.

The database is the queue: what has ended and has no record is work. Two workers never take the same transaction (its row is locked), and the ledger's
unique key is the last word (B-05).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from billing import evidence, json_text, ledger, money, operator, pricing
from billing.models import ChargeDetailRecord, RatingFailure
from billing.operator import Operator
from billing.tariffs import PriceBook
from chargers.models import Site
from transactions import notes
from transactions.models import Transaction

logger = logging.getLogger(__name__)
BATCH = 50
OVERLAP = timedelta(
    hours=1
)  # longer than any transaction of ours takes from its first statement to its commit
FIRST_RETRY, LAST_RETRY = timedelta(seconds=10), timedelta(hours=1)
NO_TARIFF = "No tariff applied when the session began: nothing is charged."
NOTHING_APPLIED = "No component of the tariff applied to this session."


def rate_ended(*, since: datetime | None = None) -> int:
    """Make the missing records of the tenant in force; with `since` only look at what ended (at our door) after it.

    One transaction that cannot be priced does not stop the others: it is noted as a RatingFailure and tried again later.

    Returns: how many records were made.
    """
    tenant, made = operator.current(), 0
    while True:
        with transaction.atomic():
            rows = _claim(since)
            made += sum(_rate(rows, tenant))
        if not rows:
            return made


def rate_recent() -> int:
    """As `rate_ended`, cheap enough for every few seconds: it looks back from what was rated last."""
    latest = (
        ChargeDetailRecord.objects.order_by("-number")
        .values_list("transaction__end_received_at", flat=True)
        .first()
    )
    return rate_ended(since=latest - OVERLAP if latest else None)


def _claim(since: datetime | None) -> list[Transaction]:
    """Lock some transactions that need a record, the oldest first."""
    now = timezone.now()
    waiting = RatingFailure.objects.filter(transaction=OuterRef("pk"), retry_at__gt=now)
    due = RatingFailure.objects.filter(retry_at__lte=now).values("transaction")
    rows = Transaction.objects.filter(~Exists(waiting), ~_is_rated(), state=Transaction.State.ENDED)
    if since:
        rows = rows.filter(Q(end_received_at__gte=since) | Q(pk__in=due))
    rows = (
        rows.select_related("station__site")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .order_by("end_received_at")
    )
    locked = list(rows[:BATCH])
    # Another worker may have finished one between our snapshot and our lock; under the lock the answer stands.
    rated = set(
        ChargeDetailRecord.objects.filter(transaction__in=locked).values_list("transaction_id", flat=True)
    )
    return [row for row in locked if row.pk not in rated]


def _is_rated() -> Exists:
    return Exists(ChargeDetailRecord.objects.filter(transaction=OuterRef("pk")))


def _rate(rows: Sequence[Transaction], tenant: Operator) -> list[bool]:
    book = PriceBook.read(rows)
    readings, states = evidence.registers(rows), evidence.charging_states(rows)
    return [
        _try(row, _Case(row, tenant, book, readings.get(row.pk, []), states.get(row.pk, []))) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Case:
    """A transaction with all that its price depends on."""

    row: Transaction
    tenant: Operator
    book: PriceBook
    readings: list[tuple[datetime, Decimal]]
    states: list[tuple[datetime, str]]


def _try(row: Transaction, case: _Case) -> bool:
    """Write the record. Returns: whether it worked; what did not is noted."""
    try:
        with transaction.atomic():
            ledger.append(_record(case))
            RatingFailure.objects.filter(transaction=row).delete()
    except Exception as error:  # whatever is wrong with this one, the others are rated
        logger.exception(
            "rating failed", extra={"transaction_id": row.transaction_id, "station": row.station.identity}
        )
        _note_failure(row, f"{type(error).__name__}: {error}")
        return False
    return True


def _note_failure(row: Transaction, error: str) -> None:
    failure, now = RatingFailure.objects.filter(transaction=row).first(), timezone.now()
    attempts = failure.attempts + 1 if failure else 1
    wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LAST_RETRY)
    RatingFailure.objects.update_or_create(
        transaction=row,
        defaults={"attempts": attempts, "error": error, "failed_at": now, "retry_at": now + wait},
    )


def _record(case: _Case) -> ChargeDetailRecord:
    """The record of a transaction, not yet in the chain."""
    row, site = case.row, case.row.station.site
    version = case.book.version_for(row)
    time_zone = site.time_zone if site else case.tenant.time_zone
    session = evidence.session(row, time_zone, case.readings, case.states)
    price = pricing.price(version.document if version else _free(case.tenant), session)
    reasons = hold_reasons(row)
    return ChargeDetailRecord(
        transaction=row,
        state=ChargeDetailRecord.State.HELD if reasons else ChargeDetailRecord.State.ISSUED,
        hold_reasons=reasons,
        remark=NO_TARIFF if version is None else "" if price.lines else NOTHING_APPLIED,
        ocpp_transaction_id=row.transaction_id,
        station=row.station.identity,
        evse_number=row.evse_number,
        connector_number=row.connector_number,
        location=_location(site, case.tenant),
        id_token=row.id_token,
        id_token_type=row.id_token_type,
        auth_method=_auth_method(row),
        started_at=session.start,
        ended_at=session.end,
        duration_s=money.rounded(
            Fraction((session.end - session.start) // timedelta(milliseconds=1), 1000), 3
        ),
        energy_wh=row.energy_wh,
        tariff_version=version,
        currency=price.currency,
        rounding=money.ROUNDING,
        lines=[line.as_document() for line in price.lines],
        periods=[_period(each) for each in price.periods],
        excl_vat=price.excl_vat,
        incl_vat=price.incl_vat,
    )


def hold_reasons(row: Transaction) -> list[str]:
    """Why a person must look at the record before it counts: codes of `transactions.notes`, or `estimated`."""
    reasons = [note["code"] for note in row.notes if note["code"] in notes.HOLDS_BILL]
    return reasons + (["estimated"] if row.is_estimated else [])


def _free(tenant: Operator) -> dict[str, Any]:
    """What applies where no tariff does."""
    return {"currency": tenant.currency, "elements": []}


def _auth_method(row: Transaction) -> str:
    if row.remote_start_id is not None:
        return "COMMAND"
    return "AUTH_REQUEST" if row.authorization_status else "WHITELIST"


def _location(site: Site | None, tenant: Operator) -> dict[str, Any]:
    """The site as it is now, and whose it is."""
    place: dict[str, Any] = {
        "operator_country_code": tenant.country_code,
        "operator_party_id": tenant.party_id,
        "time_zone": site.time_zone if site else tenant.time_zone,
    }
    if site:
        place |= {
            name: getattr(site, name)
            for name in ("id", "name", "address", "postal_code", "city", "country_code")
        }
        if site.latitude is not None and site.longitude is not None:
            place |= {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"}
    return place


def _period(period: dict[str, Any]) -> dict[str, Any]:
    return {
        "start": json_text.moment(period["start"]),
        "kwh": money.plain(period["kwh"]),
        "hours": money.plain(period["hours"]),
        "is_parked": period["is_parked"],
    }
