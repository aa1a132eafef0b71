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
from tests.interop.outside import until


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


async def takes_update(point: ChargePoint, version: int) -> Payload:
    """Answer what the product asks before it sends a list, and accept the list. Returns: the list."""
    frame = await point.wire.next_command()
    while frame[2] != "SendLocalList":
        known = (
            {"listVersion": version} if frame[2] == "GetLocalListVersion" else {"unknownKey": frame[3]["key"]}
        )
        await point.wire.answer(frame, known)
        frame = await point.wire.next_command()
    await point.wire.answer(frame, ACCEPTED)
    update: Payload = frame[3]
    return update


async def is_in_sync(point: ChargePoint, version: int) -> bool:
    """Whether the API shows that the station holds this version, with nothing left to send."""

    async def shown() -> bool:
        row = await point.api.get(f"stations/{IDENTITY}/local-list/")
        return (row["state"], row["version"]) == ("in_sync", version)

    return await until(shown, 5)


async def test_tc_043_4_csms_the_tenants_ids_become_a_full_list(bench: Bench) -> None:
    async with bench.booted() as point:
        await point.api.post(f"stations/{IDENTITY}/local-list/", {}, 202)
        update = await takes_update(point, 0)

        assert (update["updateType"], update["listVersion"]) == ("Full", 1)
        told = {entry["idTag"]: entry["idTagInfo"]["status"] for entry in update["localAuthorizationList"]}
        assert (told[CARD], told[FRIEND]) == ("Accepted", "Accepted")
        assert await is_in_sync(point, 1)


async def test_tc_043_5_csms_a_new_id_becomes_a_differential_list(bench: Bench) -> None:
    async with bench.booted() as point:
        await point.api.post(f"stations/{IDENTITY}/local-list/", {}, 202)
        await takes_update(point, 0)
        assert await is_in_sync(point, 1)
        await point.api.post("id-tokens/", {"id_token": "NEW-CARD"}, 201)
        await point.api.post(f"stations/{IDENTITY}/local-list/", {}, 202)
        update = await takes_update(point, 1)

        assert (update["updateType"], update["listVersion"]) == ("Differential", 2)
        assert update["localAuthorizationList"] == [wire_entry("NEW-CARD")]
        assert await is_in_sync(point, 2)
