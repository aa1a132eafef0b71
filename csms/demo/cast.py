"""Who plays in the demo: two tenants with their places, chargers and drivers. Each charger shows one thing at first sight."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from csms.simulator.provision import cards
from csms.simulator.scenarios import of_member


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site."""

    name: str
    address: str
    postal_code: str
    city: str
    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charger that is played. `place` counts the tenant's sites; one without scenario is offline."""

    identity: str
    version: str = "1.6"
    scenario: str = "loop"
    place: int = 0
    is_dc: bool = False
    start_soc: int | None = None

    @property
    def id_tokens(self) -> tuple[str, ...]:
        """The cards of its drivers, one for each EVSE."""
        return cards(self.identity)[: 1 if self.is_dc else 2]

    @property
    def model(self) -> str:
        """What it says that it is."""
        return "Rapid 150 DC" if self.is_dc else "Twin 22 AC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A tenant of the demo."""

    slug: str
    name: str
    currency: str
    country_code: str
    time_zone: str
    places: tuple[Place, ...]
    cast: tuple[Charger, ...]
    extra: Charger
    holders: tuple[str, ...]

    def chargers(self, count: int) -> list[Charger]:
        """The first of the cast; beyond it more of the same kind."""
        return [*self.cast[:count], *self._more(count)]

    def _more(self, count: int) -> Iterator[Charger]:
        stem = self.extra.identity
        for number in range(len(self.cast) + 1, count + 1):
            scenario = of_member("fleet", number)
            width = len(self.cast[0].identity) - len(stem)
            yield replace(self.extra, identity=f"{stem}{number:0{width}}", scenario=scenario)


ACME = Company(
    slug="acme",
    name="Acme Charging",
    currency="EUR",
    country_code="NL",
    time_zone="Europe/Amsterdam",
    places=(
        Place(name="Harbour garage", address="Havenkade 12", postal_code="1013 AA", city="Amsterdam", latitude="52.386200", longitude="4.887300"),
        Place(name="Market square", address="Marktplein 3", postal_code="3511 AB", city="Utrecht", latitude="52.091100", longitude="5.121500"),
        Place(name="Motorway stop A2", address="Rijksweg 2", postal_code="4153 XA", city="Beesd", latitude="51.885300", longitude="5.191600"),
    ),
    cast=(
        Charger(identity="CP-0001", scenario="charging"),
        Charger(identity="CP-0002", scenario="charging"),
        Charger(identity="CP-0003", scenario="charging", version="2.0.1", is_dc=True, start_soc=38, place=2),
        Charger(identity="CP-0004", scenario="suspended"),
        Charger(identity="CP-0005", scenario="finishing", place=1),
        Charger(identity="CP-0006", scenario="idle", place=1),
        Charger(identity="CP-0007", scenario="faulted", place=1),
        Charger(identity="CP-0008", scenario="", place=1),
        Charger(identity="CP-0009", scenario="flapping", place=1),
        Charger(identity="CP-0010", version="2.0.1"),
        Charger(identity="CP-0011", scenario="charging", version="2.0.1", is_dc=True, place=2),
        Charger(identity="CP-0012", place=1),
    ),
    extra=Charger(identity="CP-", place=1),
    holders=(
        "Anouk Visser", "Bram Jansen", "Carmen Ortiz", "Daan Bakker", "Elif Kaya", "Femke Smit", "Guus Meijer", "Hanna Lindqvist",
        "Ivo de Boer", "Jasmin Haddad", "Koen Mulder", "Lotte Dekker", "Milan Novak", "Noor Peters", "Olaf Hendriks", "Priya Nair",
        "Quinten Bos", "Rosa Martens", "Sem van Dijk", "Tess Kuipers", "Umar Said", "Vera Koster", "Wout Prins", "Yara Willems",
    ),
)  # fmt: skip

VOLT = Company(
    slug="volt",
    name="Volt Buses",
    currency="GBP",
    country_code="GB",
    time_zone="Europe/London",
    places=(
        Place(name="Riverside depot", address="1 Wharf Road", postal_code="SE8 3AA", city="London", latitude="51.485100", longitude="-0.031400"),
    ),
    cast=tuple(
        Charger(identity=f"BUS-{number:02}", version="2.0.1", is_dc=True, scenario=scenario)
        for number, scenario in enumerate(
            "charging charging loop charging idle loop charging loop charging loop suspended loop".split(), start=1
        )
    ),
    extra=Charger(identity="BUS-", version="2.0.1", is_dc=True),
    holders=tuple(f"Bus {number}" for number in range(401, 413)),
)  # fmt: skip

COMPANIES = {company.slug: company for company in (ACME, VOLT)}
STRANGER = "STRANGER-1"
TWIN = "CP-0004"
