"""One frame in, at most one frame out: parse, check, handle, encode, map errors, log. Here, once, for every action of every version.

Everything here is synchronous. What needs the database (`decide`, `next_command`, `finish`) runs in a pool thread and enters the tenant itself.
"""

import logging
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from chargers import commands, sealing
from chargers.deviations import Deviated
from chargers.messages import Exchange, Quarantined, masked
from chargers.models import ChargingStation, Command
from csms.ocpp import frames, jsontext, outcomes, quirks
from csms.ocpp.connection import Connection
from csms.ocpp.errors import OcppError
from csms.ocpp.frames import Call, CallError, CallResult
from csms.ocpp.storage import renewing_connection
from csms.ocpp.version import CannotExpress, Handler, Reply
from csms.vocabulary import actions
from tenants import context

logger = logging.getLogger(__name__)
BOOT = "BootNotification"
OK = "ok"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the socket, and what must be durable before."""

    text: str
    records: tuple[Any, ...]
    connection: Connection


def find_handler(connection: Connection, call: Call) -> tuple[Handler, tuple[str, ...]]:
    """The handler of a call whose payload fits its schema, or was made to fit; and the rules that this needed.

    Raises: OcppError: unknown action, wrong direction, not accepted yet, or a payload that breaks the schema.
    """
    version = connection.version
    if call.action not in actions.from_station(version.name):
        if call.action in actions.to_station(version.name):
            raise OcppError("NotSupported", "A station does not send this action.")
        raise OcppError("NotImplemented", "This action is not known in this version.")
    handler = version.handler(call.action)
    if not connection.is_accepted and call.action != BOOT:
        raise OcppError("SecurityError", "Send BootNotification first.")
    if handler is None:
        raise OcppError("NotSupported", "This action is not handled here yet.")
    return handler, quirks.check(version.name, call.action, call.payload)


@renewing_connection
def decide(connection: Connection, handler: Handler, payload: dict[str, Any]) -> Reply:
    """Run a deciding handler in its tenant, in one database transaction."""
    with context.tenant(connection.tenant), transaction.atomic():
        return handler(connection, payload)


def answered(
    connection: Connection, call: Call, text: str, reply: Reply, started: float, rules: tuple[str, ...] = ()
) -> Answer:
    """The CALLRESULT with its row for the message log. `rules`: those that reading the call needed."""
    out = frames.call_result(call.message_id, reply.answer)
    if call.action == BOOT:
        connection = _booted(connection, reply)
    rules += reply.rules
    exchange = _exchange(connection, call, text, out, OK, started, rules)
    if rules:
        return Answer(out, (*reply.records, _deviated(connection, call, rules), exchange), connection)
    return Answer(out, (*reply.records, exchange), connection)


def _booted(connection: Connection, reply: Reply) -> Connection:
    """The connection of a station that has just said what it is."""
    known = connection.quirks
    if reply.make is not None:
        known = quirks.find(*reply.make, known.own)
    return replace(connection, is_accepted=reply.answer.get("status") == "Accepted", quirks=known)


def _deviated(connection: Connection, call: Call, rules: tuple[str, ...]) -> Deviated:
    return Deviated(connection.station_id, tuple(sorted(set(rules))), call.action)


def refused(connection: Connection, call: Call, text: str, error: Exception, started: float) -> Answer:
    """The CALLERROR with its rows for the message log and the quarantine. A bug is logged once and told nobody."""
    if not isinstance(error, OcppError):
        logger.error(
            "A message could not be handled",
            exc_info=error,
            extra={
                "tenant": connection.tenant,
                "station": connection.identity,
                "message_id": call.message_id,
                "action": call.action,
            },
        )
        error = OcppError("InternalError", "The message could not be handled. Send it again later.")
    out = frames.call_error(call.message_id, error.code, error.description, connection.version.name)
    rules = _rules_of_refusal(connection, call, error)
    exchange = _exchange(connection, call, text, out, error.code, started, rules)
    records = (exchange, _quarantined(connection, f"{error.code}: {error.description}", text))
    deviated = (_deviated(connection, call, rules),) if rules else ()
    return Answer(out, (*deviated, *records), connection)


def _rules_of_refusal(connection: Connection, call: Call, error: OcppError) -> tuple[str, ...]:
    """A refusal that says something about the station: it speaks another version (Q11), none of ours (Q46), or too early (Q34)."""
    if error.code == "SecurityError":
        return ("Q34",)
    if error.code != "NotImplemented":
        return ()
    own = connection.version.name
    is_other = any(call.action in actions.from_station(name) for name in actions.VERSIONS if name != own)
    return ("Q11",) if is_other else ("Q46",)


def unreadable(connection: Connection, frame: frames.Refused, text: str) -> Answer:
    """The CALLERROR for a frame that is no proper call."""
    error = frame.error
    out = frames.call_error(frame.message_id, error.code, error.description, connection.version.name)
    return Answer(out, (_quarantined(connection, f"{error.code}: {error.description}", text),), connection)


def ignored(connection: Connection, reason: str, text: str) -> Quarantined:
    """The record of a frame that gets no answer."""
    return _quarantined(connection, reason, text)


def _quarantined(connection: Connection, reason: str, text: str) -> Quarantined:
    return Quarantined(connection.station_id, connection.version.name, reason, text)


def _exchange(
    connection: Connection,
    call: Call,
    text: str,
    answer: str,
    result: str,
    started: float,
    rules: tuple[str, ...] = (),
) -> Exchange:
    now = time.time()
    return Exchange(
        time=datetime.fromtimestamp(now - (time.perf_counter() - started), UTC),
        station_id=connection.station_id,
        direction="in",
        action=call.action,
        message_id=call.message_id,
        frame=text,
        answer=answer,
        result=result,
        latency_ms=(time.perf_counter() - started) * 1000,
        transaction_id=_transaction_id(call.payload),
        deviations=" ".join(sorted(set(rules))) if rules else "",
    )


def _transaction_id(payload: dict[str, Any]) -> str:
    found = payload.get("transactionId")
    if found is None:
        found = (payload.get("transactionInfo") or {}).get("transactionId", "")
    return str(found)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A command that was marked as sent and whose text must leave now."""

    command: Command
    text: str
    message_id: str
    timeout_s: int


