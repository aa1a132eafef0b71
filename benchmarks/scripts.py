"""What a station says, as generators: each step is a call and the check of its answer, which comes back by `send`.

The payloads are encoded once; a step only fills in ids, times and registers, so that no message repeats another.
"""

import itertools
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

Answer = dict[str, Any]
UPDATES = 10
PER_SESSION = UPDATES + 3


class Step(NamedTuple):
    """A call, and whether its answer is right."""

    action: bytes
    payload: bytes
    is_right: Callable[[Answer], bool]


Script = Generator[Step, Answer, None]
GoesOn = Callable[[], bool]
Make = Callable[["Speaker", GoesOn], Script]


class Speaker:
    """What a script needs to know about its station."""

    def __init__(self, token: str, times: list[bytes]) -> None:
        self.token = token.encode()
        self.times: Iterator[bytes] = itertools.cycle(times)
        self.sessions = itertools.count()
        self.run = times[0].translate(None, b"-:.TZ")


def times(count: int = 40_000) -> list[bytes]:
    """Moments of the last minutes, each once."""
    start = datetime.now(UTC) - timedelta(minutes=10)
    moments = (start + timedelta(milliseconds=10 * number) for number in range(count))
    return [moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode() for moment in moments]


# --- checks


def is_empty(answer: Answer) -> bool:
    """The answer to what is only recorded."""
    return answer == {}


def has_time(answer: Answer) -> bool:
    """The answer to a Heartbeat."""
    return type(answer.get("currentTime")) is str


def is_accepted(answer: Answer) -> bool:
    """The answer to a BootNotification."""
    return answer.get("status") == "Accepted"


def lets_charge_16(answer: Answer) -> bool:
    """The answer to Authorize and StopTransaction of OCPP 1.6."""
    return bool(answer["idTagInfo"]["status"] == "Accepted")


def began_16(answer: Answer) -> bool:
    """The answer to StartTransaction."""
    return type(answer["transactionId"]) is int and lets_charge_16(answer)


def lets_charge_201(answer: Answer) -> bool:
    """The answer to Authorize and to an event with an id token of OCPP 2.0.1."""
    return bool(answer["idTokenInfo"]["status"] == "Accepted")


# --- both versions


def heartbeats(speaker: Speaker, goes_on: GoesOn) -> Script:
    """Nothing but heartbeats."""
    step = Step(b"Heartbeat", b"{}", has_time)
    while goes_on():
        yield step


# --- OCPP 1.6

BOOT_16 = b'{"chargePointVendor":"Bench","chargePointModel":"B16"}'
AUTHORIZE_16 = b'{"idTag":"%b"}'
START_16 = b'{"connectorId":1,"idTag":"%b","meterStart":%d,"timestamp":"%b"}'
STOP_16 = b'{"transactionId":%d,"idTag":"%b","meterStop":%d,"timestamp":"%b","reason":"Local"}'
METER_VALUES_16 = (
    b'{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%b","sampledValue":['
    b'{"value":"%d","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    b'{"value":"7360.5","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"},'
    b'{"value":"16.0","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","unit":"A"},'
    b'{"value":"230.1","context":"Sample.Periodic","measurand":"Voltage","phase":"L1","unit":"V"}]}]}'
)


def boot_16(speaker: Speaker, goes_on: GoesOn) -> Script:
    """Say who it is."""
    yield Step(b"BootNotification", BOOT_16, is_accepted)


def _begin_16(speaker: Speaker, register: int) -> Generator[Step, Answer, int]:
    payload = START_16 % (speaker.token, register, next(speaker.times))
    answer = yield Step(b"StartTransaction", payload, began_16)
    return int(answer.get("transactionId", 0))


def _sample_16(speaker: Speaker, transaction_id: int, register: int) -> Step:
    return Step(b"MeterValues", METER_VALUES_16 % (transaction_id, next(speaker.times), register), is_empty)


