"""The buttons of a charging station: each queues a command, whose row then follows it by itself."""

import json
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from authorization.models import IdToken
from chargers import commands, configuration
from chargers.models import ChargingStation, Command, Variable
from csms.dashboard import security_orders
from csms.dashboard.lookup import charger_or_404
from csms.dashboard.page import is_fragment
from csms.dashboard.tracks import Track
from tenants.users.policy import may, requires
from transactions import remote_control
from transactions.models import Transaction

TRIGGERS = (
    ("StatusNotification", "Status of the connectors"),
    ("MeterValues", "Meter values"),
    ("Heartbeat", "Heartbeat"),
    ("BootNotification", "Boot notification"),
    ("FirmwareStatusNotification", "Firmware status"),
    ("LogStatusNotification", "Status of a log"),
)
Order = Callable[[ChargingStation, QueryDict, str], Command]


@require_POST
@requires("operate")
def command(request: HttpRequest, identity: str) -> HttpResponse:
    """Queue the command that a button asks for. With htmx the page stays and hears of it; else the list of commands opens."""
    station = charger_or_404(identity)
    ability, order = ORDERS.get(request.POST.get("order", ""), ("", None))
    if order is None:
        return HttpResponseBadRequest("There is no such order.")
    if not may(request.user, ability):
        raise PermissionDenied("Your role does not allow this command.")
    try:
        note = f"{Track(order(station, request.POST, request.user.get_username())).title}: queued."
    except ValidationError as error:
        note = " ".join(error.messages)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": event("commanded", note)})
    messages.info(request, note)
    return redirect("charger-commands", station.identity)


def event(name: str, note: str) -> str:
    """What htmx is told to trigger on the page. Returns: ASCII JSON, as headers need it."""
    return json.dumps({name: True, "note": note})


def _start(station: ChargingStation, form: QueryDict, author: str) -> Command:
    text, kind = form.get("other_token", "").strip(), "ISO14443"
    if not text:
        token = get_object_or_404(IdToken, pk=_key(form, "token"))
        text, kind = token.id_token, token.type
    return remote_control.request_start(
        station,
        id_token=_clean(text),
        id_token_type=kind,
        evse_number=_key(form, "evse") or None,
        requested_by=author,
    )


def _stop(station: ChargingStation, form: QueryDict, author: str) -> Command:
    transaction = get_object_or_404(
        Transaction.objects.select_related("station"), pk=_key(form, "transaction"), station=station
    )
    return remote_control.request_stop(transaction, requested_by=author)


def _unlock(station: ChargingStation, form: QueryDict, author: str) -> Command:
    payload = {"evseId": _key(form, "evse"), "connectorId": _key(form, "connector")}
    return commands.queue(station, "UnlockConnector", payload, requested_by=author)


def _reset(station: ChargingStation, form: QueryDict, author: str) -> Command:
    return commands.queue(
        station, "Reset", {"type": _choice(form, "type", "OnIdle", "Immediate")}, requested_by=author
    )


def _availability(station: ChargingStation, form: QueryDict, author: str) -> Command:
    status = _choice(form, "status", "Operative", "Inoperative")
    payload = {"operationalStatus": status, **_evse(form)}
    return commands.queue(station, "ChangeAvailability", payload, requested_by=author)


def _trigger(station: ChargingStation, form: QueryDict, author: str) -> Command:
    wanted = _choice(form, "message", *(name for name, _ in TRIGGERS))
    payload = {"requestedMessage": wanted, **_evse(form)}
    return commands.queue(station, "TriggerMessage", payload, requested_by=author)


def _read(station: ChargingStation, form: QueryDict, author: str) -> Command:
    return commands.queue(station, "GetBaseReport", {"reportBase": "FullInventory"}, requested_by=author)


def _set(station: ChargingStation, form: QueryDict, author: str) -> Command:
    row = get_object_or_404(Variable, pk=_key(form, "variable"), station=station)
    item = {
        "attributeValue": _clean(form.get("value", "")),
        "attributeType": row.attribute_type,
        "component": {"name": row.component, **_instance(row.component_instance), **_evse_of(row)},
        "variable": {"name": row.name, **_instance(row.instance)},
    }
    return commands.queue(station, "SetVariables", {"setVariableData": [item]}, requested_by=author)


def _clear_cache(station: ChargingStation, form: QueryDict, author: str) -> Command:
    return commands.queue(station, "ClearCache", {}, requested_by=author)


def _apply_templates(station: ChargingStation, form: QueryDict, author: str) -> Command:
    told = configuration.apply(station, author=author)
    if not told:
        raise ValidationError("Nothing differs from what the templates want.")
    return told[0]


ORDERS: dict[str, tuple[str, Order]] = {
    "start": ("operate", _start),
    "stop": ("operate", _stop),
    "unlock": ("operate", _unlock),
    "trigger": ("operate", _trigger),
    "reset": ("configure", _reset),
    "availability": ("configure", _availability),
    "read": ("configure", _read),
    "set": ("configure", _set),
    "apply-templates": ("configure", _apply_templates),
    "clear-cache": ("configure", _clear_cache),
    **security_orders.ORDERS,
}


def _key(form: QueryDict, name: str) -> int:
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _choice(form: QueryDict, name: str, *known: str) -> str:
    if (chosen := form.get(name, "")) not in known:
        raise ValidationError(f"“{chosen[:50]}” is not possible here.")
    return chosen


def _clean(text: str) -> str:
    if "\0" in text or len(text) > 2500:
        raise ValidationError("That text is too long or has a NUL character.")
    return text


def _evse(form: QueryDict) -> dict[str, dict[str, int]]:
    number = _key(form, "evse")
    return {"evse": {"id": number}} if number else {}


def _instance(name: str) -> dict[str, str]:
    return {"instance": name} if name else {}


def _evse_of(row: Variable) -> dict[str, dict[str, int]]:
    if row.evse_number is None:
        return {}
    connector = {} if row.connector_number is None else {"connectorId": row.connector_number}
    return {"evse": {"id": row.evse_number, **connector}}
