"""The configuration keys of a 1.6 station: what they hold, who may change them, what they are bound to."""

from dataclasses import dataclass

READ_ONLY, WRITE_ONLY, READ_WRITE = "R", "W", "RW"


@dataclass(slots=True)
class Key:
    """A configuration key; one with a `setting` shows and changes what the station does."""

    name: str
    access: str
    value: str = ""
    setting: str | None = None


_BOUND = (
    ("AllowOfflineTxForUnknownId", "is_unknown_id_accepted_offline"),
    ("AuthorizeRemoteTxRequests", "is_remote_start_authorized"),
    ("ConnectionTimeOut", "connection_timeout_s"),
    ("HeartbeatInterval", "heartbeat_interval_s"),
    ("LocalAuthListEnabled", "is_local_list_enabled"),
    ("LocalAuthorizeOffline", "is_local_authorization_offline"),
    ("LocalPreAuthorize", "is_locally_preauthorized"),
    ("MeterValuesSampledData", "sampled_measurands"),
    ("MeterValueSampleInterval", "sample_interval_s"),
    ("StopTransactionOnInvalidId", "is_invalid_id_stopped"),
    ("StopTxnSampledData", "ended_measurands"),
    ("TransactionMessageAttempts", "message_attempts"),
    ("TransactionMessageRetryInterval", "message_retry_interval_s"),
    ("WebSocketPingInterval", "websocket_ping_interval_s"),
)
_FREE = (
    ("AuthorizationCacheEnabled", READ_WRITE, "true"),
    ("BlinkRepeat", READ_WRITE, "3"),
    ("ChargeProfileMaxStackLevel", READ_ONLY, "9"),
    ("ChargingScheduleAllowedChargingRateUnit", READ_ONLY, "Current,Power"),
    ("ChargingScheduleMaxPeriods", READ_ONLY, "24"),
    ("ClockAlignedDataInterval", READ_WRITE, "0"),
    ("ConnectorPhaseRotation", READ_WRITE, "0.RST"),
    ("ConnectorPhaseRotationMaxLength", READ_ONLY, "10"),
    ("ConnectorSwitch3to1PhaseSupported", READ_ONLY, "false"),
    ("GetConfigurationMaxKeys", READ_ONLY, "50"),
    ("LightIntensity", READ_WRITE, "80"),
    ("LocalAuthListMaxLength", READ_ONLY, "1000"),
    ("MaxChargingProfilesInstalled", READ_ONLY, "20"),
    ("MaxEnergyOnInvalidId", READ_WRITE, "0"),
    ("MeterValuesAlignedData", READ_WRITE, ""),
    ("MeterValuesAlignedDataMaxLength", READ_ONLY, "10"),
    ("MeterValuesSampledDataMaxLength", READ_ONLY, "10"),
    ("MinimumStatusDuration", READ_WRITE, "0"),
    ("ReserveConnectorZeroSupported", READ_ONLY, "true"),
    ("ResetRetries", READ_WRITE, "1"),
    ("SendLocalListMaxLength", READ_ONLY, "100"),
    ("StopTransactionOnEVSideDisconnect", READ_ONLY, "true"),
    ("StopTxnAlignedData", READ_WRITE, ""),
    ("StopTxnAlignedDataMaxLength", READ_ONLY, "10"),
    ("StopTxnSampledDataMaxLength", READ_ONLY, "10"),
    (
        "SupportedFeatureProfiles",
        READ_ONLY,
        "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging",
    ),
    ("SupportedFeatureProfilesMaxLength", READ_ONLY, "10"),
    ("UnlockConnectorOnEVSideDisconnect", READ_WRITE, "true"),
    ("CertificateSignedMaxChainSize", READ_ONLY, "10000"),
    ("CertificateStoreMaxLength", READ_ONLY, "10"),
    ("CpoName", READ_WRITE, ""),
    ("SecurityProfile", READ_ONLY, "1"),
)


def keys(number_of_connectors: int) -> dict[str, Key]:
    """Make a station's configuration, by lower-cased name.

    Source: OCPP 1.6 edition 2, section 9; security whitepaper.
    """
    every = [Key(name, READ_WRITE, setting=setting) for name, setting in _BOUND]
    every += [Key(*row) for row in _FREE]
    every.append(Key("NumberOfConnectors", READ_ONLY, str(number_of_connectors)))
    every.append(Key("AuthorizationKey", WRITE_ONLY, setting="password"))
    return {key.name.lower(): key for key in sorted(every, key=lambda key: key.name)}
