"""`/charging-profiles/`: limits over time that stations hold. Every unsafe call is an order to the station; its answer moves the row."""

from dataclasses import asdict, replace
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chargers import charging_profiles, charging_schedules
from chargers.charging_schedules import (
    ABSOLUTE,
    CYCLES,
    KINDS,
    LARGEST,
    LONGEST_S,
    PURPOSES,
    UNITS,
    Period,
    Profile,
)
from chargers.charging_schedules import Schedule as Limits
from chargers.models import ChargingProfile
from csms.api import filters, stations, strict
from csms.api.authentication import name_of
from csms.api.problems import Conflict
from csms.api.views import ChangingView, CollectionView

ABILITIES = dict.fromkeys(("POST", "PATCH", "DELETE"), "configure")
MOST_PERIODS = 1024
OF_THE_SCHEDULE = {
    "unit": "unit", "start_schedule": "start", "duration_s": "duration_s", "min_charging_rate": "lowest_rate", "periods": "periods",
}  # fmt: skip
OF_THE_PROFILE = {
    "evse": "evse_number", "purpose": "purpose", "kind": "kind", "recurrency": "recurrency", "stack_level": "stack_level",
    "valid_from": "valid_from", "valid_to": "valid_to", "transaction_id": "transaction_id",
}  # fmt: skip


class PeriodSerializer(strict.Strict):
    """From so many seconds after the begin on."""

    start_s = serializers.IntegerField(min_value=0, max_value=LONGEST_S)
    limit = strict.Number(
        max_digits=10, decimal_places=1, min_value=0, help_text="A for each phase, or W for all together."
    )
    phases = serializers.IntegerField(min_value=1, max_value=3, allow_null=True, required=False)


class TermsSerializer(strict.Strict):
    """What a station is to hold. Without `duration_s` the last period holds for good, or until the transaction ends."""

    evse = serializers.IntegerField(
        min_value=0, max_value=LARGEST, help_text="0: the station; with a TxDefaultProfile each EVSE."
    )
    purpose = serializers.ChoiceField(choices=PURPOSES)
    kind = serializers.ChoiceField(choices=KINDS, required=False, help_text="Absolute unless given.")
    recurrency = serializers.ChoiceField(choices=list(CYCLES), required=False, allow_blank=True)
    stack_level = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)
    transaction_id = serializers.CharField(max_length=36, required=False, allow_blank=True)
    unit = serializers.ChoiceField(choices=UNITS)
    start_schedule = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="Of a new Absolute profile that names no time at all: now.",
    )
    duration_s = serializers.IntegerField(min_value=1, max_value=LONGEST_S, required=False, allow_null=True)
    min_charging_rate = strict.Number(
        max_digits=10, decimal_places=1, min_value=0, required=False, allow_null=True
    )
    periods = serializers.ListField(child=PeriodSerializer(), min_length=1, max_length=MOST_PERIODS)


class NewChargingProfileSerializer(TermsSerializer):
    """A new charging profile; `profile_id` is its number at the station, and is chosen here unless given."""

    station = serializers.CharField(max_length=255)
    profile_id = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False)


class ChargingProfileSerializer(TermsSerializer):
    """A charging profile as it is wanted; `confirmed` is what the station has accepted, in OCPP 2.0.1's words (null: nothing)."""

    id = serializers.IntegerField(read_only=True)
    profile_id = serializers.IntegerField(read_only=True)
    station = serializers.CharField(source="station.identity", read_only=True)
    state = serializers.ChoiceField(choices=ChargingProfile.State.choices, read_only=True)
    answer = serializers.CharField(read_only=True, help_text="The station's own word.")
    note = serializers.CharField(read_only=True)
    confirmed = strict.Payload(allow_null=True, read_only=True)
    command = serializers.UUIDField(source="command_id", allow_null=True, read_only=True)
    requested_by = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    confirmed_at = serializers.DateTimeField(allow_null=True, read_only=True)
    ended_at = serializers.DateTimeField(allow_null=True, read_only=True)

    def to_representation(self, instance: ChargingProfile) -> dict[str, Any]:
        """The row with the terms that its document holds."""
        profile = charging_schedules.read(instance.evse_number, instance.document)
        profile = replace(profile, transaction_id=instance.transaction_id)
        own = {name for name, field in self.fields.items() if field.read_only}
        return super().to_representation(
            {name: getattr(instance, name) for name in (own | {"command_id"}) - {"command"}} | _terms(profile)
        )


