"""Two tenants whose stations and id tokens have the same names charge at once, and neither ever sees the other."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.interop.charge_points import ChargePoint, Register, charge_point
from tests.interop.outside import Api, Browser, Product, until

TWIN, PASSWORD = "TWIN", "the same password"
CARD, SECOND_CARD = "CARD-42", "CARD-43"  # one card charges at one station at a time
LISTS = ("stations", "transactions", "cdrs", "messages", "id-tokens", "sites", "tariffs", "cdr-exports")
PAGES = (
    "", "chargers/", f"chargers/{TWIN}/", f"chargers/{TWIN}/sessions/", f"chargers/{TWIN}/messages/",
    f"chargers/{TWIN}/commands/", "sessions/", "messages/", "id-tokens/", "tariffs/", "billing/", "messages.jsonl",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the two. The energy is a prime, the vendor a word of its own: nothing of the other can look like it."""

    slug: str
    version: str
    vendor: str
    energy_wh: int
    own_station: str
    api: Api
    browser: Browser

    @property
    def marks(self) -> re.Pattern[str]:
        """What only this one's rows say, however they are written: in Wh, in kWh, as a register."""
        kwh = rf"{self.energy_wh // 1000}[.,]?{self.energy_wh % 1000:03}"
        shown = rf"{self.energy_wh / 1000:.2f} *(<small>)?kWh"
        return re.compile(rf"(?<![\w.-])({kwh}(?![\w-])|{shown})|{self.vendor}|{self.own_station}")


@dataclass(frozen=True)
class Live:
    """A browser's window: all that its live socket has said."""

    stations: set[str]
    transactions: set[int]

    async def read(self, socket: ClientConnection) -> None:
        """Take in what comes until the socket is closed."""
        async for said in socket:
            news = json.loads(said)
            self.stations.update(news["stations"])
            self.transactions.update(news["transactions"])


async def open_tenant(product: Product, slug: str, version: str, vendor: str, energy_wh: int) -> Side:
    """A tenant with the twin station, one of its own, the card, a key and a signed-in owner."""
    created = await product.manage("create_tenant", slug, "--name", slug.capitalize())
    own = f"ONLY-{vendor.upper()}"
    for identity in (TWIN, own):
        await product.manage("add_station", slug, identity, "--password", PASSWORD)
    for card in (CARD, SECOND_CARD):
        await product.manage("add_id_token", slug, card)
    key = await product.manage("create_api_key", slug, "--name", "outside", "--role", "admin")
    base = f"{product.pages}/t/{slug}"
    browser = Browser(base)
    page = await asyncio.to_thread(browser.sign_in, created["owner_email"], created["owner_password"])
    assert page.url == f"{base}/"
    return Side(slug, version, vendor, energy_wh, own, Api(base, key["key"]), browser)


@pytest.mark.slow
async def test_two_tenants_with_the_same_names_never_see_each_other(product: Product) -> None:
    north, south = await asyncio.gather(
        open_tenant(product, "north", "1.6", "Boreal", 31_337),
        open_tenant(product, "south", "2.0.1", "Austral", 72_727),
    )

    async with watching(product, north) as northern, watching(product, south) as southern:
        await asyncio.gather(
            *(charge(product, side, name) for side in (north, south) for name in (TWIN, side.own_station))
        )
        await asyncio.gather(has_heard(northern, north), has_heard(southern, south))
    for side, other, live in ((north, south, northern), (south, north, southern)):
        await check_live(live, side)
        await check_lists(side, other)
        check_pages(side, other)
        await check_doors(product, side, other)


@asynccontextmanager
async def watching(product: Product, side: Side) -> AsyncIterator[Live]:
    """The live socket of a signed-in browser, read in the background."""
    live = Live(set(), set())
    async with live_socket(product, side.slug, side.browser.cookies) as socket:
        reader = asyncio.create_task(live.read(socket))
        try:
            yield live
        finally:
            await socket.close()
            await reader


