"""What every version's wire has in common: commands in a table, messages through the station."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from csms.simulator.clock import moment
from csms.simulator.link import Answer, CannotServe, Payload
from csms.simulator.model import Connector, Evse, IdToken, Transaction

if TYPE_CHECKING:
    from csms.simulator.station import Station

Command = Callable[[Any, Payload], Answer]
Method = TypeVar("Method", bound=Command)


def answers(action: str) -> Callable[[Method], Method]:
    """Register a method of a wire as the answer to a command; a later version inherits or replaces it."""

    def register(method: Method) -> Method:
        method.answers = action  # type: ignore[attr-defined]
        return method

    return register


@dataclass(frozen=True, slots=True)
class Registration:
    """The CSMS's answer to a boot."""

    status: str
    interval_s: int
    csms_time: datetime | None


def registration(answer: Payload) -> Registration:
    """Read a BootNotification's answer; every version has the same three fields."""
    return Registration(str(answer["status"]), int(answer["interval"]), csms_time(answer))


def csms_time(answer: Payload) -> datetime | None:
    """Read the time of the CSMS, if it can be read."""
    try:
        return moment(str(answer["currentTime"]))
    except (KeyError, ValueError):
        return None


class Wire(ABC):
    """A version of OCPP as a station speaks it."""

    version: ClassVar[str]
    subprotocol: ClassVar[str]
    malformed: ClassVar[str]
    decision_field: ClassVar[str]
    known_actions: ClassVar[frozenset[str]] = frozenset()
    commands: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.commands = {
            method.answers: name
            for part in reversed(cls.__mro__)
            for name, method in vars(part).items()
            if hasattr(method, "answers")
        }

    def __init__(self, station: Station) -> None:
        self.station = station

    def serve(self, action: str, payload: Payload) -> Answer:
        """Carry out a command of the CSMS.

        Raises: CannotServe, which becomes a CALLERROR.
        """
        name = self.commands.get(action)
        if name is None:
            code = "NotSupported" if action in self.known_actions else "NotImplemented"
            raise CannotServe(code, f"{action} is not built into this station")
        try:
            answer: Answer = getattr(self, name)(payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CannotServe(self.malformed, f"{action}: {error!r}") from error
        return answer

    @abstractmethod
    def boot(self, reason: str) -> tuple[str, Payload]:
        """Return the message that registers the station; `reason` is a word of 2.x."""

    @abstractmethod
    def authorize(self, token: IdToken) -> Payload:
        """Return the payload of Authorize."""

    def decision(self, answer: Payload) -> bool | None:
        """Read out of an answer whether an id token is accepted, None if it says nothing about it."""
        status = answer.get(self.decision_field, {}).get("status")
        return None if status is None else bool(status == "Accepted")

    def group(self, answer: Payload) -> str | None:
        """Read out of an answer to which group an id token belongs; groups matter to 1.6 stations, for reservations."""
        group = answer.get(self.decision_field, {}).get("parentIdTag")
        return None if group is None else str(group)

    @abstractmethod
    def announce_station(self) -> None:
        """Report the state of the station as a whole, where the version has a message for it."""

    @abstractmethod
    def announce(self, evse: Evse, connector: Connector) -> None:
        """Put the state of a connector on its way, if it changed for this version."""

    @abstractmethod
    def begin(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Report that a transaction began."""

    @abstractmethod
    def update(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Report a change or a periodic reading of a transaction."""

    @abstractmethod
    def end(self, evse: Evse, transaction: Transaction) -> None:
        """Report that a transaction ended."""
