"""A new charger with the mouse: two fields, the sheet, and the line that says how far it has come."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, stop


def test_line_tells_of_a_wrong_password_and_then_of_the_accepted_boot(page: Page, product: Product) -> None:
    page.get_by_role("link", name="Add your first charger").click()
    page.get_by_label("Identity").fill("HARBOUR-1")
    expect(page.get_by_label("Name of the new site")).to_have_value("My first site")
    page.get_by_role("button", name="Add and show how to connect").click()
    expect(page).to_have_url(f"{product.base}/t/acme/chargers/HARBOUR-1/connect/")
    expect(page.locator("#sheet-address")).to_have_text(f"ws://localhost:{product.port}/acme/ocpp/HARBOUR-1")
    expect(page.locator("#live-line")).to_contain_text("Waiting for the charger")
    password = page.locator("#sheet-password").inner_text()

    wrong = product.simulate("--identity", "HARBOUR-1", "--password", "not-the-right-password")
    try:
        expect(page.locator("#live-line")).to_contain_text("The password is wrong", timeout=20_000)
    finally:
        stop(wrong)
    right = product.simulate("--identity", "HARBOUR-1", "--password", password, "--scenario", "idle")
    try:
        expect(page.locator("#live-line")).to_contain_text("Boot accepted", timeout=20_000)
        expect(page.locator("#live-line .is-done")).to_have_count(3, timeout=20_000)
    finally:
        stop(right)
    page.reload()
    expect(page.locator("#sheet-password")).to_have_count(0)


def test_slip_of_the_pen_is_named_and_nothing_is_lost(page: Page) -> None:
    page.goto("/t/acme/add-charger/")
    page.get_by_label("Identity").fill("two words")
    page.get_by_role("button", name="Add and show how to connect").click()
    expect(page.locator(".errorlist").first).to_contain_text("1 to 48 characters")
    expect(page.get_by_label("Identity")).to_have_value("two words")
