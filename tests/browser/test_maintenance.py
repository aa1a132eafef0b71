"""Firmware and diagnostics with the mouse: keep an image, install it, see it confirmed, get a log."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, stop


def test_operator_installs_firmware_and_gets_diagnostics(
    page: Page, product: Product, tmp_path: Path
) -> None:
    image = tmp_path / "eve.bin"
    image.write_bytes(b"2.0.0\nfirmware")
    stations = product.simulate("--scenario", "idle", "--version", "1.6", "--speed", "60")
    try:
        page.get_by_role("link", name="Firmware", exact=True).first.click()
        page.get_by_label("Firmware file").set_input_files(image)
        page.get_by_label("Version").fill("2.0.0")
        page.get_by_role("button", name="Keep it").click()
        expect(page.locator("table")).to_contain_text("eve.bin")

        page.goto("/t/acme/chargers/")
        page.get_by_role("link", name="SIM-0001", exact=True).click()
        expect(page.locator("#charger-side .connector").first).to_contain_text("Available")
        page.get_by_role("link", name="Maintenance", exact=True).click()
        page.get_by_text("Update firmware").click()
        page.locator("select[name=image]").select_option(label="eve.bin 2.0.0")
        page.get_by_role("button", name="Order the update").click()
        updates = page.locator("#maintenance-firmware")
        expect(updates).to_contain_text("Downloading", timeout=20_000)
        expect(updates).to_contain_text("Confirmed: it started with 2.0.0", timeout=30_000)

        page.get_by_role("button", name="Ask for diagnostics").click()
        log = page.locator("#maintenance-logs").get_by_role("link", name="SIM-0001-diagnostics.log")
        expect(log).to_be_visible(timeout=30_000)
        with page.expect_download() as download:
            log.click()
        assert "boot accepted" in download.value.path().read_text()
    finally:
        stop(stations)