@asynccontextmanager
async def live_socket(
    product: Product, slug: str, cookies: dict[str, str]
) -> AsyncIterator[ClientConnection]:
    """The live socket of a tenant, as a page of the product opens it."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    address = f"{product.pages.replace('http', 'ws', 1)}/t/{slug}/ws/live/"
    async with connect(address, origin=product.pages, additional_headers={"Cookie": header}) as socket:  # type: ignore[arg-type]
        yield socket


async def charge(product: Product, side: Side, identity: str) -> None:
    """A whole session at one station, with time for the live sockets to speak in between."""
    async with AsyncExitStack() as stack:
        point: ChargePoint = await stack.enter_async_context(
            charge_point(product.chargers, side.slug, identity, PASSWORD, side.version)
        )
        assert await point.boot(side.vendor) == "Accepted"
        card = CARD if identity == TWIN else SECOND_CARD
        assert await point.authorize(card) == "Accepted"
        start = datetime.now(UTC)
        await point.begin(card, Register("0", start))
        for second, wh in enumerate((1, 2, side.energy_wh)):
            await point.sample(Register(str(wh), start + timedelta(seconds=second)))
            await asyncio.sleep(0.2)
        await point.end(Register(str(side.energy_wh), start + timedelta(seconds=5)))


async def has_heard(live: Live, side: Side) -> None:
    """Both stations and both sessions of a tenant have been named to its browser."""

    async def heard() -> bool:
        return len(live.stations) >= 2 and len(live.transactions) >= 2

    assert await until(heard, 5), (side.slug, live)


async def check_live(live: Live, side: Side) -> None:
    """The live socket has named this tenant's stations and sessions, and nothing else."""
    own = {row["id"] for row in await side.api.rows("transactions/")}
    assert live.stations == {TWIN, side.own_station}
    assert live.transactions == own


async def check_lists(side: Side, other: Side) -> None:
    """Every list of the API shows this tenant's rows and none of the other's."""

    async def records() -> list[dict[str, Any]]:
        found = await side.api.rows("cdrs/")
        return found if len(found) == 2 else []

    energies = [int(record["energy_wh"]) for record in await until(records)]
    assert energies == [side.energy_wh] * 2
    assert [int(row["energy_wh"]) for row in await side.api.rows("transactions/")] == [side.energy_wh] * 2
    for name in LISTS:
        answer = await side.api.call("GET", f"{name}/", page_size="200")
        assert answer.status == 200, answer.text
        assert not other.marks.search(answer.text), name
    log = await side.api.rows("messages/", station=TWIN, page_size="200")
    assert side.marks.search(json.dumps(log))
    assert {row["station"] for row in log} == {TWIN}


def check_pages(side: Side, other: Side) -> None:
    """The pages of a signed-in owner show this tenant's figures and none of the other's."""
    sessions = re.findall(r'href="/t/\w+/(sessions/\d+/)"', side.browser.open("sessions/").text)
    assert len(set(sessions)) == 2
    shown = {
        page: side.browser.open(page)
        for page in (*PAGES, *sessions, *(f"{page}points/" for page in sessions))
    }
    assert {answer.status for answer in shown.values()} == {200}
    assert not [page for page, answer in shown.items() if other.marks.search(answer.text)]
    silent = {page for page, answer in shown.items() if not side.marks.search(answer.text)}
    assert silent <= {"", "id-tokens/", "tariffs/", f"chargers/{TWIN}/commands/"}


async def check_doors(product: Product, side: Side, other: Side) -> None:
    """A key, a session and an address of one tenant open nothing of the other."""
    theirs = (await other.api.rows("cdrs/"))[0]["id"]
    assert (await side.api.call("GET", f"cdrs/{theirs}/")).status == 404
    assert (await side.api.call("GET", f"stations/{other.own_station}/")).status == 404
    assert (await Api(other.api.base, side.api.key).call("GET", "stations/")).status == 401
    assert side.browser.open(f"chargers/{other.own_station}/").status == 404
    session = side.browser.cookies[f"sessionid_{side.slug}"]
    for cookies in (side.browser.cookies, {f"sessionid_{other.slug}": session}, {"sessionid": session}, {}):
        with pytest.raises(InvalidStatus) as refused:
            async with live_socket(product, other.slug, cookies):
                pass
        assert refused.value.response.status_code == 403
