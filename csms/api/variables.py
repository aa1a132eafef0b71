"""`/stations/{identity}/variables/`: the device model, or 1.6's configuration keys in the same form. Secrets are never shown."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from chargers.messages import SECRET_NAMES
from chargers.models import Variable
from csms.api import filters, stations
from csms.api.views import ListView


class VariableSerializer(serializers.ModelSerializer[Variable]):
    """One attribute of one variable."""

    evse = serializers.IntegerField(source="evse_number", allow_null=True)
    connector = serializers.IntegerField(source="connector_number", allow_null=True)

    class Meta:
        model = Variable
        fields = (
            "component", "component_instance", "evse", "connector", "name", "instance", "attribute_type", "value",
            "desired_value", "mutability", "data_type", "unit", "values_list", "reported_at",
        )  # fmt: skip

    def to_representation(self, instance: Variable) -> dict[str, Any]:
        """The attribute; without values where they are secret, however they got into the row."""
        shown = super().to_representation(instance)
        if instance.mutability == "WriteOnly" or instance.name.lower() in SECRET_NAMES:
            shown["value"] = shown["desired_value"] = None
        return shown


class VariablesView(ListView):
    """The variables of a station as it reported them."""

    serializer_class = VariableSerializer
    orderings = {"component": "component", "name": "name"}
    default_ordering = "component"
    filters = {
        "component": filters.text("component__iexact", "Only of this component."),
        "name": filters.text("name__iexact", "Only variables with this name."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the station of the address."""
        return Variable.objects.filter(station=stations.find(self.kwargs["identity"]))
