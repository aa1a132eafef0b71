"""A gateway process of our own on a free port, beside the tests' database."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from authorization import id_tokens
from chargers import stations
from chargers.models import ChargingStation
from tenants import context
from tests.gateway.station import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class GatewayProcess:
    """A gateway that tests may kill and start again."""

    environment: dict[str, str]
    kind: str = "gateway"
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.port = self.port or free_port()
        command = [sys.executable, "manage.py", "serve", self.kind, "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        wait_for_port(self.port)

    def kill(self) -> None:
        """End it without a warning, as a power cut would."""
        self.end(signal.SIGKILL)

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it with a signal."""
        if self.process:
            self.process.send_signal(number)
            self.process.wait(timeout=30)
            self.process = None


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 30) -> None:
    """Return when somebody listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


@pytest.fixture(scope="session")
def gateway_process(process_environment: dict[str, str]) -> Iterator[GatewayProcess]:
    """The gateway that most tests share."""
    process = GatewayProcess(process_environment)
    process.start()
    yield process
    process.end()


@pytest.fixture
def gateway(gateway_process: GatewayProcess, transactional: None) -> GatewayProcess:
    """The shared gateway, with committed rows."""
    return gateway_process


@pytest.fixture
def own_gateway(process_environment: dict[str, str], transactional: None) -> Iterator[GatewayProcess]:
    """A gateway of the test's own, to be killed."""
    process = GatewayProcess(process_environment)
    process.start()
    yield process
    process.end()


def add_station(tenant: str, identity: str, **options: object) -> ChargingStation:
    """A station with the tests' password."""
    with context.tenant(tenant):
        return stations.add(identity, password=PASSWORD, **options)[0]  # type: ignore[arg-type]


def add_token(tenant: str, id_token: str, **options: object) -> None:
    """An id token."""
    with context.tenant(tenant):
        id_tokens.add(id_token, **options)  # type: ignore[arg-type]
