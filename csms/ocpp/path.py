"""The address of a station, read from the raw path: `/<tenant>/ocpp/<identity>`, on a tenant's own domain also `/ocpp/<identity>`.

The identity is the last segment, percent-decoded once as UTF-8; the decoded path of the server would split an identity with a slash. Source: T-01, T-02.
Where there is more than one segment, `others` are what a station that is known for it may mean (Q13).
"""

from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

MOST_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class StationPath:
    """The tenant's slug (empty on an own domain) and the identity (empty where it cannot be read)."""

    slug: str
    identity: str
    others: tuple[str, ...] = ()


def parse(raw_path: bytes) -> StationPath | None:
    """The parts of a station's address, or None when the path is none."""
    segments = raw_path.split(b"?")[0].split(b"/")[1:]
    if len(segments) >= 2 and segments[0] == b"ocpp":
        return StationPath("", _identity(segments[1:]), _others(segments[1:]))
    if len(segments) >= 3 and segments[1] == b"ocpp":
        return StationPath(
            segments[0].decode("ascii", "replace"), _identity(segments[2:]), _others(segments[2:])
        )
    return None


def _others(segments: list[bytes]) -> tuple[str, ...]:
    if len(segments) == 1:
        return ()
    return tuple(filter(None, (_identity([segment]) for segment in reversed(segments[:MOST_SEGMENTS]))))


def _identity(segments: list[bytes]) -> str:
    if len(segments) != 1:
        return ""
    try:
        identity = unquote_to_bytes(segments[0]).decode()
    except UnicodeDecodeError:
        return ""
    return identity if identity.isprintable() and len(identity) <= 255 else ""