def _end_16(speaker: Speaker, transaction_id: int, register: int) -> Step:
    payload = STOP_16 % (transaction_id, speaker.token, register, next(speaker.times))
    return Step(b"StopTransaction", payload, lets_charge_16)


def sessions_16(speaker: Speaker, goes_on: GoesOn) -> Script:
    """One charging session after the other."""
    while goes_on():
        register = 1_000_000 + 1_000 * next(speaker.sessions)
        yield Step(b"Authorize", AUTHORIZE_16 % speaker.token, lets_charge_16)
        transaction_id = yield from _begin_16(speaker, register)
        for number in range(1, UPDATES + 1):
            yield _sample_16(speaker, transaction_id, register + 20 * number)
        yield _end_16(speaker, transaction_id, register + 20 * UPDATES + 5)


def meter_values_16(speaker: Speaker, goes_on: GoesOn) -> Script:
    """Meter values of one long session."""
    register = 1_000_000
    transaction_id = yield from _begin_16(speaker, register)
    while goes_on():
        register += 20
        yield _sample_16(speaker, transaction_id, register)
    yield _end_16(speaker, transaction_id, register)


# --- OCPP 2.0.1

BOOT_201 = b'{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"B201"}}'
TOKEN_201 = b'{"idToken":"%b","type":"ISO14443"}'
EVENT_201 = (
    b'{"eventType":"%b","timestamp":"%b","triggerReason":"%b","seqNo":%d,"transactionInfo":{"transactionId":"%b",'
    b'"chargingState":"%b"},"evse":{"id":1,"connectorId":1}%b}'
)
REGISTER_201 = b',"meterValue":[{"timestamp":"%b","sampledValue":[{"value":%d,"context":"%b","measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}}]}]'
SAMPLES_201 = (
    b',"meterValue":[{"timestamp":"%b","sampledValue":['
    b'{"value":%d,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}},'
    b'{"value":7360.5,"context":"Sample.Periodic","measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}},'
    b'{"value":16.0,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","unitOfMeasure":{"unit":"A"}},'
    b'{"value":230.1,"context":"Sample.Periodic","measurand":"Voltage","phase":"L1","unitOfMeasure":{"unit":"V"}}]}]'
)


def boot_201(speaker: Speaker, goes_on: GoesOn) -> Script:
    """Say who it is."""
    yield Step(b"BootNotification", BOOT_201, is_accepted)


def _edge_201(speaker: Speaker, kind: bytes, name: bytes, number: int, register: int) -> Step:
    """The first or the last event of a transaction: with the id token and one register."""
    is_start, time = kind == b"Started", next(speaker.times)
    context = b"Transaction.Begin" if is_start else b"Transaction.End"
    token = b',"idToken":' + TOKEN_201 % speaker.token
    rest = token + REGISTER_201 % (time, register, context)
    reason, state = (b"Authorized", b"Charging") if is_start else (b"StopAuthorized", b"EVConnected")
    return Step(
        b"TransactionEvent", EVENT_201 % (kind, time, reason, number, name, state, rest), lets_charge_201
    )


def _update_201(speaker: Speaker, name: bytes, number: int, register: int) -> Step:
    time = next(speaker.times)
    rest = SAMPLES_201 % (time, register)
    payload = EVENT_201 % (b"Updated", time, b"MeterValuePeriodic", number, name, b"Charging", rest)
    return Step(b"TransactionEvent", payload, is_empty)


def sessions_201(speaker: Speaker, goes_on: GoesOn) -> Script:
    """One charging session after the other."""
    while goes_on():
        session = next(speaker.sessions)
        register, name = 1_000_000 + 1_000 * session, b"%b-%d" % (speaker.run, session)
        yield Step(b"Authorize", b'{"idToken":' + TOKEN_201 % speaker.token + b"}", lets_charge_201)
        yield _edge_201(speaker, b"Started", name, 0, register)
        for number in range(1, UPDATES + 1):
            yield _update_201(speaker, name, number, register + 20 * number)
        yield _edge_201(speaker, b"Ended", name, UPDATES + 1, register + 20 * UPDATES + 5)
