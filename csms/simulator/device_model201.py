"""The device model of a 2.0.1 station: its components and variables, as a table with a few live rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csms.simulator.link import Payload

if TYPE_CHECKING:
    from csms.simulator.model import Connector, Evse, State
    from csms.simulator.station import Station

READ_ONLY, WRITE_ONLY, READ_WRITE = "ReadOnly", "WriteOnly", "ReadWrite"


@dataclass(slots=True)
class Variable:
    """A variable of a component. Its value stands here, in a setting, or is read from the station."""

    component: str
    name: str
    data_type: str
    mutability: str
    value: str = ""
    setting: str | None = None
    read: Callable[[], str] | None = None
    unit: str | None = None
    instance: str | None = None
    values: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what identifies it; names and instances are compared without case (S2-02)."""
        instance = self.instance.lower() if self.instance else None
        return (self.component.lower(), self.evse_id, self.connector_id, self.name.lower(), instance)

    def component_payload(self) -> Payload:
        """Return the component as the wire writes it."""
        if self.evse_id is None:
            return {"name": self.component}
        connector = {} if self.connector_id is None else {"connectorId": self.connector_id}
        return {"name": self.component, "evse": {"id": self.evse_id, **connector}}

    def variable_payload(self) -> Payload:
        """Return the variable's name as the wire writes it."""
        return (
            {"name": self.name} if self.instance is None else {"name": self.name, "instance": self.instance}
        )

    def report(self, shown: str | None) -> Payload:
        """Return one row of a report; `shown` is the value, None where it must not be read."""
        value = {} if shown is None else {"value": shown}
        optional = {"unit": self.unit, "valuesList": self.values}
        return {
            "component": self.component_payload(),
            "variable": self.variable_payload(),
            "variableAttribute": [{**value, "mutability": self.mutability}],
            "variableCharacteristics": {
                **{name: text for name, text in optional.items() if text is not None},
                "dataType": self.data_type,
                "supportsMonitoring": False,
            },
        }


# component, variable, data type, mutability, value
_FREE = """
AlignedDataCtrlr       Enabled                        boolean      ReadWrite  false
AlignedDataCtrlr       Interval                       integer      ReadWrite  900
AlignedDataCtrlr       Measurands                     MemberList   ReadWrite  Energy.Active.Import.Register
AlignedDataCtrlr       TxEndedInterval                integer      ReadWrite  0
AuthCacheCtrlr         Enabled                        boolean      ReadWrite  true
AuthCacheCtrlr         LifeTime                       integer      ReadWrite  86400
AuthCtrlr              Enabled                        boolean      ReadWrite  true
AuthCtrlr              LocalPreAuthorize              boolean      ReadWrite  false
ClockCtrlr             TimeSource                     SequenceList ReadWrite  Heartbeat
ClockCtrlr             TimeZone                       string       ReadWrite  Europe/Berlin
DeviceDataCtrlr        BytesPerMessage/GetReport      integer      ReadOnly   65000
DeviceDataCtrlr        BytesPerMessage/GetVariables   integer      ReadOnly   65000
DeviceDataCtrlr        BytesPerMessage/SetVariables   integer      ReadOnly   65000
DeviceDataCtrlr        ItemsPerMessage/GetReport      integer      ReadOnly   50
DeviceDataCtrlr        ItemsPerMessage/GetVariables   integer      ReadOnly   50
DeviceDataCtrlr        ItemsPerMessage/SetVariables   integer      ReadOnly   50
LocalAuthListCtrlr     Available                      boolean      ReadOnly   false
MonitoringCtrlr        Available                      boolean      ReadOnly   false
OCPPCommCtrlr          FileTransferProtocols          MemberList   ReadOnly   HTTPS
OCPPCommCtrlr          MessageTimeout/Default         integer      ReadOnly   30
OCPPCommCtrlr          NetworkConfigurationPriority   SequenceList ReadWrite  1
OCPPCommCtrlr          NetworkProfileConnectionAttempts integer    ReadWrite  3
OCPPCommCtrlr          OfflineThreshold               integer      ReadWrite  60
OCPPCommCtrlr          QueueAllMessages               boolean      ReadWrite  false
OCPPCommCtrlr          ResetRetries                   integer      ReadWrite  1
OCPPCommCtrlr          RetryBackOffRandomRange        integer      ReadWrite  2
OCPPCommCtrlr          RetryBackOffRepeatTimes        integer      ReadWrite  5
OCPPCommCtrlr          RetryBackOffWaitMinimum        integer      ReadWrite  2
OCPPCommCtrlr          UnlockOnEVSideDisconnect       boolean      ReadWrite  true
ReservationCtrlr       Available                      boolean      ReadOnly   false
SampledDataCtrlr       Available                      boolean      ReadOnly   true
SampledDataCtrlr       Enabled                        boolean      ReadWrite  true
SampledDataCtrlr       TxEndedInterval                integer      ReadWrite  0
SecurityCtrlr          CertificateEntries             integer      ReadOnly   0
SecurityCtrlr          OrganizationName               string       ReadWrite  Simulated
SecurityCtrlr          SecurityProfile                integer      ReadOnly   1
SmartChargingCtrlr     Available                      boolean      ReadOnly   false
TariffCostCtrlr        Available/Cost                 boolean      ReadOnly   false
TariffCostCtrlr        Available/Tariff               boolean      ReadOnly   false
TxCtrlr                MaxEnergyOnInvalidId           integer      ReadWrite  0
TxCtrlr                StopTxOnEVSideDisconnect       boolean      ReadOnly   true
TxCtrlr                TxBeforeAcceptedEnabled        boolean      ReadWrite  false
TxCtrlr                TxStartPoint                   MemberList   ReadOnly   PowerPathClosed
TxCtrlr                TxStopPoint                    MemberList   ReadOnly   PowerPathClosed
"""
# component, variable, data type, mutability, setting
_BOUND = """
AuthCtrlr              AuthorizeRemoteStart           boolean      ReadWrite  is_remote_start_authorized
AuthCtrlr              LocalAuthorizeOffline          boolean      ReadWrite  is_local_authorization_offline
AuthCtrlr              OfflineTxForUnknownIdEnabled   boolean      ReadWrite  is_unknown_id_accepted_offline
OCPPCommCtrlr          HeartbeatInterval              integer      ReadWrite  heartbeat_interval_s
OCPPCommCtrlr          MessageAttempts/TransactionEvent integer    ReadWrite  message_attempts
OCPPCommCtrlr          MessageAttemptInterval/TransactionEvent integer ReadWrite message_retry_interval_s
OCPPCommCtrlr          WebSocketPingInterval          integer      ReadWrite  websocket_ping_interval_s
SampledDataCtrlr       TxEndedMeasurands              MemberList   ReadWrite  ended_measurands
SampledDataCtrlr       TxStartedMeasurands            MemberList   ReadWrite  ended_measurands
SampledDataCtrlr       TxUpdatedInterval              integer      ReadWrite  sample_interval_s
SampledDataCtrlr       TxUpdatedMeasurands            MemberList   ReadWrite  sampled_measurands
SecurityCtrlr          BasicAuthPassword              string       WriteOnly  password
TxCtrlr                EVConnectionTimeOut            integer      ReadWrite  connection_timeout_s
TxCtrlr                StopTxOnInvalidId              boolean      ReadWrite  is_invalid_id_stopped
"""
_UNITS = {"interval": "s", "timeout": "s", "lifetime": "s", "threshold": "s"}
_STATES = "Available,Occupied,Reserved,Unavailable,Faulted"


