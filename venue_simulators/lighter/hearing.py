"""What the world says, taken in and told on.

The world speaks while it acts, before a placement has returned; so what it says is noted first and
read afterwards, when each order has its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LiquidationEvent,
    OrderInfo,
    Side,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from venue_simulators.lighter import wording
from venue_simulators.lighter.listing import market_id
from venue_simulators.lighter.orders import OrderState, after
from venue_simulators.lighter.state import AccountBook, Audience, State
from venue_simulators.lighter.terms import ORDER_INDEX_BASE
from venue_simulators.lighter.transaction_bodies import OrderFields
from venue_simulators.world import MarketTrade, PublicLiquidation


class Hearing:
    """Listens to one world."""

    def __init__(self, state: State, audience: Audience) -> None:
        self._state = state
        self._audience = audience
        self._heard: list[tuple[AccountBook, PrivateEvent]] = []
        self._trades: list[MarketTrade] = []
        self.verdicts: dict[int, str] = {}
        """How orders end that the venue itself is about to cancel, by their numbers."""
        self.on_state: Callable[[OrderState], None] = lambda _state: None
        """Told of each new state of an order, for what follows from it."""
        for book in state.books.values():
            state.world.listen_private(book.account.name, self._listener(book))
        for contract_id in state.world.markets:
            state.world.listen_trades(contract_id, self._trades.append)

    def settle(self) -> None:
        """Read what was noted; what follows from it may say more."""
        while self._heard or self._trades:
            heard, self._heard[:] = list(self._heard), []
            trades, self._trades[:] = list(self._trades), []
            for book, event in heard:
                if isinstance(event, Fill):
                    self._join(book, event)
            for trade in trades:
                market = self._state.world.markets[trade.contract_id]
                self._audience.on_public_trade(self._state.trades.of_public(trade, market))
            for book, event in heard:
                self._read(book, event)
            self._tell_funds(heard)

    def put(self, book: AccountBook, state: OrderState) -> None:
        """Remember an order's new state and tell of it."""
        book.orders.put(state)
        self._audience.on_order(state)
        self.on_state(state)

    def _listener(self, book: AccountBook) -> Callable[[PrivateEvent], None]:
        return lambda event: self._heard.append((book, event))

    def _join(self, book: AccountBook, fill: Fill) -> None:
        market = self._state.world.markets[fill.contract_id]
        book.markets[fill.contract_id] = None
        self._state.trades.join(fill, self._order(book, fill.order_id), market)

    def _read(self, book: AccountBook, event: PrivateEvent) -> None:
        account = book.account.index
        if isinstance(event, OrderInfo):
            self._on_order(book, event)
        elif isinstance(event, Fill):
            trade = self._state.trades.get(event.contract_id, int(event.trade_id))
            assert trade is not None, "the sides of new fills are joined first"
            book.trades.append(trade)
            self._audience.on_trade(account, trade)
        elif isinstance(event, PositionUpdate | FundingPayment):
            self._audience.on_position(account, event.contract_id)
        elif isinstance(event, LiquidationEvent) and event.ours:
            self._audience.on_own_liquidation(
                account,
                PublicLiquidation(
                    event.contract_id, event.side, event.size, event.price, event.venue_ns
                ),
            )

    def _on_order(self, book: AccountBook, info: OrderInfo) -> None:
        state = after(self._order(book, info.order_id), info, info.updated_ns or self._state.now_ns)
        if not state.live:
            verdict = self.verdicts.pop(state.order_index, None)
            state = state if verdict is None else replace(state, status=verdict)
        self.put(book, state)

    def _order(self, book: AccountBook, world_id: VenueOrderId) -> OrderState:
        """Return the order of a report; one that nobody sent closes a position by force."""
        known = book.orders.of_world(world_id)
        if known is not None:
            return known
        info = self._state.world.order(book.account.name, world_id)
        assert info is not None, f"the world knows order {world_id} that it spoke of"
        state = _liquidation(self._state, book.account.index, info)
        book.orders.put(state)
        book.orders.name(state.order_index, world_id)
        return state

    def _tell_funds(self, heard: list[tuple[AccountBook, PrivateEvent]]) -> None:
        for account in dict.fromkeys(book.account.index for book, _ in heard):
            self._audience.on_funds(account)


def order_index(world_id: VenueOrderId) -> int:
    """Return the venue's number of an order of the world."""
    return ORDER_INDEX_BASE + int(world_id)


def _liquidation(state: State, account: int, info: OrderInfo) -> OrderState:
    market = state.world.markets[ContractId(info.contract_id)]
    price = info.price or state.world.prices(info.contract_id).mark
    fields = OrderFields(
        market=market_id(info.contract_id),
        client_index=0,
        base_amount=wording.scaled(market, info.size),
        price=wording.scaled_price(market, market.nearest_tick(price)),
        is_ask=int(info.side is Side.SELL),
        order_type=wording.LIMIT,
        time_in_force=wording.IOC,
        reduce_only=1,
        trigger_price=0,
        expiry_ms=0,
    )
    at_ns = info.created_ns or state.now_ns
    return OrderState(
        order_index(info.order_id),
        account,
        market,
        fields,
        nonce=0,
        created_ns=at_ns,
        updated_ns=at_ns,
        type_word="liquidation",
    )
