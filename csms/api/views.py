"""What the views of all resources share: strict queries, lists by page, unsafe calls once per Idempotency-Key."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from csms.api import idempotency, pagination
from csms.api.filters import Filter, Filters
from csms.api.openapi import Schema


class ApiView(GenericAPIView[Any]):
    """A resource. `abilities` names what a role needs per unsafe method; `parameters` those of the query besides a list's."""

    abilities: ClassVar[Mapping[str, str]] = {}
    filters: ClassVar[Mapping[str, Filter]] = {}
    orderings: ClassVar[Mapping[str, str]] = {"id": "id"}
    default_ordering: ClassVar[str] = "id"
    parameters: ClassVar[frozenset[str]] = frozenset()
    filter_backends = [Filters]
    metadata_class = None
    schema = Schema()
    is_list: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check key, role and the names in the query.

        Raises: ValidationError for a parameter that means nothing here; NotFound for an address that the database cannot look up.
        """
        super().initial(request, *args, **kwargs)
        if any("\0" in str(part) for part in kwargs.values()):
            raise NotFound
        unknown = request.query_params.keys() - self.parameters
        if unknown:
            raise ValidationError(dict.fromkeys(sorted(unknown), "There is no such parameter here."))

    def saved(self, request: Request, *, instance: Any = None, is_partial: bool = False) -> Any:
        """The object after it took the values of the body.

        Raises: ValidationError.
        """
        serializer = self.get_serializer(instance, data=request.data, partial=is_partial)
        serializer.is_valid(raise_exception=True)
        return serializer.save()

    def shown(self, instance: Any) -> Any:
        """The object as the API shows it."""
        return self.get_serializer(instance).data


class ListView(ApiView):
    """GET: a page of the rows."""

    is_list = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.parameters = frozenset(cls.filters) | pagination.PARAMETERS

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of the list."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class CollectionView(ListView):
    """GET: a page of the rows; POST: a new one."""

    object_view: ClassVar[str] = ""
    object_key: ClassVar[str] = "pk"

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a new one."""
        if request.query_params:
            raise ValidationError(dict.fromkeys(request.query_params, "There is no such parameter here."))
        return idempotency.once(request, lambda: self.create(request))

    def create(self, request: Request) -> Response:
        """The answer with the new object."""
        row = self.saved(request)
        return Response(self.shown(row), status=201, headers={"Location": self.address(row)})

    def address(self, row: Any) -> str:
        """Where the object is found."""
        return reverse(self.object_view, args=[getattr(row, self.object_key)])


class ObjectView(ApiView):
    """GET: one object."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The object."""
        return Response(self.shown(self.get_object()))


class ChangingView(ObjectView):
    """GET, PATCH and DELETE of one object."""

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that are given."""
        return idempotency.once(request, lambda: self.change(request, is_partial=True))

    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it."""
        return idempotency.once(request, self.remove)

    def change(self, request: Request, *, is_partial: bool) -> Response:
        """The answer with the changed object."""
        row = self.saved(request, instance=self.get_object(), is_partial=is_partial)
        return Response(self.shown(row))

    def remove(self) -> Response:
        """The empty answer after it is gone."""
        self.get_object().delete()
        return Response(status=204)


class ReplacingView(ChangingView):
    """As `ChangingView`, and PUT, for which all required fields must be given; optional ones that are left out stay."""

    def put(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace it."""
        return idempotency.once(request, lambda: self.change(request, is_partial=False))