@renewing_connection
def next_command(connection: Connection) -> Outgoing | None:
    """Take the next command of the station and mark it as sent, before a byte leaves. Those that cannot be said in its version end here."""
    with context.tenant(connection.tenant):
        while True:
            with transaction.atomic():
                command = commands.next_queued(connection.station_id, connection.epoch)
                if command is None:
                    return None
                outgoing = _encode(connection, command)
            if outgoing is not None:
                return outgoing


def _encode(connection: Connection, command: Command) -> Outgoing | None:
    try:
        action, payload = _wire(connection, command)
    except CannotExpress as error:
        commands.finish(command, Command.Status.FAILED, error_code="NotSupported", error_text=error.reason)
        return None
    message_id = str(uuid.uuid4())
    commands.mark_sent(
        command,
        gateway=connection.gateway,
        epoch=connection.epoch,
        message_id=message_id,
        wire_action=action,
        request=masked(payload),
        correlation_id=_correlation(command, payload),
    )
    return Outgoing(command, frames.call(message_id, action, payload), message_id, command.timeout_s)


def _wire(connection: Connection, command: Command) -> tuple[str, dict[str, Any]]:
    if not connection.is_accepted and command.action in ("RequestStartTransaction", "RemoteStartTransaction"):
        raise CannotExpress("The station has not been accepted by a BootNotification yet.")
    if command.is_exact:
        if command.action not in actions.to_station(connection.version.name):
            raise CannotExpress(f"OCPP {connection.version.name} has no {command.action} to a station.")
        return command.action, sealing.opened(command.payload)
    codec = connection.version.codec(command.action)
    if codec is None:
        raise CannotExpress(f"OCPP {connection.version.name} has no way to say {command.action}.")
    return codec(sealing.opened(command.payload))


