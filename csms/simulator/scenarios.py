"""What happens at a station, as data: a scenario is a list of steps, a step a verb with its numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csms.simulator.station import Station

Step = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a station does by itself. Numbers in steps are simulated seconds, two of them a range.

    The steps run at every EVSE if `at_every_evse`, else at the first; `repeats` starts them over.
    """

    description: str
    steps: tuple[Step, ...] = ()
    repeats: bool = False
    at_every_evse: bool = False
    is_let_in: bool = True
    is_firmware_good: bool = True
    is_list_kept: bool = True
    members: tuple[str, ...] = ()


SCENARIOS: dict[str, Scenario] = {
    "idle": Scenario("boots and waits for commands"),
    "charge": Scenario(
        "one session of about 20 minutes, then idle",
        (("wait", 3, 5), ("plug in",), ("charge", 1080, 1320), ("stop",), ("wait", 30, 60), ("unplug",)),
    ),
    "loop": Scenario(
        "sessions again and again, with pauses",
        (
            ("wait", 5, 240),
            ("plug in",),
            ("charge", 900, 3600),
            ("stop",),
            ("wait", 60, 300),
            ("unplug",),
            ("wait", 120, 900),
        ),
        repeats=True,
        at_every_evse=True,
    ),
    "charging": Scenario(
        "a long session until the car is full, then the next car",
        (("wait", 1, 4), ("plug in",), ("charge until full",), ("wait", 120, 600), ("stop",), ("unplug",)),
        repeats=True,
    ),
    "suspended": Scenario(
        "a full car that stays and blocks the connector", (("plug in", 100), ("wait", 86_400))
    ),
    "finishing": Scenario(
        "a session that is over while the car stays",
        (("plug in", 60), ("charge", 60, 90), ("stop",), ("stay",)),
    ),
    "faulted": Scenario("the first connector has a ground fault", (("wait", 2, 4), ("fault",))),
    "offline-session": Scenario(
        "charges without network and reports afterwards",
        (
            ("wait", 5, 10),
            ("go offline",),
            ("plug in",),
            ("charge", 600, 900),
            ("stop",),
            ("unplug",),
            ("wait", 60, 120),
            ("come online",),
        ),
    ),
    "flapping": Scenario(
        "loses the network every 90 seconds",
        (("wait", 85, 95), ("go offline",), ("wait", 3, 10), ("come online",)),
        repeats=True,
    ),
    "bad-firmware": Scenario(
        "boots, and fails at the installation of every firmware", is_firmware_good=False
    ),
    "full-memory": Scenario("boots, and has no room for any local list", is_list_kept=False),
    "wrong-password": Scenario("tries to connect with a wrong password", is_let_in=False),
    "unknown": Scenario("tries to connect with an identity that nobody added", is_let_in=False),
    "fleet": Scenario(
        "a mix: the stations take these scenarios in turn",
        members=(
            "charging",
            "loop",
            "suspended",
            "finishing",
            "loop",
            "idle",
            "charging",
            "loop",
            "faulted",
            "loop",
        ),
    ),
}


def find(name: str) -> Scenario:
    """Find a scenario.

    Raises: ValueError that lists the known ones.
    """
    if name not in SCENARIOS:
        raise ValueError(f"there is no scenario {name!r}; there are {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def of_member(name: str, index: int) -> str:
    """Return the scenario of the station number `index` in a fleet: its own for `fleet`, else the same."""
    members = find(name).members
    return members[index % len(members)] if members else name


async def play(station: Station) -> None:
    """Let a station's scenario happen, once its CSMS has accepted it."""
    scenario = station.scenario
    if not scenario.steps:
        return
    await station.until(lambda each: each.is_accepted, timeout_s=None)
    evses = station.evses if scenario.at_every_evse else station.evses[:1]
    await asyncio.gather(*(_play_at(station, scenario, evse.id) for evse in evses))


async def _play_at(station: Station, scenario: Scenario, evse_id: int) -> None:
    while True:
        for verb, *numbers in scenario.steps:
            await VERBS[str(verb)](station, evse_id, *(int(number) for number in numbers))
        if not scenario.repeats:
            return


async def _wait(station: Station, _evse_id: int, low: int, high: int = 0) -> None:
    await station.clock.sleep(station.rng.uniform(low, max(low, high)))


async def _plug_in(station: Station, evse_id: int, soc: int | None = None) -> None:
    """Begin, or let an operator's session that is already there be this one."""
    if await station.plug_in(evse_id, soc=soc) is None:
        station.tell("skipped", f"no session began at EVSE {evse_id}")


async def _charge(station: Station, evse_id: int, low: int, high: int) -> None:
    """Charge for a while, or until somebody else ends it."""
    evse = station.evse(evse_id)
    if evse is not None and evse.transaction is not None:
        await station.clock.wait(evse.transaction.stopping, station.rng.uniform(low, high))


async def _charge_until_full(station: Station, evse_id: int) -> None:
    evse = station.evse(evse_id)
    transaction = evse.transaction if evse else None
    while evse and transaction and evse.vehicle and not evse.vehicle.is_full:
        if await station.clock.wait(transaction.stopping, 30):
            return


async def _stop(station: Station, evse_id: int) -> None:
    station.stop(evse_id)


async def _unplug(station: Station, evse_id: int) -> None:
    station.unplug(evse_id)


async def _stay(station: Station, evse_id: int) -> None:
    """Keep the car although its driver could come."""
    evse = station.evse(evse_id)
    if evse is not None:
        evse.is_left_alone = True


async def _fault(station: Station, evse_id: int) -> None:
    station.fault(evse_id)


async def _go_offline(station: Station, _evse_id: int) -> None:
    station.go_offline()


async def _come_online(station: Station, _evse_id: int) -> None:
    station.come_online()


VERBS: dict[str, Callable[..., Awaitable[None]]] = {
    "wait": _wait,
    "plug in": _plug_in,
    "charge": _charge,
    "charge until full": _charge_until_full,
    "stop": _stop,
    "unplug": _unplug,
    "stay": _stay,
    "fault": _fault,
    "go offline": _go_offline,
    "come online": _come_online,
}
