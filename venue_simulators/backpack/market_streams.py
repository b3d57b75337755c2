"""Public streams: what the world tells at once, and what is told at fixed instants.

The numbers of depth frames join without a gap in every window: the first of a frame is one above
the last of the frame before, and REST answers with the number that its book stands at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.backpack import market_words
from venue_simulators.backpack.hub import Hub
from venue_simulators.backpack.public import CANDLE_SECONDS
from venue_simulators.backpack.topics import DEPTH_WINDOWS_NS, Topic
from venue_simulators.world import BookChange, MarketTrade, PublicLiquidation, World

Best = tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None]


@dataclass(slots=True)
class Gathered:
    """Changes of one book since its window was last told; of a level the latest size counts."""

    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def add(self, change: BookChange) -> None:
        """Take in a change."""
        if not self.last:
            self.first = change.first
        self.last = change.last
        self.bids.update(change.bids)
        self.asks.update(change.asks)


class MarketStreams:
    """Turns what happens in the markets into frames for those who listen."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub
        self._gathered: dict[str, Gathered] = {}
        """By the name of a depth stream with a window."""
        self._told_best: dict[ContractId, Best] = {}
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)
        world.listen_liquidations(self._on_liquidation)

    # At once --------------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        contract_id, hub = change.contract_id, self._hub
        market = self._world.markets[contract_id]
        name = f"depth.{contract_id}"
        if hub.heard(name):
            numbers = (change.first, change.last)
            data = market_words.depth_data(market, change.asks, change.bids, numbers, change.at_ns)
            hub.publish(name, data)
        for window in DEPTH_WINDOWS_NS:
            windowed = f"depth.{window}.{contract_id}"
            if hub.heard(windowed):
                self._gathered.setdefault(windowed, Gathered()).add(change)
            else:
                self._gathered.pop(windowed, None)
        if hub.heard(f"bookTicker.{contract_id}"):
            self._tell_best(contract_id, change.at_ns)

    def _tell_best(self, contract_id: ContractId, at_ns: int) -> None:
        bid, ask, number = self._world.best(contract_id)
        if bid is None or ask is None or self._told_best.get(contract_id) == (bid, ask):
            return
        self._told_best[contract_id] = (bid, ask)
        market = self._world.markets[contract_id]
        data = market_words.best_data(market, bid, ask, number, at_ns)
        self._hub.publish(f"bookTicker.{contract_id}", data)

    def _on_trade(self, trade: MarketTrade) -> None:
        name = f"trade.{trade.contract_id}"
        if self._hub.heard(name):
            self._hub.publish(name, market_words.trade_data(trade, self._world.now_ns))

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        if self._hub.heard("liquidation"):
            data = market_words.liquidation_data(event, self._world.now_ns)
            self._hub.publish("liquidation", data)

    # At fixed instants ----------------------------------------------------------------------------

    def next_ns(self, after_ns: int) -> int:
        """Return the next instant after ``after_ns`` at which a stream speaks by itself."""
        cadences_ns = self._hub.cadences_ns
        return min(((after_ns // one + 1) * one for one in cadences_ns), default=NEVER_NS)

    def tell(self, now_ns: int) -> None:
        """Let every stream speak whose instant this is."""
        for topic in self._hub.public_topics:
            cadence_ns = topic.cadence_ns
            if cadence_ns is not None and now_ns % cadence_ns == 0:
                self._tell_topic(topic, now_ns)

    def _tell_topic(self, topic: Topic, now_ns: int) -> None:
        contract_id = ContractId(topic.symbol or "")
        if contract_id not in self._world.markets or not self._world.tradable(contract_id):
            return
        if topic.kind == "depth":
            self._tell_gathered(topic.name, contract_id, now_ns)
        elif topic.kind == "kline":
            self._tell_candle(topic, contract_id, now_ns)
        else:
            ticker = self._world.ticker(contract_id)
            self._hub.publish(topic.name, _TICKER_DATA[topic.kind](ticker, now_ns))

    def _tell_gathered(self, name: str, contract_id: ContractId, now_ns: int) -> None:
        gathered = self._gathered.pop(name, None)
        if gathered is None:
            return
        market = self._world.markets[contract_id]
        numbers = (gathered.first, gathered.last)
        data = market_words.depth_data(market, gathered.asks, gathered.bids, numbers, now_ns)
        self._hub.publish(name, data)

    def _tell_candle(self, topic: Topic, contract_id: ContractId, now_ns: int) -> None:
        """Tell of the running candle, or at its end of the one that has just closed."""
        assert topic.window is not None, "candles have an interval"
        seconds = CANDLE_SECONDS[topic.window]
        closed = now_ns % (seconds * NS) == 0
        start_ns = (now_ns - 1) // (seconds * NS) * seconds * NS
        candles = self._world.candles(contract_id, seconds, start_ns, start_ns + 1)
        for candle in candles:
            self._hub.publish(topic.name, market_words.candle_data(candle, now_ns, closed=closed))


_TICKER_DATA = {
    "markPrice": market_words.mark_data,
    "ticker": market_words.day_data,
    "openInterest": market_words.interest_data,
}
