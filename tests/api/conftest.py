"""A program that calls the API of a tenant, and rows for it to find."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from chargers import stations
from chargers.models import ChargingStation, Connector, Evse
from tenants import context
from tenants.context import Place
from tests.conftest import KeyOf
from transactions.models import Transaction

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Api:
    """Calls with a key under a tenant's address."""

    place: Place
    key: str = ""
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; a body that is bytes is sent as it stands."""
        address = path if path.startswith(("/", "http")) else f"/t/{self.place.slug}/api/v1/{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, address, data, content_type=content_type, headers=sent)

    def get(self, path: str) -> Any:
        """GET."""
        return self("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST."""
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """PATCH."""
        return self("PATCH", path, body, **headers)


ApiOf = Callable[..., Api]


@pytest.fixture
def api_of(api_key: KeyOf) -> ApiOf:
    """`api_of(place, "viewer")`: a program with a key of that role."""

    def make(place: Place, role: str = "owner") -> Api:
        return Api(place, api_key(place, role))

    return make


@pytest.fixture
def api(acme: Place, api_of: ApiOf) -> Api:
    """A program with an owner's key of acme."""
    return api_of(acme)


def make_station(place: Place, identity: str = "CP-1", **status: str) -> ChargingStation:
    """A station with one EVSE and one connector."""
    with context.tenant(place.slug):
        station, _ = stations.add(identity)
        evse = Evse.objects.create(station=station, number=1)
        Connector.objects.create(
            evse=evse, number=1, **({"status": "Occupied", "detail": "Charging"} | status), reported_at=NOON
        )
    return station


def make_transaction(
    place: Place, station: ChargingStation, transaction_id: str = "1001", **fields: Any
) -> Transaction:
    """A transaction that delivered 12.345 kWh."""
    with context.tenant(place.slug):
        return Transaction.objects.create(
            **{
                "station": station,
                "transaction_id": transaction_id,
                "evse_number": 1,
                "connector_number": 1,
                "id_token": "CARD1",
                "started_at": NOON,
                "energy_wh": Decimal("12345.000"),
                **fields,
            }
        )
