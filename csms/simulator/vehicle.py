"""The car: a battery and what it takes at which state of charge."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

RAMP_S = Decimal(20)
TAPER_FROM = Decimal(55)
LAST_POWER = Decimal("0.12")
WHOLE = Decimal(100)


@dataclass(slots=True)
class Vehicle:
    """A car with a battery; it stops taking energy at `target_soc` (percent)."""

    battery_wh: Decimal
    soc: Decimal
    ac_limit_w: Decimal
    dc_limit_w: Decimal
    target_soc: Decimal = WHOLE

    @property
    def is_full(self) -> bool:
        """Say whether it wants no more."""
        return self.soc >= self.target_soc

    def power_w(self, offered_w: Decimal, connected_s: Decimal, *, is_dc: bool) -> Decimal:
        """Return what it draws: AC rises and stays constant, DC falls with the state of charge.

        Units: W, seconds since the transaction began.
        """
        if self.is_full:
            return Decimal(0)
        ramp = min(Decimal(1), max(connected_s, Decimal(0)) / RAMP_S)
        if not is_dc:
            return min(offered_w, self.ac_limit_w) * ramp
        return min(offered_w, self.dc_limit_w * self._taper()) * ramp

    def _taper(self) -> Decimal:
        if self.soc <= TAPER_FROM:
            return Decimal(1)
        return 1 - (1 - LAST_POWER) * (self.soc - TAPER_FROM) / (WHOLE - TAPER_FROM)

    def take(self, energy_wh: Decimal) -> Decimal:
        """Charge the battery, at most up to its target; return what it took.

        Units: Wh, milliwatt-hours as the smallest step.
        """
        room_wh = (self.battery_wh * (self.target_soc - self.soc) / WHOLE).quantize(Decimal("0.001"))
        if energy_wh >= room_wh:
            self.soc = self.target_soc
            return max(room_wh, Decimal(0))
        self.soc += energy_wh * WHOLE / self.battery_wh
        return energy_wh


def arrive(rng: Random, *, is_dc: bool, soc: int | None = None) -> Vehicle:
    """Make up a car that comes to charge: a fast charger's customer leaves at 80 %, others fill up."""
    return Vehicle(
        battery_wh=Decimal(rng.choice((40, 52, 58, 64, 77, 82, 100)) * 1000),
        soc=Decimal(rng.randint(15, 55) if soc is None else soc),
        ac_limit_w=Decimal(rng.choice((7400, 11000, 11000, 22000))),
        dc_limit_w=Decimal(rng.choice((75, 100, 125, 150, 170)) * 1000),
        target_soc=Decimal(80 if is_dc else 100),
    )
