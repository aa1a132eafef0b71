"""The product as one process on one port, a charge point that may connect, and ids of every kind."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chargers import stations
from tenants import context
from tenants.context import Place
from tests.conformance.bench import BLOCKED, CARD, EXPIRED, FAMILY, FRIEND, IDENTITY, TENANT, Bench
from tests.conformance.tls import CERTIFICATE_HEADER
from tests.conftest import KeyOf
from tests.gateway.conftest import GatewayProcess, add_station, add_token, free_port


@pytest.fixture(scope="session")
def whole_product(
    process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """Gateway, pages and API in one process, as it stands behind a proxy that terminates TLS."""
    port = free_port()
    place = {
        "CSMS_PUBLIC_HOST": f"127.0.0.1:{port}",
        "CSMS_BEHIND_PROXY": "true",
        "CSMS_CLIENT_CERTIFICATE_HEADER": CERTIFICATE_HEADER,
        "CSMS_FILES": str(tmp_path_factory.mktemp("product") / "files"),
    }
    process = GatewayProcess(process_environment | place, kind="everything", port=port)
    process.start()
    yield process
    process.end()


@pytest.fixture
def bench(whole_product: GatewayProcess, transactional: None, acme: Place, api_key: KeyOf) -> Bench:
    """A new station that is told nothing but what the case orders (CERT-10), and known ids."""
    station = add_station(TENANT, IDENTITY)
    with context.tenant(TENANT):
        stations.change(station, is_quiet=True)
    add_token(TENANT, CARD, group=FAMILY)
    add_token(TENANT, FRIEND, group=FAMILY)
    add_token(TENANT, BLOCKED, status="Blocked")
    add_token(TENANT, EXPIRED, expires_at=datetime.now(UTC) - timedelta(days=1))
    return Bench(whole_product.port, api_key(acme))
