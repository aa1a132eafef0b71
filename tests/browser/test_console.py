"""The command console with the mouse: found by intent, written in its form, answered by a charger."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, stop


def test_operator_reads_a_setting_from_the_console(page: Page, product: Product) -> None:
    stations = product.simulate("--scenario", "idle", "--version", "1.6", "--speed", "60")
    try:
        page.goto("/t/acme/chargers/")
        page.get_by_role("link", name="SIM-0001", exact=True).click()
        expect(page.locator("#charger-side .connector").first).to_contain_text("Available")
        page.get_by_role("link", name="Commands", exact=True).click()
        page.get_by_role("link", name="Send any command").click()
        page.get_by_label("Search by intent or name").fill("read settings")
        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_role("link", name="Read settings").click()

        page.get_by_role("button", name="Add to key").click()
        page.locator("[name='p.key.0']").fill("HeartbeatInterval")
        page.get_by_role("button", name="Check and show as JSON").click()
        expect(page.get_by_label("Payload")).to_have_value('{\n  "key": [\n    "HeartbeatInterval"\n  ]\n}')
        page.get_by_role("button", name="Send", exact=True).click()

        sent = page.locator(".command").filter(has_text="GetConfiguration")
        expect(sent).to_contain_text("Accepted", timeout=20_000)
        sent.get_by_text("Answer", exact=True).click()
        expect(sent.locator("pre")).to_contain_text("configurationKey")
        sent.get_by_role("link", name="Repeat").click()
        expect(page.locator("[name='p.key.0']")).to_have_value("HeartbeatInterval")
    finally:
        stop(stations)
