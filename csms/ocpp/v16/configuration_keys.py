"""Variables of OCPP 2.x that OCPP 1.6 has as configuration keys of another name. Every other variable's name is taken as the key."""

KEYS = {
    ("ocppcommctrlr", "heartbeatinterval"): "HeartbeatInterval",
    ("ocppcommctrlr", "websocketpinginterval"): "WebSocketPingInterval",
    ("ocppcommctrlr", "messageattempts"): "TransactionMessageAttempts",
    ("ocppcommctrlr", "messageattemptinterval"): "TransactionMessageRetryInterval",
    ("ocppcommctrlr", "resetretries"): "ResetRetries",
    ("authctrlr", "authorizeremotestart"): "AuthorizeRemoteTxRequests",
    ("authctrlr", "localauthorizeoffline"): "LocalAuthorizeOffline",
    ("authctrlr", "localpreauthorize"): "LocalPreAuthorize",
    ("authctrlr", "offlinetxforunknownidenabled"): "AllowOfflineTxForUnknownId",
    ("authcachectrlr", "enabled"): "AuthorizationCacheEnabled",
    ("localauthlistctrlr", "enabled"): "LocalAuthListEnabled",
    ("localauthlistctrlr", "entries"): "LocalAuthListMaxLength",
    ("localauthlistctrlr", "itemspermessage"): "SendLocalListMaxLength",
    ("txctrlr", "evconnectiontimeout"): "ConnectionTimeOut",
    ("txctrlr", "stoptxoninvalidid"): "StopTransactionOnInvalidId",
    ("txctrlr", "stoptxonevsidedisconnect"): "StopTransactionOnEVSideDisconnect",
    ("txctrlr", "maxenergyoninvalidid"): "MaxEnergyOnInvalidId",
    ("sampleddatactrlr", "txupdatedinterval"): "MeterValueSampleInterval",
    ("sampleddatactrlr", "txupdatedmeasurands"): "MeterValuesSampledData",
    ("sampleddatactrlr", "txendedmeasurands"): "StopTxnSampledData",
    ("aligneddatactrlr", "interval"): "ClockAlignedDataInterval",
    ("aligneddatactrlr", "measurands"): "MeterValuesAlignedData",
    ("aligneddatactrlr", "txendedmeasurands"): "StopTxnAlignedData",
    ("securityctrlr", "basicauthpassword"): "AuthorizationKey",
    ("securityctrlr", "organizationname"): "CpoName",
    ("securityctrlr", "securityprofile"): "SecurityProfile",
}


def key_of(component: str, variable: str) -> str:
    """The configuration key that a variable of the unified model means."""
    return KEYS.get((component.lower(), variable.lower()), variable)
