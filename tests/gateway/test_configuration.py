"""Settings that templates want: read after a boot, set where they differ, read back; over a real socket."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import configuration
from chargers.models import ChargingStation, Command, ConfigurationTemplate, Site, Variable
from chargers.models.configuration import check_settings
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import Station, station


def template(name: str, settings: dict[str, str], **criteria: Any) -> ConfigurationTemplate:
    with context.tenant("acme"):
        return ConfigurationTemplate.objects.create(name=name, settings=settings, **criteria)


def keep() -> int:
    """As if the station had booted a while ago."""
    with context.tenant("acme"):
        ChargingStation.objects.update(booted_at=timezone.now() - timedelta(minutes=1))
        return configuration.keep()


async def tell(one: Station, keys: dict[str, str]) -> dict[str, Any]:
    """Answer a GetConfiguration."""
    asked = await one.next_command()
    assert asked[2] == "GetConfiguration", asked
    told = [{"key": key, "readonly": False, "value": value} for key, value in keys.items()]
    await one.answer(asked, {"configurationKey": told})
    payload: dict[str, Any] = asked[3]
    return payload


def test_what_differs_after_a_boot_is_set_and_read_back(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    wanted = {
        "HeartbeatInterval": "120",
        "MeterValuesSampledData": "SoC,Power.Active.Import",
        "LocalPreAuthorize": "true",
    }
    template("All", wanted, is_for_all=True)

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            assert await asyncio.to_thread(keep) == 1
            asked = await tell(
                one,
                {
                    "heartbeatinterval": "300",
                    "MeterValuesSampledData": "SoC, Power.Active.Import",
                    "LocalPreAuthorize": "True",
                },
            )
            assert set(asked["key"]) == wanted.keys()
            change = await one.next_command()
            assert change[2:] == ["ChangeConfiguration", {"key": "HeartbeatInterval", "value": "120"}]
            await one.answer(change, {"status": "Accepted"})
            await tell(one, {"HeartbeatInterval": "120"})
            await asyncio.sleep(0.5)
            assert one.commands.empty()

    asyncio.run(scene())

    with context.tenant("acme"):
        row = ChargingStation.objects.get()
        assert [setting.has_drifted for setting in configuration.of_station(row)] == [False] * 3
        assert Variable.objects.get(name__iexact="HeartbeatInterval").value == "120"


def test_a_station_that_is_quiet_or_was_asked_is_left_alone(gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-1")
    template("All", {"HeartbeatInterval": "120"}, is_for_all=True)
    with context.tenant("acme"):
        ChargingStation.objects.update(is_quiet=True)

    async def scene() -> list[int]:
        async with station(gateway.base, "acme", "CP-1") as one:
            found = [await asyncio.to_thread(keep)]
            await asyncio.to_thread(_speak)
            found.append(await asyncio.to_thread(keep))
            await tell(one, {"HeartbeatInterval": "120"})
            found.append(await asyncio.to_thread(keep))
            return found

    assert asyncio.run(scene()) == [0, 1, 0]
    with context.tenant("acme"):
        assert Command.objects.filter(station=row, action="SetVariables").count() == 0


def _speak() -> None:
    with context.tenant("acme"):
        ChargingStation.objects.update(is_quiet=False)


def test_the_most_special_template_wins(gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-1")
    with context.tenant("acme"):
        site = Site.objects.create(name="Here")
        ChargingStation.objects.update(site=site, vendor="Vendor", model="Model")
        row.refresh_from_db()
    names = {"A": "all", "B": "all", "C": "all", "D": "all"}
    template("z all", names, is_for_all=True)
    template("y make", names | {"A": "make", "B": "make", "C": "make"}, vendor="VENDOR")
    template("x site", {"A": "site", "B": "site"}, site=site)
    own = template("w own", {"A": "own"})
    template("other make", {"D": "other"}, vendor="Vendor", model="Other")
    template("nobody", {"D": "nobody"})

    with context.tenant("acme"):
        own.stations.add(row)
        found = {setting.name: setting.wanted for setting in configuration.of_station(row)}

    assert found == {"A": "own", "B": "site", "C": "make", "D": "all"}


def test_drift_is_known_per_component_and_never_shows_secrets(gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-1")
    template("All", {"SampledDataCtrlr.TxUpdatedInterval": "60", "AuthorizationKey": "x"}, is_for_all=True)
    with context.tenant("acme"):
        Variable.objects.create(
            station=row, component="SampledDataCtrlr", name="TxUpdatedInterval", value="30"
        )
        found = configuration.of_station(row)

    assert [(each.name, each.has_drifted, each.is_to_be_set) for each in found] == [
        ("AuthorizationKey", False, False),
        ("TxUpdatedInterval", True, True),
    ]


@pytest.mark.parametrize("settings", [[], {}, {"": "1"}, {"a.b.c": "1"}, {"a": 1}, {"a": "x" * 3000}])
def test_senseless_settings_are_refused(settings: object) -> None:
    with pytest.raises(ValidationError):
        check_settings(settings)
