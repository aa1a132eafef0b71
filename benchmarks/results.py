"""What a measurement gave, and how it is shown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cpu import Reading
from benchmarks.load import Tally

FOLDER = Path(__file__).resolve().parent / "results"
REFERENCES = ("R1", "R2")
HEADINGS = (
    "scenario", "server", "stations", "msg/s", "per CPU-s", "with PG", "of R1", "of R2", "p50 ms", "p95 ms", "p99 ms", "errors", "CPU s/PG/load", "and",
)  # fmt: skip


@dataclass(slots=True)
class Result:
    """One scenario against one server. CPU figures are seconds within the window."""

    scenario: str
    server: str
    stations: int
    seconds: float = 0.0
    answered: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    cpu_server_s: float = 0.0
    cpu_postgres_s: float = 0.0
    cpu_valkey_s: float = 0.0
    cpu_generator_s: float = 0.0
    commits: int = 0
    wal_bytes: int = 0
    notes: dict[str, float] = field(default_factory=dict)
    ratio_to: dict[str, float] = field(default_factory=dict)

    def count(self, tally: Tally) -> None:
        """Take over what the stations counted."""
        self.answered, self.errors = tally.answered, dict(tally.errors)
        self.rank(tally.latencies_s)

    def rank(self, latencies_s: Iterable[float]) -> None:
        """Percentiles of latencies."""
        ordered = sorted(latencies_s)
        if ordered:
            self.p50_ms, self.p95_ms, self.p99_ms = (
                percentile(ordered, share) for share in (0.5, 0.95, 0.99)
            )

    def spend(self, used: Reading) -> None:
        """Take over the CPU time of the window."""
        self.seconds, self.cpu_server_s, self.cpu_postgres_s = used.at, used.server, used.postgres
        self.cpu_valkey_s, self.cpu_generator_s = used.valkey, used.generator

    @property
    def per_second(self) -> float:
        """Answers per second of the clock."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def per_cpu_s(self) -> float:
        """Answers per CPU-second of the server's processes."""
        return self.answered / self.cpu_server_s if self.cpu_server_s else 0.0

    @property
    def per_cpu_s_with_postgres(self) -> float:
        """Answers per CPU-second of the server's processes and PostgreSQL's together."""
        spent = self.cpu_server_s + self.cpu_postgres_s
        return self.answered / spent if spent else 0.0

    def described(self) -> dict[str, object]:
        """All figures, for the file."""
        return asdict(self) | {
            "per_second": self.per_second,
            "per_cpu_s": self.per_cpu_s,
            "per_cpu_s_with_postgres": self.per_cpu_s_with_postgres,
        }


def percentile(ordered: Sequence[float], share: float) -> float:
    """The latency in ms below which this share of them lies."""
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 2)


def compare(results: Sequence[Result]) -> None:
    """Set each result beside the references of its scenario: per CPU-second, PostgreSQL included."""
    references = {
        (r.scenario, r.server): r.per_cpu_s_with_postgres for r in results if r.server in REFERENCES
    }
    for result in results:
        for name in REFERENCES:
            other = references.get((result.scenario, name))
            if other and result.server != name:
                result.ratio_to[name] = result.per_cpu_s_with_postgres / other


def table(results: Sequence[Result]) -> str:
    """The results for people."""
    rows = [HEADINGS, *map(_row, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [text.ljust(width) if place < 2 or place == len(widths) - 1 else text.rjust(width) for place, (text, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
    return "  ".join(cells).rstrip()


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.scenario,
        result.server,
        str(result.stations),
        _number(result.per_second),
        _number(result.per_cpu_s),
        _number(result.per_cpu_s_with_postgres),
        _ratio(result, "R1"),
        _ratio(result, "R2"),
        *(
            f"{value:.1f}" if value is not None else ""
            for value in (result.p50_ms, result.p95_ms, result.p99_ms)
        ),
        str(sum(result.errors.values())),
        f"{result.cpu_server_s:.1f}/{result.cpu_postgres_s:.1f}/{result.cpu_generator_s:.1f}"
        if result.seconds
        else "",
        ", ".join(f"{name} {value:,.1f}" for name, value in result.notes.items()),
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value else ""


def _ratio(result: Result, name: str) -> str:
    return f"{result.ratio_to[name]:.2f}×" if name in result.ratio_to else ""


def write(results: Sequence[Result], facts: dict[str, object], options: dict[str, object]) -> Path:
    """Keep the results as a file. Returns: where."""
    FOLDER.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    path = FOLDER / f"{moment:%Y-%m-%dT%H%M%SZ}.json"
    document = {
        "measured_at": moment.isoformat(timespec="seconds"),
        "machine": facts,
        "options": options,
        "results": [result.described() for result in results],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return path
