"""BootNotification: what a station says about itself, and whether it is accepted. Source: S16-01, S2-01."""

from dataclasses import asdict, dataclass

from django.utils import timezone

from chargers.models import ChargingStation


@dataclass(frozen=True, slots=True)
class Boot:
    """What a booting station reports."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    boot_reason: str = ""


def boot(station_id: int, report: Boot) -> str:
    """Keep what the station reports. Returns: the registration status; a station that was added is accepted."""
    facts = {name: value[: 50 if name == "boot_reason" else 255] for name, value in asdict(report).items()}
    ChargingStation.objects.filter(pk=station_id).update(
        **facts, booted_at=timezone.now(), registration=ChargingStation.Registration.ACCEPTED
    )
    return ChargingStation.Registration.ACCEPTED.value
