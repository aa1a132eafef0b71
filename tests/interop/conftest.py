"""The whole product as an operator runs it: gateway, web, worker and beat, each a process of its own on the tests' database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import redis

from tests.gateway.conftest import ROOT, GatewayProcess
from tests.interop.outside import Product


@dataclass
class Background:
    """A worker or the scheduler."""

    environment: dict[str, str]
    kind: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "manage.py", "serve", self.kind]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        """End it, and do not wait long for what it still does."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def product_environment(
    process_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The tests' database, a Redis database of its own (tasks of another test run stay out), and places for files."""
    place = tmp_path_factory.mktemp("product")
    return process_environment | {
        "REDIS_URL": own_redis(process_environment["REDIS_URL"]),
        "CSMS_FILES": str(place / "files"),
        "TMPDIR": str(place),
    }


@pytest.fixture(scope="session")
def product_processes(product_environment: dict[str, str]) -> Iterator[Product]:
    """The four processes, ready. They end whatever happens, also when one of them does not come up."""
    gateway, web = GatewayProcess(product_environment), GatewayProcess(product_environment, kind="web")
    worker, beat = Background(product_environment, "worker"), Background(product_environment, "beat")
    with ExitStack() as stack:
        for each in (gateway, web, worker, beat):
            stack.callback(each.end)
            each.start()
        wait_for_worker(product_environment["REDIS_URL"])
        yield Product(product_environment, gateway.base, f"http://127.0.0.1:{web.port}")


@pytest.fixture
def product(product_processes: Product, transactional: None) -> Product:
    """The running product; the tenants that a test creates are deleted after it."""
    return product_processes


def own_redis(url: str) -> str:
    """The address of a database that no other run of the tests uses."""
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def wait_for_worker(url: str, seconds: float = 30) -> None:
    """Return when a worker listens to the broker."""
    broker, deadline = redis.Redis.from_url(url), time.monotonic() + seconds
    while not broker.exists("_kombu.binding.celery.pidbox"):
        if time.monotonic() > deadline:
            raise TimeoutError("no worker has come up")
        time.sleep(0.1)
