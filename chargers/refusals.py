"""Refused handshakes: counted per identity and reason, and explained in words. The data of the Connection Doctor."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from chargers.models import Refusal

MAX_ROWS = 500  # of one tenant: strangers must not fill its schema

Reason = Refusal.Reason
TEXTS: dict[str, tuple[str, str]] = {
    Reason.UNKNOWN_IDENTITY: (
        "No station with this identity was added.",
        "Add the station with exactly this identity, or correct the identity in the charger's settings.",
    ),
    Reason.BLOCKED: ("The station is blocked.", "Unblock it on its page if it may connect again."),
    Reason.NO_SUBPROTOCOL: (
        "The charger offered no OCPP version (Sec-WebSocket-Protocol is missing).",
        "Switch the charger to OCPP-J (JSON over WebSocket) 1.6, 2.0.1 or 2.1.",
    ),
    Reason.UNSUPPORTED_SUBPROTOCOL: (
        "The charger offered only OCPP versions that are not spoken here.",
        "Switch the charger to OCPP 1.6J, 2.0.1 or 2.1.",
    ),
    Reason.NO_CREDENTIALS: (
        "The charger sent no password.",
        "Enter the password of the connect sheet as the charger's AuthorizationKey or BasicAuthPassword, and choose security profile 1 or higher.",
    ),
    Reason.MALFORMED_CREDENTIALS: (
        "The Authorization header cannot be read.",
        "It must be Basic with base64 of identity:password, once.",
    ),
    Reason.WRONG_USERNAME: (
        "The user name of the password is not the identity of the address.",
        "Use the identity as user name; most chargers do so by themselves.",
    ),
    Reason.WRONG_PASSWORD: (
        "The password is wrong.",
        "Make a new password on the station's page and enter it in the charger.",
    ),
    Reason.INSECURE_EXPIRED: (
        "The time in which this station was allowed without a password is over.",
        "Give the station a password and security profile 1 or higher.",
    ),
    Reason.INSECURE_TRANSPORT: (
        "The station's security profile requires TLS, and it came without.",
        "Give the charger the address that begins with wss://, or set its security profile back to 1 on purpose.",
    ),
    Reason.NO_CLIENT_CERTIFICATE: (
        "The station's security profile 3 requires a client certificate, and none was verified.",
        "Its certificate must be one that was signed here for this charger and has not expired, and the proxy in front must hand it on. Else set the security profile back to 2 on purpose.",
    ),
    Reason.BAD_PATH: (
        "The address has no readable identity: it is empty, ends with a slash, or is not UTF-8.",
        "Use the address of the connect sheet. Some chargers append the identity themselves: give them the address without it.",
    ),
    Reason.TENANT_SUSPENDED: ("This operator is suspended.", "Ask the platform's staff."),
    Reason.OVERLOADED: (
        "The server was too busy or its database was away.",
        "The charger will try again by itself.",
    ),
}


@dataclass(frozen=True, slots=True)
class RefusedHandshake:
    """A record for the recording lane: one refused attempt."""

    identity: str
    reason: str
    http_status: int
    station_id: int | None
    remote_address: str
    subprotocols: str
    user_agent: str
    raw_path: str

    @staticmethod
    def write(batch: Sequence["RefusedHandshake"]) -> None:
        """Count the attempts of a batch."""
        for attempt in batch:
            _count(attempt)
        _forget_oldest()


def describe(reason: str) -> tuple[str, str]:
    """Why, and what to do about it, each in a sentence."""
    return TEXTS[Reason(reason)]


def _count(attempt: RefusedHandshake) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO chargers_refusal AS r
                (identity, reason, station_id, http_status, remote_address, subprotocols, user_agent, raw_path)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (identity, reason) DO UPDATE SET
                attempts = r.attempts + 1, last_seen_at = now(), station_id = excluded.station_id,
                http_status = excluded.http_status, remote_address = excluded.remote_address,
                subprotocols = excluded.subprotocols, user_agent = excluded.user_agent, raw_path = excluded.raw_path
            """,
            [
                _clean(attempt.identity, 255),
                attempt.reason,
                attempt.station_id,
                attempt.http_status,
                attempt.remote_address[:64],
                _clean(attempt.subprotocols, 200),
                _clean(attempt.user_agent, 200),
                _clean(attempt.raw_path, 300),
            ],
        )


def _forget_oldest() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM chargers_refusal WHERE id IN "
            "(SELECT id FROM chargers_refusal ORDER BY last_seen_at DESC OFFSET %s)",
            [MAX_ROWS],
        )


def _clean(text: str, limit: int) -> str:
    return text.replace("\0", "�").encode(errors="replace").decode()[:limit]
