"""`/id-tokens/` and `/id-token-groups/`: who may charge."""

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from rest_framework import serializers

from authorization import id_tokens
from authorization.models import IdToken, IdTokenGroup, IdTokenType
from csms.api import filters, strict
from csms.api.views import CollectionView, ReplacingView

ABILITIES = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "manage_id_tokens")
GROUP_HELP = "The name of its group; one that does not exist is made."


class IdTokenSerializer(strict.Strict):
    """An id token. `id_token` and `type` cannot be changed: another token is another row."""

    id = serializers.IntegerField(read_only=True)
    id_token = serializers.CharField(max_length=255)
    type = serializers.ChoiceField(choices=IdTokenType.choices, required=False)
    status = serializers.ChoiceField(choices=IdToken.Status.choices, required=False)
    group = serializers.CharField(max_length=36, allow_null=True, required=False, help_text=GROUP_HELP)
    expires_at = serializers.DateTimeField(allow_null=True, required=False)
    holder = serializers.CharField(max_length=100, allow_blank=True, required=False)
    max_concurrent = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: IdToken) -> dict[str, Any]:
        """The token with its group's name."""
        return {
            **super().to_representation(instance),
            "group": instance.group.name if instance.group else None,
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse another name or kind for a token that exists.

        Raises: ValidationError.
        """
        fixed = [
            name
            for name in ("id_token", "type")
            if self.instance and attrs.get(name) not in (None, getattr(self.instance, name))
        ]
        if fixed:
            raise serializers.ValidationError(
                dict.fromkeys(fixed, "This cannot be changed. Add another id token.")
            )
        return attrs

    def create(self, validated_data: dict[str, Any]) -> IdToken:
        """Add the token."""
        return id_tokens.add(validated_data.pop("id_token"), **validated_data)

    def update(self, instance: IdToken, validated_data: dict[str, Any]) -> IdToken:
        """Change its fate."""
        if "group" in validated_data:
            name = validated_data.pop("group")
            instance.group = id_tokens.find_or_make_group(name) if name else None
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=["group", *validated_data])
        return instance


class IdTokenGroupSerializer(strict.Strict, serializers.ModelSerializer[IdTokenGroup]):
    """Tokens that may stop one another's transactions."""

    class Meta:
        model = IdTokenGroup
        fields = ("id", "name")


def _in_state(rows: QuerySet[Any], word: str) -> QuerySet[Any]:
    if word == "Expired":
        return rows.filter(status=IdToken.Status.ACCEPTED, expires_at__lte=Now())
    rows = rows.filter(status=word)
    return (
        rows.filter(Q(expires_at=None) | Q(expires_at__gt=Now())) if word == IdToken.Status.ACCEPTED else rows
    )


class IdTokensView(CollectionView):
    """The id tokens of the tenant."""

    abilities = ABILITIES
    serializer_class = IdTokenSerializer
    orderings = {"id_token": "id_token", "created_at": "created_at", "id": "id"}
    default_ordering = "id_token"
    object_view = "api-id-token"
    filters = {
        "state": filters.picked(
            _in_state,
            [*IdToken.Status.values, "Expired"],
            "Only those that would be answered like this.",
        ),
        "group": filters.text("group__name__iexact", "Only of this group."),
        "id_token": filters.text("id_token__iexact", "Only this token."),
        "type": filters.choice("type", IdTokenType.values, "Only of this kind."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with their groups."""
        return IdToken.objects.select_related("group")


class IdTokenView(ReplacingView):
    """One id token."""

    abilities = ABILITIES
    serializer_class = IdTokenSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them, with their groups."""
        return IdToken.objects.select_related("group")


class IdTokenGroupsView(CollectionView):
    """The groups of id tokens."""

    abilities = ABILITIES
    serializer_class = IdTokenGroupSerializer
    orderings = {"name": "name", "id": "id"}
    default_ordering = "name"
    object_view = "api-id-token-group"

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return IdTokenGroup.objects.all()


class IdTokenGroupView(ReplacingView):
    """One group. It cannot be deleted while tokens belong to it."""

    abilities = ABILITIES
    serializer_class = IdTokenGroupSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """All of them."""
        return IdTokenGroup.objects.all()
