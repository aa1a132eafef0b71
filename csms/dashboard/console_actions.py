"""What an operator means by each action: intents in groups, for the picker of the console. No version is named; an action without words stands last."""

from dataclasses import dataclass
from typing import Any, Final

# Group, then action and intent.
GROUPS: Final[dict[str, dict[str, str]]] = {
    "Charging": {
        "RemoteStartTransaction": "Start charging",
        "RequestStartTransaction": "Start charging",
        "RemoteStopTransaction": "Stop charging",
        "RequestStopTransaction": "Stop charging",
        "UnlockConnector": "Unlock a connector",
        "GetTransactionStatus": "Ask whether a session is running",
        "CostUpdated": "Tell the running cost",
        "RequestBatterySwap": "Ask for a battery swap",
        "NotifyAllowedEnergyTransfer": "Tell which energy transfer is allowed",
    },
    "Availability and state": {
        "ChangeAvailability": "Take it out of service, or back",
        "Reset": "Restart it",
        "TriggerMessage": "Make it send a message",
        "ExtendedTriggerMessage": "Make it send a message, with the security ones",
    },
    "Settings": {
        "GetConfiguration": "Read settings",
        "ChangeConfiguration": "Change a setting",
        "GetVariables": "Read variables",
        "SetVariables": "Set variables",
        "GetBaseReport": "Ask for a report of everything",
        "GetReport": "Ask for a report of some variables",
        "SetNetworkProfile": "Change how it connects",
    },
    "Id tokens and reservations": {
        "ClearCache": "Clear its cache of id tokens",
        "SendLocalList": "Send the local list",
        "GetLocalListVersion": "Ask for the version of the local list",
        "ReserveNow": "Reserve a connector",
        "CancelReservation": "Cancel a reservation",
    },
    "Smart charging": {
        "SetChargingProfile": "Install a charging profile",
        "ClearChargingProfile": "Clear charging profiles",
        "GetChargingProfiles": "Ask for its charging profiles",
        "GetCompositeSchedule": "Ask for the schedule that holds",
        "UpdateDynamicSchedule": "Update a dynamic schedule",
        "UsePriorityCharging": "Switch priority charging",
        "AFRRSignal": "Send a signal of frequency restoration",
        "SetDERControl": "Set a control of distributed energy",
        "GetDERControl": "Ask for controls of distributed energy",
        "ClearDERControl": "Clear controls of distributed energy",
    },
    "Firmware and logs": {
        "UpdateFirmware": "Update the firmware",
        "SignedUpdateFirmware": "Update the firmware, signed",
        "PublishFirmware": "Publish firmware in its local network",
        "UnpublishFirmware": "Publish firmware no longer",
        "GetDiagnostics": "Ask for diagnostics",
        "GetLog": "Ask for a log",
    },
    "Certificates and privacy": {
        "InstallCertificate": "Install a root certificate",
        "DeleteCertificate": "Delete a certificate",
        "GetInstalledCertificateIds": "Ask which certificates it has",
        "CertificateSigned": "Hand over a signed certificate",
        "CustomerInformation": "Ask for, or clear, what it holds about a customer",
    },
    "Monitoring": {
        "SetMonitoringBase": "Choose what is monitored",
        "SetMonitoringLevel": "Choose which events are reported",
        "SetVariableMonitoring": "Monitor variables",
        "ClearVariableMonitoring": "Monitor variables no longer",
        "GetMonitoringReport": "Ask what is monitored",
        "AdjustPeriodicEventStream": "Adjust a stream of events",
        "GetPeriodicEventStream": "Ask for its streams of events",
    },
    "Displays and tariffs": {
        "SetDisplayMessage": "Show a message",
        "GetDisplayMessages": "Ask which messages it shows",
        "ClearDisplayMessage": "Show a message no longer",
        "SetDefaultTariff": "Set the default tariff",
        "GetTariffs": "Ask for its tariffs",
        "ClearTariffs": "Clear tariffs",
        "ChangeTransactionTariff": "Change the tariff of a session",
        "NotifyWebPaymentStarted": "Tell that a payment has begun",
    },
    "The manufacturer's own": {"DataTransfer": "Send data that only its manufacturer knows"},
}
_OTHERS: Final = "Others"
_GRAVE: Final = frozenset(
    {
        *("UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware", "DeleteCertificate"),
        *("SetNetworkProfile", "CustomerInformation"),
    }
)
_GRAVE_RESETS: Final = frozenset({"Hard", "Immediate"})


@dataclass(frozen=True, slots=True)
class Intent:
    """One action as the picker shows it."""

    action: str
    meaning: str


def groups(actions: frozenset[str], wanted: str = "") -> list[tuple[str, list[Intent]]]:
    """The actions by intent; with `wanted` only those whose name or intent has the text in it. Empty groups are left out."""
    named = {action for group in GROUPS.values() for action in group}
    every = GROUPS | {_OTHERS: {action: action for action in sorted(actions - named)}}
    found = [
        (title, [Intent(*each) for each in group.items() if each[0] in actions and _has(each, wanted)])
        for title, group in every.items()
    ]
    return [(title, intents) for title, intents in found if intents]


def meaning(action: str) -> str:
    """What the action is for, in an operator's words; its name where it has none."""
    return next((group[action] for group in GROUPS.values() if action in group), action)


def is_grave(action: str, payload: dict[str, Any]) -> bool:
    """Whether it may interrupt charging, or cannot be taken back: the operator types the identity of the station."""
    return action in _GRAVE or (action == "Reset" and payload.get("type") in _GRAVE_RESETS)


def _has(words: tuple[str, str], wanted: str) -> bool:
    return all(part in " ".join(words).lower() for part in wanted.lower().split())
