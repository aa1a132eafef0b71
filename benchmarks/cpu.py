"""CPU time of processes, as the kernel counts it (`/proc/<pid>/stat`)."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def seconds(pid: int) -> float:
    """CPU seconds of a process, with those of its children that have ended."""
    return sum(map(int, _fields(pid)[11:15])) / TICKS_PER_S


def seconds_of_tree(pid: int) -> float:
    """CPU seconds of a process and all that it has started."""
    return sum(map(seconds_or_zero, [pid, *descendants(pid)]))


def seconds_or_zero(pid: int) -> float:
    """As `seconds`, of a process that may just have ended: its parent's figure has it then."""
    try:
        return seconds(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def descendants(pid: int) -> list[int]:
    """The processes below a process."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal() and (parent := parent_of(int(path.name))):
            children.setdefault(parent, []).append(int(path.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def parent_of(pid: int) -> int:
    """The parent of a process; 0 when it is gone."""
    try:
        return int(_fields(pid)[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def resident_bytes(pid: int) -> int:
    """The memory of a process that lies in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def _fields(pid: int) -> list[str]:
    """The fields after the program's name, which may hold blanks itself."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds up to now: of the server, of PostgreSQL, of Valkey, and of this process, which makes the load."""

    at: float
    server: float
    postgres: float
    valkey: float
    generator: float

    def until(self, later: "Reading") -> "Reading":
        """What was used between two readings; `at` is the time between them."""
        return Reading(
            later.at - self.at,
            later.server - self.server,
            later.postgres - self.postgres,
            later.valkey - self.valkey,
            later.generator - self.generator,
        )


@dataclass(frozen=True, slots=True)
class Meter:
    """Which processes are read."""

    servers: tuple[int, ...]
    postgres: int
    valkey: int

    def read(self) -> Reading:
        """The CPU seconds of now."""
        return Reading(
            time.perf_counter(),
            total(self.servers),
            seconds_of_tree(self.postgres),
            seconds(self.valkey),
            time.process_time(),
        )


def total(pids: Iterable[int]) -> float:
    """CPU seconds of several processes and all that they have started."""
    return sum(map(seconds_of_tree, pids))
