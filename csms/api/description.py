"""The OpenAPI description of the API, and the page on which people try it. Both hold no secret, so they need no key."""

import copy
from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import get_script_prefix
from django.utils.decorators import method_decorator
from django.views import View
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularSwaggerSplitView

from csms.api.renderers import dumps

INTRODUCTION = """
Charging stations, commands, transactions, tariffs and charge detail records of one tenant.

**Key.** `Authorization: Bearer <api key>`. A key belongs to one tenant and has a role; under another tenant's address it is refused with 401.

**Forms.** JSON. Times are UTC with `Z`. Energy is in Wh, power in W, as numbers; money is a decimal string in the currency that stands beside it.

**Lists** have `results`, `next` and `previous`; follow the links as they are. `page_size` is at most 500, `ordering` names a field, with `-` downwards.
`from` is inclusive, `to` is not.

**Strict.** Fields, parameters and orderings that do not exist are refused with 400. Every error is a problem document (RFC 9457) whose `errors` name the fields.

**Idempotency-Key.** An unsafe call that is repeated with the same key and body within 24 hours is executed once and answered the same
(`Idempotency-Replayed: true`); with another body it is refused with 422. A call that failed may be repeated. The answer to a repeated order to a
station tells what became of it since.

**Orders to stations** (`/commands/`, `/calls/`) are queued and expire after five minutes. With `wait` (seconds, at most 120) the answer is held back: 200
once the order has its final state, 202 when the time is over before. `accepted` is the station's own answer; that it came true is seen in `effect_seen_at`
or in the transaction.

**Transactions** are found by `id`, or by `transaction_id` where only one has it; with `?station=` by the transaction id at that station.
"""
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeated within 24 hours with the same body, the call is executed once and answered the same.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
ENUMERATIONS = {
    "ConnectorStatus": "chargers.models.ConnectorStatus",
    "CommandStatus": "chargers.models.Command.Status",
    "IdTokenStatus": "authorization.models.IdToken.Status",
    "ExportStatus": "billing.models.CdrExport.Status",
    "TransactionState": "transactions.models.Transaction.State",
    "FirmwareUpdateState": "chargers.models.FirmwareUpdate.State",
    "LogRequestState": "chargers.models.LogRequest.State",
    "CdrState": "billing.models.ChargeDetailRecord.State",
}
UNSAFE = frozenset({"post", "put", "patch", "delete"})


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is presented."""

    target_class = "csms.api.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme for OpenAPI."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of the tenant."}


class SchemaView(View):
    """The description as JSON, with the tenant's own address as its server."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The document."""
        document = {**described(), "servers": [{"url": get_script_prefix().rstrip("/") or "/"}]}
        return HttpResponse(dumps(document), content_type="application/vnd.oai.openapi+json")


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files. It sets style attributes on its elements, which only this page allows."""

    url_name = "api-schema"
    authentication_classes = []
    permission_classes = []

    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}))
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or with `?script` its script."""
        return super().dispatch(request, *args, **kwargs)


@lru_cache(maxsize=1)
def described() -> dict[str, Any]:
    """The description, the same for every tenant."""
    from csms.api import urls  # they name the views of this module

    generator = SchemaGenerator(patterns=urls.described)  # type: ignore[no-untyped-call]
    with patched_settings({"ENUM_NAME_OVERRIDES": ENUMERATIONS}):
        document: dict[str, Any] = copy.deepcopy(generator.get_schema(public=True))  # type: ignore[no-untyped-call]
    document["info"]["description"] = INTRODUCTION.strip()
    document["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add what every operation has: problems, and for unsafe ones the Idempotency-Key."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"]["default"] = {"description": "A problem document.", "content": content}
    if method in UNSAFE:
        operation["parameters"] = [*operation.get("parameters", []), IDEMPOTENCY_KEY]
