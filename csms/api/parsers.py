"""Strict, bounded JSON bodies: what could be read in two ways, or cannot be stored, is refused. Numbers stay exact."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, Final, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 40
MAX_EXPONENT: Final = 40
_INTEGERS: Final = range(-(2**63), 2**63)
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class TooLarge(APIException):
    """The body is larger than any that makes sense."""

    status_code = 413
    default_detail = f"A body has at most {MAX_BYTES} bytes."
    default_code = "too_large"


class JsonParser(BaseParser):
    """`application/json` in UTF-8."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of the body.

        Raises: ParseError, TooLarge.
        """
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        return loads(body)


def loads(body: bytes) -> Any:
    """The value of a JSON text; numbers with a fraction or an exponent as `Decimal`.

    Raises: ParseError, saying why without quoting the text.
    """
    try:
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH}.") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Walk level by level, so that depth is a count and not a recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        for text in (item for item in level if type(item) is str):
            if _UNSTORABLE.search(text):
                raise ParseError("A text holds NUL or half a surrogate pair.")
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise ParseError(f"The body is nested deeper than {MAX_DEPTH}.")


def _children(value: Any) -> list[Any]:
    if type(value) is dict:
        return [*value.keys(), *value.values()]
    return value if type(value) is list else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ParseError("An object has the same key twice.")
    return unique


def _integer(literal: str) -> int:
    _check_digits(literal)
    number = int(literal)
    if number not in _INTEGERS:
        raise ParseError("An integer is beyond 64 bits.")
    return number


def _decimal(literal: str) -> Decimal:
    _check_digits(literal)
    return Decimal(literal)


def _check_digits(literal: str) -> None:
    """Refuse before converting: `int` and `Decimal` fail in ways of their own on enormous literals."""
    mantissa, _, exponent = literal.lower().partition("e")
    if len(mantissa) > MAX_DIGITS:
        raise ParseError(f"A number has more than {MAX_DIGITS} digits.")
    if exponent and (len(exponent) > MAX_DIGITS or abs(int(exponent)) > MAX_EXPONENT):
        raise ParseError(f"A number has an exponent beyond {MAX_EXPONENT}.")


def _constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not a JSON number.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
