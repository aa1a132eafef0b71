"""The local authorization list of a station: who may charge, as the CSMS has said, for the time without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACCEPTED = "Accepted"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says about one id token."""

    status: str
    group: str | None = None
    expires_at: datetime | None = None

    def is_accepted(self, now: datetime) -> bool:
        """Say whether the token may charge now."""
        return self.status == ACCEPTED and (self.expires_at is None or now < self.expires_at)


@dataclass(slots=True)
class LocalList:
    """The list and its version, 0 while there is none. Tokens are compared case-insensitively."""

    version: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)

    def find(self, token: str) -> Entry | None:
        """Find what is said about a token."""
        return self.entries.get(token.lower())

    def take(self, version: int, changes: Mapping[str, Entry | None], *, is_full: bool, room: int) -> str:
        """Replace or change the list, as a whole or not at all; an entry that is None goes.

        Returns: the answer's word, the same in every version. Source: S16-41, S16-43.
        """
        if version < 1 or (is_full and None in changes.values()):
            return "Failed"
        if not is_full and version <= self.version:
            return "VersionMismatch"
        wanted: dict[str, Entry | None] = {} if is_full else dict(self.entries)
        wanted |= {token.lower(): entry for token, entry in changes.items()}
        kept = {token: entry for token, entry in wanted.items() if entry is not None}
        if len(kept) > room:
            return "Failed"
        self.entries, self.version = kept, version
        return ACCEPTED
