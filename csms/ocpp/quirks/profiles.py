"""What is known about makes of chargers, as data: one file per family, found by vendor, model and firmware as the station reports them."""

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class Own:
    """What people have decided about one station, whatever its make: rule → on or off, its time zone, and whether its clock may run ahead."""

    switches: tuple[tuple[str, bool], ...] = ()
    time_zone: str = "UTC"
    may_run_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Quirks:
    """The rules that are in force for one station beyond those that can harm nobody. A value: it is kept at the connection."""

    on: frozenset[str] = frozenset()
    own: Own = Own()
    id_token_suffix: "re.Pattern[str] | None" = None
    has_odd_texts: bool = False

    def id_token(self, text: str) -> str:
        """The id token without what this make of charger appends to it (Q16)."""
        return self.id_token_suffix.sub("", text) if self.id_token_suffix else text


NONE: Final = Quirks()


@dataclass(frozen=True, slots=True)
class Profile:
    """One file: whom it is about, and what they do."""

    name: str
    vendor: str
    model: str
    firmware: str
    rules: frozenset[str]
    id_token_suffix: str

    def fits(self, vendor: str, model: str, firmware: str) -> bool:
        """Whether a station is of this make; patterns as file names have them, without case."""
        pairs = ((vendor, self.vendor), (model, self.model), (firmware, self.firmware))
        return all(fnmatchcase(text.strip().lower(), pattern.lower()) for text, pattern in pairs)


def find(vendor: str, model: str, firmware: str, own: Own) -> Quirks:
    """The rules for a station: those of its make, changed by its own switches."""
    fitting = [each for each in known() if each.fits(vendor, model, firmware)] if vendor or model else []
    if not fitting and own == NONE.own:
        return NONE
    chosen = dict.fromkeys((rule for each in fitting for rule in each.rules), True) | dict(own.switches)
    on = frozenset(rule for rule, is_on in chosen.items() if is_on)
    suffix = next((each.id_token_suffix for each in fitting if each.id_token_suffix and "Q16" in on), "")
    return Quirks(
        on=on,
        own=own,
        id_token_suffix=re.compile(suffix) if suffix else None,
        has_odd_texts=bool(on & {"Q3", "Q24a"}),
    )


@cache
def known() -> tuple[Profile, ...]:
    """Every profile, read once."""
    return tuple(_profile(json.loads(path.read_text())) for path in sorted(FOLDER.glob("*.json")))


def _profile(data: dict[str, Any]) -> Profile:
    return Profile(
        name=data["name"],
        vendor=data.get("vendor", "*"),
        model=data.get("model", "*"),
        firmware=data.get("firmware", "*"),
        rules=frozenset(data["rules"]),
        id_token_suffix=data.get("id_token_suffix", ""),
    )
