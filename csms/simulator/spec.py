"""What a simulated station is made of: plain values that survive a round trip through JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import orjson


def _demand(otherwise: str, *, that: bool) -> None:
    if not that:
        raise ValueError(otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseSpec:
    """One EVSE: `kind` is AC or DC, `connectors` the number of its plugs (one in use at a time)."""

    kind: str = "AC"
    max_power_w: int = 22_000
    connectors: int = 1

    def __post_init__(self) -> None:
        _demand(f"the kind of an EVSE is AC or DC, not {self.kind!r}", that=self.kind in ("AC", "DC"))
        _demand("the power of an EVSE must be greater than 0", that=self.max_power_w > 0)
        _demand("an EVSE has at least one connector", that=self.connectors > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSpec:
    """One station: where it connects, who it is and how it behaves.

    `url` is the endpoint of the CSMS without the identity. `id_tokens` are the drivers' cards: the first
    is used at EVSE 1 and so on, in a circle. Times in `…_s` are simulated seconds except those of the
    network (`call_timeout_s`, `retry_wait_s`). The same `seed` gives the same cars and the same pauses.
    """

    identity: str
    url: str
    password: str | None = None
    version: str = "1.6"
    scenario: str = "idle"
    id_tokens: tuple[str, ...] = ("51A0C0DE",)
    id_token_type: str = "ISO14443"
    evses: tuple[EvseSpec, ...] = (EvseSpec(), EvseSpec())
    vendor: str = "Simulated"
    model: str = "Simulator"
    firmware_version: str = "1.0.0"
    serial_number: str = ""
    speed: float = 1.0
    seed: int | None = None
    sample_interval_s: int = 30
    start_soc: int | None = None
    plug_in_after_s: float | None = 4
    unplug_after_s: float | None = 60
    boot_s: float = 10
    call_timeout_s: float = 30
    retry_wait_s: float = 2

    def __post_init__(self) -> None:
        _demand("a station needs an identity", that=bool(self.identity))
        _demand(
            f"the URL starts with ws:// or wss://, not {self.url!r}",
            that=self.url.startswith(("ws://", "wss://")),
        )
        _demand("a station needs at least one EVSE", that=bool(self.evses))
        _demand("a station needs at least one id token", that=bool(self.id_tokens))
        _demand("the speed must be greater than 0", that=self.speed > 0)
        _demand("the sample interval must be greater than 0", that=self.sample_interval_s > 0)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Build a station from a JSON object; a key that nobody knows is an error.

        Raises: ValueError in one sentence.
        """
        given = dict(value)
        unknown = sorted(given.keys() - {known.name for known in fields(cls)})
        _demand(f"unknown keys in a station: {', '.join(unknown)}", that=not unknown)
        try:
            evses = tuple(EvseSpec(**evse) for evse in given.pop("evses", ()))
            tokens = tuple(given.pop("id_tokens", ()))
            spec = cls(**given)
        except TypeError as error:
            raise ValueError(f"a station that cannot be read: {error}") from error
        return replace(spec, evses=evses or spec.evses, id_tokens=tokens or spec.id_tokens)

    def to_json(self) -> dict[str, Any]:
        """Return the values as they stand in a fleet's file."""
        return asdict(self)


def read_fleet(path: Path) -> tuple[StationSpec, ...]:
    """Read the stations of a fleet's file, a JSON list of stations.

    Raises: ValueError, OSError.
    """
    try:
        values = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    _demand(
        f"{path} is no list",
        that=isinstance(values, list) and all(isinstance(value, dict) for value in values),
    )
    return tuple(StationSpec.from_json(value) for value in values)


def write_fleet(path: Path, specs: Iterable[StationSpec]) -> None:
    """Write a fleet's file. It holds passwords: only its owner may read it."""
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps([spec.to_json() for spec in specs], option=orjson.OPT_INDENT_2))
