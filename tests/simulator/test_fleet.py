"""Fleets, scenarios, refusals and the file that a fleet is read from."""

import asyncio
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from csms.simulator import (
    CannotConnect,
    Event,
    EvseSpec,
    Fleet,
    Station,
    StationSpec,
    read_fleet,
    write_fleet,
)
from csms.simulator.provision import Wish, make
from csms.simulator.scenarios import SCENARIOS
from csms.simulator.vehicle import arrive
from tests.simulator.judge import Judge


def spec(judge: Judge, identity: str = "S-1", **values: object) -> StationSpec:
    given: dict[str, object] = {"identity": identity, "url": judge.url, "speed": 600, "retry_wait_s": 0.02}
    return StationSpec(**(given | values))  # type: ignore[arg-type]


def test_a_fleet_survives_its_file(tmp_path: Path) -> None:
    evses = (EvseSpec(kind="DC", max_power_w=50_000, connectors=2),)
    specs = (StationSpec(identity="A", url="ws://h/t/ocpp", evses=evses, id_tokens=("X", "Y")),)
    write_fleet(tmp_path / "fleet.json", specs)
    assert read_fleet(tmp_path / "fleet.json") == specs
    assert (tmp_path / "fleet.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[",
        '[{"identity": "A"}]',
        '[{"identity": "A", "url": "http://h"}]',
        '[{"identity": "A", "url": "ws://h", "colour": "red"}]',
        '[{"identity": "A", "url": "ws://h", "evses": [{"kind": "XC"}]}]',
        '[{"identity": "A", "url": "ws://h", "speed": 0}]',
    ],
)
def test_a_fleet_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "fleet.json").write_text(text)
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        read_fleet(tmp_path / "fleet.json")


def test_an_unknown_scenario_and_version_are_refused() -> None:
    for spec in (
        StationSpec(identity="A", url="ws://h", scenario="party"),
        StationSpec(identity="A", url="ws://h", version="1.5"),
    ):
        with pytest.raises(ValueError, match=r"party|1\.5"):
            Station(spec)


@pytest.mark.parametrize("scenario", [name for name, each in SCENARIOS.items() if each.steps])
async def test_each_scenario_plays(judge: Judge, scenario: str) -> None:
    events: list[Event] = []
    fleet = Fleet([spec(judge, scenario=scenario, speed=4000)], events.append)
    await fleet.run(duration_s=0.2)
    assert {"broken", "lost"}.isdisjoint(event.kind for event in events)
    assert fleet.stations[0].is_accepted


async def test_a_charge_is_one_session_whose_energy_the_summary_tells(judge: Judge) -> None:
    fleet = Fleet([spec(judge, scenario="charge", speed=4000)])
    await fleet.run(duration_s=0.6)
    (station,) = fleet.summary()["stations"]
    assert (station["transactions"], station["running"]) == (1, 0)
    start, stop = judge.said("StartTransaction")[0], judge.said("StopTransaction")[0]
    assert abs(Decimal(station["energy_wh"]) - (stop["meterStop"] - start["meterStart"])) < 1
    assert 2_000 < Decimal(station["energy_wh"]) < 9_000


async def test_a_refused_station_keeps_trying_and_disturbs_nobody(judge: Judge) -> None:
    judge.passwords["TWIN"] = "right"
    events: list[Event] = []
    specs = [
        spec(judge, "TWIN", scenario="wrong-password", password="wrong"),
        spec(judge, "NOBODY", scenario="unknown"),
        spec(judge, "S-1"),
    ]
    fleet = Fleet(specs, events.append)
    await fleet.run(duration_s=0.3, gives_up=True)
    refusals = [
        (event.identity, "401" in event.text, "404" in event.text)
        for event in events
        if event.kind == "refused"
    ]
    assert set(refusals) == {("TWIN", True, False), ("NOBODY", False, True)}
    assert len(refusals) > 4
    assert fleet.station("S-1").is_accepted


async def test_who_gives_up_says_why(judge: Judge) -> None:
    judge.passwords["S-1"] = "right"
    with pytest.raises(CannotConnect, match=r"401.*password"):
        await Fleet([spec(judge, password="wrong")]).run(gives_up=True)
    judge.port = 1
    with pytest.raises(CannotConnect, match="is the server running"):
        await Fleet([spec(judge)]).run(gives_up=True)


async def test_a_cancelled_fleet_disconnects(judge: Judge) -> None:
    fleet = Fleet([spec(judge, f"S-{number}") for number in range(3)])
    running = asyncio.create_task(fleet.run())
    for station in fleet.stations:
        await station.until(lambda each: each.is_accepted, 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(station.is_connected for station in fleet.stations)


@pytest.mark.parametrize("steps", range(12))
async def test_a_station_ends_at_whatever_step_of_a_disconnection_it_is_cancelled(
    judge: Judge, steps: int
) -> None:
    station = Station(spec(judge))
    running = asyncio.create_task(station.run())
    await station.until(lambda each: each.is_accepted, 5)
    station.go_offline()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=2)
    assert done


def test_a_fast_charger_tapers_and_an_ac_charger_does_not() -> None:
    car = arrive(Random(1), is_dc=True, soc=20)
    powers = []
    for soc in (20, 50, 60, 70, 79):
        car.soc = Decimal(soc)
        powers.append(car.power_w(Decimal(400_000), Decimal(100), is_dc=True))
    assert powers[0] == powers[1] > powers[2] > powers[3] > powers[4] > 0
    assert car.power_w(Decimal(22_000), Decimal(100), is_dc=False) == min(car.ac_limit_w, Decimal(22_000))
    assert car.power_w(Decimal(22_000), Decimal(2), is_dc=False) < Decimal(7_400)


def test_a_car_takes_no_more_than_its_battery_holds() -> None:
    car = arrive(Random(1), is_dc=True, soc=79)
    assert car.take(Decimal(1_000_000)) == car.battery_wh / 100
    assert car.is_full
    assert car.take(Decimal(1)) == 0


def test_stations_take_the_next_free_identities_and_cards_of_their_own() -> None:
    taken = {"SIM-0001", "SIM-0003"}
    wish = Wish(url="ws://h", count=2, version="1.6", scenario="fleet", speed=1)
    specs = make(wish, lambda identity: None if identity in taken else "secret")
    assert [each.identity for each in specs] == ["SIM-0002", "SIM-0004"]
    assert len({token for each in specs for token in each.id_tokens}) == 4
    assert [each.scenario for each in specs] == list(SCENARIOS["fleet"].members[:2])


def test_a_wrong_password_is_another_one_and_an_unknown_station_is_not_added() -> None:
    added: list[str] = []

    def add(identity: str) -> str:
        added.append(identity)
        return "secret"

    wrong = make(Wish(url="ws://h", count=1, version="1.6", scenario="wrong-password", speed=1), add)
    assert wrong[0].password not in (None, "secret")
    (stranger,) = make(Wish(url="ws://h", count=1, version="1.6", scenario="unknown", speed=1), add)
    assert (stranger.identity, stranger.password) == ("STRANGER-0001", None)
    assert added == ["SIM-0001"]
