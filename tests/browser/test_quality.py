"""What every page owes to every person: it fits, it can be read by assistive technology, it is light, it works by keyboard."""

import brotli  # type: ignore[import-untyped]
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from tenants import context
from tenants.context import Place
from tests.browser.conftest import OpenPage, person, sign_in
from tests.dashboard.conftest import fill, pages_of

NO_PAGE = (".csv", ".jsonl", "points/", "power/", "line/")
FIRST_LOAD_KB = 120
MOST_REQUESTS = 12


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_and_has_no_serious_barrier(
    open_page: OpenPage, acme: Place, width: int, theme: str
) -> None:
    person(acme, "owner")
    with context.tenant(acme.slug):
        world = fill(acme)
    page, findings = open_page(width=width, theme=theme), {}
    page.goto("/t/acme/sign-in/")
    findings["sign-in"] = barriers(page)
    sign_in(page, "owner")
    for path in (path for path in pages_of(world) if not path.endswith(NO_PAGE)):
        page.goto(f"/t/acme/{path}")
        findings[path] = barriers(page)
    assert {path: found for path, found in findings.items() if found} == {}


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical, and a page that is wider than the window."""
    found = [
        f"{rule['id']}: {node['target']} {node.get('any', [{}])[0].get('message', '') if node.get('any') else ''}"
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{too_wide} px too wide"] if too_wide > 0 else found


def test_first_load_of_a_list_is_light_and_from_this_host_alone(open_page: OpenPage, acme: Place) -> None:
    page = sign_in(open_page())
    fresh = open_page()
    fresh.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    answers: list[Response] = []
    fresh.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers
    fresh.goto("/t/acme/chargers/", wait_until="networkidle")
    weight = sum(len(brotli.compress(answer.body())) for answer in answers) / 1024
    assert weight <= FIRST_LOAD_KB
    assert len(answers) <= MOST_REQUESTS
    assert {answer.url.split("/")[2] for answer in answers} == {fresh.url.split("/")[2]}


def test_search_and_skip_link_work_by_keyboard(page: Page, acme: Place) -> None:
    with context.tenant(acme.slug):
        fill(acme)
    page.goto("/t/acme/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("CP-1")
    expect(page.locator("#search-hits")).to_contain_text("CP-1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(page.url.split("/t/")[0] + "/t/acme/chargers/CP-1/")


def test_chosen_theme_is_there_from_the_first_byte(page: Page) -> None:
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    answer = page.request.get("/t/acme/chargers/")
    assert 'data-bs-theme="dark"' in answer.text()
