"""What is asked of the demo."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from csms.demo import cast
from csms.demo.cast import Company


class CannotPlay(Exception):
    """The demo cannot run here; the message says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The command line."""

    port: int
    chargers: int
    speed: float
    lan: bool
    no_browser: bool
    empty: bool
    tenants: Sequence[str]

    @property
    def base(self) -> str:
        """The demo's address."""
        return f"http://{settings.PUBLIC_HOST}"

    @property
    def companies(self) -> list[Company]:
        """The tenants that play, in the order of the demo."""
        return [] if self.empty else [each for slug, each in cast.COMPANIES.items() if slug in self.tenants]
