"""OCPP 2.0.1 as a station speaks it: boot, states, transactions and the commands about them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from csms.simulator.clock import timestamp
from csms.simulator.link import Answer, Payload, Then
from csms.simulator.model import Connector, Evse, IdToken, Reading, Sample, State, Transaction
from csms.simulator.outbox import Message
from csms.simulator.variables201 import DeviceModel
from csms.simulator.wire import answers

if TYPE_CHECKING:
    from csms.simulator.station import Station

AVAILABILITY = {
    State.AVAILABLE: "Available",
    State.UNAVAILABLE: "Unavailable",
    State.FAULTED: "Faulted",
}
CHARGING_STATE = {
    State.PREPARING: "EVConnected",
    State.CHARGING: "Charging",
    State.SUSPENDED_EV: "SuspendedEV",
    State.SUSPENDED_EVSE: "SuspendedEVSE",
}


def availability(state: State) -> str:
    """Say a state in the five words of 2.0.1: whatever a car or a driver does is Occupied."""
    return AVAILABILITY.get(state, "Occupied")


class Ocpp201(DeviceModel):
    """The core of OCPP 2.0.1. A later version inherits this and replaces what differs."""

    version = "2.0.1"
    subprotocol = "ocpp2.0.1"
    malformed = "FormatViolation"
    decision_field = "idTokenInfo"
    known_actions: ClassVar[frozenset[str]] = frozenset(
        """
        CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage
        ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer DeleteCertificate
        GetBaseReport GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds
        GetLocalListVersion GetLog GetMonitoringReport GetReport GetTransactionStatus GetVariables
        InstallCertificate PublishFirmware RequestStartTransaction RequestStopTransaction ReserveNow Reset
        SendLocalList SetChargingProfile SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile
        SetVariableMonitoring SetVariables TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware
        """.split()
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.build_model(availability)

    # What the station says

    def boot(self, reason: str) -> tuple[str, Payload]:
        """Return BootNotification with its reason."""
        spec = self.station.spec
        station = {
            "vendorName": spec.vendor[:50],
            "model": spec.model[:20],
            "serialNumber": (spec.serial_number or spec.identity)[:25],
            "firmwareVersion": self.station.firmware_version[:50],
        }
        return "BootNotification", {"reason": reason, "chargingStation": station}

    def authorize(self, token: IdToken) -> Payload:
        """Return the payload of Authorize."""
        return {"idToken": _id_token(token)}

    def announce_station(self) -> None:
        """Say nothing: the state of the whole stands in the device model (S2-40)."""

    def announce(self, evse: Evse, connector: Connector) -> None:
        """Report a connector whose availability changed."""
        now = (evse.state(connector), connector.fault)
        is_news = connector.announced is None or availability(connector.announced[0]) != availability(now[0])
        connector.announced = now
        if not is_news:
            return
        payload = self._status(evse, connector)

        def arrived(_answer: Payload) -> None:
            connector.reported = now

        self._put(Message("StatusNotification", lambda: payload, arrived, is_kept_offline=False))

    def begin(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Queue Started with the id token, the place and the first reading."""
        payload = self._event("Started", transaction, trigger, [transaction.begin])
        payload["evse"] = {"id": evse.id, "connectorId": transaction.connector.id}
        payload["idToken"] = _id_token(transaction.token)
        if transaction.remote_start_id is not None:
            payload["transactionInfo"]["remoteStartId"] = transaction.remote_start_id
        decide = self.station.sessions.decide
        self._put(
            Message("TransactionEvent", lambda: payload, lambda answer: decide(evse, transaction, answer))
        )

    def update(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Queue Updated with a reading."""
        context = "Trigger" if trigger == "Trigger" else "Sample.Periodic"
        reading = self._read(evse, context)
        payload = self._event("Updated", transaction, trigger, [reading])
        is_sample = trigger == "MeterValuePeriodic"
        decide = self.station.sessions.decide
        self._put(
            Message(
                "TransactionEvent",
                lambda: payload,
                lambda answer: decide(evse, transaction, answer),
                is_sample=is_sample,
            )
        )

    def end(self, evse: Evse, transaction: Transaction) -> None:
        """Queue Ended with the reason and the last reading."""
        assert transaction.ended_at is not None
        last = evse.read(transaction.ended_at, "Transaction.End", self.station.settings.ended_measurands)
        payload = self._event("Ended", transaction, str(transaction.stop_trigger), [last])
        is_gone = transaction.stop_reason == "EVDisconnected"
        payload["transactionInfo"] |= {
            "stoppedReason": transaction.stop_reason,
            "chargingState": "Idle" if is_gone else "EVConnected",
        }
        if transaction.stop_token is not None:
            payload["idToken"] = _id_token(transaction.stop_token)
        self._put(Message("TransactionEvent", lambda: payload))

    def _event(self, kind: str, transaction: Transaction, trigger: str, readings: list[Reading]) -> Payload:
        payload: Payload = {
            "eventType": kind,
            "timestamp": timestamp(readings[-1].taken_at),
            "triggerReason": trigger,
            "seqNo": transaction.next_seq_no(),
            "transactionInfo": {
                "transactionId": transaction.id,
                "chargingState": CHARGING_STATE[transaction.state],
            },
            "meterValue": [meter_value(reading) for reading in readings],
        }
        return payload if self.station.uplink.ready.is_set() else {**payload, "offline": True}

    def _status(self, evse: Evse, connector: Connector) -> Payload:
        return {
            "timestamp": timestamp(self.station.clock.now()),
            "connectorStatus": availability(evse.state(connector)),
            "evseId": evse.id,
            "connectorId": connector.id,
        }

    def _put(self, message: Message) -> None:
        self.station.uplink.outbox.put(message)

    def _read(self, evse: Evse, context: str) -> Reading:
        now = self.station.clock.now()
        evse.advance(now)
        return evse.read(now, context, self.station.settings.sampled_measurands)

    # What the CSMS asks for

    @answers("RequestStartTransaction")
    def request_start(self, payload: Payload) -> Answer:
        """Begin a transaction if an EVSE can take one."""
        token = IdToken(str(payload["idToken"]["idToken"]), str(payload["idToken"]["type"]))
        remote_start_id = int(payload["remoteStartId"])
        evse = self._startable(payload.get("evseId"))
        connector = evse.usable_connector if evse else None
        if evse is None or connector is None or not self.station.is_accepted:
            return _refused("TxInProgress")
        start = self.station.sessions.start_remotely
        return Answer({"status": "Accepted"}, lambda: start(evse, connector, token, remote_start_id))

    def _startable(self, evse_id: int | None) -> Evse | None:
        candidates = [each for each in self.station.evses if evse_id in (None, each.id)]
        return next((each for each in candidates if each.is_free), None)

    @answers("RequestStopTransaction")
    def request_stop(self, payload: Payload) -> Answer:
        """End a running transaction."""
        transaction = self.station.transaction(str(payload["transactionId"]))
        if transaction is None:
            return _refused("TxNotFound")

        async def stop() -> None:
            evse = self.station.evse(transaction.evse_id)
            if evse is not None and evse.transaction is transaction:
                self.station.sessions.end(evse, "Remote", "RemoteStop")

        return Answer({"status": "Accepted"}, stop)

    @answers("GetTransactionStatus")
    def transaction_status(self, payload: Payload) -> Answer:
        """Say whether a transaction goes on and whether its messages wait here (S2-26)."""
        waiting = self.station.uplink.outbox.holds_transaction_messages
        if "transactionId" not in payload:
            return Answer({"messagesInQueue": waiting})
        is_ongoing = self.station.transaction(str(payload["transactionId"])) is not None
        return Answer({"ongoingIndicator": is_ongoing, "messagesInQueue": waiting})

    @answers("Reset")
    def reset(self, payload: Payload) -> Answer:
        """Reboot the station or one EVSE, now or when no car charges (S2-08)."""
        is_immediate = {"Immediate": True, "OnIdle": False}[payload["type"]]
        if "evseId" in payload:
            return self._reset_evse(self.station.evse(int(payload["evseId"])), is_immediate=is_immediate)
        if self.station.transactions and not is_immediate:
            self.station.reset_when_idle = "ScheduledReset"
            return Answer({"status": "Scheduled"})
        reset = self.station.reset
        return Answer(
            {"status": "Accepted"},
            lambda: reset("ImmediateReset", "ResetCommand", "RemoteReset", is_graceful=True),
        )

    def _reset_evse(self, evse: Evse | None, *, is_immediate: bool) -> Answer:
        if evse is None:
            return _refused("UnknownEvse")
        if evse.transaction is not None and not is_immediate:
            return _refused("TxInProgress")

        async def end() -> None:
            self.station.sessions.end(evse, "ImmediateReset", "ResetCommand")

        return Answer({"status": "Accepted"}, end)

    @answers("UnlockConnector")
    def unlock(self, payload: Payload) -> Answer:
        """Open the lock unless somebody charges there."""
        evse = self.station.evse(int(payload["evseId"]))
        if evse is None or not _connectors(evse, int(payload["connectorId"])):
            return Answer({"status": "UnknownConnector"})
        transaction = evse.transaction
        is_charging = transaction is not None and transaction.connector.id == payload["connectorId"]
        return Answer({"status": "OngoingAuthorizedTransaction" if is_charging else "Unlocked"})

    @answers("ChangeAvailability")
    def change_availability(self, payload: Payload) -> Answer:
        """Take the station, an EVSE or a connector out of service or back (S2-42)."""
        is_operative = {"Operative": True, "Inoperative": False}[payload["operationalStatus"]]
        connectors = self._addressed(payload.get("evse"))
        if not connectors:
            return _refused("UnknownConnectorId")
        is_done = self.station.change_availability(connectors, is_operative=is_operative)

        async def announce() -> None:
            self.station.announce()

        return Answer({"status": "Accepted" if is_done else "Scheduled"}, announce)

    def _addressed(self, place: Payload | None) -> list[Connector]:
        if place is None:
            return self.station.connectors
        evse = self.station.evse(int(place["id"]))
        return _connectors(evse, place.get("connectorId")) if evse else []

    @answers("TriggerMessage")
    def trigger(self, payload: Payload) -> Answer:
        """Send a message again, for one EVSE or for all."""
        place: Payload = payload.get("evse", {})
        message = str(payload["requestedMessage"])
        evses = [each for each in self.station.evses if place.get("id") in (None, each.id)]
        is_booted = message == "BootNotification" and self.station.is_accepted
        if not evses or is_booted or (message == "StatusNotification" and "connectorId" not in place):
            return _refused("UnsupportedRequest" if evses else "UnknownEvse")
        then = self._triggered(message, evses, place.get("connectorId"))
        return Answer({"status": "Accepted"}, then) if then else Answer({"status": "NotImplemented"})

    def _triggered(self, message: str, evses: list[Evse], connector_id: int | None) -> Then | None:
        station = self.station
        match message:
            case "BootNotification":
                return self._boot_again
            case "Heartbeat":
                return lambda: station.say("Heartbeat", {})
            case "FirmwareStatusNotification" | "LogStatusNotification":
                return lambda: station.say(message, {"status": "Idle"})
            case "StatusNotification":
                return lambda: self._report_again(evses[0], connector_id)
            case "MeterValues":
                return lambda: self._read_again(evses)
            case "TransactionEvent":
                return lambda: self._update_again(evses)
        return None

    async def _boot_again(self) -> None:
        self.station.uplink.boot_now.set()

    async def _report_again(self, evse: Evse, connector_id: int | None) -> None:
        for connector in _connectors(evse, connector_id):
            await self.station.say("StatusNotification", self._status(evse, connector))

    async def _read_again(self, evses: list[Evse]) -> None:
        for evse in evses:
            reading = meter_value(self._read(evse, "Trigger"))
            await self.station.say("MeterValues", {"evseId": evse.id, "meterValue": [reading]})

    async def _update_again(self, evses: list[Evse]) -> None:
        for evse in evses:
            if evse.transaction is not None:
                self.update(evse, evse.transaction, "Trigger")

    @answers("ClearCache")
    def clear_cache(self, payload: Payload) -> Answer:
        """Forget the id tokens seen."""
        self.station.sessions.known_tokens.clear()
        return Answer({"status": "Accepted"})

    @answers("DataTransfer")
    def data_transfer(self, payload: Payload) -> Answer:
        """Know no vendor."""
        return Answer({"status": "UnknownVendorId"})


def meter_value(reading: Reading) -> Payload:
    """Write a reading."""
    samples = [_sampled_value(sample, reading.context) for sample in reading.samples]
    return {"timestamp": timestamp(reading.taken_at), "sampledValue": samples}


def _sampled_value(sample: Sample, context: str) -> Payload:
    value: Payload = {"value": _number(sample.value), "context": context, "measurand": sample.measurand}
    optional = {"phase": sample.phase, "location": sample.location}
    value |= {name: text for name, text in optional.items() if text is not None}
    return value | {"unitOfMeasure": {"unit": sample.unit}}


def _number(value: Decimal) -> int | float:
    """Turn a value into a JSON number; with at most 15 digits its shortest text is the same number."""
    return int(value) if value == value.to_integral_value() else float(value)


def _id_token(token: IdToken) -> Payload:
    return {"idToken": token.value, "type": token.type}


def _connectors(evse: Evse, connector_id: int | None) -> list[Connector]:
    return [each for each in evse.connectors if connector_id in (None, each.id)]


def _refused(reason: str) -> Answer:
    return Answer({"status": "Rejected", "statusInfo": {"reasonCode": reason}})
