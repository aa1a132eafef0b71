"""`manage.py simulate` and `python -m csms.simulator`, as a person starts them."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from authorization.models import IdToken
from chargers.models import ChargingStation
from csms.simulator import StationSpec, write_fleet
from csms.simulator.provision import cards
from tenants import context
from tenants.context import Place
from tests.simulator.judge import Judge

ROOT = Path(__file__).resolve().parents[2]
NOBODY_LISTENS = "ws://127.0.0.1:1/acme/ocpp"


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=pipe, stderr=pipe
    )


async def outcome(*arguments: str) -> tuple[int | None, str, str]:
    process = await start(*arguments)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def simulate(judge: Judge, *arguments: str) -> list[str]:
    return ["manage.py", "simulate", "acme", "--url", judge.url, "--password", "right", *arguments]


async def test_a_station_of_any_csms_is_simulated_and_its_sums_are_told_as_json(judge: Judge) -> None:
    judge.passwords["SIM-0001"] = "right"
    options = ("--version", "2.0.1", "--speed", "4000", "--duration", "0.8", "--json")
    code, out, err = await outcome(*simulate(judge, *options))
    assert code == 0, err
    (station,) = json.loads(out)["stations"]
    assert (station["identity"], station["version"], station["transactions"]) == ("SIM-0001", "2.0.1", 1)
    assert "boot accepted" in err
    assert {call["evseId"] for call in judge.said("StatusNotification")} == {1, 2}


async def test_a_wrong_password_is_explained_in_one_line(judge: Judge) -> None:
    judge.passwords["SIM-0001"] = "other"
    code, out, err = await outcome(*simulate(judge))
    assert code == 1
    assert "refused with HTTP 401" in out
    assert err.count("\n") == 1
    assert "check --password" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_fleet_of_a_file_runs_until_a_signal_comes(
    judge: Judge, tmp_path: Path, number: signal.Signals
) -> None:
    names = ("A", "B", "C")
    write_fleet(tmp_path / "fleet.json", [StationSpec(identity=name, url=judge.url) for name in names])
    process = await start("-m", "csms.simulator", str(tmp_path / "fleet.json"))
    await judge.hears("BootNotification", lambda call: call["chargePointSerialNumber"] == "C")
    process.send_signal(number)
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


def test_stations_and_cards_are_added_to_the_tenant_first(acme: Place) -> None:
    call_command("add_station", "acme", "SIM-0002", "--json", stdout=sys.stderr)
    with pytest.raises(CommandError, match="is the server running"):
        call_command("simulate", "acme", "--stations", "2", "--url", NOBODY_LISTENS)
    with context.tenant("acme"):
        added = set(ChargingStation.objects.filter(is_simulated=True).values_list("identity", flat=True))
        known = set(IdToken.objects.values_list("id_token", flat=True))
    assert added == {"SIM-0001", "SIM-0003"}
    assert {*cards("SIM-0001"), *cards("SIM-0003")} <= known


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "no tenant"),
        (("acme", "--identity", "SIM-0002"), "give its --password"),
        (("acme", "--version", "1.5"), "invalid choice"),
        (("acme", "--scenario", "party"), "invalid choice"),
        (("acme", "--stations", "0"), "greater than 0"),
        (("acme", "--speed", "fast"), "invalid"),
        (("acme", "--url", "http://localhost", "--password", "x"), "starts with ws://"),
    ],
)
def test_bad_input_is_answered_in_one_line(acme: Place, arguments: tuple[str, ...], sentence: str) -> None:
    call_command("add_station", "acme", "SIM-0002", "--json", stdout=sys.stderr)
    with pytest.raises(CommandError, match=sentence):
        call_command("simulate", *arguments)
