"""What is kept of meter values over the wire: signed values byte for byte, contexts and phases as they came."""

from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.test_quirks import START, STOP, meter, meter_values, send, transactions

SIGNED = 'OCMF|{"FV":"1.0","RD":[{"RV":9.99,"RU":"kWh"}]}|{"SD":"30ä\\u0022 "}  \n'


def test_a_signed_value_is_kept_byte_for_byte_and_is_no_number(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")

    send(
        gateway,
        ("StartTransaction", START),
        meter(
            {"value": "1500"},
            {"value": SIGNED, "format": "SignedData", "context": "Transaction.End", "unit": "kWh"},
        ),
        ("StopTransaction", STOP),
    )

    signed = next(value for value in meter_values() if value.context == "Transaction.End")
    assert (signed.raw, signed.value, signed.transaction_id) == (SIGNED, None, transactions()[0].pk)
    assert transactions()[0].energy_wh == 5000


def test_samples_of_one_instant_in_two_contexts_are_both_kept(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")
    aligned = {"value": "1500", "context": "Sample.Clock"}
    power = {"value": "11", "unit": "kW", "measurand": "Power.Active.Import", "phase": "L1"}

    send(gateway, ("StartTransaction", START), meter({"value": "1500"}, aligned, power))

    kept = {(value.measurand, value.context, value.phase) for value in meter_values()}
    assert {context for _, context, _ in kept} == {"Sample.Periodic", "Sample.Clock"}
    assert ("Power.Active.Import", "Sample.Periodic", "L1") in kept
    with context.tenant("acme"):
        assert transactions()[0].power_w == 11000