def build(station: Station, availability: Callable[[State], str]) -> dict[tuple[object, ...], Variable]:
    """Make the device model of a station, by key; `availability` says a state in the words of 2.0.1."""
    every = [*_rows(_FREE, "value"), *_rows(_BOUND, "setting"), *_physical(station, availability)]
    return {variable.key: variable for variable in every}


def _rows(table: str, last: str) -> Iterator[Variable]:
    for line in table.strip().splitlines():
        component, name, data_type, mutability, text = line.split(maxsplit=4)
        name, _, instance = name.partition("/")
        unit = next((unit for ending, unit in _UNITS.items() if name.lower().endswith(ending)), None)
        row = Variable(component, name, data_type, mutability, unit=unit, instance=instance or None)
        setattr(row, last, text.strip())
        yield row


def _physical(station: Station, availability: Callable[[State], str]) -> Iterator[Variable]:
    spec = station.spec
    yield Variable("SecurityCtrlr", "Identity", "string", READ_ONLY, spec.identity)
    yield Variable("ChargingStation", "VendorName", "string", READ_ONLY, spec.vendor)
    yield Variable("ChargingStation", "Model", "string", READ_ONLY, spec.model)
    yield Variable(
        "ChargingStation", "SerialNumber", "string", READ_ONLY, spec.serial_number or spec.identity
    )
    yield Variable("ChargingStation", "FirmwareVersion", "string", READ_ONLY, spec.firmware_version)
    yield Variable("ChargingStation", "Available", "boolean", READ_ONLY, "true")
    yield _state(
        Variable("ChargingStation", "AvailabilityState", "OptionList", READ_ONLY), lambda: _whole(station)
    )
    for evse in station.evses:
        yield from _evse(evse, availability)


def _whole(station: Station) -> str:
    return "Available" if any(connector.is_operative for connector in station.connectors) else "Unavailable"


def _state(variable: Variable, read: Callable[[], str]) -> Variable:
    variable.read, variable.values = read, _STATES
    return variable


def _evse(evse: Evse, availability: Callable[[State], str]) -> Iterator[Variable]:
    first = evse.connectors[0]
    rows = [
        Variable("EVSE", "Available", "boolean", READ_ONLY, "true"),
        Variable("EVSE", "Power", "decimal", READ_ONLY, unit="W", read=lambda: str(evse.power_w)),
        Variable("EVSE", "PowerMax", "decimal", READ_ONLY, str(evse.spec.max_power_w), unit="W"),
        Variable("EVSE", "SupplyPhases", "integer", READ_ONLY, "0" if evse.is_dc else "3"),
        _state(
            Variable("EVSE", "AvailabilityState", "OptionList", READ_ONLY),
            lambda: availability(evse.state(evse.connector_in_use or first)),
        ),
    ]
    for connector in evse.connectors:
        rows += _connector(evse, connector, availability)
    for row in rows:
        row.evse_id = evse.id
    yield from rows


def _connector(evse: Evse, connector: Connector, availability: Callable[[State], str]) -> Iterator[Variable]:
    rows = (
        Variable("Connector", "Available", "boolean", READ_ONLY, "true"),
        Variable("Connector", "ConnectorType", "string", READ_ONLY, "cCCS2" if evse.is_dc else "sType2"),
        _state(
            Variable("Connector", "AvailabilityState", "OptionList", READ_ONLY),
            lambda: availability(evse.state(connector)),
        ),
    )
    for row in rows:
        row.connector_id = connector.id
        yield row
