"""Core: what an operator asks of a charge point, in the product's own words and as exact calls."""

import pytest

from tests.conformance.bench import ACCEPTED, CARD, UNKNOWN, Bench, ChargePoint, Order, Payload, each_way

REJECTED = {"status": "Rejected"}
WITH_CARD = {"idToken": {"idToken": CARD, "type": "ISO14443"}, "evseId": 1}
Command = tuple[str, Payload, bool]
START: list[Command] = [
    ("RequestStartTransaction", WITH_CARD, False),
    ("RemoteStartTransaction", {"idTag": CARD, "connectorId": 1}, True),
]
UNLOCK: list[Command] = [
    ("UnlockConnector", {"evseId": 1, "connectorId": 1}, False),
    ("UnlockConnector", {"connectorId": 1}, True),
]
BOTH_WAYS = ["unified", "exact"]
each_start = pytest.mark.parametrize("order", START, ids=BOTH_WAYS)
each_unlock = pytest.mark.parametrize("order", UNLOCK, ids=BOTH_WAYS)


async def is_told(point: ChargePoint, order: Command, answer: Payload = ACCEPTED) -> Order:
    """Give one of the orders above."""
    action, payload, exact = order
    return await point.is_told(action, payload, answer, exact=exact)


async def starts_remotely(point: ChargePoint, order: Command, answer: Payload = ACCEPTED) -> Order:
    """A remote start for connector 1, which the charge point answers."""
    given = await is_told(point, order, answer)
    assert given.said == ("RemoteStartTransaction", {"idTag": CARD, "connectorId": 1})
    return given


async def stops_remotely(point: ChargePoint, number: int, answer: Payload, *, exact: bool) -> Order:
    """A remote stop of a transaction, which the charge point answers."""
    order: Command = ("RequestStopTransaction", {"transactionId": str(number)}, False)
    if exact:
        order = ("RemoteStopTransaction", {"transactionId": number}, True)
    given = await is_told(point, order, answer)
    assert given.said == ("RemoteStopTransaction", {"transactionId": number})
    return given


@each_start
async def test_tc_010_csms_a_remote_start_with_the_cable_in_becomes_a_session(
    bench: Bench, order: Command
) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        given = await starts_remotely(point, order)
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges()

        assert given.status == "accepted"
        assert (await point.transaction(number))["state"] == "active"
        assert order[-1] or await point.effect_is_seen(given)


@each_start
async def test_tc_011_1_csms_a_remote_start_before_the_cable_becomes_a_session(
    bench: Bench, order: Command
) -> None:
    async with bench.booted() as point:
        given = await starts_remotely(point, order)
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        await point.reports(1, "Preparing")
        number = await point.charges()

        assert given.status == "accepted"
        assert (await point.transaction(number))["state"] == "active"
        assert order[-1] or await point.effect_is_seen(given)


@each_start
async def test_tc_011_2_csms_a_remote_start_without_a_cable_becomes_no_session(
    bench: Bench, order: Command
) -> None:
    async with bench.booted() as point:
        given = await starts_remotely(point, order)
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        await point.reports(1, "Preparing")
        await point.reports(1, "Available")

        assert given.status == "accepted"
        assert await point.transactions() == []
        assert (await point.command(given))["effect_seen_at"] is None