class ChargingProfilesView(CollectionView):
    """The charging profiles of the tenant, newest first."""

    abilities = ABILITIES
    serializer_class = ChargingProfileSerializer
    orderings = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    object_view = "api-charging-profile"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "state": filters.choice("state", ChargingProfile.State.values, "Only in this state."),
        "purpose": filters.choice("purpose", PURPOSES, "Only of this purpose."),
        "transaction": filters.text("transaction_id", "Only of this transaction (the station's own id)."),
        "from": filters.since("created_at"),
        "to": filters.until("created_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return _rows()

    @extend_schema(request=NewChargingProfileSerializer, responses={201: ChargingProfileSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a profile to its station. It is `requested` until the station has answered."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The answer with the new profile."""
        wanted = NewChargingProfileSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        terms = dict(wanted.validated_data)
        station = stations.find(terms.pop("station"))
        number = terms.pop("profile_id", 0)
        if terms.get("kind", ABSOLUTE) == ABSOLUTE and not (
            terms.get("start_schedule") or terms.get("valid_from")
        ):
            terms["start_schedule"] = timezone.now()
        nothing = Profile(0, "", 0, ABSOLUTE, Limits("", ()), number)
        row = charging_profiles.install(station, _with(nothing, terms), requested_by=name_of(request))
        return Response(self.shown(row), status=201, headers={"Location": self.address(row)})


class ChargingProfileView(ChangingView):
    """One charging profile."""

    abilities = ABILITIES
    serializer_class = ChargingProfileSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return _rows()

    @extend_schema(request=TermsSerializer, responses={202: ChargingProfileSerializer})
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the profile again under its number, with other terms. `confirmed` stays until the station has accepted them."""
        return super().patch(request, *args, **kwargs)

    @extend_schema(responses={202: ChargingProfileSerializer, 204: None})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the station to forget the profile (202); one that it does not hold is deleted here (204)."""
        return super().delete(request, *args, **kwargs)

    def change(self, request: Request, *, is_partial: bool) -> Response:
        """The answer with the profile as it is wanted now.

        Raises: Conflict when its transaction is over.
        """
        row: ChargingProfile = self.get_object()
        if row.state == ChargingProfile.State.ENDED:
            raise Conflict("The transaction of this profile is over.")
        wanted = TermsSerializer(data=request.data, partial=is_partial)
        wanted.is_valid(raise_exception=True)
        before = charging_schedules.read(row.evse_number, row.document)
        before = replace(before, transaction_id=row.transaction_id)
        changed = charging_profiles.install(
            row.station, _with(before, wanted.validated_data), requested_by=name_of(request)
        )
        return Response(self.shown(changed), status=202)

    def remove(self) -> Response:
        """The answer with the profile, which the station has yet to forget; empty where there is nothing to forget."""
        row: ChargingProfile = self.get_object()
        if row.is_over:
            row.delete()
            return Response(status=204)
        row = charging_profiles.clear(row, requested_by=name_of(self.request))
        return Response(self.shown(row), status=202)


def _rows() -> QuerySet[ChargingProfile]:
    charging_profiles.settle()
    return ChargingProfile.objects.select_related("station")


def _terms(profile: Profile) -> dict[str, Any]:
    schedule = profile.schedule
    terms = {name: getattr(profile, attribute) for name, attribute in OF_THE_PROFILE.items()}
    terms |= {name: getattr(schedule, attribute) for name, attribute in OF_THE_SCHEDULE.items()}
    return terms | {"periods": [asdict(period) for period in schedule.periods]}


def _with(profile: Profile, terms: dict[str, Any]) -> Profile:
    """The profile with what is given changed."""
    given = dict(terms)
    if "periods" in given:
        given["periods"] = tuple(Period(**period) for period in given["periods"])
    schedule = {OF_THE_SCHEDULE[name]: given.pop(name) for name in list(given) if name in OF_THE_SCHEDULE}
    own = {OF_THE_PROFILE[name]: value for name, value in given.items()}
    return replace(profile, **own, schedule=replace(profile.schedule, **schedule))
