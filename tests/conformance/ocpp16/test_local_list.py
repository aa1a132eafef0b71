"""Local authorization list: its version, full and differential updates, and what a charge point may answer."""

from tests.conformance.bench import (
    ACCEPTED,
    CARD,
    FRIEND,
    IDENTITY,
    Bench,
    ChargePoint,
    Order,
    Payload,
    each_way,
)


def wire_entry(id_tag: str) -> Payload:
    """An entry in the words of OCPP 1.6."""
    return {"idTag": id_tag, "idTagInfo": {"status": "Accepted"}}


def entry(id_token: str) -> Payload:
    """An entry in the words of OCPP 2.0.1."""
    return {"idToken": {"idToken": id_token, "type": "ISO14443"}, "idTokenInfo": {"status": "Accepted"}}


async def version_is(point: ChargePoint, version: int, *, exact: bool) -> Order:
    """Ask for the version, which the charge point tells."""
    order = await point.is_told("GetLocalListVersion", {}, {"listVersion": version}, exact=exact)
    assert order.said == ("GetLocalListVersion", {})
    return order


async def list_is_sent(
    point: ChargePoint, kind: str, version: int, id_tags: list[str], answer: Payload, *, exact: bool
) -> Order:
    """Send a list, which the charge point answers."""
    wire = {
        "listVersion": version,
        "updateType": kind,
        "localAuthorizationList": [wire_entry(id_tag) for id_tag in id_tags],
    }
    unified = {
        "versionNumber": version,
        "updateType": kind,
        "localAuthorizationList": [entry(id_tag) for id_tag in id_tags],
    }
    order = await point.is_told("SendLocalList", wire if exact else unified, answer, exact=exact)
    assert order.said == ("SendLocalList", wire)
    return order


@each_way
async def test_tc_042_1_csms_a_charge_point_without_lists_says_so(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await version_is(point, -1, exact=exact)

        assert (order.status, order.command["response"]) == ("accepted", {"listVersion": -1})


@each_way
async def test_tc_042_2_csms_an_empty_list_has_version_0(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await version_is(point, 0, exact=exact)

        assert (order.status, order.command["response"]) == ("accepted", {"listVersion": 0})


@each_way
async def test_tc_043_1_csms_a_list_that_is_not_supported_is_shown_as_such(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        order = await list_is_sent(point, "Full", 1, [CARD], {"status": "NotSupported"}, exact=exact)

        assert (order.status, order.command["response"]["status"]) == ("rejected", "NotSupported")


@each_way
async def test_tc_043_3_csms_a_list_that_failed_is_shown_as_such(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await list_is_sent(point, "Full", 1, [CARD], {"status": "Failed"}, exact=exact)

        assert (order.status, order.command["response"]["status"]) == ("rejected", "Failed")


@each_way
async def test_tc_043_4_csms_a_full_list_is_sent(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await list_is_sent(point, "Full", 1, [CARD, FRIEND], ACCEPTED, exact=exact)

        assert order.status == "accepted"


@each_way
async def test_tc_043_5_csms_a_differential_list_has_the_next_version(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await list_is_sent(point, "Full", 1, [CARD], ACCEPTED, exact=exact)
        await version_is(point, 1, exact=exact)
        order = await list_is_sent(point, "Differential", 2, [FRIEND], ACCEPTED, exact=exact)

        assert order.status == "accepted"
        assert (await point.logged("SendLocalList"))["payload"] == order.frame[3]
        assert order.command["station"] == IDENTITY
