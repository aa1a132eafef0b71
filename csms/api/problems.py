"""Errors as problem documents (RFC 9457) with a list of fields. Whatever goes wrong, a program reads the same shape."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as Refused
from django.db import DataError, IntegrityError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from csms.api.parsers import TooLarge

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


class Conflict(exceptions.APIException):
    """What is asked for contradicts what is there."""

    status_code = 409
    default_detail = "This contradicts what is already there."
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    """Understood, but not possible like this."""

    status_code = 422
    default_detail = "This cannot be done."
    default_code = "unprocessable"


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """The problem document for an exception of a view. A bug is logged here, once, and answered 500 without its text."""
    known = _translated(error)
    if known is None:
        logger.error("The API failed at %s", type(context.get("view")).__name__, exc_info=error)
        known = exceptions.APIException("Something went wrong here. It has been logged.")
    headers = {}
    if challenge := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response(document(known), status=known.status_code, headers=headers, content_type=CONTENT_TYPE)


def document(error: exceptions.APIException) -> dict[str, Any]:
    """The body of a problem."""
    is_validation = isinstance(error, exceptions.ValidationError)
    errors = list(_fields(error.detail)) if is_validation else []
    detail = "The request has errors." if any(item["field"] for item in errors) else _sentence(error.detail)
    return {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": detail,
        "errors": errors,
    }


def _translated(error: Exception) -> exceptions.APIException | None:
    """The exceptions of Django and of the apps' verbs in the API's words; None for a bug."""
    match error:
        case exceptions.APIException():
            return error
        case Refused():
            return exceptions.ValidationError(refusal(error))
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation():
            return exceptions.ParseError()
        case ProtectedError():
            return Conflict("It is still used by others and cannot be deleted.")
        case IntegrityError():
            return Conflict()
        case DataError():
            return exceptions.ParseError("A value is beyond what can be stored.")
    return None


def refusal(error: Refused) -> dict[str, list[str]] | list[str]:
    """What a verb has to say against the values it was given, by field where it names them."""
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested errors as a flat list; a path has dots: `elements.0.price`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name in ("non_field_errors", "__all__") else str(name)
            yield from _fields(inner, ".".join(part for part in (path, own) if part))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _fields(inner, f"{path}.{index}" if isinstance(inner, dict | list) and inner else path)
    else:
        yield {"field": path, "message": str(detail)}


def _sentence(detail: Any) -> str:
    return next((item["message"] for item in _fields(detail)), "")
