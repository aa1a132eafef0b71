"""The way of a command: queued → sent → answered → effect seen, with the time that each step took."""

import json
from dataclasses import dataclass
from datetime import datetime

from chargers.messages import masked
from chargers.models import Command
from csms.dashboard import words

OUTCOMES: dict[str, tuple[str, str]] = {
    Command.Status.ACCEPTED: ("Accepted", "good"),
    Command.Status.REJECTED: ("Rejected", "bad"),
    Command.Status.FAILED: ("Failed", "bad"),
    Command.Status.TIMED_OUT: ("No answer", "bad"),
    Command.Status.EXPIRED: ("Expired before it was sent", "bad"),
    Command.Status.UNKNOWN: ("Unknown, the connection was lost", "bad"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `kind` is done, good, bad or wait; `took` is the time since the step before."""

    word: str
    kind: str
    took: str = ""


class Track:
    """A command as pages show it."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.title = words.command_title(command)
        self.outcome = words.command_outcome(command)

    @property
    def answer(self) -> str:
        """What the station answered to a command in its own words, as JSON without secrets; empty for the others."""
        is_shown = self.command.is_exact and self.command.response is not None
        return json.dumps(masked(self.command.response), indent=2, ensure_ascii=False) if is_shown else ""

    @property
    def is_repeatable(self) -> bool:
        """Whether the console can offer it again as it was: a secret in it would come back as a mask."""
        return self.command.is_exact and masked(self.command.payload) == self.command.payload

    @property
    def steps(self) -> list[Step]:
        """The steps so far, and the one that is awaited."""
        command = self.command
        steps = [Step("Queued", "done")]
        if command.sent_at:
            steps.append(Step("Sent", "done", took(command.queued_at, command.sent_at)))
        if not command.is_final:
            awaited = "Waiting for the answer" if command.sent_at else "Waiting for the connection"
            return [*steps, Step(awaited, "wait")]
        word, kind = OUTCOMES[command.status]
        steps.append(Step(word, kind, took(command.sent_at, command.finished_at)))
        if command.effect_seen_at:
            steps.append(Step("Effect seen", "good", took(command.sent_at, command.effect_seen_at)))
        return steps


def took(start: datetime | None, end: datetime | None) -> str:
    """The time between two steps: “12 ms”, “3.4 s”."""
    if start is None or end is None:
        return ""
    seconds = max(0.0, (end - start).total_seconds())
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
