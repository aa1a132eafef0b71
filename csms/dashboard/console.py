"""The command console: every action of the charger's own version, with a form made from its schema and the JSON beside it."""

import json
import shlex
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from chargers import commands
from chargers.models import ChargingStation, Command
from csms.dashboard import console_actions, schema_forms
from csms.dashboard.charger import around
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import show
from csms.dashboard.parameters import text
from csms.dashboard.schema_forms import ROOT, Errors, Shape
from csms.dashboard.tracks import Track
from csms.vocabulary import actions, schemas
from tenants.users.policy import requires

EXPIRIES = ((300, "5 minutes"), (3600, "1 hour"), (86400, "1 day"), (604800, "7 days"))
WISHES = frozenset({"add", "remove", "preview", "fill", "send", "send-json"})
FROM_JSON = frozenset({"fill", "send-json"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A command as it is being written."""

    station: ChargingStation
    action: str
    schema: dict[str, Any]
    shape: Shape


@require_GET
@requires("configure")
def picker(request: HttpRequest, identity: str) -> HttpResponse:
    """All actions that can be sent to the station, by intent; `q` narrows them by intent or name."""
    station = charger_or_404(identity)
    version, wanted = version_of(station), text(request, "q")
    groups = console_actions.groups(actions.to_station(version), wanted) if version else []
    page = around(request, station) | {"version": version, "groups": groups, "q": wanted}
    return show(request, "dashboard/charger_console.html", page)


@require_http_methods(["GET", "POST"])
@requires("configure")
def console(request: HttpRequest, identity: str, action: str) -> HttpResponse:
    """Write one command, look at it as JSON and as a call of the API, send it."""
    draft = draft_of(charger_or_404(identity), action)
    if request.method != "POST":
        return compose(request, draft, repeated(request, draft))
    wish, _, place = request.POST.get("wish", "").partition(":")
    if wish not in WISHES:
        return HttpResponseBadRequest("There is no such wish.")
    written = request.POST.get("json", "")
    try:
        payload = (
            schema_forms.from_json(written)
            if wish in FROM_JSON
            else schema_forms.read(draft.shape, request.POST)
        )
        schema_forms.check_text(payload)
        if wish in ("add", "remove"):
            change = schema_forms.grown if wish == "add" else schema_forms.shrunk
            return compose(request, draft, change(draft.shape, payload, place))
    except ValidationError as error:
        return compose(request, draft, {}, written=written, problem=error.messages[0], status=422)
    errors = schema_forms.complaints(draft.schema, payload)
    if wish in ("send", "send-json") and not errors and is_confirmed(request, draft, payload):
        return send(request, draft, payload)
    return compose(request, draft, payload, errors=errors, is_sending=wish.startswith("send"))


def version_of(station: ChargingStation) -> str:
    """The version that the station spoke last; empty when it has never been connected."""
    presence = getattr(station, "presence", None)
    version: str = presence.ocpp_version if presence else ""
    return version if version in actions.VERSIONS else ""


def draft_of(station: ChargingStation, action: str) -> Draft:
    """An empty command of this action.

    Raises: Http404 when the station's version has no such action.
    """
    version = version_of(station)
    if not version or action not in actions.to_station(version):
        raise Http404(f"“{action}” cannot be sent to {station.identity}.")
    schema = schemas.request_schema(version, action)
    return Draft(station, action, schema, schema_forms.shape_of(schema))


def repeated(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """The payload of the earlier command that `repeat` names; else an empty one."""
    try:
        key = UUID(request.GET.get("repeat", ""))
    except ValueError:
        return {}
    earlier = Command.objects.filter(
        pk=key, station=draft.station, action=draft.action, is_exact=True
    ).first()
    is_usable = earlier and Track(earlier).is_repeatable and isinstance(earlier.payload, dict)
    return earlier.payload if earlier and is_usable else {}


def is_confirmed(request: HttpRequest, draft: Draft, payload: dict[str, Any]) -> bool:
    """Whether a grave command has the station's identity typed beside it."""
    typed = request.POST.get("confirm", "").strip()
    return not console_actions.is_grave(draft.action, payload) or typed == draft.station.identity


def send(request: HttpRequest, draft: Draft, payload: dict[str, Any]) -> HttpResponse:
    """Queue it; the list of commands shows its way."""
    chosen = request.POST.get("expires", "")
    seconds = int(chosen) if chosen in {str(value) for value, _ in EXPIRIES} else EXPIRIES[0][0]
    commands.queue(
        draft.station,
        draft.action,
        payload,
        is_exact=True,
        requested_by=request.user.get_username(),
        expires_in=timedelta(seconds=seconds),
    )
    messages.success(request, f"{draft.action} is queued. The charger's answer is shown below.")
    return redirect("charger-commands", draft.station.identity)


def compose(
    request: HttpRequest,
    draft: Draft,
    payload: dict[str, Any],
    *,
    errors: Errors | None = None,
    written: str = "",
    problem: str = "",
    is_sending: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with the form, the JSON and the call of the API for one payload."""
    errors = errors or {}
    form = schema_forms.field_of(draft.shape, payload, errors)
    beside = {each.path for each in form.walk()} - {ROOT}
    is_grave = console_actions.is_grave(draft.action, payload)
    page = around(request, draft.station) | {
        "action": draft.action,
        "meaning": console_actions.meaning(draft.action),
        "form": form,
        "json": written or json.dumps(payload, indent=2, ensure_ascii=False),
        "problem": problem,
        "is_json_open": bool(problem) or request.POST.get("wish") in ("preview", *FROM_JSON),
        "is_shown_whole": schema_forms.is_shown_whole(draft.shape, payload) or not request.POST,
        "elsewhere": [f"{path}: {' '.join(found)}" for path, found in errors.items() if path not in beside],
        "has_errors": bool(errors),
        "is_grave": is_grave,
        "wants_identity": is_grave and is_sending and not errors,
        "curl": curl(request, draft, payload),
        "expiries": EXPIRIES,
        "expires": request.POST.get("expires", ""),
    }
    refused = bool(errors) or page["wants_identity"]
    return show(request, "dashboard/charger_console_action.html", page, status=422 if refused else status)


def curl(request: HttpRequest, draft: Draft, payload: dict[str, Any]) -> str:
    """The same order as a program gives it, for a shell."""
    address = request.build_absolute_uri(reverse("api-station-calls", args=[draft.station.identity]))
    body = json.dumps({"action": draft.action, "payload": payload}, ensure_ascii=False)
    return (
        f"curl {shlex.quote(address)} \\\n"
        '  -H "Authorization: Bearer $CSMS_API_KEY" -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(body)}"
    )
