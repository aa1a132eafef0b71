"""Core: configuration keys."""

from typing import Any

from tests.conformance.bench import Bench, ChargePoint, Order, Payload, each_way

KEYS = [
    {"key": "MeterValueSampleInterval", "readonly": False, "value": "30"},
    {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
    {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core,RemoteTrigger"},
    {"key": "VendorsOwn", "readonly": False},
]


def variable(name: str, **more: Any) -> Payload:
    """A configuration key in the words of OCPP 2.0.1."""
    return {"component": {"name": "Configuration"}, "variable": {"name": name}} | more


async def changes(point: ChargePoint, key: str, value: str, answer: str, *, exact: bool) -> Order:
    """Change a key, which the charge point answers."""
    if exact:
        return await point.passes_on("ChangeConfiguration", {"key": key, "value": value}, {"status": answer})
    wanted = {"setVariableData": [variable(key, attributeValue=value)]}
    order = await point.is_told("SetVariables", wanted, {"status": answer})
    assert order.said == ("ChangeConfiguration", {"key": key, "value": value})
    return order


@each_way
async def test_tc_019_1_csms_all_keys_are_read_and_shown(bench: Bench, *, exact: bool) -> None:
    action, payload = (
        ("GetConfiguration", {}) if exact else ("GetBaseReport", {"reportBase": "FullInventory"})
    )
    async with bench.booted() as point:
        order = await point.is_told(action, payload, {"configurationKey": KEYS}, exact=exact)
        rows = await point.api.rows("stations/CP-1/variables/")

    assert order.said == ("GetConfiguration", {})
    assert {(row["name"], row["value"], row["mutability"]) for row in rows} == {
        ("MeterValueSampleInterval", "30", "ReadWrite"),
        ("NumberOfConnectors", "2", "ReadOnly"),
        ("SupportedFeatureProfiles", "Core,RemoteTrigger", "ReadOnly"),
        ("VendorsOwn", None, "ReadWrite"),
    }


@each_way
async def test_tc_019_2_csms_exactly_one_key_is_read(bench: Bench, *, exact: bool) -> None:
    unified = ("GetVariables", {"getVariableData": [variable("SupportedFeatureProfiles")]})
    action, payload = ("GetConfiguration", {"key": ["SupportedFeatureProfiles"]}) if exact else unified
    async with bench.booted() as point:
        order = await point.is_told(action, payload, {"configurationKey": KEYS[2:3]}, exact=exact)

        assert order.said == ("GetConfiguration", {"key": ["SupportedFeatureProfiles"]})
        assert (await point.variable("SupportedFeatureProfiles"))["value"] == "Core,RemoteTrigger"


@each_way
async def test_tc_021_csms_a_key_is_changed(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await point.passes_on("GetConfiguration", {}, {"configurationKey": KEYS})
        order = await changes(point, "MeterValueSampleInterval", "60", "Accepted", exact=exact)

        assert order.status == "accepted"
        assert (await point.variable("MeterValueSampleInterval"))["desired_value"] == "60"
        assert await point.is_left_alone()


@each_way
async def test_tc_040_1_csms_a_key_that_does_not_exist_is_shown_as_such(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await changes(point, "NoSuchKey", "1", "NotSupported", exact=exact)

        assert (order.status, order.command["response"]) == ("rejected", {"status": "NotSupported"})
        assert await point.api.rows("stations/CP-1/variables/", name="NoSuchKey") == []


@each_way
async def test_tc_040_2_csms_a_senseless_value_can_be_sent_and_is_rejected(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        await point.passes_on("GetConfiguration", {}, {"configurationKey": KEYS})
        order = await changes(point, "MeterValueSampleInterval", "-1", "Rejected", exact=exact)

        assert (order.status, order.command["response"]) == ("rejected", {"status": "Rejected"})
        assert (await point.variable("MeterValueSampleInterval"))["value"] == "30"
