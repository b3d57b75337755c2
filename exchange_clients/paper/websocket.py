"""The live feeds of the paper venue: listeners are called by the exchange itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, DepthView, Level, Side
from exchange_clients.base_websocket import (
    BaseWebSocketManager,
    FeedKind,
    QuoteListener,
    SignalListener,
    TradeListener,
)
from exchange_clients.errors import ClientConfigError, NotConnectedError
from exchange_clients.events import BestBidOffer, Signal, StreamSignal
from exchange_clients.paper.common import normalize_symbol
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.market import PaperMarket
from exchange_clients.shared.clock import Clock


class PaperWebSocketManager(BaseWebSocketManager):
    """Feeds of every market of one exchange."""

    def __init__(self, exchange: PaperExchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._connected = False

    async def connect(self) -> None:
        """Listen from now on."""
        self._connected = True

    async def disconnect(self) -> None:
        """Stop waiting for feeds; listeners are removed one by one by whoever added them."""
        self._connected = False

    @property
    def is_connected(self) -> bool:
        """Whether ``connect`` was called and the source goes on."""
        return self._connected and not self._exchange.ended

    @property
    def ended(self) -> bool:
        """Whether the source has told everything."""
        return self._exchange.ended

    async def prepare_market_feed(self, symbol: str, timeout: float = 10.0) -> bool:
        """Wait until the market's book is ready; False if it is not in time.

        Raises:
            NotConnectedError: ``connect`` comes first.
            ClientConfigError: there is no such market.
        """
        if not self._connected:
            raise NotConnectedError("the paper feeds are not connected: call connect() first")
        market = self._by_symbol(symbol)
        if market.ready:
            return True
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_signal(signal: StreamSignal) -> None:
            del signal
            if market.ready and not ready.done():
                ready.set_result(None)

        self._exchange.add_signal_listener(on_signal)
        try:
            async with self._clock.deadline(timeout):
                await ready
        except TimeoutError:
            return False
        finally:
            self._exchange.remove_signal_listener(on_signal)
        return True

    # Reading --------------------------------------------------------------------------------------

    def best_bid_offer(self, contract_id: ContractId) -> BestBidOffer | None:
        """Return the present best bid and ask; None while the book is not sound."""
        market = self._market(contract_id)
        return market.best if market.ready else None

    def get_order_book(self, contract_id: ContractId, levels: int = 10) -> DepthView | None:
        """Return the present book, one level a side where the source tells quotes only."""
        market = self._market(contract_id)
        if not market.ready:
            return None
        if market.book is not None:
            return market.book.depth(levels)
        return DepthView(
            bids=list(_levels(market, Side.BUY))[:levels],
            asks=list(_levels(market, Side.SELL))[:levels],
        )

    def get_best_levels(
        self, contract_id: ContractId, min_size_usd: Decimal = Decimal(0)
    ) -> tuple[Level | None, Level | None]:
        """Return the best bid and ask of at least ``min_size_usd``; None for a side without."""
        market = self._market(contract_id)
        bid, ask = (
            next(
                (level for level in _levels(market, side) if _worth(level) >= min_size_usd),
                None,
            )
            for side in (Side.BUY, Side.SELL)
        )
        return bid, ask

    def age_s(self, contract_id: ContractId, feed: FeedKind) -> float | None:
        """Return seconds since the feed was last heard; None if it never was."""
        market = self._market(contract_id)
        if feed is FeedKind.PRIVATE:
            return 0.0 if self._connected else None
        heard_ns = market.heard_ns
        if feed is FeedKind.TRADES:
            heard_ns = None if market.last is None else market.last.local_ns
        return None if heard_ns is None else (self._clock.now_ns() - heard_ns) / NS

    # Listening ------------------------------------------------------------------------------------
    # Lists are replaced, never changed: the exchange may be walking over one.

    def add_quote_listener(self, contract_id: ContractId, listener: QuoteListener) -> None:
        """Call ``listener`` with each change of the best bid or ask."""
        market = self._market(contract_id)
        market.quote_listeners = [*market.quote_listeners, listener]

    def add_trade_listener(self, contract_id: ContractId, listener: TradeListener) -> None:
        """Call ``listener`` with each public trade."""
        market = self._market(contract_id)
        market.trade_listeners = [*market.trade_listeners, listener]

    def add_signal_listener(self, listener: SignalListener) -> None:
        """Call ``listener`` when a market becomes ready or unsound, or the source ends.

        A listener that comes after the end, in a run that was killed there, hears of it at once.
        """
        self._exchange.add_signal_listener(listener)
        if self._exchange.ended:
            listener(StreamSignal(Signal.ENDED, None, self._exchange.now_ns))

    def remove_listener(self, listener: Callable[..., None]) -> None:
        """Stop calling a listener, whatever it listened to."""
        for market in self._exchange.markets.values():
            market.quote_listeners = [each for each in market.quote_listeners if each != listener]
            market.trade_listeners = [each for each in market.trade_listeners if each != listener]
        self._exchange.remove_signal_listener(listener)

    def _market(self, contract_id: ContractId) -> PaperMarket:
        market = self._exchange.markets.get(contract_id)
        if market is None:
            listed = ", ".join(self._exchange.markets)
            raise ClientConfigError(f"contract {contract_id} is not listed; listed: {listed}")
        return market

    def _by_symbol(self, symbol: str) -> PaperMarket:
        wanted = normalize_symbol(symbol)
        for market in self._exchange.markets.values():
            if symbol == market.contract_id or wanted == market.spec.symbol:
                return market
        return self._market(ContractId(symbol))


def _levels(market: PaperMarket, side: Side) -> Iterator[Level]:
    """Yield exact levels of one side, best first."""
    for ticks, lots in market.liquidity.walk(side):
        yield Level(market.grid.price(ticks), market.grid.size(lots))


def _worth(level: Level) -> Decimal:
    return level.price * level.size
