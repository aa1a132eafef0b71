"""A real browser before the real product: one process that serves pages and chargers, and simulated stations at its door.

Playwright's own fixtures live as long as the session and keep an event loop running in this thread, which asynchronous tests and Django's
ORM cannot stand. These live as long as this package.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tenants import context
from tenants.context import Place
from tenants.users import roles
from tenants.users.models import User
from tests.gateway.conftest import ROOT, free_port, wait_for_port

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
OpenPage = Callable[..., Page]


@dataclass
class Product:
    """The running product, and the simulated stations that a test has started."""

    port: int
    environment: dict[str, str]

    @property
    def base(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}"

    def simulate(self, *options: str) -> subprocess.Popen[bytes]:
        """Start simulated stations of acme."""
        command = [
            sys.executable,
            "manage.py",
            "simulate",
            "acme",
            "--url",
            f"ws://localhost:{self.port}/acme/ocpp",
        ]
        return subprocess.Popen(
            [*command, *options], cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> str:
    """The path of a Chromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CSMS_REQUIRE_BROWSER"):
        pytest.fail("There is no Chromium here, and CSMS_REQUIRE_BROWSER is set.")
    if found is None:
        pytest.skip("There is no Chromium here: install one, for example with `apt-get install chromium`.")
    return found


@pytest.fixture(scope="package")
def product(process_environment: dict[str, str]) -> Iterator[Product]:
    """One process on one port, as in the demo: role cards are on."""
    port = free_port()
    environment = process_environment | {"CSMS_DEMO": "1", "CSMS_PUBLIC_HOST": f"localhost:{port}"}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "csms.asgi:everything",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen([*command, "--ws", "websockets-sansio"], cwd=ROOT, env=environment)
    wait_for_port(port)
    yield Product(port, environment)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


@pytest.fixture(scope="package")
def browser(chromium: str, product: Product) -> Iterator[Browser]:
    """The browser. While it runs, Django believes that this thread is asynchronous; it is not."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        found = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def operator(transactional: None, acme: Place) -> User:
    """The person behind the operator's role card."""
    return person(acme, "operator")


def person(place: Place, role: str) -> User:
    """The person behind a role card."""
    with context.tenant(place.slug):
        user = User.objects.create_user(f"{role}@{place.slug}.test", "a good password")
        user.groups.set([roles.role(role)])
        return user


@pytest.fixture
def open_page(browser: Browser, product: Product, operator: User) -> Iterator[OpenPage]:
    """`open_page(width=360, theme="dark")`: a page of a window of its own. Whatever it complains about fails the test."""
    windows: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(*, width: int = 1280, theme: str = "light") -> Page:
        window = browser.new_context(
            viewport={"width": width, "height": 740 if width < 600 else 860},
            color_scheme="dark" if theme == "dark" else "light",
            base_url=product.base,
        )
        windows.append(window)
        page = window.new_page()
        page.on("console", lambda entry: complaints.append(entry.text) if is_complaint(entry) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    yield open_one
    for window in windows:
        window.close()
    assert complaints == []


def is_complaint(entry: ConsoleMessage) -> bool:
    """Whether the browser found something wrong with us; a form that comes back with its errors (422) is as it should be."""
    return entry.type in ("error", "warning") and "status of 422" not in entry.text


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desk, signed in as operator by the role card."""
    return sign_in(open_page())


def sign_in(page: Page, role: str = "operator") -> Page:
    """Click a role card."""
    page.goto("/t/acme/")
    page.click(f"button[name=role][value={role}]")
    page.wait_for_url("**/t/acme/")
    return page


def stop(process: subprocess.Popen[bytes]) -> None:
    """End simulated stations."""
    process.terminate()
    process.wait(timeout=20)
