"""What the public channels say of each market, and the one counter that all of them quote.

Every frame of the bare ``deltas`` channels has the number after the one before, also a frame
without levels; ``snapshot`` and ``interactive`` channels skip numbers. Nothing but the book is told
on subscribing: no source says that it would be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from typing import Protocol, TypeAlias

from exchange_clients.base_models import NS, ContractId
from venue_simulators.agenda import Agenda
from venue_simulators.paradex.channels import BOOK_DEPTH, Kind, Topic
from venue_simulators.paradex.funding import Funding
from venue_simulators.paradex.market_frames import (
    DELTA,
    SNAPSHOT,
    Best,
    BookWords,
    best_frame,
    comparison_frame,
    funding_frame,
    summary_frame,
    trade_frame,
)
from venue_simulators.paradex.terms import MS
from venue_simulators.wire import Frame
from venue_simulators.world import BookChange, MarketTrade, Ticker, World

Encode: TypeAlias = Callable[[int], Frame]
"""Makes the frame of a schema version."""
EMPTY_EVERY = 16
"""After so many changes of a book comes a frame that changes nothing and counts all the same."""
SUMMARY_RATE_NS = NS
FUNDING_RATE_NS = 5 * NS


class Publisher(Protocol):
    """Who passes frames on."""

    def heard(self, channel: str) -> bool:
        """Say whether anybody listens to a channel."""

    def publish(self, channel: str, encode: Encode, market: str = "") -> None:
        """Send a frame to everybody who listens to a channel and has not filtered the market."""


class MarketFeeds:
    """All markets of a venue.

    Args:
        world: Where they trade.
        funding: Their funding.
        agenda: Where what comes at a rate is planned.
        publisher: Who passes frames on.
    """

    def __init__(
        self, world: World, funding: Funding, agenda: Agenda, publisher: Publisher
    ) -> None:
        self._world = world
        self._funding = funding
        self._agenda = agenda
        self._publisher = publisher
        begins = world.now_ns // MS % 10**9
        self._seqs = dict.fromkeys(world.markets, begins)
        self._changed_ns = dict.fromkeys(world.markets, world.now_ns)
        self._changes = dict.fromkeys(world.markets, 0)
        self._bests: dict[ContractId, Best] = {each: self.best(each) for each in world.markets}
        self._ticking: dict[str, None] = {}
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)

    # Reading --------------------------------------------------------------------------------------

    def seq(self, market: ContractId) -> int:
        """Return the number of the last book update."""
        return self._seqs[market]

    def changed_ns(self, market: ContractId) -> int:
        """Return when that was."""
        return self._changed_ns[market]

    def best(self, market: ContractId) -> Best:
        """Return the best prices as they are published."""
        bid, ask, _ = self._world.best(market)
        return Best(bid, ask)

    def ticker(self, market: ContractId) -> Ticker:
        """Return the state of a market with the funding rate of its own period."""
        rate = self._funding.now(market).rate
        return replace(self._world.ticker(market), funding_rate=rate)

    def depth(self, market: ContractId, levels: int | None, tick: Decimal | None) -> BookWords:
        """Return the book, its prices gathered into steps of ``tick``."""
        view, _ = self._world.depth(market, None if tick else levels)
        bids: Sequence[tuple[Decimal, Decimal]] = view.bids
        asks: Sequence[tuple[Decimal, Decimal]] = view.asks
        if tick is not None:
            bids = _gathered(bids, tick, ROUND_FLOOR)[:levels]
            asks = _gathered(asks, tick, ROUND_CEILING)[:levels]
        return self._book(market, SNAPSHOT, bids, asks)

    # Subscribing ----------------------------------------------------------------------------------

    def begin(self, topic: Topic) -> Encode | None:
        """Start what a channel needs; return the frame with which it begins, if any."""
        if topic.kind is Kind.BOOK:
            market = ContractId(topic.market)
            if not topic.deltas:
                self._tick(topic, topic.rate_ns, lambda: self._tell_snapshot(topic))
            return self.depth(market, None if topic.deltas else BOOK_DEPTH, topic.tick).frame
        if topic.kind is Kind.SUMMARY:
            self._tick(topic, SUMMARY_RATE_NS, lambda: self._tell_summaries(topic))
        elif topic.kind is Kind.FUNDING:
            self._tick(topic, FUNDING_RATE_NS, lambda: self._tell_funding(topic))
        elif topic.kind is Kind.COMPARISON:
            self._tick(topic, topic.rate_ns, lambda: self._tell_comparison(topic))
        return None

    def _tick(self, topic: Topic, rate_ns: int, tell: Callable[[], None]) -> None:
        """Tell at each multiple of a rate for as long as somebody listens."""
        if topic.channel in self._ticking:
            return
        self._ticking[topic.channel] = None

        def tick() -> None:
            if not self._publisher.heard(topic.channel):
                del self._ticking[topic.channel]
                return
            tell()
            self._agenda.plan(next_multiple(self._world.now_ns, rate_ns), tick)

        self._agenda.plan(next_multiple(self._world.now_ns, rate_ns), tick)

    # Telling --------------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        market = change.contract_id
        self._changes[market] += 1
        self._tell_change(market, change.bids, change.asks, change.at_ns)
        best = self.best(market)
        if best != self._bests[market]:
            self._bests[market] = best
            self._tell_best(market, best, change.at_ns)
        if self._changes[market] % EMPTY_EVERY == 0:
            self._tell_change(market, (), (), change.at_ns)

    def _tell_change(
        self,
        market: ContractId,
        bids: Sequence[tuple[Decimal, Decimal]],
        asks: Sequence[tuple[Decimal, Decimal]],
        at_ns: int,
    ) -> None:
        self._seqs[market] += 1
        self._changed_ns[market] = at_ns
        words = self._book(market, DELTA, bids, asks)
        for style in ("deltas", "interactive_deltas"):
            self._publisher.publish(f"order_book.{market}.{style}", words.frame, market)

    def _book(
        self,
        market: ContractId,
        kind: int,
        bids: Sequence[tuple[Decimal, Decimal]],
        asks: Sequence[tuple[Decimal, Decimal]],
    ) -> BookWords:
        seq, at_ns = self._seqs[market], self._changed_ns[market]
        return BookWords(market, seq, at_ns, kind, bids, asks, self.best(market))

    def _tell_best(self, market: ContractId, best: Best, at_ns: int) -> None:
        seq = self._seqs[market]
        self._publisher.publish(
            f"bbo.{market}", lambda version: best_frame(market, best, seq, at_ns, version), market
        )

    def _on_trade(self, trade: MarketTrade) -> None:
        market, seq = trade.contract_id, self._seqs[trade.contract_id]
        encode = partial(trade_frame, trade, seq)
        for heard in (market, "ALL"):
            self._publisher.publish(f"trades.{heard}", encode, market)

    def _tell_snapshot(self, topic: Topic) -> None:
        words = self.depth(ContractId(topic.market), BOOK_DEPTH, topic.tick)
        self._publisher.publish(topic.channel, words.frame, topic.market)

    def _tell_summaries(self, topic: Topic) -> None:
        now_ns = self._world.now_ns
        for market in self._concerned(topic):
            encode = partial(
                summary_frame, self.ticker(market), self.best(market), self._seqs[market], now_ns
            )
            self._publisher.publish(topic.channel, encode, market)

    def _tell_funding(self, topic: Topic) -> None:
        now_ns = self._world.now_ns
        for market in self._concerned(topic):
            encode = partial(funding_frame, self._funding.now(market), self._seqs[market], now_ns)
            self._publisher.publish(topic.channel, encode, market)

    def _tell_comparison(self, topic: Topic) -> None:
        now_ns = self._world.now_ns
        for market in self._concerned(topic):
            sample = self._funding.now(market)
            for source, factor in _ELSEWHERE.items():
                encode = partial(
                    comparison_frame, replace(sample, rate=sample.rate * factor), source, now_ns
                )
                self._publisher.publish(topic.channel, encode, market)

    def _concerned(self, topic: Topic) -> list[ContractId]:
        return [each for each in self._world.markets if topic.market in ("", each)]


_ELSEWHERE: Mapping[str, Decimal] = {
    "PARADEX": Decimal(1),
    "BINANCE": Decimal("0.9"),
    "BYBIT": Decimal("1.1"),
}
"""What the comparison makes of other venues' rates."""


def next_multiple(now_ns: int, rate_ns: int) -> int:
    """Return the first multiple of a rate after an instant."""
    return (now_ns // rate_ns + 1) * rate_ns


def _gathered(
    rows: Sequence[tuple[Decimal, Decimal]], tick: Decimal, rounding: str
) -> list[tuple[Decimal, Decimal]]:
    sums: dict[Decimal, Decimal] = {}
    for price, size in rows:
        step = (price / tick).to_integral_value(rounding) * tick
        sums[step] = sums.get(step, Decimal(0)) + size
    return list(sums.items())
