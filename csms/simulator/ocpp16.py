"""OCPP 1.6 as a station speaks it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, ClassVar

from csms.simulator.access16 import Access16
from csms.simulator.charging16 import Charging16
from csms.simulator.clock import timestamp
from csms.simulator.configuration16 import READ_WRITE, WRITE_ONLY, Key, keys
from csms.simulator.link import Answer, Payload, Then
from csms.simulator.maintenance16 import Maintenance16
from csms.simulator.model import Connector, Evse, IdToken, Reading, Sample, State, Transaction
from csms.simulator.outbox import Message
from csms.simulator.security16 import Security16
from csms.simulator.wire import Wire, answers

if TYPE_CHECKING:
    from csms.simulator.station import Station

UNKNOWN_TRANSACTION = -1
"""The CSMS never gave this transaction a number (S16-20)."""


class Ocpp16(Access16, Charging16, Maintenance16, Security16, Wire):
    """Core, FirmwareManagement, LocalAuthListManagement, RemoteTrigger, Reservation and SmartCharging of OCPP 1.6J, and the security whitepaper."""

    version = "1.6"
    subprotocol = "ocpp1.6"
    malformed = "FormationViolation"
    decision_field = "idTagInfo"
    known_actions: ClassVar[frozenset[str]] = frozenset(
        """
        CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
        DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics
        GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
        RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
        UnlockConnector UpdateFirmware
        """.split()
    )

    def __init__(self, station: Station) -> None:
        Wire.__init__(self, station)
        Maintenance16.__init__(self)
        Charging16.__init__(self)
        Security16.__init__(self)
        self.configuration = keys(len(station.connectors))

    # What the station says

    def boot(self, reason: str) -> tuple[str, Payload]:
        """Return BootNotification; 1.6 does not tell why."""
        spec = self.station.spec
        serial = spec.serial_number or spec.identity
        return "BootNotification", {
            "chargePointVendor": spec.vendor[:20],
            "chargePointModel": spec.model[:20],
            "chargePointSerialNumber": serial[:25],
            "firmwareVersion": self.station.firmware_version[:50],
            "meterType": "Simulated",
            "meterSerialNumber": f"M-{serial}"[:25],
        }

    def authorize(self, token: IdToken) -> Payload:
        """Return the payload of Authorize."""
        return {"idTag": token.value}

    def announce_station(self) -> None:
        """Report connector 0, the station as a whole."""
        is_operative = any(connector.is_operative for connector in self.station.connectors)
        state = State.AVAILABLE if is_operative else State.UNAVAILABLE
        payload = self._status(0, state, None)
        self._put(Message("StatusNotification", lambda: payload, is_kept_offline=False))

    def announce(self, evse: Evse, connector: Connector) -> None:
        """Report a connector whose state or error changed."""
        now = (evse.state(connector), connector.fault)
        if now == connector.announced:
            return
        connector.announced = now
        payload = self._status(connector.number, *now)

        def arrived(_answer: Payload) -> None:
            connector.reported = now

        self._put(Message("StatusNotification", lambda: payload, arrived, is_kept_offline=False))

    def begin(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Queue StartTransaction; its answer gives the number under which the CSMS knows the transaction."""
        payload = {
            "connectorId": transaction.connector.number,
            "idTag": transaction.token.value,
            "meterStart": _whole_wh(transaction.meter_start_wh),
            "timestamp": timestamp(transaction.started_at),
        }
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id

        def answered(answer: Payload) -> None:
            transaction.number = int(answer["transactionId"])
            self.station.tell("numbered", f"transaction {transaction.number} is known to the CSMS")
            self.station.sessions.decide(evse, transaction, answer)

        self._put(Message("StartTransaction", lambda: payload, answered))

    def update(self, evse: Evse, transaction: Transaction, trigger: str) -> None:
        """Queue MeterValues for a periodic reading; other changes are told by StatusNotification."""
        if trigger != "MeterValuePeriodic":
            return
        reading = self._read(evse, "Sample.Periodic")
        self._put(Message("MeterValues", lambda: _meter_values(transaction, reading), is_sample=True))

    def end(self, evse: Evse, transaction: Transaction) -> None:
        """Queue StopTransaction with the first and the last reading."""
        assert transaction.ended_at is not None
        assert transaction.meter_stop_wh is not None
        self.forget_profiles_of(transaction)
        last = evse.read(transaction.ended_at, "Transaction.End", self.station.settings.ended_measurands)
        payload: Payload = {
            "meterStop": _whole_wh(transaction.meter_stop_wh),
            "timestamp": timestamp(transaction.ended_at),
            "reason": transaction.stop_reason,
            "transactionData": [_meter_value(transaction.begin), _meter_value(last)],
        }
        if transaction.stop_token is not None:
            payload["idTag"] = transaction.stop_token.value
        self._put(Message("StopTransaction", lambda: {"transactionId": _number(transaction), **payload}))

    def _put(self, message: Message) -> None:
        self.station.uplink.outbox.put(message)

    def _read(self, evse: Evse, context: str) -> Reading:
        now = self.station.clock.now()
        evse.advance(now)
        return evse.read(now, context, self.station.settings.sampled_measurands)

    def _status(self, number: int, state: State, fault: str | None) -> Payload:
        moment = timestamp(self.station.clock.now())
        return {
            "connectorId": number,
            "status": str(state),
            "errorCode": fault or "NoError",
            "timestamp": moment,
        }

    # What the CSMS asks for

    def _at(self, number: int) -> tuple[Evse, Connector] | None:
        pairs = ((evse, connector) for evse in self.station.evses for connector in evse.connectors)
        return next((pair for pair in pairs if pair[1].number == number), None)

    def _first_free(self) -> tuple[Evse, Connector] | None:
        free = (evse for evse in self.station.evses if evse.is_free and not evse.is_finished)
        return next(((evse, evse.usable_connector) for evse in free if evse.usable_connector), None)

    @answers("RemoteStartTransaction")
    def remote_start(self, payload: Payload) -> Answer:
        """Begin a transaction if the connector can take one."""
        token = IdToken(str(payload["idTag"]))
        place = self._at(int(payload["connectorId"])) if "connectorId" in payload else self._first_free()
        if place is None or not place[0].can_begin(place[1]) or not self.station.is_accepted:
            return Answer({"status": "Rejected"})
        evse, connector = place
        if not self.station.sessions.reservations.is_open_to(evse, token):
            return Answer({"status": "Rejected"})
        brought = payload.get("chargingProfile")
        limit = self.profile(connector.number, brought) if brought else None

        async def start() -> None:
            await self.station.sessions.start_remotely(evse, connector, token)
            if limit is not None:
                self.limit_transaction_of(evse, limit)

        return Answer({"status": "Accepted"}, start)

    @answers("RemoteStopTransaction")
    def remote_stop(self, payload: Payload) -> Answer:
        """End a running transaction."""
        transaction = self.station.transaction(str(int(payload["transactionId"])))
        if transaction is None:
            return Answer({"status": "Rejected"})
        return Answer({"status": "Accepted"}, self._stopping(transaction, "Remote", "RemoteStop"))

    def _stopping(self, transaction: Transaction, reason: str, trigger: str) -> Then:
        async def stop() -> None:
            evse = self.station.evse(transaction.evse_id)
            if evse is not None and evse.transaction is transaction:
                self.station.sessions.end(evse, reason, trigger)

        return stop

    @answers("Reset")
    def reset(self, payload: Payload) -> Answer:
        """Stop everything and reboot (S16-32)."""
        is_soft = {"Soft": True, "Hard": False}[payload["type"]]
        reason = "SoftReset" if is_soft else "HardReset"
        station = self.station
        return Answer(
            {"status": "Accepted"},
            lambda: station.reset(reason, "ResetCommand", "RemoteReset", is_graceful=is_soft),
        )

    @answers("UnlockConnector")
    def unlock(self, payload: Payload) -> Answer:
        """Open the lock; a running transaction ends. An unknown connector is NotSupported."""
        place = self._at(int(payload["connectorId"]))
        if place is None:
            return Answer({"status": "NotSupported"})
        transaction = place[0].transaction
        if transaction is None or transaction.connector is not place[1]:
            return Answer({"status": "Unlocked"})
        return Answer({"status": "Unlocked"}, self._stopping(transaction, "UnlockCommand", "UnlockCommand"))

    @answers("ChangeAvailability")
    def change_availability(self, payload: Payload) -> Answer:
        """Take a connector, or with 0 the station, out of service or back."""
        is_operative = {"Operative": True, "Inoperative": False}[payload["type"]]
        number = int(payload["connectorId"])
        connectors = [each for each in self.station.connectors if number in (0, each.number)]
        if not connectors:
            return Answer({"status": "Rejected"})
        is_done = self.station.change_availability(connectors, is_operative=is_operative)

        async def announce() -> None:
            if number == 0:
                self.announce_station()
            self.station.announce()

        return Answer({"status": "Accepted" if is_done else "Scheduled"}, announce)

    @answers("TriggerMessage")
    def trigger(self, payload: Payload) -> Answer:
        """Send a message again, for one connector or for all."""
        number = payload.get("connectorId")
        if number is not None and self._at(int(number)) is None and int(number) != 0:
            return Answer({"status": "Rejected"})
        then = self._triggered(str(payload["requestedMessage"]), int(number or 0))
        return Answer({"status": "Accepted"}, then) if then else Answer({"status": "NotImplemented"})

    @answers("ExtendedTriggerMessage")
    def extended_trigger(self, payload: Payload) -> Answer:
        """As TriggerMessage, with two messages of the security whitepaper."""
        match payload["requestedMessage"]:
            case "SignChargePointCertificate":
                return Answer({"status": "Accepted"}, self.ask_for_certificate)
            case "LogStatusNotification" as message:
                status = {"status": self.log_status}
                return Answer({"status": "Accepted"}, lambda: self.station.say(message, status))
        return self.trigger(payload)

    def _triggered(self, message: str, number: int) -> Then | None:
        station = self.station
        match message:
            case "BootNotification":
                return self._boot_again
            case "Heartbeat":
                return lambda: station.say("Heartbeat", {})
            case "DiagnosticsStatusNotification":
                return lambda: station.say(message, {"status": self.log_status})
            case "FirmwareStatusNotification":
                return lambda: station.say(message, {"status": self.firmware_status})
            case "StatusNotification":
                return lambda: self._report_again(number)
            case "MeterValues":
                return lambda: self._read_again(number)
        return None

    async def _boot_again(self) -> None:
        if not self.station.is_accepted:
            self.station.uplink.boot_now.set()
            return
        await self.station.say(*self.boot("Triggered"))

    async def _report_again(self, number: int) -> None:
        if number == 0:
            self.announce_station()
        for connector in self.station.connectors:
            if number in (0, connector.number):
                connector.announced = None
        self.station.announce()

    async def _read_again(self, number: int) -> None:
        for evse in self.station.evses:
            connector = evse.connector_in_use or evse.connectors[0]
            if number in (0, *(each.number for each in evse.connectors)):
                reading = self._read(evse, "Trigger")
                here = evse.transaction and _meter_values(evse.transaction, reading)
                idle = {"connectorId": connector.number, "meterValue": [_meter_value(reading)]}
                await self.station.say("MeterValues", here or idle)

    @answers("GetConfiguration")
    def get_configuration(self, payload: Payload) -> Answer:
        """Show the configuration keys asked for, or all (S16-34)."""
        asked = payload.get("key") or [key.name for key in self.configuration.values()]
        found = [self.configuration[name.lower()] for name in asked if name.lower() in self.configuration]
        unknown = [name for name in asked if name.lower() not in self.configuration]
        answer: Payload = {"configurationKey": [self._show(key) for key in found]}
        return Answer({**answer, "unknownKey": unknown} if unknown else answer)

    def _show(self, key: Key) -> Payload:
        shown: Payload = {"key": key.name, "readonly": key.access == "R"}
        if key.access != WRITE_ONLY:
            shown["value"] = self.station.settings.text(key.setting) if key.setting else key.value
        return shown

    @answers("ChangeConfiguration")
    def change_configuration(self, payload: Payload) -> Answer:
        """Change a key; what is bound to it changes at once."""
        key = self.configuration.get(str(payload["key"]).lower())
        if key is None:
            return Answer({"status": "NotSupported"})
        if key.access not in (READ_WRITE, WRITE_ONLY):
            return Answer({"status": "Rejected"})
        try:
            self._change(key, str(payload["value"]))
        except ValueError:
            return Answer({"status": "Rejected"})
        return Answer({"status": "Accepted"}, self._use_new_key if key.setting == "password" else None)

    async def _use_new_key(self) -> None:
        """Come again with the new key (S16-60)."""
        self.tell_security("ReconfigurationOfSecurityParameters", "AuthorizationKey")
        await self.station.uplink.close()

    def _change(self, key: Key, value: str) -> None:
        if key.setting is None:
            key.value = value
            return
        # The key is hexadecimal and the station authenticates with its bytes (T-91).
        text = bytes.fromhex(value).decode(errors="surrogateescape") if key.setting == "password" else value
        self.station.settings.change(key.setting, text)
        self.station.uplink.interval_changed.set()

    @answers("DataTransfer")
    def data_transfer(self, payload: Payload) -> Answer:
        """Know no vendor."""
        return Answer({"status": "UnknownVendorId"})


def _whole_wh(register_wh: Decimal) -> int:
    return int(register_wh.to_integral_value(ROUND_FLOOR))


def _number(transaction: Transaction) -> int:
    return UNKNOWN_TRANSACTION if transaction.number is None else transaction.number


def _meter_values(transaction: Transaction, reading: Reading) -> Payload:
    payload: Payload = {"connectorId": transaction.connector.number, "meterValue": [_meter_value(reading)]}
    return payload if transaction.number is None else {**payload, "transactionId": transaction.number}


def _meter_value(reading: Reading) -> Payload:
    samples = [_sampled_value(sample, reading.context) for sample in reading.samples]
    return {"timestamp": timestamp(reading.taken_at), "sampledValue": samples}


def _sampled_value(sample: Sample, context: str) -> Payload:
    # Whole watt-hours, as in meterStart and meterStop: the last sample must not lie above the stop.
    shown = _whole_wh(sample.value) if sample.unit == "Wh" else sample.value
    value: Payload = {"value": str(shown), "context": context, "measurand": sample.measurand}
    optional = {"phase": sample.phase, "location": sample.location, "unit": sample.unit}
    return value | {name: text for name, text in optional.items() if text is not None}
