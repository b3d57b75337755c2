"""What is told to those who have subscribed, as it happens.

Book changes are told as they are published; each message of a book names the nonce of the one
before it, which is the only chain. Statistics, blocks and balances are also told once a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from exchange_clients.base_models import NS, ContractId
from venue_simulators.lighter import snapshots, wording
from venue_simulators.lighter.account_rows import position_row, stats
from venue_simulators.lighter.channels import Channel
from venue_simulators.lighter.listing import market_id, venue_symbol
from venue_simulators.lighter.orders import OrderState, order_row
from venue_simulators.lighter.private import transaction_row
from venue_simulators.lighter.sessions import Session
from venue_simulators.lighter.state import State, TxRecord
from venue_simulators.lighter.terms import MS
from venue_simulators.lighter.trades import TradeState, trade_row
from venue_simulators.world import BookChange, PublicLiquidation

TICK_NS = NS
SILENCE_MAX_NS = 120 * NS
PING_EVERY_NS = 60 * NS


class Streams:
    """All open connections; hears what happens and tells it on."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.sessions: dict[int, Session] = {}
        self._audience: dict[Channel, dict[int, Session]] = {}
        self._ticking = False
        self._best: dict[ContractId, object] = {}
        self._notifications = 0
        for contract_id in state.world.markets:
            state.world.listen_book(contract_id, self._on_book)

    # Connections ----------------------------------------------------------------------------------

    def open(self, session: Session) -> None:
        """Take a connection in and greet it."""
        self.sessions[session.connection.number] = session
        session.send({"session_id": f"{session.number:08x}-simulated", "type": "connected"})
        if not self._ticking:
            self._ticking = True
            self._plan_tick()

    def close(self, number: int) -> None:
        """Forget a connection."""
        session = self.sessions.pop(number, None)
        for channel in session.channels if session else ():
            self._leave(channel, number)

    def subscribe(self, session: Session, channel: Channel) -> None:
        """Send a stream's snapshot and what follows it."""
        session.channels[channel] = None
        self._audience.setdefault(channel, {})[session.connection.number] = session
        body = snapshots.snapshot(self._state, channel)
        book = body.get("order_book")
        if isinstance(book, dict):
            session.nonces[channel] = book["nonce"]
            body["offset"] = book["offset"] = session.next_offset()
        self._send([session], "subscribed", channel, body)

    def unsubscribe(self, session: Session, channel: Channel) -> None:
        """Send no more of a stream."""
        del session.channels[channel]
        session.nonces.pop(channel, None)
        self._leave(channel, session.connection.number)
        session.send({"type": "unsubscribed", "channel": channel.label})

    def _leave(self, channel: Channel, number: int) -> None:
        listeners = self._audience[channel]
        del listeners[number]
        if not listeners:
            del self._audience[channel]

    # Markets --------------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        market = market_id(change.contract_id)
        channel = Channel("order_book", market)
        for session in self._listeners(channel):
            session.send(self._book_message(session, channel, change))
        best = self._state.world.best(change.contract_id)[:2]
        if best != self._best.get(change.contract_id):
            self._best[change.contract_id] = best
            self._tell(Channel("ticker", market), lambda: snapshots.ticker(self._state, market))

    def _book_message(
        self, session: Session, channel: Channel, change: BookChange
    ) -> dict[str, object]:
        """Return a change of the book as one connection is told it."""
        market = self._state.world.markets[change.contract_id]
        offset, before = session.next_offset(), session.nonces[channel]
        session.nonces[channel] = snapshots.FIRST_NONCE + change.last
        book = {
            "code": 0,
            "asks": wording.levels(market, list(change.asks)),
            "bids": wording.levels(market, list(change.bids)),
            "offset": offset,
            "nonce": session.nonces[channel],
            "begin_nonce": before,
            "last_updated_at": wording.microseconds(change.at_ns),
        }
        return {
            "channel": channel.label,
            "offset": offset,
            "order_book": book,
            "timestamp": wording.milliseconds(change.at_ns),
            "type": "update/order_book",
        }

    def on_public_trade(self, trade: TradeState) -> None:
        """Tell of a trade; forced ones have a list of their own."""
        forced = trade.kind == "liquidation"

        def body() -> dict[str, object]:
            row = trade_row(trade, self._state.fees[trade.market.contract_id])
            return {
                "trades": [] if forced else [row],
                "liquidation_trades": [row] if forced else [],
                "nonce": trade.trade_id,
            }

        self._tell(Channel("trade", market_id(trade.market.contract_id)), body)

    # Accounts -------------------------------------------------------------------------------------

    def on_order(self, state: OrderState) -> None:
        """Tell of an order's new state."""
        market, account = state.fields.market, state.account

        def body() -> dict[str, object]:
            rows = {str(market): [order_row(state, MS)]}
            return {"account": account, "nonce": self._state.now_ms, "orders": rows}

        self._tell(Channel("account_orders", market, account), body)
        self._tell(Channel("account_all_orders", account=account), body)
        self._tell(
            Channel("account_market", market, account),
            lambda: {"account": account, "orders": [order_row(state, MS)]},
        )

    def on_trade(self, account: int, trade: TradeState) -> None:
        """Tell of a trade to one of its sides."""
        market = market_id(trade.market.contract_id)

        def body() -> dict[str, object]:
            row = trade_row(trade, self._state.fees[trade.market.contract_id])
            return {"trades": {str(market): [row]}}

        self._tell(Channel("account_all_trades", account=account), body)
        self._tell(Channel("account_all", account=account), lambda: {"account": account, **body()})

    def on_position(self, account: int, contract_id: ContractId) -> None:
        """Tell of a changed position; the others are not repeated (unconfirmed)."""
        book = self._state.books[account]
        market = market_id(contract_id)

        def body() -> dict[str, object]:
            row = position_row(self._state, book, contract_id, streamed=True)
            return {"positions": {str(market): row}}

        self._tell(Channel("account_all_positions", account=account), body)
        self._tell(Channel("account_all", account=account), lambda: {"account": account, **body()})

    def on_funds(self, account: int) -> None:
        """Tell of an account's money."""
        book = self._state.books[account]
        self._tell(
            Channel("user_stats", account=account),
            lambda: {"stats": stats(self._state, book), "timestamp": self._state.now_ms},
        )
        self._tell(
            Channel("account_all_assets", account=account),
            lambda: snapshots.assets(self._state, book),
        )

    def on_transaction(self, record: TxRecord) -> None:
        """Tell of a transaction's new status."""
        account = record.transaction.account
        self._tell(
            Channel("account_tx", account=account),
            lambda: {"account": account, "txs": [transaction_row(record)]},
        )

    def on_own_liquidation(self, account: int, liquidation: PublicLiquidation) -> None:
        """Notify an account that it was liquidated."""
        self._notifications += 1
        number = self._notifications
        market = self._state.world.markets[liquidation.contract_id]

        def body() -> dict[str, object]:
            content = {
                "id": str(number),
                "is_ask": liquidation.side.sign < 0,
                "usdc_amount": wording.money(liquidation.size * liquidation.price),
                "size": wording.amount(market, liquidation.size),
                "market_index": market_id(liquidation.contract_id),
                "symbol": venue_symbol(market),
                "price": wording.price(market, liquidation.price),
                "timestamp": wording.milliseconds(liquidation.at_ns),
            }
            notification = {
                "id": str(number),
                "created_at": wording.milliseconds(liquidation.at_ns),
                "kind": "liquidation",
                "account_index": account,
                "content": content,
                "ack": False,
            }
            return {"notifs": [notification]}

        self._tell(Channel("notification", account=account), body)

    # Time -----------------------------------------------------------------------------------------

    def _plan_tick(self) -> None:
        at_ns = (self._state.now_ns // TICK_NS + 1) * TICK_NS
        self._state.agenda.plan(at_ns, self._tick)

    def _tick(self) -> None:
        """Tell what changes by itself, and end connections that have gone quiet."""
        for channel in list(self._audience):
            self._tell_state_of(channel)
        now_ns = self._state.now_ns
        for number, session in list(self.sessions.items()):
            if now_ns - session.heard_ns > SILENCE_MAX_NS:
                self.close(number)
                session.connection.close(1000, "no message for two minutes")
            elif now_ns % PING_EVERY_NS < TICK_NS:
                session.send({"type": "ping"})
        self._ticking = bool(self.sessions)
        if self._ticking:
            self._plan_tick()

    def _tell_state_of(self, channel: Channel) -> None:
        """Tell what a channel says every second."""
        state = self._state
        if channel.name == "market_stats":
            self._tell(channel, lambda: snapshots.market_stats(state, channel.market))
        elif channel.name == "height":
            self._tell(channel, lambda: snapshots.height(state))
        elif channel.name == "user_stats" and channel.account is not None:
            self.on_funds(channel.account)

    # Sending --------------------------------------------------------------------------------------

    def _listeners(self, channel: Channel) -> Iterable[Session]:
        return list(self._audience.get(channel, {}).values())

    def _tell(self, channel: Channel, body: Callable[[], dict[str, object]]) -> None:
        """Send an update; it is worded only when somebody listens."""
        listeners = self._listeners(channel)
        if listeners:
            self._send(listeners, "update", channel, body())

    def _send(
        self,
        sessions: Iterable[Session],
        kind: str,
        channel: Channel,
        body: Mapping[str, object],
    ) -> None:
        frame = {"channel": channel.label, **body, "type": f"{kind}/{channel.name}"}
        for session in sessions:
            session.send(frame)
