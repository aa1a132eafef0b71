"""Adding id tokens and changing their fate."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from authorization.models import IdToken, IdTokenGroup, IdTokenType


def add(
    id_token: str,
    *,
    type: str = IdTokenType.ISO14443,  # noqa: A002 - OCPP's word for it
    status: str = IdToken.Status.ACCEPTED,
    group: str | None = None,
    expires_at: datetime | None = None,
    holder: str = "",
    max_concurrent: int = 1,
) -> IdToken:
    """Add an id token; it may charge at once. A group that does not exist is made.

    Raises: ValidationError for a bad type or status, or a token that exists.
    """
    row = IdToken(
        id_token=id_token.strip(),
        type=type,
        status=status,
        expires_at=expires_at,
        holder=holder,
        max_concurrent=max_concurrent,
    )
    try:
        with transaction.atomic():
            row.group = find_or_make_group(group) if group else None
            row.clean_fields()
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError(
            {"id_token": f"There is already an id token “{id_token}” of type {type}."}
        ) from error
    return row


def find_or_make_group(name: str) -> IdTokenGroup:
    """The group with this name, compared case-insensitively."""
    return IdTokenGroup.objects.filter(name__iexact=name).first() or IdTokenGroup.objects.create(name=name)
