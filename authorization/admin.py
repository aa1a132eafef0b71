"""The admin pages of id tokens, their groups, the log of decisions, and the lists that stations keep."""

from django.contrib import admin

from authorization.models import Authorization, IdToken, IdTokenGroup, LocalList
from tenants.admin_sites import BaseAdmin, RecordAdmin, tenant_admin


@admin.register(IdToken, site=tenant_admin)
class IdTokenAdmin(BaseAdmin):
    """Who may charge."""

    ability = view_ability = "manage_id_tokens"
    list_display = ("id_token", "type", "status", "group", "holder", "expires_at")
    list_select_related = ("group",)
    list_filter = ("status", "type", "group")
    search_fields = ("id_token", "holder")


@admin.register(IdTokenGroup, site=tenant_admin)
class IdTokenGroupAdmin(BaseAdmin):
    """Tokens that may stop one another's transactions."""

    ability = view_ability = "manage_id_tokens"
    search_fields = ("name",)


@admin.register(Authorization, site=tenant_admin)
class AuthorizationAdmin(RecordAdmin):
    """What was decided."""

    list_display = ("time", "station", "id_token", "type", "status", "reason")
    list_select_related = ("station",)
    list_filter = ("status",)
    search_fields = ("id_token", "station__identity")


@admin.register(LocalList, site=tenant_admin)
class LocalListAdmin(RecordAdmin):
    """The lists of id tokens that stations keep."""

    list_display = ("station", "state", "is_wanted", "version", "synced_at", "problem")
    list_select_related = ("station",)
    list_filter = ("state",)
    search_fields = ("station__identity",)
