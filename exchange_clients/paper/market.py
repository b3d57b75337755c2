"""One contract of the paper venue: its public market, and the engine that trades in it.

The market tells the engine only what can matter to a resting order. ``quiet_low`` and
``quiet_high`` bound the quotes that can matter to nobody: no order of ours rests, triggers or is
liquidated between them. Inside the band a quote costs two comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from exchange_clients.base_models import ContractId, Market, OrderType, Side
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FloatLevel,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.paper.accounts import HalfTicks
from exchange_clients.paper.candles import CandleKeeper
from exchange_clients.paper.liquidity import BookLiquidity, QuoteLiquidity
from exchange_clients.paper.matching import MatchingEngine
from exchange_clients.paper.orders import EngineOrder, Trade
from exchange_clients.paper.rules import TriggerSource
from exchange_clients.paper.sources.base import Liquidity
from exchange_clients.paper.top_check import TopCheck
from exchange_clients.paper.units import Grid
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

DEPTH_EVENTS = (BookDelta, BookSnapshot)

QuoteListener = Callable[[BestBidOffer], None]
TradeListener = Callable[[PublicTrade], None]
DepthListener = Callable[[BookSnapshot | BookDelta], None]
OwnTradeListener = Callable[[Trade], None]
SignalListener = Callable[[StreamSignal], None]


class PaperMarket:
    """The public state of one contract; ``engine`` is set once, by the exchange.

    Invariants: while ``ready`` is False the external liquidity shows nothing; ``best`` is the last
    sound top, and None before the first.
    """

    __slots__ = (
        "_consumed",
        "_depth_ns",
        "_mark",
        "_marked",
        "_waiting",
        "best",
        "book",
        "candles",
        "contract_id",
        "danger_high",
        "danger_low",
        "depth_listeners",
        "dirty",
        "engine",
        "gaps",
        "grid",
        "last",
        "liquidity",
        "own_trade_listeners",
        "quiet_high",
        "quiet_low",
        "quote_listeners",
        "quotes",
        "ready",
        "spec",
        "top_check",
        "trade_listeners",
        "traded_ticks",
    )

    engine: MatchingEngine

    def __init__(self, spec: Market, liquidity: Liquidity) -> None:
        self.spec = spec
        self.contract_id: ContractId = spec.contract_id
        self.grid = Grid.of(spec)
        self.book = OrderBook(spec) if liquidity is Liquidity.DEPTH else None
        self.quotes = QuoteLiquidity(self.grid)
        self.liquidity: QuoteLiquidity | BookLiquidity = (
            self.quotes if self.book is None else BookLiquidity(self.grid, self.book)
        )
        self.best: BestBidOffer | None = None
        self._marked: BestBidOffer | None = None
        """The best bid and offer of which the mark was computed:"""
        self._mark = 0
        self.last: PublicTrade | None = None
        self.traded_ticks: int | None = None
        """Price of the last trade in which an order of ours took part."""
        self._depth_ns: int | None = None
        self.ready = False
        self.gaps = 0
        """Times the market stopped being sound after it had been."""
        self.candles = CandleKeeper(spec)
        self.top_check = None if self.book is None else TopCheck(self.book)
        self.quote_listeners: list[QuoteListener] = []
        self.trade_listeners: list[TradeListener] = []
        self.depth_listeners: list[DepthListener] = []
        """Hear what the source says of the book, before resting orders react to it."""
        self.own_trade_listeners: list[OwnTradeListener] = []
        """Hear of each match that involves an order of ours, from within the engine's report."""
        self._consumed: dict[tuple[Side, int], None] = {}
        self._waiting: dict[int, EngineOrder] = {}
        self.danger_low, self.danger_high = inf, -inf
        """Strictly between these quotes no position can be short of margin."""
        self.disturb()

    # What the market is ---------------------------------------------------------------------------

    def mark(self) -> HalfTicks | None:
        """Return the middle of the last sound best bid and offer, in half ticks.

        Before the first of them it is the price of the last trade among ourselves, if any.
        """
        best = self.best
        if best is None:
            return None if self.traded_ticks is None else 2 * self.traded_ticks
        if best is not self._marked:
            self._marked = best
            self._mark = self.grid.nearest_ticks(best.bid) + self.grid.nearest_ticks(best.ask)
        return self._mark

    @property
    def heard_ns(self) -> int | None:
        """Return when the book or the quote was last heard; None if it never was."""
        if self.book is not None:
            return self._depth_ns
        return None if self.best is None else self.best.local_ns

    def disturb(self) -> None:
        """Look closely at what comes next: an order, a position or the margin has changed."""
        self.dirty = True
        self.quiet_low, self.quiet_high = inf, -inf

    @property
    def needs_review(self) -> bool:
        """Whether something changed, or the price left where every position is safe."""
        if self.dirty:
            return True
        best = self.best
        return best is not None and not (self.danger_low < best.bid and best.ask < self.danger_high)

    def settle_down(self, danger_low: float, danger_high: float) -> None:
        """Compute the quiet band, given the quotes at which a position comes into danger.

        Without a sound market, on a book of depth, after external liquidity was taken and while a
        trailing stop follows the mark, every event is looked at.
        """
        self.dirty = False
        self.danger_low, self.danger_high = danger_low, danger_high
        self.quiet_low, self.quiet_high = inf, -inf
        if not self.ready or self.book is not None or self._consumed:
            return
        waiting = self._waiting.values()
        if any(order.order_type is OrderType.TRAILING_STOP for order in waiting):
            return
        low, high = self.engine.own_best_bid, self.engine.own_best_ask
        mark = self.mark()
        assert mark is not None, "a ready market has a mark"
        for order in waiting:
            assert order.trigger_ticks is not None, "a stop or take-profit has a trigger"
            if 2 * order.trigger_ticks <= mark:
                low = max(low, order.trigger_ticks)
            else:
                high = min(high, order.trigger_ticks)
        # Half a tick of room: a float may stand a hair beside the tick it means. A bid of zero says
        # that there is none, which is no quiet quote.
        tick = float(self.grid.tick)
        self.quiet_low = max(danger_low, (low + 0.5) * tick, 0.0)
        self.quiet_high = min(danger_high, (high - 0.5) * tick)

    # What happens in it ---------------------------------------------------------------------------

    def on_consumed(self, side: Side, ticks: int) -> None:
        """Note that external liquidity was taken on one side of the book, up to a price.

        It is there again once the source states the level anew.
        """
        for price, _ in self.liquidity.walk(side):
            if side.sign * (ticks - price) > 0:
                break
            self._consumed[side, price] = None

    def on_order(self, order: EngineOrder) -> None:
        """Note a change of an order of ours."""
        self.disturb()
        if not order.order_type.conditional:
            return
        if order.status.terminal or order.triggered_ns is not None:
            self._waiting.pop(order.order_id, None)
        else:
            self._waiting[order.order_id] = order

    def on_quote(self, quote: BestBidOffer) -> bool:
        """Take a best-bid-offer frame that is not quiet; say whether listeners should hear it."""
        if self.top_check is not None:
            self.top_check.on_quote(quote)
            return False
        was_ready = self.ready
        self.ready = self.quotes.ready = 0 < quote.bid < quote.ask
        if not self.ready:
            self.gaps += was_ready
            self.disturb()
            return False
        if not was_ready or self._consumed:
            self.disturb()
        self.best = self.quotes.quote = quote
        self._refresh_all()
        # What rests deeper than the quote is not known, which is not the same as nothing.
        bid, ask = self.grid.nearest_ticks(quote.bid), self.grid.nearest_ticks(quote.ask)
        bids = [ticks for ticks in self.engine.prices_resting(Side.BUY) if ticks >= bid]
        asks = [ticks for ticks in self.engine.prices_resting(Side.SELL) if ticks <= ask]
        self._restate(Side.BUY, bids, quote.local_ns)
        self._restate(Side.SELL, asks, quote.local_ns)
        self._touch(quote.local_ns)
        return True

    def show_mark(self, now_ns: int) -> None:
        """Tell the engine the mark, which quiet quotes have moved without a word."""
        mark = self.mark()
        if mark is not None:
            self.engine.on_mark(mark // 2, now_ns)

    def on_depth(self, event: BookSnapshot | BookDelta) -> bool:
        """Take a snapshot or a delta; say whether the best bid or offer changed."""
        book = self.book
        assert book is not None, f"{self.contract_id} is fed with quotes, not with depth"
        self._depth_ns = event.local_ns
        was_ready = self.ready
        applied = book.apply(event)
        for listener in self.depth_listeners:
            listener(event)
        self.ready = book.ready
        if not self.ready:
            self.gaps += was_ready
            return False
        if applied is not Applied.APPLIED:
            return False
        assert self.top_check is not None, "a book is checked"
        self.top_check.on_update()
        changed = self._new_top(book) or not was_ready
        refilled = bool(self._consumed)
        if not was_ready or not isinstance(event, BookDelta):
            self._refresh_all()
            for side in (Side.BUY, Side.SELL):
                self._restate(side, self.engine.prices_resting(side), event.local_ns)
        else:
            self._restate_changed(event)
        if changed:
            self.best = book.bbo() or self.best
        if changed or refilled:  # what was taken may be there again, and cross what rests
            self._touch(event.local_ns)
        return changed

    def on_trade(self, trade: PublicTrade) -> None:
        """Take a public trade: it may reach resting orders in the queue."""
        self.last = trade
        self.candles.on_trade(trade)
        engine = self.engine
        ticks = self.grid.nearest_ticks(trade.price)
        # Triggers on the last price need every trade; orders at rest only those that reach them.
        triggers = engine.rules.trigger_source is TriggerSource.LAST
        if triggers:
            self.show_mark(trade.local_ns)
        if triggers or ticks <= engine.own_best_bid or ticks >= engine.own_best_ask:
            lots = self.grid.nearest_lots(trade.size)
            engine.on_external_trade(ticks, lots, trade.aggressor, trade.local_ns)

    def on_signal(self, signal: StreamSignal) -> None:
        """Close the market where its source says that it has a hole."""
        if signal.signal not in (Signal.GAP, Signal.DISCONNECTED, Signal.STALE, Signal.ENDED):
            return
        self.gaps += self.ready and signal.signal is not Signal.ENDED
        self.ready = self.quotes.ready = False
        if self.book is not None:
            self.book.reset()
        self.disturb()

    # Inside ---------------------------------------------------------------------------------------

    def _new_top(self, book: OrderBook) -> bool:
        best = self.best
        return (
            best is None
            or book.best_bid != best.bid
            or book.best_ask != best.ask
            or book.best_bid_size() != best.bid_size
            or book.best_ask_size() != best.ask_size
        )

    def _touch(self, now_ns: int) -> None:
        """Show the engine the best external prices and the mark."""
        bid, ask = self.liquidity.best_bid(), self.liquidity.best_ask()
        engine = self.engine
        if (bid is not None and bid >= engine.own_best_ask) or (
            ask is not None and ask <= engine.own_best_bid
        ):
            engine.on_external_touch(bid, ask, now_ns)
        self.show_mark(now_ns)

    def _refresh_all(self) -> None:
        """Tell the engine that every level was stated anew: what was taken is there again."""
        for side, ticks in self._consumed:
            self.engine.on_external_refresh(side, ticks)
        self._consumed.clear()

    def _restate_changed(self, delta: BookDelta) -> None:
        """Tell the engine of those changed levels where an order rests or something was taken."""
        if self._consumed or self.engine.bids.keys:
            self._restate_side(Side.BUY, delta.bids, delta.local_ns)
        if self._consumed or self.engine.asks.keys:
            self._restate_side(Side.SELL, delta.asks, delta.local_ns)

    def _restate_side(self, side: Side, levels: Iterable[FloatLevel], now_ns: int) -> None:
        resting = self.engine.prices_resting(side)
        stated = {self.grid.nearest_ticks(price): None for price, _ in levels}
        for key in [key for key in self._consumed if key[0] is side and key[1] in stated]:
            self.engine.on_external_refresh(*key)
            del self._consumed[key]
        self._restate(side, [ticks for ticks in resting if ticks in stated], now_ns)

    def _restate(self, side: Side, prices: Iterable[int], now_ns: int) -> None:
        for ticks in list(prices):
            self.engine.on_external_level(side, ticks, self.liquidity.lots_at(side, ticks), now_ns)
