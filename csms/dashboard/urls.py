"""The addresses of the dashboard, below a tenant's own."""

from django.urls import path, register_converter

from csms.dashboard import (
    access,
    account,
    billing,
    charger,
    chargers,
    commands,
    console,
    deviations,
    firmware,
    id_tokens,
    maintenance,
    messages,
    onboarding,
    overview,
    search,
    security,
    sessions,
    smart_charging,
    tariffs,
)
from csms.dashboard.lookup import IdentityConverter

register_converter(IdentityConverter, "identity")

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("overview/power/", overview.power, name="overview-power"),
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", account.sign_out, name="sign-out"),
    path("theme/", account.theme, name="theme"),
    path("search/", search.search, name="search"),
    path("chargers/", chargers.chargers, name="chargers"),
    path("chargers.csv", chargers.export, name="chargers-export"),
    path("add-charger/", onboarding.add, name="charger-add"),
    path("door/", onboarding.door, name="door"),
    path("chargers/<identity:identity>/", charger.charger, name="charger"),
    path("chargers/<identity:identity>/sessions/", charger.charger_sessions, name="charger-sessions"),
    path("chargers/<identity:identity>/commands/", charger.charger_commands, name="charger-commands"),
    path("chargers/<identity:identity>/messages/", charger.charger_messages, name="charger-messages"),
    path(
        "chargers/<identity:identity>/configuration/",
        charger.charger_configuration,
        name="charger-configuration",
    ),
    path(
        "chargers/<identity:identity>/maintenance/",
        maintenance.charger_maintenance,
        name="charger-maintenance",
    ),
    path("chargers/<identity:identity>/security/", security.charger_security, name="charger-security"),
    path(
        "chargers/<identity:identity>/security/lower/", security.lower_profile, name="charger-lower-profile"
    ),
    path("chargers/<identity:identity>/access/", access.charger_access, name="charger-access"),
    path("chargers/<identity:identity>/access/reserve/", access.reserve, name="charger-reserve"),
    path(
        "chargers/<identity:identity>/access/reservations/<int:pk>/cancel/",
        access.cancel,
        name="charger-reservation-cancel",
    ),
    path("chargers/<identity:identity>/access/local-list/", access.local_list, name="charger-local-list"),
    path("chargers/<identity:identity>/maintenance/update/", maintenance.update, name="charger-update"),
    path("chargers/<identity:identity>/maintenance/log/", maintenance.request_log, name="charger-log"),
    path(
        "chargers/<identity:identity>/maintenance/log/<uuid:pk>/",
        maintenance.log_file,
        name="charger-log-file",
    ),
    path(
        "chargers/<identity:identity>/smart-charging/",
        smart_charging.charger_smart_charging,
        name="charger-smart-charging",
    ),
    path("chargers/<identity:identity>/smart-charging/limit/", smart_charging.limit, name="charger-limit"),
    path(
        "chargers/<identity:identity>/smart-charging/clear/",
        smart_charging.clear,
        name="charger-clear-limits",
    ),
    path(
        "chargers/<identity:identity>/smart-charging/<int:pk>/clear/",
        smart_charging.clear,
        name="charger-clear-limit",
    ),
    path("chargers/<identity:identity>/smart-charging/ask/", smart_charging.ask, name="charger-ask-schedule"),
    path(
        "chargers/<identity:identity>/deviations/", deviations.charger_deviations, name="charger-deviations"
    ),
    path(
        "chargers/<identity:identity>/deviations/switch/",
        deviations.switch,
        name="charger-deviations-switch",
    ),
    path(
        "chargers/<identity:identity>/deviations/forget/",
        deviations.forget,
        name="charger-deviations-forget",
    ),
    path("firmware/", firmware.images, name="firmware"),
    path("firmware/<int:pk>/remove/", firmware.remove, name="firmware-remove"),
    path("chargers/<identity:identity>/console/", console.picker, name="charger-console"),
    path(
        "chargers/<identity:identity>/console/<str:action>/", console.console, name="charger-console-action"
    ),
    path("chargers/<identity:identity>/command/", commands.command, name="charger-command"),
    path("chargers/<identity:identity>/connect/", onboarding.connect, name="charger-connect"),
    path("chargers/<identity:identity>/connect/line/", onboarding.live_line, name="charger-live-line"),
    path(
        "chargers/<identity:identity>/connect/password/", onboarding.new_password, name="charger-new-password"
    ),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/<int:pk>/", sessions.session, name="session"),
    path("sessions/<int:pk>/close/", sessions.close, name="session-close"),
    path("sessions/<int:pk>/points/", sessions.points, name="session-points"),
    path("messages/", messages.messages, name="messages"),
    path("messages.jsonl", messages.download, name="messages-download"),
    path("id-tokens/", id_tokens.id_tokens, name="id-tokens"),
    path("id-tokens/add/", id_tokens.add, name="id-token-add"),
    path("id-tokens/<int:pk>/decide/", id_tokens.decide, name="id-token-decide"),
    path("tariffs/", tariffs.tariffs, name="tariffs"),
    path("tariffs/<int:pk>/", tariffs.tariff, name="tariff"),
    path("billing/", billing.cdrs, name="cdrs"),
    path("billing/<uuid:pk>/", billing.cdr, name="cdr"),
    path("billing/exports/", billing.cdr_exports, name="cdr-exports"),
    path("billing/exports/<uuid:pk>/", billing.download, name="cdr-export-download"),
]
