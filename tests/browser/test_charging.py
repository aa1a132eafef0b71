"""The main job with the mouse: sign in, open a charger, start a session, watch the curve, stop it. Nothing is reloaded."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, stop


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_operator_starts_a_session_sees_the_curve_move_and_stops_it(
    page: Page, product: Product, version: str
) -> None:
    stations = product.simulate("--scenario", "idle", "--version", version, "--speed", "60")
    try:
        page.get_by_role("link", name="Chargers", exact=True).first.click()
        page.get_by_role("link", name="SIM-0001", exact=True).click()
        expect(page.locator("#charger-side .connector").first).to_contain_text("Available")
        page.evaluate("window.sameDocument = true")

        page.locator("#charger-side").get_by_role("button", name="Start").first.click()
        page.locator("#start-dialog").get_by_role("button", name="Start").click()
        command = page.locator(".command").first
        expect(command).to_contain_text("Start a session")
        expect(command).to_contain_text("Accepted", timeout=20_000)
        expect(command).to_contain_text("Effect seen", timeout=30_000)
        expect(page.locator("#charger-head")).to_contain_text("Charging", timeout=30_000)
        assert page.evaluate("window.sameDocument")

        page.locator("#charger-side").get_by_role("link", name="Session").click()
        page.evaluate("window.sameDocument = true")
        chart = page.locator("#session-chart")
        expect(chart.locator("canvas")).to_be_visible()
        wait_for_points(page, points(page) + 3)
        energy = page.locator("#session-stripe").inner_text()

        page.get_by_role("button", name="Stop").click()
        page.locator("#confirm-dialog").get_by_role("button", name="Stop session").click()
        expect(page.locator("#session-head")).to_contain_text("Ended", timeout=30_000)
        expect(page.locator("#session-side")).to_contain_text("Session ended")
        assert page.locator("#session-stripe").inner_text() != energy
        assert page.evaluate("window.sameDocument")
    finally:
        stop(stations)


def points(page: Page) -> int:
    """How many points the curve has."""
    return int(page.locator("#session-chart").get_attribute("data-point-count") or 0)


def wait_for_points(page: Page, wanted: int, seconds: int = 30) -> None:
    """Return when the curve has so many points."""
    for _ in range(seconds * 5):
        if points(page) >= wanted:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the curve stays at {points(page)} points")


def test_cancelled_question_stops_nothing(page: Page, product: Product) -> None:
    stations = product.simulate("--scenario", "charging", "--speed", "60")
    try:
        page.goto("/t/acme/chargers/")
        expect(page.locator("#charger-list")).to_contain_text("Charging", timeout=30_000)
        page.get_by_role("link", name="SIM-0001", exact=True).click()
        page.locator("#charger-side").get_by_role("button", name="Stop").click()
        page.locator("#confirm-dialog").get_by_role("button", name="Cancel").click()
        page.wait_for_timeout(1000)
        expect(page.locator("#charger-main")).to_contain_text("No command yet")
        expect(page.locator("#charger-side")).to_contain_text("Charging")
    finally:
        stop(stations)


def test_message_log_grows_by_itself_and_can_be_paused(page: Page, product: Product) -> None:
    page.goto("/t/acme/messages/")
    expect(page.locator("#message-foot")).to_contain_text("No messages")
    stations = product.simulate("--scenario", "charging", "--speed", "60")
    try:
        expect(page.locator("#message-area")).to_contain_text("BootNotification", timeout=20_000)
        expect(page.locator("#message-area")).to_contain_text("Started up: Simulated")
        page.locator("#message-area details").first.click()
        expect(page.locator("#message-area details[open] pre").first).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        before = page.locator("#message-area details").count()
        page.wait_for_timeout(3000)
        assert page.locator("#message-area details").count() == before
    finally:
        stop(stations)
