"""A form made from the JSON schema of a command, read back into its payload.

The names of the inputs are the places in the payload: `p.csChargingProfiles.chargingSchedule.chargingSchedulePeriod.0.limit`. What is left empty is
absent. An object that takes any property (2.x: `customData`) is for the JSON view. What an input holds that is no number stays text, so the schema
itself says what is wrong with it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import QueryDict
from jsonschema_rs import Draft4Validator

ROOT: Final = "p"
Errors = dict[str, list[str]]
_ABSENT: Final = object()
_LONG_TEXT: Final = 300  # characters; from here on a text has more than one line
_MOST_COMPLAINTS: Final = 50
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # in JSON; a backslash may be escaped itself
_HINT: Final = 200
_FORMATS: Final = {
    "date-time": "time, such as 2026-11-22T10:00:00Z",
    "uri": "address, such as https://example.com/a",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of a schema. `kind`: object, array, choice, boolean, integer, number, moment, text or any."""

    name: str
    kind: str
    is_required: bool
    hint: str = ""
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None
    most: int | None = None  # items
    children: tuple["Shape", ...] = ()
    item: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Field:
    """One place of the form as the template shows it: a shape at a path, its value, and what is wrong with it."""

    shape: Shape
    path: str
    text: str = ""
    is_open: bool = False
    children: list["Field"] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def is_long(self) -> bool:
        """Whether its text wants more than a line."""
        return self.shape.kind == "any" or (
            self.shape.kind == "text" and (self.shape.longest or 0) >= _LONG_TEXT
        )

    @property
    def rule(self) -> str:
        """The bounds of a number."""
        low, high = self.shape.minimum, self.shape.maximum
        if low is not None and high is not None:
            return f"From {low:g} to {high:g}."
        if low is not None:
            return f"At least {low:g}."
        return "" if high is None else f"At most {high:g}."

    @property
    def can_grow(self) -> bool:
        """Whether the array takes one more item."""
        return self.shape.most is None or len(self.children) < self.shape.most

    def walk(self) -> Iterator["Field"]:
        """Itself and everything below."""
        yield self
        for child in self.children:
            yield from child.walk()


def shape_of(schema: dict[str, Any]) -> Shape:
    """The shape of a whole payload."""
    return _shape("", schema, schema.get("definitions", {}), is_required=True)


def _shape(name: str, schema: dict[str, Any], definitions: dict[str, Any], *, is_required: bool) -> Shape:
    hint = schema.get("description", "")
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    children: tuple[Shape, ...] = ()
    if schema.get("type") == "object":
        children = tuple(
            _shape(key, part, definitions, is_required=key in schema.get("required", ()))
            for key, part in schema.get("properties", {}).items()
            if not _is_for_anything(part, definitions)
        )
    is_array = schema.get("type") == "array"
    return Shape(
        name,
        _kind(schema),
        is_required,
        _first_sentence(hint or schema.get("description", "")),
        tuple(schema.get("enum", ())),
        schema.get("minimum"),
        schema.get("maximum"),
        schema.get("maxLength"),
        schema.get("maxItems"),
        tuple(sorted(children, key=lambda child: not child.is_required)),
        _shape("", schema["items"], definitions, is_required=True) if is_array else None,
    )


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    if schema.get("format") == "date-time":
        return "moment"
    kind: str = schema.get("type", "any")
    return "text" if kind == "string" else kind


def _is_for_anything(schema: dict[str, Any], definitions: dict[str, Any]) -> bool:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema.get("type") == "object" and schema.get("additionalProperties", True) is not False


def _first_sentence(text: str) -> str:
    plain = " ".join(line for line in text.splitlines() if not line.strip().startswith("urn:")).strip()
    return plain[:_HINT].rpartition(" ")[0] + " …" if len(plain) > _HINT else plain


def read(shape: Shape, data: QueryDict) -> dict[str, Any]:
    """The payload that the filled form stands for; valid or not."""
    found: dict[str, Any] = _read(shape, ROOT, data)
    return found


