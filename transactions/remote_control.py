"""Starting and stopping from afar: the commands that concern a transaction, in OCPP 2.0.1's words."""

import secrets

from authorization.models import IdTokenType
from chargers import charging_profiles, charging_schedules, commands
from chargers.charging_schedules import Profile
from chargers.models import ChargingStation, Command
from transactions.models import Transaction


def request_start(
    station: ChargingStation,
    *,
    id_token: str,
    id_token_type: str = IdTokenType.ISO14443,
    evse_number: int | None = None,
    charging_profile: Profile | None = None,
    requested_by: str = "",
) -> Command:
    """Ask a station to start a transaction for an id token. Accepted only means that it will try.

    `charging_profile` limits the transaction from its first second on: a TxProfile without a transaction. Source: S16-31.
    """
    payload: dict[str, object] = {
        "idToken": {"idToken": id_token, "type": str(id_token_type)},
        "remoteStartId": secrets.randbelow(2**31 - 1) + 1,
    }
    if evse_number is not None:
        payload["evseId"] = evse_number
    if charging_profile is not None:
        payload["chargingProfile"] = charging_schedules.written(
            charging_profiles.numbered(station, charging_profile)
        )
    return commands.queue(station, "RequestStartTransaction", payload, requested_by=requested_by)


def request_stop(transaction: Transaction, *, requested_by: str = "") -> Command:
    """Ask the station to end a transaction. The transaction ends when the station says so."""
    return commands.queue(
        transaction.station,
        "RequestStopTransaction",
        {"transactionId": transaction.transaction_id},
        requested_by=requested_by,
    )
