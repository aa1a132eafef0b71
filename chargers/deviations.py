"""Deviations from OCPP: counted per station and rule, and explained in words. A rule fires because a message needed it, never because of a vendor's name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection

from chargers import stations
from chargers.models import ChargingStation, Deviation


@dataclass(frozen=True, slots=True)
class Rule:
    """What a station does otherwise, and what is made of it. A rule with a `switch` could harm a correct station: it is only in force where it is switched on."""

    what: str
    remedy: str
    is_switch: bool = False


RULES: Mapping[str, Rule] = {
    "Q1": Rule("The transaction id is 0 or negative where there is none.", "The running transaction of the connector is taken."),
    "Q2": Rule("The transaction id is the largest number where there is none.", "The running transaction of the connector is taken."),
    "Q3": Rule("The JSON names a value and then has none.", "The gap is read as “no value”.", is_switch=True),
    "Q4": Rule("A stop names no transaction.", "The running transaction of the same id token is ended, if there is exactly one; otherwise the stop is kept for review."),
    "Q5": Rule("The reservation id is 0 where there is none.", "It is read as none."),
    "Q10": Rule("The charger names no OCPP version when it connects.", "OCPP 1.6 is assumed.", is_switch=True),
    "Q11": Rule("The charger negotiates one OCPP version and speaks another.", "With this rule switched on, OCPP 1.6 is spoken whatever it negotiates.", is_switch=True),
    "Q13": Rule("The address has a slash, a serial number or a whole URL behind the identity.", "The segment that is this station's identity is taken.", is_switch=True),
    "Q15": Rule("A text is longer than OCPP allows.", "It is kept as far as there is room; the message log has all of it."),
    "Q16": Rule("The id token is longer than OCPP allows, or has a text appended.", "It is kept whole; where a suffix is known for the charger, it is cut off.", is_switch=True),
    "Q17": Rule("Times have no zone, or a short one.", "UTC is assumed; with this rule switched on, the time zone of the site.", is_switch=True),
    "Q18": Rule("A time cannot be true: the clock was not set.", "The time of arrival is taken."),
    "Q19": Rule("The clock is more than five minutes ahead.", "The times are kept. Prices that depend on the time of day may be wrong: have the clock set."),
    "Q22": Rule("A meter value is empty.", "It is kept as it came and not used."),
    "Q23": Rule("A number comes as text, a text as number, or with a decimal comma.", "It is read as it is meant."),
    "Q24": Rule("A list of meter values is written as one object, or with another name.", "It is read as a list."),
    "Q24a": Rule("A list in the JSON begins with a comma.", "The comma is left out.", is_switch=True),
    "Q25": Rule("A unit is unknown, or does not fit what was measured.", "The unit that fits is taken where there is only one; anything else is kept and not billed."),
    "Q25a": Rule("Energy is written in kWh and labelled Wh.", "With this rule switched on, it is multiplied by 1000.", is_switch=True),
    "Q26": Rule("A word is none of OCPP's, or is written in another case.", "OCPP's own word is taken where it differs by case; anything else is kept as it came."),
    "Q27": Rule("Sessions begin with a register of 0 although the meter does not.", "With this rule switched on, the first sample is the begin of the session.", is_switch=True),
    "Q28": Rule("A phase does not fit what was measured.", "It is kept as it came; sums are made of L1, L2 and L3 alone."),
    "Q29": Rule("Meter values name connector 0.", "They are taken for the one running transaction, if there is exactly one."),
    "Q34": Rule("The charger sends messages before it has said who it is.", "It is asked for its BootNotification."),
    "Q37": Rule("A command got no answer although the charger is connected.", "The command has ended; restart the charger if this repeats."),
    "Q39": Rule("A start or stop lacks a field that OCPP requires.", "It is acknowledged, and the session is kept for review where money depends on it."),
    "Q40": Rule("Fields without a value are null, or text frames are empty.", "They are read as if they were not there."),
    "Q41": Rule("An answer is longer than OCPP allows, or has fields that it does not know.", "It is taken."),
    "Q46": Rule("A message belongs to no OCPP version that is spoken here.", "It is refused, and the connection stays."),
    "Q47": Rule("The user name is not the identity.", "With this rule switched on, any user name is taken as long as the password is right.", is_switch=True),
    "S16-90": Rule("A message has fields that OCPP does not know.", "They are left out."),
}  # fmt: skip
SWITCHES = tuple(name for name, rule in RULES.items() if rule.is_switch)


@dataclass(frozen=True, slots=True)
class Deviated:
    """A record for the recording lane: rules that one message needed."""

    station_id: int
    rules: tuple[str, ...]
    action: str

    @staticmethod
    def write(batch: Sequence["Deviated"]) -> None:
        """Count the rules of a batch, in the order of their keys so that lanes do not deadlock."""
        numbers = Counter((item.station_id, rule) for item in batch for rule in item.rules)
        actions = {(item.station_id, rule): item.action for item in batch for rule in item.rules}
        keys = sorted(numbers)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO chargers_deviation AS d (station_id, rule, number, action)
                SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[])
                ON CONFLICT (station_id, rule) DO UPDATE SET
                    number = d.number + excluded.number, action = excluded.action, last_seen_at = now()
                """,
                [
                    [station_id for station_id, _ in keys],
                    [rule for _, rule in keys],
                    [numbers[key] for key in keys],
                    [actions[key][:50] for key in keys],
                ],
            )


def describe(rule: str) -> Rule:
    """What a rule is about; one that is not known any more says so."""
    return RULES.get(rule, Rule("A rule that is not in use any more.", ""))


def switch(station: ChargingStation, rule: str, *, is_on: bool | None) -> None:
    """Switch a rule on or off for one station, or (None) leave it to what is known about its make. In force from the next connection on.

    Raises: ValidationError for a rule that has no switch.
    """
    if rule not in SWITCHES:
        raise ValidationError(f"“{rule[:10]}” is not a rule that can be switched.")
    chosen = {name: value for name, value in station.quirk_switches.items() if name != rule}
    stations.change(station, quirk_switches=chosen if is_on is None else chosen | {rule: is_on})


def of_station(station: ChargingStation) -> list[Deviation]:
    """The deviations of a station, the latest first."""
    return list(Deviation.objects.filter(station=station))


def forget(station: ChargingStation) -> int:
    """Begin to count anew, for example after a new firmware. Returns: how many rules had fired."""
    return Deviation.objects.filter(station=station).delete()[0]