def _read(shape: Shape, path: str, data: QueryDict) -> Any:
    if shape.kind == "object":
        pairs = [(child.name, _read(child, f"{path}.{child.name}", data)) for child in shape.children]
        found = {name: value for name, value in pairs if value is not _ABSENT}
        return found if shape.is_required or not _is_hollow(found) else _ABSENT
    if shape.kind == "array" and shape.item:
        values = [_read(shape.item, f"{path}.{number}", data) for number in _numbers(path, data)]
        items = [value for value in values if value is not _ABSENT]
        return items if items or shape.is_required else _ABSENT
    return _leaf(shape.kind, data.get(path, "").replace("\r\n", "\n"))


def _is_hollow(value: Any) -> bool:
    """Whether there is nothing in it but required objects and lists that are empty themselves."""
    return value == [] or (isinstance(value, dict) and all(map(_is_hollow, value.values())))


def _numbers(path: str, data: QueryDict) -> list[int]:
    """The items of an array that the form has."""
    heads = {key[len(path) + 1 :].partition(".")[0] for key in data if key.startswith(f"{path}.")}
    return sorted(int(head) for head in heads if head.isascii() and head.isdecimal() and len(head) < 6)


def _leaf(kind: str, text: str) -> Any:
    stripped = text.strip()
    if not stripped:
        return _ABSENT
    if kind == "integer" and _INTEGER.fullmatch(stripped):
        return int(stripped)
    if kind == "number" and _NUMBER.fullmatch(stripped):
        return float(stripped) if "." in stripped else int(stripped)
    if kind == "boolean" and stripped in ("true", "false"):
        return stripped == "true"
    if kind == "any":
        return _anything(text)
    return text if kind == "text" else stripped


