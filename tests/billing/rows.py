"""Rows for the tests of billing: stations, transactions with their meter values, tariffs."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from billing import rating, tariffs
from billing.models import ChargeDetailRecord, TariffVersion
from chargers.models import ChargingStation, Site
from tests.billing.sessions import NOON, component, element, tariff
from transactions import metering
from transactions.models import MeterValue, Transaction, TransactionEvent

PER_KWH = tariff(element(component("ENERGY", "0.40", "21"), component("FLAT", "0.35", "21")))


def station(identity: str = "CP-1", *, site: Site | None = None) -> ChargingStation:
    return ChargingStation.objects.get_or_create(identity=identity, defaults={"site": site})[0]


def ended(
    *,
    wh: str = "10000",
    at: ChargingStation | None = None,
    start: datetime = NOON,
    minutes: int = 60,
    samples: Sequence[tuple[int, str]] = (),
    **facts: Any,
) -> Transaction:
    """An ended transaction of `wh` Wh; `samples` are minutes after the start and registers."""
    row = Transaction.objects.create(
        station=at or station(),
        transaction_id=facts.pop("transaction_id", str(uuid.uuid4())),
        evse_number=facts.pop("evse_number", 1),
        connector_number=1,
        id_token="CARD-1",
        id_token_type="ISO14443",
        authorization_status="Accepted",
        state=Transaction.State.ENDED,
        started_at=start,
        ended_at=start + timedelta(minutes=minutes),
        end_received_at=facts.pop("end_received_at", timezone.now()),
        meter_start_wh=Decimal(1000),
        meter_stop_wh=1000 + Decimal(wh),
        energy_wh=Decimal(wh),
        **facts,
    )
    for minute, register in samples:
        sample(row, start + timedelta(minutes=minute), register)
    return row


def sample(row: Transaction, moment: datetime, register: str) -> None:
    MeterValue.objects.create(
        key=uuid.uuid4(), station_id=row.station_id, transaction=row, evse_number=row.evse_number, sampled_at=moment,
        context="Sample.Periodic", measurand=metering.REGISTER, location="Outlet", unit="Wh", value=Decimal(register), raw=register,
    )  # fmt: skip


def event(row: Transaction, seq_no: int, minute: int, charging_state: str) -> None:
    TransactionEvent.objects.create(
        transaction=row, seq_no=seq_no, event_type="Updated", trigger_reason="ChargingStateChanged",
        charging_state=charging_state, occurred_at=row.started_at + timedelta(minutes=minute), digest=str(seq_no),
    )  # fmt: skip


def publish(
    document: dict[str, Any] | None = None, *targets: dict[str, Any], name: str = "Standard"
) -> TariffVersion:
    return tariffs.publish(document or PER_KWH, name=name, assign_to=list(targets) or [{"tenant": True}])


def rate(row: Transaction) -> ChargeDetailRecord:
    """The record that rating makes for a transaction."""
    rating.rate_ended()
    return ChargeDetailRecord.objects.get(transaction=row)
