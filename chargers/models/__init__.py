"""Facts about charging stations, one class per fact that has a life of its own, one file per subject."""

from chargers.models.charging_profiles import ChargingProfile, CompositeSchedule
from chargers.models.commands import Command
from chargers.models.connections import Presence, Refusal
from chargers.models.connectors import Connector, ConnectorStatus, Evse
from chargers.models.deviations import Deviation
from chargers.models.firmware import FirmwareImage, FirmwareUpdate
from chargers.models.logs import LogRequest, LogType
from chargers.models.messages import Message, QuarantinedFrame
from chargers.models.stations import ChargingStation, Site, check_identity, check_time_zone
from chargers.models.variables import Report, Variable

__all__ = [
    "ChargingProfile",
    "ChargingStation",
    "Command",
    "CompositeSchedule",
    "Connector",
    "ConnectorStatus",
    "Deviation",
    "Evse",
    "FirmwareImage",
    "FirmwareUpdate",
    "LogRequest",
    "LogType",
    "Message",
    "Presence",
    "QuarantinedFrame",
    "Refusal",
    "Report",
    "Site",
    "Variable",
    "check_identity",
    "check_time_zone",
]