def _correlation(command: Command, payload: dict[str, Any]) -> int | None:
    for source in (payload, command.payload):
        found = source.get("requestId", source.get("remoteStartId"))
        if isinstance(found, int):
            return found
    return None


@renewing_connection
def finish(
    connection: Connection, outgoing: Outgoing, frame: CallResult | CallError | None, started: float
) -> Command.Status:
    """Give a sent command its final state: from the station's answer, or from none (time-out).

    Whoever sees the final state finds the exchange in the message log: both are one commit.
    """
    command = outgoing.command
    with context.tenant(connection.tenant), transaction.atomic():
        Exchange.write([_sent_exchange(outgoing, connection.station_id, frame, started)])
        if frame is None:
            commands.finish(
                command, Command.Status.TIMED_OUT, error_text="The station did not answer in time."
            )
            Deviated.write([Deviated(connection.station_id, ("Q37",), command.wire_action)])
            return Command.Status.TIMED_OUT
        if isinstance(frame, CallError):
            commands.finish(
                command, Command.Status.FAILED, error_code=frame.code, error_text=frame.description
            )
            return Command.Status.FAILED
        return _accept_result(connection, command, frame)


def _accept_result(connection: Connection, command: Command, frame: CallResult) -> Command.Status:
    try:
        if frame.defect:
            raise frame.defect
        rules = quirks.check_response(connection.version.name, command.wire_action, frame.payload)
    except OcppError as error:
        commands.finish(
            command,
            Command.Status.FAILED,
            response=masked(frame.payload),
            error_code="InvalidResponse",
            error_text=error.description,
        )
        return Command.Status.FAILED
    if rules:
        Deviated.write([Deviated(connection.station_id, rules, command.wire_action)])
    status = outcomes.status_of(frame.payload)
    commands.finish(command, status, response=masked(frame.payload))
    handler = connection.version.result_handler(command.wire_action)
    if handler:
        handler(connection, command, frame.payload)
    return status


@renewing_connection
def ask_for_boot(connection: Connection) -> None:
    """Ask a station that talks without having said what it is for its BootNotification, unless it is to be left alone (Q34)."""
    with context.tenant(connection.tenant):
        station = ChargingStation.objects.get(pk=connection.station_id)
        if not station.is_quiet and station.registration != ChargingStation.Registration.ACCEPTED:
            commands.queue(station, "TriggerMessage", {"requestedMessage": BOOT})


@renewing_connection
def late_answer(connection: Connection, frame: CallResult | CallError) -> bool:
    """An answer that nobody waits for any more corrects the state of its command, if it is one of ours. Source: T-44."""
    if isinstance(frame, CallError):
        return False
    with context.tenant(connection.tenant):
        return commands.correct(
            frame.message_id, connection.station_id, outcomes.status_of(frame.payload), masked(frame.payload)
        )


def _sent_exchange(
    outgoing: Outgoing, station_id: int, frame: CallResult | CallError | None, started: float
) -> Exchange:
    """The row of the message log for a command, secrets masked."""
    command = outgoing.command
    answer, result = _answer_text(frame)
    elapsed = time.perf_counter() - started
    return Exchange(
        time=datetime.fromtimestamp(time.time() - elapsed, UTC),
        station_id=station_id,
        direction="out",
        action=command.wire_action,
        message_id=outgoing.message_id,
        frame=frames.call(outgoing.message_id, command.wire_action, command.request or {}),
        answer=answer,
        result=result,
        latency_ms=elapsed * 1000 if answer else None,
        transaction_id=_transaction_id(command.request or {}),
    )


def _answer_text(frame: CallResult | CallError | None) -> tuple[str, str]:
    if frame is None:
        return "", "no answer"
    if isinstance(frame, CallError):
        return jsontext.dumps((4, frame.message_id, frame.code, frame.description, {})), frame.code
    return frames.call_result(frame.message_id, masked(frame.payload)), OK
