"""How often stations report. Not all at the same moment: after an outage they would come together for ever (Q51)."""

from django.conf import settings

SPREAD = 0.05  # of the interval, to either side
STEPS = 21
STRIDE = 8  # stations that were added one after another are far apart


def heartbeat_interval_s(station_id: int) -> int:
    """The interval of one station in seconds: always the same for it, and near what the installation asks for."""
    base: int = settings.OCPP_HEARTBEAT_INTERVAL_S
    place = station_id * STRIDE % STEPS / (STEPS - 1) * 2 - 1
    return max(1, base + round(base * SPREAD * place))
