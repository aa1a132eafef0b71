"""The registry of an OCPP version: who handles an action, encodes a command, takes the answer to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from csms.vocabulary import actions

Payload = dict[str, Any]
Entry = TypeVar("Entry")
Codec = Callable[[Payload], tuple[str, Payload]]
ResultHandler = Callable[[Any, Any, Payload], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler gives back: the payload of the CALLRESULT, and what must be durable before it goes."""

    answer: Payload
    records: tuple[object, ...] = ()
    rules: tuple[str, ...] = ()  # the tolerances that the payload needed
    make: tuple[str, str, str] | None = (
        None  # vendor, model and firmware, where the station has just said them
    )


HandlerFunction = Callable[[Any, Payload], Reply]


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered handler and its lane: it records (no database in it), or it decides (in a pool thread).

    Where the lane depends on the payload, `records` is a function of it.
    """

    function: HandlerFunction
    records: bool | Callable[[Payload], bool]

    def is_recording(self, payload: Payload) -> bool:
        """Return whether this payload is recorded without a decision."""
        return self.records if isinstance(self.records, bool) else self.records(payload)

    def __call__(self, connection: Any, payload: Payload) -> Reply:
        """Answer the payload of a CALL of the station at this connection."""
        return self.function(connection, payload)


class CannotExpress(Exception):
    """A unified command that this version has no words for; the reason is shown to the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Version:
    """One version's own tables; what is not in them is looked up in the base's."""

    def __init__(self, name: str, *, subprotocol: str, base: "Version | None" = None) -> None:
        self.name: Final = name
        self.subprotocol: Final = subprotocol
        self.base: Final = base
        self._handlers: dict[str, Handler] = {}
        self._codecs: dict[str, Codec] = {}
        self._result_handlers: dict[str, ResultHandler] = {}

    def __repr__(self) -> str:
        return f"<Version {self.name}>"

    def on(
        self, action: str, *, records: bool | Callable[[Payload], bool] = False
    ) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register the handler of an action that stations of this version send.

        Raises:
            ValueError: stations of this version do not send the action, or it has a handler already.
        """
        _check_known(action, actions.from_station(self.name), self)

        def register(function: HandlerFunction) -> HandlerFunction:
            _add(self._handlers, action, Handler(function, records))
            return function

        return register

    def command(self, action: str) -> Callable[[Codec], Codec]:
        """Register the codec of a unified command: from its payload to the wire action and wire payload.

        The codec raises `CannotExpress` when the version has no words for what the payload asks.

        Raises:
            ValueError: the command has a codec already.
        """

        def register(codec: Codec) -> Codec:
            _add(self._codecs, action, codec)
            return codec

        return register

    def on_result(self, action: str) -> Callable[[ResultHandler], ResultHandler]:
        """Register what is done with the CALLRESULT of a wire action that this version sends to stations.

        Raises:
            ValueError: this version cannot send the action, or its result has a handler already.
        """
        _check_known(action, actions.to_station(self.name), self)

        def register(function: ResultHandler) -> ResultHandler:
            _add(self._result_handlers, action, function)
            return function

        return register

    def handler(self, action: str) -> Handler | None:
        """Return who handles the action, or None."""
        own = self._handlers.get(action)
        return self.base.handler(action) if own is None and self.base else own

    def codec(self, action: str) -> Codec | None:
        """Return who encodes the unified command, or None."""
        own = self._codecs.get(action)
        return self.base.codec(action) if own is None and self.base else own

    def result_handler(self, action: str) -> ResultHandler | None:
        """Return who takes the CALLRESULT of the wire action, or None."""
        own = self._result_handlers.get(action)
        return self.base.result_handler(action) if own is None and self.base else own


def _check_known(action: str, known: frozenset[str], version: Version) -> None:
    if action not in known:
        raise ValueError(f"{action!r} has no place in this direction of OCPP {version.name}")


def _add(table: dict[str, Entry], action: str, entry: Entry) -> None:
    if action in table:
        raise ValueError(f"{action!r} is registered twice")
    table[action] = entry