def _anything(text: str) -> Any:
    """JSON where it is some, else the text itself."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def from_json(text: str) -> dict[str, Any]:
    """The payload that stands in the JSON view.

    Raises: ValidationError.
    """
    try:
        payload = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValidationError("This is nested too deeply.") from None
    except ValueError as error:
        raise ValidationError(f"This is no JSON: {error}.") from error
    if not isinstance(payload, dict):
        raise ValidationError("A payload is an object: { … }.")
    return payload


def _refuse(word: str) -> Any:
    raise ValueError(f"JSON has no {word}")


def field_of(shape: Shape, payload: dict[str, Any], errors: Errors) -> Field:
    """The form with the values of the payload."""
    return _field(shape, ROOT, payload, errors)


def _field(shape: Shape, path: str, value: Any, errors: Errors, *, is_wanted: bool = True) -> Field:
    """`is_wanted`: what is above is there, or has to be; then a required list begins with an empty item."""
    found = errors.get(path, [])
    if shape.kind == "object":
        held = value if isinstance(value, dict) else {}
        is_wanted = bool(held) or (is_wanted and shape.is_required)
        parts = [
            _field(each, f"{path}.{each.name}", held.get(each.name), errors, is_wanted=is_wanted)
            for each in shape.children
        ]
        is_open = shape.is_required or bool(held) or any(part.errors for part in parts)
        return Field(shape, path, is_open=is_open, children=parts, errors=found)
    if shape.kind == "array" and shape.item:
        blank = [None] if is_wanted and shape.is_required and value is None else []
        items = value if isinstance(value, list) else blank
        parts = [_field(shape.item, f"{path}.{number}", each, errors) for number, each in enumerate(items)]
        return Field(shape, path, is_open=shape.is_required or bool(parts), children=parts, errors=found)
    return Field(shape, path, _text(shape, value), errors=found)


def _text(shape: Shape, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        is_like_json = shape.kind == "any" and _anything(value) != value
        return json.dumps(value) if is_like_json else value
    return json.dumps(value, ensure_ascii=False)


def inputs(form: Field) -> dict[str, str]:
    """What a browser sends of the form, by the names of the inputs. An item of an array has a mark, so that an empty one counts."""
    sent: dict[str, str] = {}
    for each in form.walk():
        if each.shape.kind == "array":
            sent |= {part.path: "" for part in each.children}
        elif each.shape.kind != "object":
            sent[each.path] = each.text
    return sent


def is_shown_whole(shape: Shape, payload: dict[str, Any]) -> bool:
    """Whether the form can show the payload and give it back as it is."""
    data = QueryDict(mutable=True)
    data.update(inputs(field_of(shape, payload, {})))
    return read(shape, data) == payload


def grown(shape: Shape, payload: dict[str, Any], path: str) -> dict[str, Any]:
    """The payload with one more, empty, item in the array at the path.

    Raises: ValidationError when there is no array.
    """
    items, item = _array(shape, payload, path)
    items.append({} if item.kind == "object" else None)
    return payload


def shrunk(shape: Shape, payload: dict[str, Any], path: str) -> dict[str, Any]:
    """The payload without the item at the path.

    Raises: ValidationError when there is no array.
    """
    above, _, number = path.rpartition(".")
    items, _ = _array(shape, payload, above)
    if number.isascii() and number.isdecimal() and len(number) < 6 and int(number) < len(items):
        del items[int(number)]
    return payload


def _array(shape: Shape, payload: dict[str, Any], path: str) -> tuple[list[Any], Shape]:
    """The array at the path, made on the way there where the payload lacks it."""
    here: Any = {ROOT: payload}
    at = Shape("", "object", True, children=(Shape(ROOT, "object", True, children=shape.children),))
    for step in path.split("."):
        if at.kind == "array" and at.item:
            at, key = at.item, _number(step, len(here))
        else:
            at, key = _child(at, step), step
            if key not in here:
                here[key] = [] if at.kind == "array" else {}
        here = here[key]
        if not isinstance(here, dict | list):
            raise ValidationError("There is no such list.")
    if at.item is None or not isinstance(here, list):
        raise ValidationError("There is no such list.")
    return here, at.item


def _child(shape: Shape, name: str) -> Shape:
    for child in shape.children:
        if child.name == name:
            return child
    raise ValidationError("There is no such list.")


def _number(step: str, length: int) -> Any:
    if step.isascii() and step.isdecimal() and len(step) < 6 and int(step) < length:
        return int(step)
    raise ValidationError("There is no such item.")


def complaints(schema: dict[str, Any], payload: dict[str, Any]) -> Errors:
    """What the schema says against the payload, by the path of the input beside which it stands."""
    found: Errors = {}
    for number, error in enumerate(Draft4Validator(schema).iter_errors(payload)):
        if number == _MOST_COMPLAINTS:
            break
        steps = [ROOT, *map(str, error.instance_path)]
        if error.kind.name == "required":
            steps.append(str(error.kind.value))
        found.setdefault(".".join(steps), []).append(_sentence(error.kind.name, error.kind.value))
    return found


def _sentence(keyword: str, detail: Any) -> str:
    words = {
        "required": "This is required.",
        "type": f"This must be of type {' or '.join(map(str, detail)) if isinstance(detail, list) else detail}.",
        "enum": "This is none of the possible values.",
        "maxLength": f"At most {detail} characters.",
        "minItems": f"At least {detail}.",
        "maxItems": f"At most {detail}.",
        "minimum": f"At least {detail}.",
        "maximum": f"At most {detail}.",
        "multipleOf": f"Only steps of {detail}.",
        "additionalProperties": f"There is no such property: {', '.join(detail)[:100]}."
        if isinstance(detail, list)
        else "",
        "format": f"This is no {_FORMATS.get(str(detail), str(detail))}.",
    }
    return words.get(keyword) or f"This breaks the rule “{keyword}”."


def check_text(payload: dict[str, Any]) -> None:
    """Whether a JSON column can hold the payload: no NUL, no half of a character, no infinite number.

    Raises: ValidationError.
    """
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        raise ValidationError("There is half a character, or a number without bounds in it.") from None
    if _NUL.search(text):
        raise ValidationError("There is a NUL character in it.")
