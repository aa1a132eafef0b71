"""`Idempotency-Key`: an unsafe call that is repeated with the same key within a day is executed once and answered the same.

The row that claims the key and what the call does stand in one database transaction: a second call with the key waits for the first to commit and
then finds its answer; a call that fails leaves no claim. Answers may hold a password that is shown once, so they are kept
encrypted with the caller's API key, which the database does not know.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Final

from cryptography.fernet import Fernet
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from csms.api.authentication import key_of
from csms.api.problems import Unprocessable
from csms.api.renderers import dumps
from tenants.users.models import IdempotentRequest

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT_FOR: Final = timedelta(hours=24)
_PURGED_AT_ONCE: Final = 100


def once(request: Request, act: Callable[[], Response]) -> Response:
    """The answer of the call; with the header that of the first call with this key, which alone is executed.

    Raises: Unprocessable when the key was used for another body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return act()
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: "This has 1 to 255 printable ASCII characters."})
    scope = _digest(key_of(request).pk, request.method, request.get_full_path(), key)
    with transaction.atomic():
        _purge(scope)
        return _claimed(request, scope, act)


def is_replay(response: Response) -> bool:
    """Whether the answer is that of an earlier call."""
    return REPLAYED in response.headers


def _claimed(request: Request, scope: str, act: Callable[[], Response]) -> Response:
    body = _digest(dumps(request.data))
    # waits here while another transaction holds the same claim; ignoring the conflict keeps this transaction usable
    IdempotentRequest.objects.bulk_create([IdempotentRequest(scope=scope, body=body)], ignore_conflicts=True)
    row = IdempotentRequest.objects.select_for_update().get(scope=scope)
    if row.body != body:
        raise Unprocessable(f"This {HEADER} was used for another request.")
    if row.answered_status:
        return _stored(request, row)
    response = act()
    row.answered_status = response.status_code
    row.answer = _cipher(request).encrypt(dumps(response.data)).decode()
    row.location = response.headers.get("Location", "")
    row.save(update_fields=["answered_status", "answer", "location"])
    return response


def _stored(request: Request, row: IdempotentRequest) -> Response:
    text = _cipher(request).decrypt(row.answer)
    headers = {REPLAYED: "true", **({"Location": row.location} if row.location else {})}
    return Response(json.loads(text, parse_float=Decimal), status=row.answered_status, headers=headers)


def _cipher(request: Request) -> Fernet:
    secret = hashlib.sha256(f"stored answer\n{request.auth}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))


def _purge(scope: str) -> None:
    """Forget what is over, a little with each call; rows that another call is deleting are left to it."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    old.filter(scope=scope).delete()
    keys = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_PURGED_AT_ONCE]
    IdempotentRequest.objects.filter(pk__in=list(keys)).delete()


def _digest(*parts: object) -> str:
    joined = b"\0".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)
    return hashlib.sha256(joined).hexdigest()
