"""The addresses of the API, below `/api/` of a tenant."""

from typing import Final

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from csms.api import (
    cdr_exports,
    cdrs,
    charging_profiles,
    commands,
    configuration_templates,
    deviations,
    firmware,
    id_tokens,
    local_lists,
    logs,
    messages,
    reservations,
    security,
    sites,
    stations,
    tariff_preview,
    tariffs,
    transactions,
    variables,
)
from csms.api.description import DocsView, SchemaView
from csms.api.waiting import holding_back


class NowhereView(APIView):
    """Every other address: a program gets a problem document, not a page for people."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse every method.

        Raises: NotFound.
        """
        super().initial(request, *args, **kwargs)
        hint = "" if request.path.endswith("/") else " Addresses end with a slash."
        raise NotFound(f"There is nothing at this address.{hint}")


V1: Final[list[URLPattern | URLResolver]] = [
    path("stations/", stations.StationsView.as_view(), name="api-stations"),
    path("stations/<str:identity>/", stations.StationView.as_view(), name="api-station"),
    path(
        "stations/<str:identity>/commands/",
        holding_back(commands.CommandsView.as_view()),
        name="api-station-commands",
    ),
    path(
        "stations/<str:identity>/calls/", holding_back(commands.CallsView.as_view()), name="api-station-calls"
    ),
    path(
        "stations/<str:identity>/variables/", variables.VariablesView.as_view(), name="api-station-variables"
    ),
    path(
        "stations/<str:identity>/configuration/",
        configuration_templates.ConfigurationView.as_view(),
        name="api-station-configuration",
    ),
    path(
        "configuration-templates/",
        configuration_templates.ConfigurationTemplatesView.as_view(),
        name="api-configuration-templates",
    ),
    path(
        "configuration-templates/<int:pk>/",
        configuration_templates.ConfigurationTemplateView.as_view(),
        name="api-configuration-template",
    ),
    path(
        "stations/<str:identity>/deviations/",
        deviations.DeviationsView.as_view(),
        name="api-station-deviations",
    ),
    path(
        "stations/<str:identity>/messages/",
        messages.StationMessagesView.as_view(),
        name="api-station-messages",
    ),
    path(
        "stations/<str:identity>/local-list/",
        local_lists.LocalListView.as_view(),
        name="api-station-local-list",
    ),
    path("reservations/", reservations.ReservationsView.as_view(), name="api-reservations"),
    path("reservations/<int:pk>/", reservations.ReservationView.as_view(), name="api-reservation"),
    path("commands/<uuid:pk>/", commands.CommandView.as_view(), name="api-command"),
    path("firmware-images/", firmware.ImagesView.as_view(), name="api-firmware-images"),
    path("firmware-updates/", firmware.UpdatesView.as_view(), name="api-firmware-updates"),
    path("firmware-updates/<int:pk>/", firmware.UpdateView.as_view(), name="api-firmware-update"),
    path("log-requests/", logs.LogsView.as_view(), name="api-logs"),
    path("log-requests/<uuid:pk>/", logs.LogView.as_view(), name="api-log"),
    path("log-requests/<uuid:pk>/file/", logs.LogFileView.as_view(), name="api-log-file"),
    path(
        "stations/<str:identity>/key-rotations/",
        security.KeyRotationsView.as_view(),
        name="api-station-key-rotations",
    ),
    path(
        "stations/<str:identity>/certificates/",
        security.CertificatesView.as_view(),
        name="api-station-certificates",
    ),
    path(
        "stations/<str:identity>/certificates/<int:pk>/",
        security.CertificateView.as_view(),
        name="api-station-certificate",
    ),
    path(
        "stations/<str:identity>/certificate-requests/",
        security.CertificateRequestsView.as_view(),
        name="api-station-certificate-requests",
    ),
    path("security-events/", security.SecurityEventsView.as_view(), name="api-security-events"),
    path("messages/", messages.MessagesView.as_view(), name="api-messages"),
    path("sites/", sites.SitesView.as_view(), name="api-sites"),
    path("sites/<int:pk>/", sites.SiteView.as_view(), name="api-site"),
    path("id-tokens/", id_tokens.IdTokensView.as_view(), name="api-id-tokens"),
    path("id-tokens/<int:pk>/", id_tokens.IdTokenView.as_view(), name="api-id-token"),
    path("id-token-groups/", id_tokens.IdTokenGroupsView.as_view(), name="api-id-token-groups"),
    path("id-token-groups/<int:pk>/", id_tokens.IdTokenGroupView.as_view(), name="api-id-token-group"),
    path(
        "charging-profiles/",
        charging_profiles.ChargingProfilesView.as_view(),
        name="api-charging-profiles",
    ),
    path(
        "charging-profiles/<int:pk>/",
        charging_profiles.ChargingProfileView.as_view(),
        name="api-charging-profile",
    ),
    path("transactions/", transactions.TransactionsView.as_view(), name="api-transactions"),
    path("transactions/<str:id>/", transactions.TransactionView.as_view(), name="api-transaction"),
    path(
        "transactions/<str:id>/meter-values/", transactions.MeterValuesView.as_view(), name="api-meter-values"
    ),
    path("tariffs/", tariffs.TariffsView.as_view(), name="api-tariffs"),
    path("tariffs/<int:pk>/", tariffs.TariffView.as_view(), name="api-tariff"),
    path("tariffs/<int:pk>/preview/", tariff_preview.PreviewView.as_view(), name="api-tariff-preview"),
    path("cdrs/", cdrs.CdrsView.as_view(), name="api-cdrs"),
    path("cdrs/<uuid:pk>/", cdrs.CdrView.as_view(), name="api-cdr"),
    path("cdr-exports/", cdr_exports.ExportsView.as_view(), name="api-cdr-exports"),
    path("cdr-exports/<uuid:pk>/", cdr_exports.ExportView.as_view(), name="api-cdr-export"),
    path("cdr-exports/<uuid:pk>/file/", cdr_exports.ExportFileView.as_view(), name="api-cdr-export-file"),
]
described: Final[list[URLPattern | URLResolver]] = [path("api/v1/", include(V1))]
urlpatterns: Final[list[URLPattern | URLResolver]] = [
    path("v1/", include(V1)),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    re_path("", NowhereView.as_view(), name="api-nowhere"),
]
