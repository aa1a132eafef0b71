"""`manage.py demo`: two tenants with a past, chargers that charge, and a table that says the truth."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.running import Demo

SPEED = "30"


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Demo]:
    """A demo of both tenants in which time runs fast."""
    demo = Demo(home)
    demo.start("--speed", SPEED)
    yield demo
    demo.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def api(demo: Demo) -> Callable[[str], list[dict[str, Any]]]:
    """Asks the API of acme for a list."""
    key = demo.manage("create_api_key", "acme", "--name", "tests", "--role", "viewer")["key"]

    def ask(path: str) -> list[dict[str, Any]]:
        status, text = demo.page(f"/t/acme/api/v1/{path}", Authorization=f"Bearer {key}")
        assert status == 200, text
        found: list[dict[str, Any]] = json.loads(text)["results"]
        return found

    return ask


Ask = Callable[[str], list[dict[str, Any]]]


def wait_for(found: Callable[[], Any], seconds: float = 30) -> Any:
    give_up = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.2)
    return result


def test_the_table_counts_what_runs(demo: Demo) -> None:
    headline = re.search(r"2 tenants, (\d+) simulated chargers, (\d+) charging now", demo.printed)

    assert headline
    assert (
        int(headline[1]) == 25
    )  # 24 in the cast, of which one is offline; a stranger, and one with a wrong password
    assert int(headline[2]) > 0


def test_every_printed_page_is_there(demo: Demo) -> None:
    addresses = re.findall(r"http://([a-z.]+:\d+)(/\S*)", demo.printed)

    assert len(addresses) > 10
    for host, path in addresses:
        assert demo.page(path, host)[0] == 200, path


def test_a_role_card_is_offered(demo: Demo) -> None:
    assert 'value="operator"' in demo.page("/t/acme/sign-in/")[1]


def test_cars_charge_and_get_their_records(demo: Demo, api: Ask) -> None:
    assert wait_for(lambda: [row for row in api("transactions/?state=active") if row["power_w"]])
    started = api("transactions/?station=CP-0005")[0]

    record = wait_for(lambda: api(f"cdrs/?transaction_id={started['transaction_id']}"))[0]

    assert record["station"] == "CP-0005"


def test_each_charger_shows_its_part(api: Ask) -> None:
    stations = {row["identity"]: row for row in api("stations/?page_size=100")}

    assert not stations["CP-0008"]["is_online"]
    assert stations["CP-0003"]["ocpp_version"] == "2.0.1"
    assert {each["status"] for each in stations["CP-0007"]["connectors"]} >= {"Faulted"}
    assert stations["CP-0004"]["is_online"]  # the one who comes with a wrong password does not disturb it


def test_a_stranger_who_is_added_comes_in(demo: Demo, api: Ask) -> None:
    demo.manage("add_station", "acme", "STRANGER-1")

    assert wait_for(
        lambda: [
            row
            for row in api("stations/?page_size=100")
            if row["identity"] == "STRANGER-1" and row["is_online"]
        ]
    )


def test_the_ledger_of_the_past_is_whole(demo: Demo) -> None:
    assert demo.manage("verify_ledger", "acme")["records"] > 100


def test_the_second_start_clears_away_and_plays_again(demo: Demo, api: Ask) -> None:
    before = {row["id"] for row in api("transactions/?state=active")}
    demo.end(signal.SIGTERM)
    began = time.monotonic()
    demo.start("--speed", SPEED)

    assert time.monotonic() - began < 60
    assert "Settling" not in demo.printed
    assert before.isdisjoint(row["id"] for row in api("transactions/?state=active"))
