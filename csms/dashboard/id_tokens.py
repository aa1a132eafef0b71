"""Id tokens: who may charge. Adding, blocking, and letting charge again."""

from datetime import UTC
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from authorization import id_tokens as verbs
from authorization import queries
from authorization.models import IdToken, IdTokenType
from csms.dashboard.forms import Form
from csms.dashboard.messages import sees_whole_tokens
from csms.dashboard.page import show
from csms.dashboard.parameters import text
from tenants.users.policy import requires

PAGE_SIZE = 100


class IdTokenForm(Form):
    """What an id token needs to be."""

    id_token = forms.CharField(
        max_length=36,
        label="Id token",
        help_text="The number of the card as the charger reads it, for example 04B7C2A1D25E80.",
    )
    type = forms.ChoiceField(choices=IdTokenType.choices, initial=IdTokenType.ISO14443)
    holder = forms.CharField(
        max_length=100, required=False, help_text="Who carries it; only people see this."
    )
    group = forms.CharField(
        max_length=36, required=False, help_text="Tokens of a group may stop one another's sessions."
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Valid until (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


@require_GET
@requires("view")
def id_tokens(request: HttpRequest) -> HttpResponse:
    """The list."""
    chosen, status, after = text(request, "q"), text(request, "status"), text(request, "after")
    rows = IdToken.objects.select_related("group").order_by("id_token", "pk")
    if chosen:
        rows = rows.filter(matching(chosen, is_full=sees_whole_tokens(request)))
    if status in IdToken.Status.values:
        rows = rows.filter(status=status)
    total = rows.count()
    found = list((rows.filter(id_token__gt=after) if after else rows)[: PAGE_SIZE + 1])
    page = {
        "rows": found[:PAGE_SIZE],
        "next": found[PAGE_SIZE - 1].id_token if len(found) > PAGE_SIZE else None,
        "total": total,
        "q": chosen,
        "status": status,
        "now": timezone.now(),
        "lists": queries.list_figures(),
        "is_full": sees_whole_tokens(request),
    }
    return show(request, "dashboard/id_tokens.html", page)


def matching(chosen: str, *, is_full: bool) -> Q:
    """Tokens whose number begins with the text, or whose holder contains it; a masked tail cannot be guessed by searching."""
    number = Q(id_token__istartswith=chosen) if is_full or len(chosen) <= 6 else Q(id_token__iexact=chosen)
    return number | Q(holder__icontains=chosen) | Q(group__name__iexact=chosen)


@requires("manage_id_tokens")
def add(request: HttpRequest) -> HttpResponse:
    """The form for one more."""
    form = IdTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token = verbs.add(**facts(form.cleaned_data))
        except ValidationError as error:
            form.add_error("id_token", error.messages[0])
        else:
            messages.success(request, f"{token.id_token} may charge now.")
            return redirect("id-tokens")
    return show(request, "dashboard/id_token_add.html", {"form": form}, status=422 if form.errors else 200)


def facts(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the verb takes them."""
    expires_at = cleaned["expires_at"]
    return {
        "id_token": cleaned["id_token"],
        "type": cleaned["type"],
        "holder": cleaned["holder"],
        "group": cleaned["group"] or None,
        "expires_at": expires_at.astimezone(UTC) if expires_at else None,
    }


@require_POST
@requires("manage_id_tokens")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Block an id token, or let it charge again."""
    token = get_object_or_404(IdToken, pk=pk)
    is_blocked = request.POST.get("status") == IdToken.Status.BLOCKED
    token.status = IdToken.Status.BLOCKED if is_blocked else IdToken.Status.ACCEPTED
    token.save(update_fields=["status"])
    messages.success(request, f"{token.id_token} {'is blocked' if is_blocked else 'may charge again'}.")
    return redirect("id-tokens")
