"""Public streams: what the world tells at once, and what is told at fixed instants.

Of the differences of a book each stream chains its own: ``pu`` is the ``u`` of the event before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Side
from venue_simulators.fapi import topics
from venue_simulators.fapi.hidden import Shown
from venue_simulators.fapi.hub import Hub
from venue_simulators.fapi.intervals import CANDLE_SECONDS
from venue_simulators.fapi.market_words import Best, MarketWords
from venue_simulators.fapi.topics import Topic
from venue_simulators.fapi.wording import Row
from venue_simulators.world import NEVER_NS, BookChange, MarketTrade, PublicLiquidation, World


@dataclass(slots=True)
class Gathered:
    """Changes of one book since its stream last spoke; of a level the latest size counts."""

    before: int
    """The last update that the stream has told of."""
    first: int = 0
    last: int = 0
    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)


class MarketStreams:
    """Turns what happens in the markets into events for those who listen."""

    lists_worst_bids_first = True
    """Of the streams that tell the top of a book; Aster's sample has its bids so."""

    def __init__(self, world: World, words: MarketWords, shown: Shown, hub: Hub) -> None:
        self._world = world
        self._words = words
        self._shown = shown
        self._hub = hub
        self._gathered: dict[str, Gathered] = {}
        """By the name of a stream of differences."""
        self._told_best: dict[ContractId, Best] = {}
        self._told_top: dict[str, int] = {}
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)
        world.listen_liquidations(self._on_liquidation)

    # At once --------------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        contract_id = change.contract_id
        bids = self._shown.change(contract_id, Side.BUY, change.bids)
        asks = self._shown.change(contract_id, Side.SELL, change.asks)
        for topic in self._hub.topics:
            if topic.kind == topics.DIFF and topic.contract_id == contract_id:
                gathered = self._gathered.get(topic.name)
                if gathered is None:
                    gathered = self._gathered[topic.name] = Gathered(change.first - 1)
                gathered.first = gathered.first or change.first
                gathered.last = change.last
                gathered.bids.update(bids)
                gathered.asks.update(asks)
        self._tell_best(contract_id, change.at_ns)

    def _tell_best(self, contract_id: ContractId, at_ns: int) -> None:
        own, of_all = f"{contract_id.lower()}@{topics.BEST}", f"!{topics.BEST}"
        if not self._hub.heard(own) and not self._hub.heard(of_all):
            return
        bid, ask, number = self._shown.best(contract_id)
        if bid is None or ask is None or self._told_best.get(contract_id) == (bid, ask):
            return
        self._told_best[contract_id] = (bid, ask)
        market = self._world.markets[contract_id]
        data = self._words.best_data(market, (bid, ask), number, at_ns)
        self._hub.publish(own, data)
        self._hub.publish(of_all, data)

    def _on_trade(self, trade: MarketTrade) -> None:
        name = f"{trade.contract_id.lower()}@{topics.AGGREGATE}"
        if self._hub.heard(name):
            market = self._world.markets[trade.contract_id]
            self._hub.publish(name, self._words.aggregate_data(market, trade, self._world.now_ns))

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        market = self._world.markets[event.contract_id]
        data = self._words.liquidation_data(market, event, self._world.now_ns)
        self._hub.publish(f"{event.contract_id.lower()}@{topics.LIQUIDATION}", data)
        self._hub.publish(f"!{topics.LIQUIDATION}@arr", data)

    # At fixed instants ----------------------------------------------------------------------------

    def next_ns(self, after_ns: int) -> int:
        """Return the next instant after ``after_ns`` at which a stream speaks by itself."""
        # A book that stands still says nothing: until the world moves its stream need not be asked.
        moves_ns = max(after_ns, self._world.next_ns() - 1)
        next_ns = NEVER_NS
        for topic in self._hub.topics:
            if (one := topic.cadence_ns) is not None:
                from_ns = moves_ns if self._is_quiet(topic) else after_ns
                next_ns = min(next_ns, (from_ns // one + 1) * one)
        return next_ns

    def _is_quiet(self, topic: Topic) -> bool:
        if topic.kind != topics.DIFF:
            return False
        gathered = self._gathered.get(topic.name)
        return gathered is None or not gathered.last

    def tell(self, now_ns: int) -> None:
        """Let every stream speak whose instant this is."""
        for name in [name for name in self._gathered if not self._hub.heard(name)]:
            del self._gathered[name]
        for topic in self._hub.topics:
            if topic.cadence_ns is not None and now_ns % topic.cadence_ns == 0:
                self._tell_topic(topic, now_ns)

    def _tell_topic(self, topic: Topic, now_ns: int) -> None:
        contract_id, tell = topic.contract_id, self._tellers.get(topic.kind)
        if contract_id is None:
            rows = [self._row(topic, one, now_ns) for one in self._world.markets]
            self._hub.publish(topic.name, rows)
        elif contract_id not in self._world.markets:
            return
        elif tell is not None:
            tell(self, topic, contract_id, now_ns)
        else:
            self._hub.publish(topic.name, self._row(topic, contract_id, now_ns))

    def _row(self, topic: Topic, contract_id: ContractId, now_ns: int) -> Row:
        ticker = self._world.ticker(contract_id)
        if topic.kind == topics.MARK:
            return self._words.mark_data(ticker, now_ns)
        if topic.kind == topics.SHORT_DAY:
            return self._words.short_day_data(ticker, now_ns)
        trade = next(iter(self._world.trades(contract_id, 1)), None)
        market = self._world.markets[contract_id]
        return self._words.day_data(market, ticker, trade, now_ns)

    def _tell_differences(self, topic: Topic, contract_id: ContractId, now_ns: int) -> None:
        gathered = self._gathered.get(topic.name)
        if gathered is None or not gathered.last:
            return
        self._gathered[topic.name] = Gathered(gathered.last)
        numbers = (gathered.first, gathered.last, gathered.before)
        market = self._world.markets[contract_id]
        data = self._words.depth_data(market, gathered.bids, gathered.asks, numbers, now_ns)
        self._hub.publish(topic.name, data)

    def _tell_top(self, topic: Topic, contract_id: ContractId, now_ns: int) -> None:
        bids, asks, number = self._shown.depth(contract_id, topic.levels)
        before = self._told_top.get(topic.name, 0)
        self._told_top[topic.name] = number
        market = self._world.markets[contract_id]
        bids = bids[::-1] if self.lists_worst_bids_first else bids
        numbers = (number, number, before)
        self._hub.publish(topic.name, self._words.depth_data(market, bids, asks, numbers, now_ns))

    def _tell_candle(self, topic: Topic, contract_id: ContractId, now_ns: int) -> None:
        """Tell of the running candle, or at its end of the one that has just closed."""
        span_ns = CANDLE_SECONDS[topic.interval] * NS
        start_ns = (now_ns - 1) // span_ns * span_ns
        for candle in self._world.candles(
            contract_id, CANDLE_SECONDS[topic.interval], start_ns, start_ns + 1
        ):
            data = self._words.candle_data(candle, topic.interval, now_ns)
            self._hub.publish(topic.name, data)

    _tellers: Mapping[str, Callable[[MarketStreams, Topic, ContractId, int], None]] = {
        topics.DIFF: _tell_differences,
        topics.TOP: _tell_top,
        topics.CANDLE: _tell_candle,
    }
