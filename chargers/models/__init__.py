"""Facts about charging stations, one class per fact that has a life of its own, one file per subject."""

from chargers.models.certificates import (
    CertificateAuthority,
    CertificatePolicy,
    CertificateRequest,
    CertificateUse,
    InstalledCertificate,
    RootCertificate,
)
from chargers.models.charging_profiles import ChargingProfile, CompositeSchedule
from chargers.models.commands import Command
from chargers.models.configuration import ConfigurationTemplate
from chargers.models.connections import Presence, Refusal
from chargers.models.connectors import Connector, ConnectorStatus, Evse
from chargers.models.deviations import Deviation
from chargers.models.firmware import FirmwareImage, FirmwareUpdate
from chargers.models.logs import LogRequest, LogType
from chargers.models.messages import Message, QuarantinedFrame
from chargers.models.security import KeyRotation, SecurityEvent
from chargers.models.stations import ChargingStation, Site, check_identity, check_time_zone
from chargers.models.variables import Report, Variable

__all__ = [
    "CertificateAuthority",
    "CertificatePolicy",
    "CertificateRequest",
    "CertificateUse",
    "ChargingProfile",
    "ChargingStation",
    "Command",
    "CompositeSchedule",
    "ConfigurationTemplate",
    "Connector",
    "ConnectorStatus",
    "Deviation",
    "Evse",
    "FirmwareImage",
    "FirmwareUpdate",
    "InstalledCertificate",
    "KeyRotation",
    "LogRequest",
    "LogType",
    "Message",
    "Presence",
    "QuarantinedFrame",
    "Refusal",
    "Report",
    "RootCertificate",
    "SecurityEvent",
    "Site",
    "Variable",
    "check_identity",
    "check_time_zone",
]
