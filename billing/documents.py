"""What a tariff may say: checked when it is published, so that pricing never meets what it does not understand.

The checked document holds only what was understood, every number as a decimal string. Source: OCPI 2.2.1 Tariff (OCPI-50, OCPI-52).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

from billing import components, money, restrictions

Problems = dict[str, list[str]]
KEPT = frozenset("type tariff_alt_text tariff_alt_url energy_mix".split())
PASSED_OVER = frozenset(
    "id country_code party_id last_updated name assign_to".split()
)  # ours to say, or not the tariff's
CHECKED = frozenset("currency elements min_price max_price start_date_time end_date_time".split())
MOST_ELEMENTS = 100
LARGEST = Decimal(1_000_000)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def check(document: object) -> dict[str, Any]:
    """The document in its stored form.

    Raises: ValidationError, with a sentence for each field that is wrong.
    """
    if not isinstance(document, Mapping):
        raise ValidationError("A tariff is a JSON object.")
    problems: Problems = {}
    for name in sorted(set(document) - KEPT - PASSED_OVER - CHECKED):
        _say(problems, name, "This field is not known.")
    result = {name: document[name] for name in sorted(KEPT & set(document)) if document[name] is not None}
    result |= _head(document, problems)
    result["elements"] = _elements(document.get("elements"), problems)
    for name in ("min_price", "max_price"):
        if document.get(name) is not None:
            result[name] = _limit(document[name], name, problems)
    if not problems:
        _check_order(result, problems)
    if problems:
        raise ValidationError(problems)
    return result


def moment(text: str | None) -> datetime | None:
    """A time of a checked document; without an offset it is UTC, as OCPI has it."""
    if text is None:
        return None
    value = parse_datetime(text)
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def _say(problems: Problems, where: str, what: str) -> None:
    problems.setdefault(where, []).append(what)


def _head(document: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    result: dict[str, Any] = {"currency": document.get("currency")}
    if not money.is_currency(result["currency"]):
        _say(problems, "currency", "A currency has three capital letters, for example EUR.")
    for name in ("start_date_time", "end_date_time"):
        value = document.get(name)
        if value is None:
            continue
        result[name] = value.isoformat() if isinstance(value, datetime) else str(value)
        if _tried(moment, result[name]) is None:
            _say(problems, name, "This is not a time such as 2026-01-31T00:00:00Z.")
    return result


def _tried(convert: Callable[[str], Any], value: object) -> Any:
    try:
        return convert(str(value))
    except (ValueError, ArithmeticError):
        return None


def _elements(elements: object, problems: Problems) -> list[dict[str, Any]]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= MOST_ELEMENTS:
        _say(problems, "elements", f"A tariff has 1 to {MOST_ELEMENTS} elements.")
        return []
    return [_element(element, f"elements[{n}]", problems) for n, element in enumerate(elements)]


def _element(element: object, where: str, problems: Problems) -> dict[str, Any]:
    if not isinstance(element, Mapping) or not isinstance(element.get("price_components"), list):
        _say(problems, where, "An element has a list of price_components.")
        return {}
    for name in sorted(set(element) - {"price_components", "restrictions"}):
        _say(problems, f"{where}.{name}", "This field is not known.")
    given = element["price_components"]
    kinds = [each.get("type") for each in given if isinstance(each, Mapping)]
    if not given or len(set(map(str, kinds))) != len(given):
        _say(
            problems,
            f"{where}.price_components",
            "An element has at least one component, and each type once.",
        )
    result: dict[str, Any] = {
        "price_components": [
            _component(each, f"{where}.price_components[{n}]", problems) for n, each in enumerate(given)
        ]
    }
    if rules := _restrictions(element.get("restrictions"), f"{where}.restrictions", problems):
        result["restrictions"] = rules
    return result


def _component(component: object, where: str, problems: Problems) -> dict[str, Any]:
    if not isinstance(component, Mapping):
        _say(problems, where, "A price component is an object.")
        return {}
    for name in sorted(set(component) - {"type", "price", "vat", "step_size"}):
        _say(problems, f"{where}.{name}", "This field is not known.")
    if str(component.get("type")) not in components.UNITS:
        _say(problems, f"{where}.type", f"The type is one of {', '.join(components.UNITS)}.")
    step = component.get("step_size", 1)
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= LARGEST:
        _say(problems, f"{where}.step_size", "The step is a whole number of Wh or seconds.")
    result = {
        "type": component.get("type"),
        "price": _number(component.get("price"), f"{where}.price", problems),
        "step_size": step,
    }
    if component.get("vat") is not None:
        result["vat"] = _number(component["vat"], f"{where}.vat", problems, largest=Decimal(100))
    return result


def _number(value: object, where: str, problems: Problems, *, largest: Decimal = LARGEST) -> str:
    """A number as a decimal string; floats of a JSON parser are read as they were written."""
    try:
        number = Decimal(str(value)) if isinstance(value, int | float | str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= largest:
        _say(problems, where, f"This is a number from 0 to {largest}, for example 0.35.")
        return ""
    if number != round(number, 6):
        _say(problems, where, "This has more than six decimals.")
    return money.plain(number)


def _limit(limit: object, where: str, problems: Problems) -> dict[str, str]:
    if not isinstance(limit, Mapping) or set(limit) - {"excl_vat", "incl_vat"} or "excl_vat" not in limit:
        _say(problems, where, "A limit has excl_vat and, if wanted, incl_vat.")
        return {}
    given = {name: value for name, value in limit.items() if value is not None}
    return {name: _number(value, f"{where}.{name}", problems) for name, value in given.items()}


def _restrictions(rules: object, where: str, problems: Problems) -> dict[str, Any]:
    if rules is None:
        return {}
    if not isinstance(rules, Mapping):
        _say(problems, where, "Restrictions are an object.")
        return {}
    result = {}
    for name, value in rules.items():
        if value is None or value == []:
            continue
        if name not in restrictions.SUPPORTED:
            _say(
                problems,
                f"{where}.{name}",
                "This restriction is not supported: sessions would be priced wrongly.",
            )
        else:
            result[name] = _restriction(name, value, f"{where}.{name}", problems)
    if "start_time" in result or "end_time" in result:
        _check_clocks(result, where, problems)
    return result


def _restriction(name: str, value: Any, where: str, problems: Problems) -> Any:
    if name in ("min_kwh", "max_kwh", "min_duration", "max_duration"):
        return _number(value, where, problems, largest=Decimal(10) ** 9)
    if name == "day_of_week":
        if not isinstance(value, list) or not {str(day) for day in value} <= set(restrictions.DAYS):
            _say(problems, where, "Days are MONDAY to SUNDAY, in a list.")
        return value
    if name in ("start_time", "end_time"):
        is_right = isinstance(value, str) and CLOCK.fullmatch(value) is not None
    else:
        is_right = (
            isinstance(value, str) and len(value) == 10 and _tried(date.fromisoformat, value) is not None
        )
    if not is_right:
        _say(problems, where, "This looks like 17:30." if "time" in name else "This looks like 2026-01-31.")
    return value


def _check_clocks(rules: Mapping[str, Any], where: str, problems: Problems) -> None:
    if rules.get("start_time", "00:00") == rules.get("end_time", "" if "start_time" in rules else "00:00"):
        _say(
            problems,
            where,
            "The start and the end of the day are the same; leave both out for the whole day.",
        )


def _check_order(result: Mapping[str, Any], problems: Problems) -> None:
    start, end = moment(result.get("start_date_time")), moment(result.get("end_date_time"))
    if start and end and end <= start:
        _say(problems, "end_date_time", "The tariff ends before it starts.")
    if "min_price" in result and "max_price" in result:
        for part in set(result["min_price"]) & set(result["max_price"]):
            if Decimal(result["min_price"][part]) > Decimal(result["max_price"][part]):
                _say(problems, "max_price", f"The highest price ({part}) is below the lowest.")
