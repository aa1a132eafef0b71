"""The admin pages of id tokens, their groups, and the log of decisions."""

from django.contrib import admin

from authorization.models import Authorization, IdToken, IdTokenGroup
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
