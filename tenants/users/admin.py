"""The admin pages of accounts: a tenant's users and API keys, and the platform's staff."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from tenants.admin_sites import BaseAdmin, PermanentAdmin, RecordAdmin, platform_admin, tenant_admin
from tenants.users.models import ApiKey, IdempotentRequest, User
from tenants.users.policy import may
from tenants.users.roles import ABILITIES


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """An account with a new password; an empty one leaves the old one in force."""

    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Empty: unchanged. Without any password the person cannot sign in.",
    )

    class Meta:
        model = User
        fields = ("email", "name", "is_active")

    def clean_email(self) -> str:
        """In lower case, so that one person is one account."""
        return str(self.cleaned_data["email"]).lower()

    def clean_new_password(self) -> str:
        """A password that is not easily guessed."""
        password = str(self.cleaned_data["new_password"])
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - the stock signature
        """Set the password."""
        user: User = super().save(commit=False)
        if self.cleaned_data["new_password"]:
            user.set_password(self.cleaned_data["new_password"])
        elif not user.pk:
            user.set_unusable_password()
        if commit:
            user.save()
        return user


class UserForm(AccountForm):
    """A tenant's user with one role."""

    role = forms.ModelChoiceField(Group.objects.none(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["role"] = self.instance.groups.first()


@admin.register(User, site=tenant_admin)
class UserAdmin(PermanentAdmin):
    """The tenant's users. An account is closed by making it inactive; only owners touch owners."""

    ability = view_ability = "manage_users"
    form = UserForm
    list_display = ("email", "name", "role", "is_active", "last_login")
    search_fields = ("email", "name")
    list_filter = ("is_active", "groups")
    fields = ("email", "name", "role", "is_active", "new_password")

    @admin.display(description="Role")
    def role(self, user: User) -> str:
        """The user's roles."""
        return ", ".join(group.name for group in user.groups.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With the roles, in one more query."""
        users: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return users

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:
        """The form, offering the roles that this person may give."""
        form = super().get_form(request, obj, **kwargs)
        if "role" in form.base_fields:
            form.base_fields["role"].queryset = givable_roles(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An owner's account is changed by owners only."""
        is_owner = isinstance(obj, User) and obj.groups.filter(name="owner").exists()
        return super().has_change_permission(request, obj) and (
            not is_owner or may(request.user, "delete_tenant")
        )

    def save_model(self, request: HttpRequest, obj: User, form: UserForm, change: bool) -> None:  # noqa: FBT001
        """Save the account and its role. Nobody locks oneself out."""
        if change and obj.pk == request.user.pk and not obj.is_active:
            obj.is_active = True
            messages.warning(request, "You cannot make your own account inactive.")
        super().save_model(request, obj, form, change)
        obj.groups.set([form.cleaned_data["role"]])


@admin.register(ApiKey, site=tenant_admin)
class ApiKeyAdmin(PermanentAdmin):
    """API keys. A new one is shown once; the only change is to revoke it."""

    ability = view_ability = "manage_users"
    list_display = ("name", "prefix", "role", "created_at", "expires_at", "last_used_at", "is_revoked")
    list_select_related = ("role",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What is asked of a new key, and what is shown of an old one."""
        if obj is None:
            return ("name", "role", "expires_at")
        return ("name", "prefix", "role", "created_at", "expires_at", "last_used_at", "is_revoked")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """All but whether it is revoked."""
        return () if obj is None else self.get_fields(request, obj)[:-1]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles that this person may give."""
        return super().formfield_for_foreignkey(
            db_field, request, **kwargs | {"queryset": givable_roles(request)}
        )

    def save_model(self, request: HttpRequest, obj: ApiKey, form: object, change: bool) -> None:  # noqa: FBT001
        """Revoke a key, or make one and show it this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        row, text = ApiKey.issue(obj.name, obj.role, expires_at=obj.expires_at)
        obj.pk = row.pk
        messages.warning(request, f"Copy the key now, it is not shown again: {text}")


@admin.register(IdempotentRequest, site=tenant_admin)
class IdempotentRequestAdmin(RecordAdmin):
    """Requests of programs that would be answered again in the same way."""

    exclude = ("answer",)


@admin.register(User, site=platform_admin)
class StaffAdmin(BaseAdmin):
    """The platform's staff."""

    form = AccountForm
    list_display = ("email", "name", "is_active", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "new_password")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes oneself."""
        return super().has_delete_permission(request, obj) and obj != request.user

    def save_model(self, request: HttpRequest, obj: User, form: object, change: bool) -> None:  # noqa: FBT001
        """Save an account that opens the platform's pages."""
        obj.is_staff = obj.is_superuser = True
        super().save_model(request, obj, form, change)


def givable_roles(request: HttpRequest) -> QuerySet[Group]:
    """The roles that the signed-in person may give: only owners make owners."""
    roles = Group.objects.filter(name__in=ABILITIES).order_by("pk")
    return roles if may(request.user, "delete_tenant") else roles.exclude(name="owner")
