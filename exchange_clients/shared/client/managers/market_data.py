"""Markets and their prices: from the live book while it is fresh, else by REST, else not at all."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ONE,
    Candle,
    ContractId,
    DepthView,
    Level,
    LeverageInfo,
    Market,
    OrderInfo,
    OrderStatus,
    Reason,
)
from exchange_clients.base_websocket import BaseWebSocketManager, FeedKind
from exchange_clients.errors import ExchangeError, StaleData, UnsupportedFeature
from exchange_clients.events import BookSnapshot
from exchange_clients.shared.account_words import BracketWords
from exchange_clients.shared.decimal_grid import DecimalGrid
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing
from exchange_clients.shared.venue import HistoryWords

logger = logging.getLogger(__name__)

MARKETS_MAX_AGE_S = 900.0
"""How old the list of markets may become before it is read again."""
REFRESH_PAUSE_S = 30.0
"""Least time between two readings of the list that a refusal, or a closed market, asked for."""
DOUBLINGS_MAX = 2
"""How often that doubles while doubts go on and the list tells nothing new."""
RULES_CHANGED = (Reason.MARKET_UNAVAILABLE, Reason.INVALID_ORDER, Reason.BELOW_MINIMUM)
"""Refusals which say that our list of markets may be old."""
REST_LEVELS = 5
"""Depth that is asked for where only the best prices are wanted."""


class MarketData:
    """What one client knows of markets.

    Args:
        link: Runs flows and holds the table of markets.
        stream: The live books.
        name: The client's name in errors.
        max_book_age_s: Older prices are stale.
    """

    def __init__(
        self, link: VenueLink, stream: BaseWebSocketManager, name: str, max_book_age_s: float
    ) -> None:
        self._link = link
        self._stream = stream
        self._name = name
        self._max_book_age_s = max_book_age_s
        self._read: dict[ContractId, tuple[int, Decimal, Decimal]] = {}
        self._refreshed_ns = 0
        self._closed_wanted = False
        """Whether a market was asked for that does not trade by the list as it was read last; some
        venues leave one out of it while it is halted."""
        self._doubted = False
        """Whether the list is to be read once its last reading is old enough: because that failed,
        because of a refusal that came too soon after it, or of a price between its ticks."""
        self._in_vain = 0
        """How often in turn that was done, and told nothing new."""

    # The list of markets --------------------------------------------------------------------------

    def attributes(self, ticker: str) -> tuple[ContractId, Decimal]:
        """Return (contract, tick) of a plain symbol or a contract's name.

        Raises:
            ValueError: there is none that trades.
        """
        listing = self.find(ticker)
        if listing is None or not listing.tradable:
            self._closed_wanted = True
            raise ValueError(f"Market {ticker} not found or not tradeable on {self._name}")
        return listing.market.contract_id, listing.market.tick

    def find(self, name: str) -> Listing | None:
        """Return the listing of a contract's name or of a plain symbol, None where there is none.

        The plain symbol may be spelt as the venue spells it: ``"BTC-USD"``.
        """
        table = self._link.table
        known = table.get(ContractId(name)) or table.find(name)
        return known or table.find(self._link.venue.normalize_symbol(name))

    def of_symbol(self, symbol: str) -> Market:
        """Return the market of a plain symbol.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        return (self.find(symbol) or self._link.table.of_symbol(symbol)).market

    def of_contract(self, contract_id: ContractId) -> Market:
        """Return a market.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        return self._link.table.of_contract(contract_id).market

    async def listed(self, contract_id: ContractId, *, fresh: bool) -> Market:
        """Return a market; from the list as it is now, or was a moment ago, where that is wanted.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        if fresh and self._age_s() >= REFRESH_PAUSE_S:
            await self.refresh()
        return self.of_contract(contract_id)

    async def keep_fresh(self) -> None:
        """Read the list of markets again and again; runs until it is cancelled.

        Sooner while a market is wanted that does not trade: nothing else tells that it does again.
        """
        self._refreshed_ns = self._link.clock.monotonic_ns()
        while True:
            await self._link.clock.sleep(REFRESH_PAUSE_S)
            age_s = self._age_s()
            doubted = self._doubted and age_s >= self._pause_s
            if self._closed_wanted or doubted or age_s >= MARKETS_MAX_AGE_S:
                self._closed_wanted = False
                self._in_vain += doubted
                await self.refresh()

    def on_order(self, info: OrderInfo) -> bool:
        """Tell whether a refusal asks for the list to be read anew, now."""
        if info.status is not OrderStatus.REJECTED or info.reason not in RULES_CHANGED:
            return False
        self._doubted = self._age_s() < self._pause_s
        self._in_vain += not self._doubted
        return not self._doubted

    @property
    def _pause_s(self) -> float:
        """The least time between two readings that doubts ask for; they may mean otherwise."""
        return REFRESH_PAUSE_S * (1 << min(self._in_vain, DOUBLINGS_MAX))

    def _age_s(self) -> float:
        return (self._link.clock.monotonic_ns() - self._refreshed_ns) / NS

    async def refresh(self) -> None:
        """Read the list of markets; where that fails the old one stands, and is doubted."""
        self._refreshed_ns, self._doubted = self._link.clock.monotonic_ns(), False
        before = self._link.table
        try:
            table = await self._link.refresh_markets()
        except (ExchangeError, OSError) as error:
            logger.warning("event=markets_not_read venue=%s error=%r", self._name, error)
            self._doubted = True
            return
        if table is not before:
            self._in_vain = 0

    # Prices ---------------------------------------------------------------------------------------

    async def best_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask), uncrossed.

        Raises:
            StaleData: neither the live book nor the venue's answer can be used.
        """
        live = self._live_prices(contract_id)
        if live is None:
            depth = await self._fetched(contract_id, REST_LEVELS)
            return depth.bids[0].price, depth.asks[0].price
        return live

    def fresh_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return (best bid, best ask) without asking the venue.

        Raises:
            StaleData: the live book is not fresh, and no answer of the venue's is.
        """
        live = self._live_prices(contract_id)
        if live is not None:
            return live
        read = self._read.get(contract_id)
        age_ns = 0 if read is None else self._link.clock.monotonic_ns() - read[0]
        if read is None or age_ns > self._max_book_age_s * NS:
            raise StaleData(f"there is no fresh book of {contract_id} on {self._name}")
        return read[1], read[2]

    async def depth(self, contract_id: ContractId, levels: int) -> DepthView:
        """Return at most ``levels`` per side, best first.

        Raises:
            StaleData: neither the live book nor the venue's answer can be used.
        """
        if levels < 1:
            raise ValueError(f"levels must be at least 1, got {levels}")
        if self._live_prices(contract_id) is not None:
            book = self._stream.get_order_book(contract_id, levels)
            if book is not None:
                return book
        return await self._fetched(contract_id, levels)

    def _live_prices(self, contract_id: ContractId) -> tuple[Decimal, Decimal] | None:
        market = self.of_contract(contract_id)
        best = self._stream.best_bid_offer(contract_id)
        age_s = self._stream.age_s(contract_id, FeedKind.BOOK)
        if best is None or age_s is None or age_s > self._max_book_age_s:
            return None
        bid, ask = market.price_of(best.bid), market.price_of(best.ask)
        if bid % market.tick or ask % market.tick:
            self._doubted = True  # the venue has made its tick finer, or coarser not long ago
        return (bid, ask) if 0 < bid < ask else None

    async def _fetched(self, contract_id: ContractId, levels: int) -> DepthView:
        """Ask the venue for the book; the best prices are remembered for ``fresh_prices``."""
        words = self._link.venue.markets
        try:
            snapshot = await self._link.run(words.depth(self._link.table, contract_id, levels))
        except ExchangeError as error:
            raise StaleData(
                f"the live book of {contract_id} on {self._name} is not fresh, and the venue did "
                f"not tell it ({error!r})"
            ) from error
        depth = _depth_view(snapshot, self.of_contract(contract_id), levels)
        if not depth.bids or not depth.asks or not 0 < depth.bids[0].price < depth.asks[0].price:
            raise StaleData(
                f"the book of {contract_id} on {self._name} is empty on a side, or crossed"
            )
        now_ns = self._link.clock.monotonic_ns()
        self._read[contract_id] = (now_ns, depth.bids[0].price, depth.asks[0].price)
        return depth

    async def candles(
        self, contract_id: ContractId, interval: str, start_ns: int, end_ns: int
    ) -> Sequence[Candle]:
        """Return candles that begin in [start, end), oldest first.

        Raises:
            UnsupportedFeature: the venue tells none.
        """
        words = self._link.venue.markets
        if not isinstance(words, HistoryWords):
            raise UnsupportedFeature(self._name, "candles")
        self.of_contract(contract_id)
        flow = words.candles(self._link.table, contract_id, interval, start_ns, end_ns)
        return await self._link.run(flow)

    # Leverage -------------------------------------------------------------------------------------

    async def leverage_info(self, symbol: str) -> LeverageInfo:
        """Return the leverage rules of a market; ``error`` is set for an unknown symbol."""
        listing = self.find(symbol)
        if listing is None:
            return LeverageInfo(None, None, None, error=f"{symbol} is not listed on {self._name}")
        private = self._link.private
        if private is not None and isinstance(private.account, BracketWords):
            return await self._link.run(private.account.brackets(listing.market.contract_id))
        most = listing.market.max_leverage
        return LeverageInfo(max_leverage=most, max_notional=None, margin_requirement=ONE / most)


def _depth_view(snapshot: BookSnapshot, market: Market, levels: int) -> DepthView:
    # What rests may be of a time before the venue made its grid coarser.
    prices, sizes = DecimalGrid(market.tick), DecimalGrid(market.step)
    bids, asks = (
        [Level(prices.exact(price), sizes.exact(size)) for price, size in side[:levels]]
        for side in (snapshot.bids, snapshot.asks)
    )
    return DepthView(bids=bids, asks=asks)
