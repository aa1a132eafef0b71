"""The schemas of the three versions, and what their violations are called."""

import json
from copy import deepcopy
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from csms.ocpp import errors, jsontext, schemas
from csms.ocpp.errors import OcppError
from csms.vocabulary import schemas as vocabulary

VERSIONS = ("1.6", "2.0.1", "2.1")

STATUS_16 = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
STATUS_2 = {
    "timestamp": "2026-11-22T10:00:00Z",
    "connectorStatus": "Available",
    "evseId": 1,
    "connectorId": 1,
}
METER_VALUES = {
    "connectorId": 1,
    "meterValue": [{"timestamp": "2026-11-22T10:00:00Z", "sampledValue": [{"value": "1"}]}],
}
METER_VALUES_2 = {
    "evseId": 1,
    "meterValue": [{"timestamp": "2026-11-22T10:00:00Z", "sampledValue": [{"value": 1.5}]}],
}
TRANSACTION_EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-11-22T10:00:00Z",
    "triggerReason": "Trigger",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "t"},
}


def changed(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the payload with one value set, at a path such as `meterValue.0.sampledValue`."""
    payload = deepcopy(payload)
    *parents, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = payload
    for step in parents:
        place = place[step]
    place[last] = value
    return payload


def without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def refusal(version: str, action: str, payload: dict[str, Any]) -> OcppError:
    with pytest.raises(OcppError) as caught:
        schemas.check_request(version, action, payload)
    return caught.value


MISSING, TYPE, VALUE, SURPLUS = (
    "OccurrenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
    "FormatViolation",
)

# The field rows of the bad-input catalogue.
TABLE: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("1.6", "BootNotification", {}, MISSING, "payload lacks"),
    ("1.6", "BootNotification", without(BOOT, "chargePointModel"), MISSING, "payload lacks chargePointModel"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", "1"), TYPE, "connectorId"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", True), TYPE, "connectorId"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", 1.5), TYPE, "connectorId"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", Decimal("1.0")), TYPE, "connectorId"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", Decimal("1E+2")), TYPE, "connectorId"),
    ("1.6", "StatusNotification", changed(STATUS_16, "connectorId", -1), VALUE, "connectorId is less than 0"),
    ("1.6", "StatusNotification", changed(STATUS_16, "status", "Broken"), VALUE, "status is none of"),
    ("1.6", "StatusNotification", changed(STATUS_16, "status", None), TYPE, "status is not of type string"),
    ("1.6", "BootNotification", changed(BOOT, "chargePointModel", "x" * 21), VALUE, "longer than 20"),
    ("1.6", "BootNotification", BOOT | {"surplus": 1}, SURPLUS, "payload must not have surplus"),
    ("1.6", "BootNotification", BOOT | {"customData": {"vendorId": "x"}}, SURPLUS, "customData"),
    (
        "1.6",
        "MeterValues",
        changed(METER_VALUES, "meterValue.0.sampledValue.0", {"value": 7}),
        TYPE,
        "meterValue[0].sampledValue[0].value is not of type string",
    ),
    ("2.0.1", "BootNotification", without(BOOT_2, "reason"), MISSING, "payload lacks reason"),
    (
        "2.0.1",
        "BootNotification",
        changed(BOOT_2, "chargingStation", {"model": "M"}),
        MISSING,
        "chargingStation lacks vendorName",
    ),
    ("2.0.1", "MeterValues", changed(METER_VALUES_2, "meterValue", []), MISSING, "fewer than 1 items"),
    ("2.0.1", "GetVariables", {"getVariableData": []}, MISSING, "getVariableData has fewer than 1"),
    (
        "2.1",
        "RequestStartTransaction",
        {
            "idToken": {"idToken": "x", "type": "ISO14443"},
            "remoteStartId": 1,
            "chargingProfile": {
                "id": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": [
                    {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0}]}
                ]
                * 4,
            },
        },
        MISSING,
        "chargingProfile.chargingSchedule has more than 3 items",
    ),
    ("2.0.1", "StatusNotification", changed(STATUS_2, "evseId", "1"), TYPE, "evseId"),
    ("2.0.1", "StatusNotification", changed(STATUS_2, "evseId", -1), VALUE, "evseId is less than 0"),
    ("2.1", "StatusNotification", changed(STATUS_2, "evseId", -1), VALUE, "evseId is less than 0"),
    ("2.0.1", "TransactionEvent", changed(TRANSACTION_EVENT, "seqNo", 1e2), TYPE, "seqNo"),
    ("2.0.1", "TransactionEvent", changed(TRANSACTION_EVENT, "eventType", "Paused"), VALUE, "eventType"),
    ("2.1", "SetMonitoringLevel", {"severity": "0"}, TYPE, "severity"),
    ("2.1", "BootNotification", BOOT_2 | {"surplus": 1}, SURPLUS, "payload must not have surplus"),
    ("2.1", "BootNotification", BOOT_2 | {"customData": {}}, MISSING, "customData lacks vendorId"),
]


@pytest.mark.parametrize(("version", "action", "payload", "code", "words"), TABLE)
def test_each_defect_has_its_code_and_names_its_place(
    version: str, action: str, payload: dict[str, Any], code: str, words: str
) -> None:
    error = refusal(version, action, payload)
    assert error.code == code
    assert words in error.description


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ("1.6", "Heartbeat", {}),
        ("1.6", "BootNotification", BOOT),
        ("1.6", "StatusNotification", STATUS_16),
        ("1.6", "MeterValues", METER_VALUES),
        ("1.6", "MeterValues", changed(METER_VALUES, "connectorId", -1)),
        ("2.0.1", "BootNotification", BOOT_2),
        ("2.0.1", "BootNotification", BOOT_2 | {"customData": {"vendorId": "x", "more": [{"a": None}]}}),
        ("2.1", "StatusNotification", STATUS_2),
        ("2.0.1", "MeterValues", METER_VALUES_2),
        (
            "2.0.1",
            "MeterValues",
            changed(METER_VALUES_2, "meterValue.0.sampledValue.0.value", Decimal("1.50")),
        ),
        ("2.1", "TransactionEvent", TRANSACTION_EVENT),
        ("2.0.1", "DataTransfer", {"vendorId": "x", "data": [1, {"a": None}]}),
    ],
)
def test_what_the_specification_allows_passes(version: str, action: str, payload: dict[str, Any]) -> None:
    schemas.check_request(version, action, payload)


def test_an_answer_is_checked_like_a_request() -> None:
    schemas.check_response("1.6", "Authorize", {"idTagInfo": {"status": "Accepted"}})
    with pytest.raises(OcppError) as caught:
        schemas.check_response("1.6", "Authorize", {"idTagInfo": {"status": "Perhaps"}})
    assert (caught.value.code, caught.value.description) == (
        "PropertyConstraintViolation",
        "idTagInfo.status is none of the allowed values",
    )


@pytest.mark.parametrize(
    "action", ["Foo", "heartbeat", "Heartbeat ", "constructor", "__class__", "", "../v16/schemas/Heartbeat"]
)
def test_an_unknown_action_is_not_implemented(action: str) -> None:
    for version in VERSIONS:
        assert refusal(version, action, {}).code == "NotImplemented"
        with pytest.raises(OcppError, match="NotImplemented"):
            schemas.check_response(version, action, {})
        with pytest.raises(KeyError):
            vocabulary.request_schema(version, action)


def test_invented_actions_leave_nothing_behind() -> None:
    before = schemas._request_validator.cache_info().currsize
    for number in range(100):
        assert schemas.request_validator("2.1", f"Invented{number}") is None
    assert schemas._request_validator.cache_info().currsize == before


def test_an_action_of_another_version_is_unknown() -> None:
    assert refusal("2.0.1", "StartTransaction", {}).code == "NotImplemented"
    assert refusal("1.6", "TransactionEvent", {}).code == "NotImplemented"
    assert refusal("2.0.1", "BatterySwap", {}).code == "NotImplemented"


def test_of_several_defects_the_gravest_is_answered() -> None:
    assert refusal("1.6", "BootNotification", {"chargePointVendor": 1, "surplus": 1}).code == TYPE
    assert refusal("1.6", "BootNotification", {"chargePointVendor": "x" * 99, "surplus": 1}).code == MISSING
    assert refusal("1.6", "BootNotification", BOOT | {"chargePointModel": "x" * 99, "y": 1}).code == VALUE


def test_all_violations_of_a_payload_can_be_looked_at() -> None:
    validator = schemas.request_validator("1.6", "MeterValues")
    assert validator is not None
    sample = {"value": "1", "unit": "Amp", "phase": "L9"}
    found = schemas.violations(validator, changed(METER_VALUES, "meterValue.0.sampledValue", [sample]))
    assert {violation.path for violation in found} == {
        ("meterValue", 0, "sampledValue", 0, "unit"),
        ("meterValue", 0, "sampledValue", 0, "phase"),
    }
    assert {violation.keyword for violation in found} == {"enum"}


def test_a_description_is_short_and_never_quotes_values() -> None:
    secret = "hunter2" * 100
    for payload in (
        BOOT | {"chargePointModel": secret},
        BOOT | {"x" * 5_000: secret},
        {"chargePointModel": [secret], "chargePointVendor": secret},
    ):
        description = refusal("1.6", "BootNotification", payload).description
        assert len(description) <= 255
        assert "hunter2" not in description


def shipped(version: str) -> set[str]:
    """Return the names of the schema files that come with the package, without `.json`."""
    package = find_spec("ocpp")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / f"v{version.replace('.', '')}" / "schemas"
    return {file.stem for file in folder.glob("*.json")}


@pytest.mark.parametrize(("version", "files"), [("1.6", 78), ("2.0.1", 128), ("2.1", 181)])
def test_the_tables_of_actions_name_every_schema_that_is_shipped(version: str, files: int) -> None:
    request = "" if version == "1.6" else "Request"
    known = schemas.actions_from_station(version) | schemas.actions_to_station(version)
    unanswered = {"NotifyPeriodicEventStream"} & known
    names = {f"{action}{request}" for action in known - unanswered}
    names |= {f"{action}Response" for action in known - unanswered} | unanswered
    assert names == shipped(version)
    assert len(names) == files


@pytest.mark.parametrize(
    ("version", "from_station", "to_station"), [("1.6", 14, 26), ("2.0.1", 25, 40), ("2.1", 37, 55)]
)
def test_only_data_transfer_travels_in_both_directions(
    version: str, from_station: int, to_station: int
) -> None:
    sent, received = schemas.actions_from_station(version), schemas.actions_to_station(version)
    assert (len(sent), len(received)) == (from_station, to_station)
    assert sent & received == {"DataTransfer"}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_schema_compiles_and_only_the_send_has_no_answer(version: str) -> None:
    for action in schemas.actions_from_station(version) | schemas.actions_to_station(version):
        assert schemas.request_validator(version, action) is not None
        answered = schemas.response_validator(version, action) is not None
        assert answered is (action != "NotifyPeriodicEventStream")
        assert vocabulary.request_schema(version, action)["type"] == "object"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_keyword_of_the_schemas_has_a_code(version: str) -> None:
    known = {
        *("type", "required", "minItems", "maxItems", "enum", "maxLength", "minimum", "maximum"),
        *("multipleOf", "additionalProperties"),
    }
    silent = {"format", "$ref", "properties", "definitions", "items", "additionalItems", "default"}
    silent |= {"description", "javaType", "title", "comment", "$schema"}
    used: set[str] = set()

    def collect(schema: dict[str, Any]) -> None:
        used.update(schema)
        for named in ("properties", "definitions"):
            for inner in schema.get(named, {}).values():
                collect(inner)
        if "items" in schema:
            collect(schema["items"])

    for action in schemas.actions_from_station(version) | schemas.actions_to_station(version):
        collect(vocabulary.request_schema(version, action))
    assert used <= known | silent


class TestMendedSchemas:
    def stop(self, **more: Any) -> dict[str, Any]:
        return {"transactionId": 1, "meterStop": 1, "timestamp": "2026-11-22T10:00:00Z", **more}

    def test_a_frequency_may_end_a_transaction_of_16(self) -> None:
        sample = {"value": "50", "measurand": "Frequency", "unit": "Hertz"}
        schemas.check_request(
            "1.6",
            "StopTransaction",
            self.stop(transactionData=[{"timestamp": "x", "sampledValue": [sample]}]),
        )

    def test_a_transaction_of_16_ends_without_a_reason(self) -> None:
        schemas.check_request("1.6", "StopTransaction", self.stop())

    def test_a_stream_of_21_is_found_under_its_own_file_name(self) -> None:
        payload = {
            "id": 1,
            "pending": 0,
            "basetime": "2026-11-22T10:00:00Z",
            "data": [{"t": 0, "v": "1"}],
        }
        schemas.check_request("2.1", "NotifyPeriodicEventStream", payload)
        assert refusal("2.1", "NotifyPeriodicEventStream", {"id": 1}).code == MISSING

    def test_multiples_of_a_tenth_are_counted_in_decimals(self) -> None:
        for tenths in range(0, 5_000, 7):
            self.check_limit(tenths / 10)
            self.check_limit(Decimal(tenths) / 10)
        with pytest.raises(OcppError, match="multiple"):
            self.check_limit(Decimal("8.15"))

    def check_limit(self, limit: float | Decimal) -> None:
        schedule = {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        }
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": schedule,
        }
        schemas.check_request("1.6", "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})


def names_21(schema: dict[str, Any]) -> set[str]:
    inner = [*schema.get("definitions", {}).values(), schema]
    return {name for part in inner for name in part.get("properties", {})}


def test_every_property_name_of_21_survives_the_way_out_and_in() -> None:
    actions = schemas.actions_from_station("2.1") | schemas.actions_to_station("2.1")
    names = set().union(*(names_21(vocabulary.request_schema("2.1", action)) for action in actions))
    assert {"limit_L2", "setpoint_L3", "prioritizedEMAIDs", "receiptUrl"} <= names
    payload = dict.fromkeys(sorted(names), 1)
    assert jsontext.loads(jsontext.dumps(payload)) == payload
    assert json.loads(jsontext.dumps(payload)) == payload


def test_an_invented_error_code_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="FormationViolation"):
        OcppError("FormationViolation")
    assert str(OcppError("InternalError")) == "InternalError"
    assert OcppError("InternalError", message_id="x").message_id == "x"


def test_the_spelling_of_16_is_understood_and_the_rest_left_alone() -> None:
    for code in errors.CODES - {"RpcFrameworkError", "MessageTypeNotSupported"}:
        assert errors.canonical(errors.spelling(code, "1.6")) == code
        assert errors.spelling(code, "2.1") == code
    assert errors.canonical("Whatever") == "Whatever"
