"""Makes the specs of stations for `manage.py simulate`: their identities, cards and credentials."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from csms.simulator import scenarios
from csms.simulator.spec import EvseSpec, StationSpec

MOST = 9_999
AC = (EvseSpec(), EvseSpec())
DC = (EvseSpec(kind="DC", max_power_w=150_000),)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    url: str
    count: int
    version: str
    scenario: str
    speed: float
    identity: str | None = None
    id_token: str | None = None
    password: str | None = None
    is_dc: bool = False


def identities(wish: Wish) -> Iterator[str]:
    """Yield candidates for identities: SIM-0001 and on, or the one that is wished (numbered if several)."""
    if wish.identity is not None and wish.count == 1:
        yield wish.identity
        return
    stem = wish.identity or ("STRANGER" if wish.scenario == "unknown" else "SIM")
    yield from (f"{stem}-{number:04}" for number in range(1, MOST + 1))


def make(wish: Wish, add: Callable[[str], str | None] | None) -> list[StationSpec]:
    """Make the specs of a fleet.

    `add` makes sure that a station exists and returns its password, None if the identity is taken.
    Without it the stations exist already, and the wished password is theirs.
    """
    specs: list[StationSpec] = []
    for identity in identities(wish):
        scenario = scenarios.of_member(wish.scenario, len(specs))
        is_known = add is not None and scenario != "unknown"
        password = add(identity) if add and is_known else wish.password
        if not is_known or password is not None:
            specs.append(_spec(wish, identity, scenario, password))
        if len(specs) == wish.count:
            break
    return specs


def _spec(wish: Wish, identity: str, scenario: str, password: str | None) -> StationSpec:
    spec = StationSpec(
        identity=identity,
        url=wish.url,
        password=password,
        version=wish.version,
        scenario=scenario,
        speed=wish.speed,
        evses=DC if wish.is_dc else AC,
        id_tokens=(wish.id_token,) if wish.id_token else cards(identity),
    )
    return _spoil(spec)


def cards(identity: str) -> tuple[str, ...]:
    """Return the cards of a station's drivers: always the same, and nobody else's.

    One per EVSE, for a CSMS may allow a card only one transaction at a time (S16-13).
    """
    digests = (hashlib.sha256(f"{identity}/{number}".encode()).hexdigest() for number in range(len(AC)))
    return tuple(digest[:8].upper() for digest in digests)


def _spoil(spec: StationSpec) -> StationSpec:
    """Give a station of the scenario `wrong-password` a wrong one."""
    if spec.scenario != "wrong-password":
        return spec
    return replace(spec, password="not-" + (spec.password or "the-password"))
