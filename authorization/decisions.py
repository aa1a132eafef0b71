"""May this id token charge? One decision, in OCPP 2.0.1's words, with its reason in a sentence. Source: S16-11, S2-30."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from authorization.models import IdToken, IdTokenType

ACCEPTED, BLOCKED, EXPIRED, UNKNOWN, CONCURRENT = "Accepted", "Blocked", "Expired", "Unknown", "ConcurrentTx"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about an id token, and why."""

    status: str
    reason: str
    group_name: str = ""
    expires_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the token may charge."""
        return self.status == ACCEPTED


def decide(id_token: str, id_token_type: str | None, *, running: Callable[[], int] | None = None) -> Decision:
    """Decide about a token. `id_token_type` None: the version does not name types, any type will do.

    `running`: counts the transactions of this token that run already, apart from the one that is asked about; None where they do not matter.
    """
    token = find(id_token, id_token_type, is_counted=running is not None)
    now = timezone.now()
    if token is None:
        return Decision(UNKNOWN, "The id token is not known here.")
    group_name = token.group.name if token.group else ""
    if token.status == IdToken.Status.BLOCKED:
        return Decision(BLOCKED, "The id token is blocked.", group_name)
    if token.expires_at and token.expires_at <= now:
        return Decision(
            EXPIRED,
            f"The id token expired at {token.expires_at:%Y-%m-%d %H:%M} UTC.",
            group_name,
            token.expires_at,
        )
    if running and token.max_concurrent and running() >= token.max_concurrent:
        return Decision(CONCURRENT, "The id token charges already.", group_name, token.expires_at)
    return Decision(ACCEPTED, "The id token is known and valid.", group_name, token.expires_at)


def find(id_token: str, id_token_type: str | None, *, is_counted: bool = False) -> IdToken | None:
    """The token with this text, compared case-insensitively and never otherwise normalised but for blanks around it (Q16).

    With `is_counted` it stays locked until the end of the database transaction: two starts of one token at once must see each other.
    """
    text = id_token.strip()
    if not text or id_token_type == IdTokenType.NO_AUTHORIZATION:
        return None
    tokens = IdToken.objects.select_related("group").filter(id_token__iexact=text)
    if is_counted:
        tokens = tokens.select_for_update(of=("self",))
    if id_token_type is not None:
        tokens = tokens.filter(type=id_token_type)
    return tokens.order_by("status", "id").first()


@dataclass(frozen=True, slots=True)
class Given:
    """A record for the recording lane: what was decided, for the operator who is asked “why does it not start?”."""

    time: datetime
    station_id: int
    id_token: str
    id_token_type: str
    status: str
    reason: str

    @staticmethod
    def write(batch: Sequence["Given"]) -> None:
        """Keep the decisions of a batch."""
        columns = zip(
            *(
                (
                    given.time,
                    given.station_id,
                    given.id_token[:255],
                    given.id_token_type[:20],
                    given.status,
                    given.reason,
                )
                for given in batch
            ),
            strict=True,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO authorization_authorization (time, station_id, id_token, type, status, reason) "
                "SELECT * FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])",
                [list(column) for column in columns],
            )


def given(station_id: int, id_token: str, id_token_type: str | None, decision: Decision) -> Given:
    """The record of a decision."""
    return Given(timezone.now(), station_id, id_token, id_token_type or "", decision.status, decision.reason)