@each_way
async def test_tc_012_csms_a_remote_stop_ends_the_session(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        number = await point.charges()
        given = await stops_remotely(point, number, ACCEPTED, exact=exact)
        assert await point.stops(number, "Remote") == {}
        await point.reports(1, "Finishing")

        row = await point.transaction(number)
        assert (given.status, row["state"], row["stop_reason"]) == ("accepted", "ended", "Remote")
        assert exact or await point.effect_is_seen(given)


@each_way
async def test_tc_028_csms_a_rejected_remote_stop_leaves_the_session_open(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        number = await point.charges()
        given = await stops_remotely(point, number, REJECTED, exact=exact)

        assert given.status == "rejected"
        assert (await point.transaction(number))["state"] == "active"


@each_start
async def test_tc_026_csms_a_rejected_remote_start_is_shown(bench: Bench, order: Command) -> None:
    async with bench.booted() as point:
        given = await starts_remotely(point, order, REJECTED)

        assert given.status == "rejected"
        assert (await point.logged("RemoteStartTransaction"))["response"] == REJECTED
        assert await point.transactions() == []


async def reboots(bench: Bench, order: Command, wire_type: str) -> None:
    """A reset that is accepted: the charge point leaves and boots again."""
    async with bench.booted() as point:
        given = await is_told(point, order)
        assert given.said == ("Reset", {"type": wire_type})
        assert given.status == "accepted"
    async with bench.booted() as point:
        assert (await point.connector(1))["status"] == "Available"
        assert await point.is_left_alone()


@pytest.mark.parametrize(
    "order",
    [("Reset", {"type": "Immediate"}, False), ("Reset", {"type": "Hard"}, True)],
    ids=BOTH_WAYS,
)
async def test_tc_013_csms_a_hard_reset_reboots(bench: Bench, order: Command) -> None:
    await reboots(bench, order, "Hard")


@pytest.mark.parametrize(
    "order",
    [("Reset", {"type": "OnIdle"}, False), ("Reset", {"type": "Soft"}, True)],
    ids=BOTH_WAYS,
)
async def test_tc_014_csms_a_soft_reset_reboots(bench: Bench, order: Command) -> None:
    await reboots(bench, order, "Soft")


@each_unlock
async def test_tc_017_1_csms_a_connector_is_unlocked(bench: Bench, order: Command) -> None:
    async with bench.booted() as point:
        given = await is_told(point, order, {"status": "Unlocked"})

        assert given.said == ("UnlockConnector", {"connectorId": 1})
        assert (given.status, await point.transactions()) == ("accepted", [])


@each_unlock
async def test_tc_017_2_csms_a_fixed_cable_cannot_be_unlocked(bench: Bench, order: Command) -> None:
    async with bench.booted() as point:
        given = await is_told(point, order, {"status": "NotSupported"})

        assert given.said == ("UnlockConnector", {"connectorId": 1})
        assert (given.status, given.command["response"]["status"]) == ("rejected", "NotSupported")


@each_unlock
async def test_tc_018_1_csms_unlocking_ends_the_session(bench: Bench, order: Command) -> None:
    async with bench.booted() as point:
        number = await point.charges()
        given = await is_told(point, order, {"status": "Unlocked"})
        await point.stops(number, "UnlockCommand")
        await point.reports(1, "Finishing")

        row = await point.transaction(number)
        assert (given.status, row["state"], row["stop_reason"]) == ("accepted", "ended", "UnlockCommand")


@each_unlock
async def test_tc_030_csms_a_failed_unlock_is_shown(bench: Bench, order: Command) -> None:
    async with bench.booted() as point:
        given = await is_told(point, order, {"status": "UnlockFailed"})

        assert (given.status, given.command["response"]["status"]) == ("rejected", "UnlockFailed")


@pytest.mark.parametrize(
    "order",
    [
        ("UnlockConnector", {"evseId": 3, "connectorId": 1}, False),
        ("UnlockConnector", {"connectorId": 3}, True),
    ],
    ids=BOTH_WAYS,
)
async def test_tc_031_csms_a_connector_that_does_not_exist_can_be_asked_for(
    bench: Bench, order: Command
) -> None:
    async with bench.booted() as point:
        given = await is_told(point, order, {"status": "NotSupported"})

        assert given.said == ("UnlockConnector", {"connectorId": 3})
        assert (given.status, given.command["response"]["status"]) == ("rejected", "NotSupported")


@each_way
async def test_tc_061_csms_the_cache_is_cleared_when_an_operator_asks(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        given = await point.is_told("ClearCache", {}, exact=exact)

        assert (given.said, given.status) == (("ClearCache", {}), "accepted")
        assert (await point.logged("ClearCache"))["response"] == ACCEPTED


@pytest.mark.parametrize("vendor", ["org.nobody", UNKNOWN])
async def test_tc_064_csms_data_that_nobody_knows_is_not_accepted(bench: Bench, vendor: str) -> None:
    async with bench.booted() as point:
        answer = await point.says("DataTransfer", {"vendorId": vendor, "messageId": "Hello", "data": "{}"})

        assert answer["status"] in ("UnknownVendorId", "UnknownMessageId", "Rejected")
        logged = await point.logged("DataTransfer")
        assert (logged["payload"]["vendorId"], logged["response"]) == (vendor, answer)
