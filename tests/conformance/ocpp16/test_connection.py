"""How a charge point comes in: subprotocols, credentials, TLS."""

from base64 import b64encode
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.conformance.bench import IDENTITY, TENANT, Bench
from tests.conformance.tls import SUITES, client_side, issue, server_side, terminated
from tests.gateway.pki import ec_key
from tests.gateway.station import PASSWORD, basic


async def test_tc_088_csms_only_a_known_subprotocol_is_upgraded(bench: Bench) -> None:
    address = f"{bench.base}/{TENANT}/ocpp/{IDENTITY}"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            address, subprotocols=[Subprotocol("ocpp0.1")], additional_headers=basic(IDENTITY)
        ):
            pass
    both = [Subprotocol("ocpp0.1"), Subprotocol("ocpp1.6")]
    async with connect(address, subprotocols=both, additional_headers=basic(IDENTITY)) as socket:
        assert socket.response is not None
        assert socket.response.headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
        assert (await bench.api.get(f"stations/{IDENTITY}/"))["ocpp_version"] == "1.6"

    assert refused.value.response.status_code == 400


async def test_tc_085_csms_the_right_password_opens_and_a_wrong_one_does_not(bench: Bench) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with bench.connected(password="not the password"):
            pass
    async with bench.booted() as point:
        assert (await point.api.get(f"stations/{IDENTITY}/"))["is_online"] is True

    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["WWW-Authenticate"].startswith("Basic")
    assert b64encode(b"not the password").decode() not in refused.value.response.body.decode()


@pytest.mark.parametrize("suite", SUITES)
async def test_tc_086_csms_tls_with_a_server_certificate(bench: Bench, tmp_path: Path, suite: str) -> None:
    await bench.api.call("DELETE", f"stations/{IDENTITY}/")
    await bench.api.post(
        "stations/", {"identity": IDENTITY, "password": PASSWORD, "security_profile": 2}, 201
    )
    authority = issue("Authority", ec_key())
    charge_point = client_side(tmp_path, authority, suite)
    async with (
        terminated(bench.port, server_side(tmp_path, authority)) as address,
        bench.booted(base=address, ssl=charge_point) as point,
    ):
        shown = await point.api.get(f"stations/{IDENTITY}/")
        used = point.wire.socket.transport.get_extra_info("ssl_object")

    assert (shown["is_online"], shown["security_profile"]) == (True, 2)
    assert (used.version(), used.cipher()[0]) == ("TLSv1.2", suite)
    with pytest.raises(InvalidStatus) as refused:
        async with bench.connected():
            pass
    assert refused.value.response.status_code == 403
