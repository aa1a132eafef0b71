"""Which security events a station must push at once, version by version: the lists differ. Any other event is kept, too. Source: security whitepaper, appendices v1.3 and v2.0."""

from typing import Final

_EVERYWHERE: Final = frozenset(
    """
    FirmwareUpdated SettingSystemTime StartupOfTheDevice ResetOrReboot SecurityLogWasCleared MemoryExhaustion
    TamperDetectionActivated
    """.split()
)
_FROM_201: Final = frozenset(
    """
    InvalidCsmsCertificate InvalidChargingStationCertificate InvalidTLSVersion InvalidTLSCipherSuite
    MaintenanceLoginAccepted MaintenanceLoginFailed
    """.split()
)
_FROM_21: Final = frozenset(
    "InvalidFirmwareSignature InvalidFirmwareSigningCertificate DiscardedRenewedClientCertificate".split()
)
CRITICAL: Final = {
    "1.6": _EVERYWHERE,
    "2.0.1": _EVERYWHERE | _FROM_201,
    "2.1": _EVERYWHERE | _FROM_201 | _FROM_21,
}


def is_critical(version: str, event: str) -> bool:
    """Whether the version says so."""
    return event in CRITICAL[version]
