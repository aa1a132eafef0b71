"""The 77 cases of OCPP 1.6 for a central system: their ids, with titles in our own words, by the functional block that they belong to."""

CORE = {
    "TC_001_CSMS": "Cold boot",
    "TC_003_CSMS": "Charging, cable first",
    "TC_004_1_CSMS": "Charging, identification first",
    "TC_004_2_CSMS": "Identification first, the cable never comes",
    "TC_005_1_CSMS": "The vehicle unplugs and ends the session",
    "TC_007_CSMS": "Charging with an id that the station has cached",
    "TC_010_CSMS": "Remote start, cable first",
    "TC_011_1_CSMS": "Remote start before the cable",
    "TC_011_2_CSMS": "Remote start, the cable never comes",
    "TC_012_CSMS": "Remote stop",
    "TC_013_CSMS": "Hard reset",
    "TC_014_CSMS": "Soft reset",
    "TC_017_1_CSMS": "Unlock without a session, socket",
    "TC_017_2_CSMS": "Unlock without a session, fixed cable",
    "TC_018_1_CSMS": "Unlock during a session",
    "TC_019_1_CSMS": "Read all configuration keys",
    "TC_019_2_CSMS": "Read one configuration key",
    "TC_021_CSMS": "Change a configuration key",
    "TC_023_1_CSMS": "Authorize an unknown id",
    "TC_023_2_CSMS": "Authorize an expired id",
    "TC_023_3_CSMS": "Authorize a blocked id",
    "TC_024_CSMS": "The connector's lock fails",
    "TC_026_CSMS": "Remote start is rejected",
    "TC_028_CSMS": "Remote stop is rejected",
    "TC_030_CSMS": "Unlocking fails",
    "TC_031_CSMS": "Unlock a connector that does not exist",
    "TC_032_1_CSMS": "Power failure ends the session",
    "TC_037_1_CSMS": "Started offline with a valid id",
    "TC_037_3_CSMS": "Started offline with an invalid id, which ends it",
    "TC_039_CSMS": "A whole session offline",
    "TC_040_1_CSMS": "Change a configuration key that does not exist",
    "TC_040_2_CSMS": "Change a configuration key to a senseless value",
    "TC_061_CSMS": "Clear the authorization cache",
    "TC_064_CSMS": "Data transfer that nobody knows",
    "TC_088_CSMS": "Subprotocol negotiation",
}
FIRMWARE_MANAGEMENT = {
    "TC_044_1_CSMS": "Firmware is downloaded and installed",
    "TC_044_2_CSMS": "Firmware cannot be downloaded",
    "TC_044_3_CSMS": "Firmware cannot be installed",
    "TC_045_1_CSMS": "Diagnostics are uploaded",
    "TC_045_2_CSMS": "Diagnostics cannot be uploaded",
}
LOCAL_AUTH_LIST_MANAGEMENT = {
    "TC_042_1_CSMS": "Local list version where lists are not supported",
    "TC_042_2_CSMS": "Local list version of an empty list",
    "TC_043_1_CSMS": "Local list is not supported",
    "TC_043_3_CSMS": "Local list update fails",
    "TC_043_4_CSMS": "Full local list",
    "TC_043_5_CSMS": "Differential local list",
}
RESERVATION = {
    "TC_046_CSMS": "Reserved connector is used",
    "TC_047_CSMS": "Reservation of a connector expires",
    "TC_048_1_CSMS": "Reservation answered Faulted",
    "TC_048_2_CSMS": "Reservation answered Occupied",
    "TC_048_3_CSMS": "Reservation answered Unavailable",
    "TC_048_4_CSMS": "Reservation answered Rejected",
    "TC_049_CSMS": "Reserved station is used",
    "TC_051_CSMS": "Reservation is cancelled",
    "TC_052_CSMS": "Cancelling is rejected",
    "TC_053_CSMS": "Reserved connector is used by another id of the group",
}
REMOTE_TRIGGER = {
    "TC_054_CSMS": "Trigger each message",
    "TC_055_CSMS": "A trigger is rejected",
}
SMART_CHARGING = {
    "TC_056_CSMS": "Default profile",
    "TC_057_CSMS": "Profile of the running session",
    "TC_059_CSMS": "Remote start with a profile",
    "TC_066_CSMS": "Composite schedule",
    "TC_067_CSMS": "Clear profiles by id, by criteria and all",
}
SECURITY = {
    "TC_073_CSMS": "Change the password of Basic authentication",
    "TC_074_CSMS": "Renew the station's certificate",
    "TC_075_1_CSMS": "Install a manufacturer's root certificate",
    "TC_075_2_CSMS": "Install a root certificate of the central system",
    "TC_076_CSMS": "Delete a certificate",
    "TC_077_CSMS": "The station refuses its certificate",
    "TC_078_CSMS": "The station refuses a root certificate",
    "TC_079_CSMS": "Security log is uploaded",
    "TC_080_CSMS": "Signed firmware is installed",
    "TC_081_CSMS": "Signed firmware with a bad signature",
    "TC_083_CSMS": "Raise the security profile",
    "TC_085_CSMS": "Basic authentication with the right password",
    "TC_086_CSMS": "TLS with a server certificate",
    "TC_087_CSMS": "TLS with a client certificate",
}
BLOCKS = {
    "Core": CORE,
    "Firmware management": FIRMWARE_MANAGEMENT,
    "Local authorization list": LOCAL_AUTH_LIST_MANAGEMENT,
    "Reservation": RESERVATION,
    "Remote trigger": REMOTE_TRIGGER,
    "Smart charging": SMART_CHARGING,
    "Security": SECURITY,
}
CASES = {case: title for block in BLOCKS.values() for case, title in block.items()}
NOT_EXERCISED: dict[str, str] = {}  # each with the reason
