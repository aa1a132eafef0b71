"""The admin pages of sites and charging stations. What stations report is shown and never touched."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from chargers import stations
from chargers.models import (
    CertificateAuthority,
    CertificatePolicy,
    CertificateRequest,
    ChargingProfile,
    ChargingStation,
    Command,
    CompositeSchedule,
    ConfigurationTemplate,
    Connector,
    Deviation,
    Evse,
    FirmwareImage,
    FirmwareUpdate,
    InstalledCertificate,
    KeyRotation,
    LogRequest,
    Message,
    Presence,
    QuarantinedFrame,
    Refusal,
    Report,
    RootCertificate,
    SecurityEvent,
    Site,
    Variable,
)
from tenants.admin_sites import BaseAdmin, PermanentAdmin, RecordAdmin, tenant_admin


@admin.register(Site, site=tenant_admin)
class SiteAdmin(BaseAdmin):
    """Places where stations stand."""

    ability = "manage_chargers"
    list_display = ("name", "city", "country_code", "time_zone")
    search_fields = ("name", "city", "address", "postal_code")


@admin.register(ChargingStation, site=tenant_admin)
class ChargingStationAdmin(PermanentAdmin):
    """Stations. The password of a new one is shown once; an old one's is never shown."""

    ability = "manage_chargers"
    list_display = ("identity", "site", "vendor", "model", "firmware_version", "registration", "is_blocked")
    list_select_related = ("site",)
    list_filter = ("registration", "is_blocked", "is_simulated", "security_profile", "site")
    search_fields = ("identity", "vendor", "model", "serial_number")
    actions = ("give_new_password",)
    new_fields = ("identity", "site")
    own_fields = ("site", "note", "is_blocked", "is_quiet")
    reported_fields = (
        "identity", "security_profile", "insecure_until", "is_simulated", "registration", "vendor", "model",
        "serial_number", "firmware_version", "iccid", "imsi", "meter_type", "meter_serial_number", "booted_at",
        "boot_reason", "created_at",
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What is asked of a new station, and what is shown of an old one."""
        return self.new_fields if obj is None else self.own_fields + self.reported_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What the station says about itself."""
        return () if obj is None else self.reported_fields

    def save_model(self, request: HttpRequest, obj: ChargingStation, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save what people decide, or add a station and show its password this once."""
        if change:
            stations.change(obj, **{name: getattr(obj, name) for name in self.own_fields})
            return
        station, password = stations.add(obj.identity, site=obj.site)
        obj.pk = station.pk
        messages.warning(request, f"Copy the password of {station} now, it is not shown again: {password}")

    @admin.action(description="Give a new password", permissions=["change"])
    def give_new_password(self, request: HttpRequest, chosen: QuerySet[ChargingStation]) -> None:
        """Make new passwords, and show them this once."""
        for station in chosen:
            password = stations.new_password(station)
            messages.warning(request, f"The new password of {station}, shown this once: {password}")


@admin.register(Presence, site=tenant_admin)
class PresenceAdmin(RecordAdmin):
    """Which stations are connected."""

    list_display = ("station", "is_online", "ocpp_version", "remote_address", "connected_at", "last_seen_at")
    list_select_related = ("station",)
    search_fields = ("station__identity",)

    @admin.display(boolean=True, description="Online")
    def is_online(self, presence: Presence) -> bool:
        """Whether a gateway holds the socket."""
        return presence.is_online


@admin.register(Evse, site=tenant_admin)
class EvseAdmin(RecordAdmin):
    """The stations' parts that charge one vehicle each."""

    list_display = ("station", "number")
    list_select_related = ("station",)
    search_fields = ("station__identity",)


@admin.register(Connector, site=tenant_admin)
class ConnectorAdmin(RecordAdmin):
    """Connectors with their last reported status."""

    list_display = ("evse", "number", "status", "detail", "error_code", "reported_at")
    list_select_related = ("evse__station",)
    list_filter = ("status",)
    search_fields = ("evse__station__identity",)


@admin.register(Variable, site=tenant_admin)
class VariableAdmin(RecordAdmin):
    """The device model, as reported."""

    list_display = ("station", "component", "evse_number", "name", "attribute_type", "value", "reported_at")
    list_select_related = ("station",)
    search_fields = ("station__identity", "component", "name")


@admin.register(Report, site=tenant_admin)
class ReportAdmin(RecordAdmin):
    """Reports of the device model, and how much of them has arrived."""

    list_display = ("station", "request_id", "variables", "started_at", "completed_at")
    list_select_related = ("station",)


@admin.register(Command, site=tenant_admin)
class CommandAdmin(RecordAdmin):
    """What was ordered, and what came of it."""

    list_display = ("station", "action", "status", "requested_by", "queued_at", "finished_at")
    list_select_related = ("station",)
    list_filter = ("status", "action")
    search_fields = ("station__identity", "action", "message_id")


@admin.register(Message, site=tenant_admin)
class MessageAdmin(RecordAdmin):
    """The message log."""

    list_display = ("time", "station", "direction", "action", "result", "latency_ms")
    list_select_related = ("station",)
    list_filter = ("direction", "result")
    search_fields = ("station__identity", "message_id", "transaction_id")


@admin.register(Refusal, site=tenant_admin)
class RefusalAdmin(RecordAdmin):
    """Who was refused at the door, and why."""

    list_display = ("identity", "reason", "http_status", "attempts", "remote_address", "last_seen_at")
    list_filter = ("reason",)
    search_fields = ("identity", "remote_address")


@admin.register(QuarantinedFrame, site=tenant_admin)
class QuarantinedFrameAdmin(RecordAdmin):
    """Frames that were refused, as they came."""

    list_display = ("time", "station", "ocpp_version", "reason")
    list_select_related = ("station",)
    search_fields = ("station__identity", "reason")


@admin.register(FirmwareImage, site=tenant_admin)
class FirmwareImageAdmin(RecordAdmin):
    """The firmware files that are kept here; the dashboard takes new ones."""

    list_display = ("file_name", "version", "size", "uploaded_by", "uploaded_at")
    search_fields = ("file_name", "version", "sha256")


@admin.register(FirmwareUpdate, site=tenant_admin)
class FirmwareUpdateAdmin(RecordAdmin):
    """What became of each update."""

    list_display = ("station", "image", "state", "requested_at", "finished_at")
    list_select_related = ("station", "image")
    list_filter = ("state",)
    search_fields = ("station__identity",)


@admin.register(LogRequest, site=tenant_admin)
class LogRequestAdmin(RecordAdmin):
    """The logs that stations were asked for."""

    list_display = ("station", "log_type", "state", "file_name", "size", "requested_at")
    list_select_related = ("station",)
    list_filter = ("state", "log_type")
    search_fields = ("station__identity",)


@admin.register(SecurityEvent, site=tenant_admin)
class SecurityEventAdmin(RecordAdmin):
    """What stations reported about their security, and what was noted here."""

    list_display = ("occurred_at", "station", "source", "type", "is_critical")
    list_select_related = ("station",)
    list_filter = ("is_critical", "source")
    search_fields = ("station__identity", "type")


@admin.register(KeyRotation, site=tenant_admin)
class KeyRotationAdmin(RecordAdmin):
    """The keys that were sent to stations."""

    list_display = ("station", "state", "requested_at", "used_at")
    list_select_related = ("station", "command")
    search_fields = ("station__identity",)


@admin.register(CertificateRequest, site=tenant_admin)
class CertificateRequestAdmin(RecordAdmin):
    """The stations' requests for certificates, and what they got."""

    list_display = ("station", "state", "subject", "received_at", "expires_at")
    list_select_related = ("station",)
    list_filter = ("state",)
    search_fields = ("station__identity", "subject", "serial_number")


@admin.register(CertificateAuthority, site=tenant_admin)
class CertificateAuthorityAdmin(RecordAdmin):
    """The tenant's own authorities: their certificates go where stations are identified by theirs."""

    list_display = ("key_type", "fingerprint", "created_at", "expires_at")


@admin.register(CertificatePolicy, site=tenant_admin)
class CertificatePolicyAdmin(PermanentAdmin):
    """What requests for certificates must say. One row."""

    list_display = ("__str__", "organization", "is_name_checked", "valid_days")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As long as there is none."""
        return super().has_add_permission(request) and not CertificatePolicy.objects.exists()


@admin.register(InstalledCertificate, site=tenant_admin)
class InstalledCertificateAdmin(RecordAdmin):
    """The root certificates that stations say they hold."""

    list_display = ("station", "certificate_type", "root", "serial_number", "reported_at")
    list_select_related = ("station", "root")
    list_filter = ("certificate_type",)
    search_fields = ("station__identity", "serial_number")


@admin.register(RootCertificate, site=tenant_admin)
class RootCertificateAdmin(RecordAdmin):
    """The root certificates that were sent to stations."""

    list_display = ("subject", "fingerprint", "expires_at", "added_at")
    search_fields = ("subject", "fingerprint")


@admin.register(Deviation, site=tenant_admin)
class DeviationAdmin(RecordAdmin):
    """Where stations do otherwise than OCPP says."""

    list_display = ("station", "rule", "number", "action", "last_seen_at")
    list_select_related = ("station",)
    list_filter = ("rule",)
    search_fields = ("station__identity", "rule")


@admin.register(ConfigurationTemplate, site=tenant_admin)
class ConfigurationTemplateAdmin(BaseAdmin):
    """Settings that groups of stations are to have."""

    ability = "configure"
    list_display = ("name", "is_for_all", "site", "vendor", "model")
    list_select_related = ("site",)
    search_fields = ("name", "vendor", "model")
    autocomplete_fields = ("site", "stations")


@admin.register(ChargingProfile, site=tenant_admin)
class ChargingProfileAdmin(RecordAdmin):
    """What stations are to hold, and what they have confirmed; the dashboard and the API change it."""

    list_display = ("station", "profile_id", "purpose", "evse_number", "stack_level", "state", "created_at")
    list_select_related = ("station",)
    list_filter = ("state", "purpose")
    search_fields = ("station__identity",)


@admin.register(CompositeSchedule, site=tenant_admin)
class CompositeScheduleAdmin(RecordAdmin):
    """The composite schedules that stations told, beside the ones that their profiles give."""

    list_display = ("station", "evse_number", "unit", "starts_at", "duration_s", "received_at")
    list_select_related = ("station",)
    search_fields = ("station__identity",)
