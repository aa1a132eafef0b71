"""What drivers do at a station, and what becomes of it: cars, cards, transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from csms.simulator.link import CallFailed, LinkError, Payload
from csms.simulator.local_list import Entry, LocalList
from csms.simulator.model import Connector, Evse, IdToken, State, Transaction
from csms.simulator.reservations import Reservations
from csms.simulator.vehicle import Vehicle, arrive

if TYPE_CHECKING:
    from csms.simulator.station import Station

HANDLING_S = 3
"""How long a driver fumbles with the cable or the card, and a contactor takes to close."""

NEVER_S = 10 * 86_400


class Sessions:
    """The charging at one station. `completed` are the transactions that have ended."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.completed: list[Transaction] = []
        self.known_tokens: set[str] = set()
        self.local_list = LocalList()
        self.reservations = Reservations(station)

    # Drivers

    async def plug_in(self, evse: Evse, token: str | None, soc: int | None) -> Transaction | None:
        """Let a car arrive and its driver present a card; return the transaction if one began."""
        if not evse.is_free:
            return None
        card = self._card(evse, token)
        self._arrive(evse, soc)
        await self.station.clock.sleep(HANDLING_S)
        if not await self.authorize(card) or not self.reservations.is_open_to(evse, card):
            return None
        return self._begin(evse, card, "Authorized")

    def unplug(self, evse: Evse) -> None:
        """Let the car leave; a transaction that still runs ends with it."""
        self.end(evse, "EVDisconnected", "EVCommunicationLost")
        evse.vehicle, evse.connector_in_use = None, None
        evse.is_finished, evse.is_left_alone = False, False
        self.station.announce()

    def follow_limits(self) -> None:
        """Pause and resume what the charging profiles say now."""
        for evse in self.station.evses:
            self._follow_limit(evse)

    def stop(self, evse: Evse) -> Transaction | None:
        """Let the driver end the transaction with the card; the car stays until it leaves."""
        if evse.transaction is not None:
            evse.transaction.stop_token = evse.transaction.token
        return self.end(evse, "Local", "StopAuthorized")

    async def authorize(self, token: IdToken) -> bool:
        """Ask the CSMS about an id token; offline, decide by what the station knows (S16-16)."""
        is_accepted = await self._decision(token)
        verdict = "authorized" if is_accepted else "unauthorized"
        self.station.tell(verdict, f"{token.value} is {verdict}")
        return is_accepted

    # The CSMS

    async def start_remotely(
        self, evse: Evse, connector: Connector, token: IdToken, remote_start_id: int | None = None
    ) -> None:
        """Begin a transaction as the CSMS asked for, once a car is there."""
        if self.station.settings.is_remote_start_authorized and not await self.authorize(token):
            return
        if not evse.is_free:
            return
        if evse.vehicle is None and not await self._await_vehicle(evse, connector):
            return
        if evse.is_free and self.reservations.is_open_to(evse, token):
            self._begin(evse, token, "RemoteStart", remote_start_id)

    def end(self, evse: Evse, reason: str, trigger: str) -> Transaction | None:
        """End the transaction of an EVSE, if one runs; `reason` and `trigger` are words of 2.x."""
        transaction = evse.transaction
        if transaction is None:
            return None
        now = self.station.clock.now()
        evse.advance(now)
        transaction.ended_at, transaction.meter_stop_wh = now, evse.register_wh
        transaction.stop_reason, transaction.stop_trigger = reason, trigger
        evse.transaction, evse.is_finished, evse.power_w = None, True, Decimal(0)
        transaction.stopping.set()
        self.station.wire.end(evse, transaction)
        self._finish(evse, transaction)
        return transaction

    def decide(self, evse: Evse, transaction: Transaction, answer: Payload) -> None:
        """End a transaction whose id token the CSMS refused (StopTransactionOnInvalidId, S16-10, S2-20)."""
        is_accepted = self.station.wire.decision(answer)
        if is_accepted is None:
            return
        self._remember(transaction.token, is_accepted=is_accepted)
        if (
            not is_accepted
            and self.station.settings.is_invalid_id_stopped
            and evse.transaction is transaction
        ):
            self.station.tell("unauthorized", f"{transaction.token.value} was refused: the transaction ends")
            self.end(evse, "DeAuthorized", "Deauthorized")

    # Inside

    async def _decision(self, token: IdToken) -> bool:
        station = self.station
        if not station.uplink.ready.is_set():
            return self._is_accepted_offline(token)
        entry = self._listed(token)
        if station.settings.is_locally_preauthorized and entry and entry.is_accepted(station.clock.now()):
            return True
        try:
            answer = await station.uplink.call("Authorize", station.wire.authorize(token))
        except CallFailed:
            return False
        except LinkError:
            return self._is_accepted_offline(token)
        is_accepted = bool(station.wire.decision(answer))
        self.reservations.groups[token.value] = station.wire.group(answer)
        self._remember(token, is_accepted=is_accepted)
        return is_accepted

    def _card(self, evse: Evse, token: str | None) -> IdToken:
        tokens = self.station.spec.id_tokens
        return IdToken(token or tokens[(evse.id - 1) % len(tokens)], self.station.spec.id_token_type)

    def _remember(self, token: IdToken, *, is_accepted: bool) -> None:
        if is_accepted:
            self.known_tokens.add(token.value)
        else:
            self.known_tokens.discard(token.value)

    def _is_accepted_offline(self, token: IdToken) -> bool:
        if entry := self._listed(token):
            return entry.is_accepted(self.station.clock.now())
        if self.station.settings.is_unknown_id_accepted_offline:
            return True
        return self.station.settings.is_local_authorization_offline and token.value in self.known_tokens

    def _listed(self, token: IdToken) -> Entry | None:
        """What the local list says about a token; its group is known from there as well."""
        entry = self.local_list.find(token.value) if self.station.settings.is_local_list_enabled else None
        if entry is not None:
            self.reservations.groups[token.value] = entry.group
        return entry

    def _arrive(self, evse: Evse, soc: int | None = None) -> None:
        start_soc = self.station.spec.start_soc if soc is None else soc
        evse.vehicle = arrive(self.station.rng, is_dc=evse.is_dc, soc=start_soc)
        evse.connector_in_use, evse.is_finished = evse.usable_connector, False
        self.station.announce()

    async def _await_vehicle(self, evse: Evse, connector: Connector) -> bool:
        """Wait for the driver's car, at most the connection time-out (S16-26, S16-30)."""
        evse.is_awaiting_vehicle, evse.connector_in_use = True, connector
        self.station.announce()
        arrives_s, timeout_s = self.station.spec.plug_in_after_s, self.station.settings.connection_timeout_s
        is_coming = arrives_s is not None and arrives_s <= timeout_s
        await self.station.clock.sleep(timeout_s if arrives_s is None else min(arrives_s, timeout_s))
        evse.is_awaiting_vehicle = False
        if is_coming:
            self._arrive(evse)
        else:
            self.unplug(evse)
        return is_coming

    def _begin(
        self, evse: Evse, token: IdToken, trigger: str, remote_start_id: int | None = None
    ) -> Transaction | None:
        connector = evse.usable_connector
        if connector is None or evse.transaction is not None or evse.vehicle is None:
            return None
        station = self.station
        now = station.clock.now()
        begin = evse.read(now, "Transaction.Begin", station.settings.ended_measurands)
        evse.begin_metering(now)
        evse.connector_in_use, evse.is_finished = connector, False
        reservation_id = self.reservations.use(evse, token)
        transaction = Transaction(
            evse.id, connector, token, now, begin, evse.register_wh, remote_start_id, reservation_id
        )
        evse.transaction = transaction
        station.announce()
        station.wire.begin(evse, transaction, trigger)
        station.tell("started", f"transaction started at EVSE {evse.id} with {token.value}")
        station.spawn(lambda: self._charge(evse, transaction))
        return transaction

    async def _charge(self, evse: Evse, transaction: Transaction) -> None:
        station = self.station
        if not await station.clock.wait(transaction.stopping, HANDLING_S):
            self._enter(evse, transaction, self._allowed(evse))
        while not await station.clock.wait(
            transaction.stopping, station.settings.sample_interval_s or NEVER_S
        ):
            evse.advance(station.clock.now())
            station.wire.update(evse, transaction, "MeterValuePeriodic")
            if evse.vehicle is not None and evse.vehicle.is_full and transaction.state is State.CHARGING:
                self._enter(evse, transaction, State.SUSPENDED_EV)
            self._follow_limit(evse)

    def _follow_limit(self, evse: Evse) -> None:
        transaction = evse.transaction
        is_limited = transaction and transaction.state in (State.CHARGING, State.SUSPENDED_EVSE)
        if transaction and is_limited and transaction.state is not self._allowed(evse):
            self._enter(evse, transaction, self._allowed(evse))

    def _allowed(self, evse: Evse) -> State:
        """A limit of 0 suspends (S16-74)."""
        return State.CHARGING if evse.offered_w(self.station.clock.now()) else State.SUSPENDED_EVSE

    def _enter(self, evse: Evse, transaction: Transaction, state: State) -> None:
        evse.advance(self.station.clock.now())
        transaction.state = state
        self.station.announce()
        self.station.wire.update(evse, transaction, "ChargingStateChanged")

    def _finish(self, evse: Evse, transaction: Transaction) -> None:
        self.completed.append(transaction)
        for connector in evse.connectors:
            if connector.scheduled_operative is not None:
                connector.is_operative, connector.scheduled_operative = connector.scheduled_operative, None
        self.station.announce()
        energy_wh = evse.register_wh - transaction.meter_start_wh
        self.station.tell(
            "ended",
            f"transaction ended at EVSE {evse.id}, {energy_wh / 1000:.3f} kWh, {transaction.stop_reason}",
        )
        vehicle = evse.vehicle
        self.station.spawn(lambda: self._leave(evse, vehicle))
        self.station.reset_if_due()

    async def _leave(self, evse: Evse, vehicle: Vehicle | None) -> None:
        if self.station.spec.unplug_after_s is None:
            return
        await self.station.clock.sleep(self.station.spec.unplug_after_s)
        if evse.vehicle is vehicle and evse.is_finished and not evse.is_left_alone:
            self.unplug(evse)
