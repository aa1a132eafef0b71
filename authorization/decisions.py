"""May this id token charge? One decision, in OCPP 2.0.1's words, with its reason in a sentence. Source: S16-11, S2-30."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from authorization.models import Authorization, IdToken, IdTokenType

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


def decide(
    id_token: str, id_token_type: str | None, *, running: int = 0, now: datetime | None = None
) -> Decision:
    """Decide about a token. `id_token_type` None: the version does not name types, any type will do.

    `running`: transactions of this token that run already, apart from the one that is asked about.
    """
    token = find(id_token, id_token_type)
    now = now or timezone.now()
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
    if token.max_concurrent and running >= token.max_concurrent:
        return Decision(
            CONCURRENT, f"The id token charges already ({running} at once).", group_name, token.expires_at
        )
    return Decision(ACCEPTED, "The id token is known and valid.", group_name, token.expires_at)


def find(id_token: str, id_token_type: str | None) -> IdToken | None:
    """The token with this text, compared case-insensitively and never otherwise normalised but for blanks around it (Q16)."""
    text = id_token.strip()
    if not text or id_token_type == IdTokenType.NO_AUTHORIZATION:
        return None
    tokens = IdToken.objects.select_related("group").filter(id_token__iexact=text)
    if id_token_type is not None:
        tokens = tokens.filter(type=id_token_type)
    return tokens.order_by("status", "id").first()


def log(station_id: int, id_token: str, id_token_type: str | None, decision: Decision) -> None:
    """Keep the decision for the operator who is asked “why does it not start?”."""
    Authorization.objects.create(
        station_id=station_id,
        id_token=id_token[:255],
        type=(id_token_type or "")[:20],
        status=decision.status,
        reason=decision.reason,
    )
