"""`/reservations/`: EVSEs that stations keep free for id tokens. Every unsafe call is an order to the station; its answer moves the row."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import IdTokenType
from csms.api import filters, stations, strict
from csms.api.authentication import name_of
from csms.api.problems import Conflict
from csms.api.views import ChangingView, CollectionView
from transactions import reservations
from transactions.models import Reservation
from transactions.reservations import LONGEST_TOKEN

ABILITIES = dict.fromkeys(("POST", "PATCH", "DELETE"), "operate")
LARGEST_EVSE = 2**31 - 1


class ReservationSerializer(serializers.ModelSerializer[Reservation]):
    """A reservation. `evse` null: whichever is free. `command` is the newest order about it, `answer` the station's word to it."""

    station = serializers.CharField(source="station.identity")
    evse = serializers.IntegerField(source="evse_number", allow_null=True)
    group = serializers.CharField(source="group_name", help_text="Empty: only the token itself.")

    class Meta:
        model = Reservation
        fields = (
            "id", "reservation_id", "station", "evse", "id_token", "id_token_type", "group", "expires_at", "state", "answer",
            "note", "transaction", "command", "requested_by", "created_at", "accepted_at", "ended_at",
        )  # fmt: skip


class TermsSerializer(strict.Strict):
    """What a station is asked for. Without `evse` it may be any; tokens of `group` may use it as well."""

    evse = serializers.IntegerField(
        source="evse_number", min_value=1, max_value=LARGEST_EVSE, allow_null=True, required=False
    )
    expires_at = serializers.DateTimeField()


class NewReservationSerializer(TermsSerializer):
    """A new reservation."""

    station = serializers.CharField(max_length=255)
    id_token = serializers.CharField(max_length=LONGEST_TOKEN)
    id_token_type = serializers.ChoiceField(choices=IdTokenType.choices, default=IdTokenType.ISO14443)
    group = serializers.CharField(max_length=36, allow_blank=True, required=False)


class ReservationsView(CollectionView):
    """The reservations of the tenant, newest first."""

    abilities = ABILITIES
    serializer_class = ReservationSerializer
    orderings = {"created_at": "created_at", "expires_at": "expires_at", "id": "id"}
    default_ordering = "-created_at"
    object_view = "api-reservation"
    filters = {
        "station": filters.station(),
        "site": filters.site(),
        "state": filters.choice("state", Reservation.State.values, "Only in this state."),
        "id_token": filters.text("id_token__iexact", "Only for this id token."),
        "from": filters.since("expires_at"),
        "to": filters.until("expires_at"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return Reservation.objects.select_related("station")

    @extend_schema(request=NewReservationSerializer, responses={201: ReservationSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a station to keep an EVSE free. The reservation is `requested` until the station has answered."""
        return super().post(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        """The answer with the new reservation."""
        wanted = NewReservationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        terms = {"evse_number": None, **wanted.validated_data}
        station = stations.find(terms.pop("station"))
        row = reservations.reserve(station, requested_by=name_of(request), **terms)
        return Response(self.shown(row), status=201, headers={"Location": self.address(row)})


class ReservationView(ChangingView):
    """One reservation."""

    abilities = ABILITIES
    serializer_class = ReservationSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with the stations' names."""
        return Reservation.objects.select_related("station")

    @extend_schema(request=TermsSerializer, responses={202: ReservationSerializer})
    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the station to keep it on other terms. They are shown once the station has agreed.

        Raises: Conflict when it has ended.
        """
        return super().patch(request, *args, **kwargs)

    @extend_schema(responses={202: ReservationSerializer})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the station to keep it no longer. It is `cancelled` once the station has agreed.

        Raises: Conflict when it has ended.
        """
        return super().delete(request, *args, **kwargs)

    def change(self, request: Request, *, is_partial: bool) -> Response:
        """The answer with the reservation as it stands, and the order that may change it."""
        row = self.open()
        wanted = TermsSerializer(data=request.data, partial=is_partial)
        wanted.is_valid(raise_exception=True)
        terms: dict[str, int | datetime | None] = wanted.validated_data
        return Response(
            self.shown(reservations.change(row, requested_by=name_of(request), **terms)), status=202
        )

    def remove(self) -> Response:
        """The answer with the reservation, which the station has yet to give up."""
        row = self.open()
        row.command = reservations.cancel(row, requested_by=name_of(self.request))
        return Response(self.shown(row), status=202)

    def open(self) -> Reservation:
        """The reservation of the address.

        Raises: Http404, Conflict.
        """
        row: Reservation = self.get_object()
        if not row.is_open:
            raise Conflict("This reservation has ended.")
        return row
