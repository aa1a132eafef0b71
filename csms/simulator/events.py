"""What happened at a station, for people who watch and for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `kind` is a word for programs, `text` a sentence for people."""

    at: datetime
    identity: str
    kind: str
    text: str

    def line(self) -> str:
        """Write the event as one line."""
        return f"{self.at:%H:%M:%S}  {self.identity:<12}  {self.text}"


Listener = Callable[[Event], None]
