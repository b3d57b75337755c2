"""Public channels besides the books: what is told at once, and what is told at fixed instants."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId, Market
from venue_simulators.okx import market_words
from venue_simulators.okx.book_feeds import BookFeed
from venue_simulators.okx.candle_bars import BARS, latest_candles
from venue_simulators.okx.ground import Ground
from venue_simulators.okx.listing import Instrument
from venue_simulators.okx.public_api import PublicApi
from venue_simulators.okx.sessions import Follower
from venue_simulators.okx.terms import MS
from venue_simulators.okx.topics import (
    ALL_TRADES,
    BEST,
    BOOKS,
    BOOKS5,
    CANDLE,
    FUNDING,
    INDICES,
    INSTRUMENTS,
    INTEREST,
    LIMITS,
    LIQUIDATIONS,
    MARK,
    MARK_CANDLE,
    TICKERS,
    TRADES,
    Topic,
)
from venue_simulators.okx.wording import Row
from venue_simulators.world import MarketTrade, PublicLiquidation

CADENCES_NS = {
    TICKERS: 100 * MS,
    MARK: 200 * MS,
    LIMITS: 200 * MS,
    INDICES: 100 * MS,
    INTEREST: 3 * NS,
    FUNDING: 30 * NS,
    CANDLE: NS,
    MARK_CANDLE: NS,
}
"""How often a channel speaks at most; the first four only when the market has moved."""
_MOVED = (TICKERS, MARK, LIMITS, INDICES)
_Words: TypeAlias = Callable[[Instrument], Row]


class MarketFeeds:
    """Turns what happens in the markets into frames for those who follow.

    Args:
        ground: What they stand on.
        api: Words what both REST and streams tell.
    """

    def __init__(self, ground: Ground, api: PublicApi) -> None:
        self._world = world = ground.world
        self._listing = listing = ground.listing
        self._api = api
        self._sessions = ground.sessions
        self._agenda = ground.agenda
        self._planned: dict[tuple[str, str, str], None] = {}
        """Channels of instruments and bars that have an instant to speak at."""
        self._trades: list[MarketTrade] = []
        self._listed = {one: self._listed_now(one) for one in listing.by_id}
        self._words: dict[str, _Words] = {
            TICKERS: api.ticker_row,
            FUNDING: api.funding_row,
            MARK: lambda one: api.worded(market_words.mark_row, one),
            LIMITS: lambda one: api.worded(market_words.limit_row, one),
            INDICES: lambda one: api.worded(market_words.index_row, one),
            INTEREST: lambda one: api.worded(market_words.interest_row, one),
        }
        self.books = {inst_id: BookFeed(ground, one) for inst_id, one in listing.by_id.items()}
        for inst_id in listing.by_id:
            world.listen_book(inst_id, lambda change: self._moved(change.contract_id))
            world.listen_trades(inst_id, self._on_trade)
        world.listen_liquidations(self._on_liquidation)

    # Joining --------------------------------------------------------------------------------------

    def join(self, follower: Follower) -> None:
        """Send a new follower what his channel begins with."""
        _, topic = follower
        if topic.kind == INSTRUMENTS:
            rows = [self._api.instrument_row(one) for one in self._chosen(topic)]
            self._sessions.push(follower, rows)
            return
        instrument = self._instrument(topic)
        if instrument is None:
            return
        joins = {
            BOOKS: self.books[instrument.inst_id].join_books,
            BOOKS5: self.books[instrument.inst_id].join_five,
            BEST: self.books[instrument.inst_id].join_best,
        }
        if topic.kind in joins:
            joins[topic.kind](follower)
        elif topic.kind in self._words:
            self._sessions.push(follower, [self._words[topic.kind](instrument)])
        if topic.kind in CADENCES_NS and topic.kind not in _MOVED:
            self._plan(topic.kind, instrument, topic.bar)

    def _instrument(self, topic: Topic) -> Instrument | None:
        if topic.kind == INDICES:
            return self._listing.find(f"{topic.inst_id}-SWAP")
        return self._listing.find(topic.inst_id)

    def _chosen(self, topic: Topic) -> list[Instrument]:
        return [one for inst_id, one in self._listing.by_id.items() if topic.chooses(inst_id)]

    # At once --------------------------------------------------------------------------------------

    def _on_trade(self, trade: MarketTrade) -> None:
        self._trades.append(trade)
        self._moved(trade.contract_id)

    def _moved(self, contract_id: ContractId) -> None:
        instrument = self._listing.by_id[contract_id]
        for kind in _MOVED:
            if any(self._followers(kind, instrument, "")):
                self._plan(kind, instrument, "")

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        instrument = self._listing.by_id[event.contract_id]
        row = market_words.liquidation_row(instrument, event)
        for follower in self._sessions.of(LIQUIDATIONS, instrument.inst_id):
            self._sessions.push(follower, [row])

    def settle(self) -> None:
        """Tell the trades of this instant, and instruments that are listed otherwise now."""
        trades, self._trades = self._trades, []
        for group in _grouped(trades):
            self._tell_trades(group)
        for inst_id, before in self._listed.items():
            now = self._listed_now(inst_id)
            if now != before:
                self._listed[inst_id] = now
                row = self._api.instrument_row(self._listing.by_id[inst_id])
                for follower in self._sessions.of(INSTRUMENTS, inst_id):
                    self._sessions.push(follower, [row])

    def _listed_now(self, inst_id: ContractId) -> tuple[bool, Market]:
        return self._world.tradable(inst_id), self._world.rules[inst_id]

    def _tell_trades(self, group: list[MarketTrade]) -> None:
        """Tell trades of one taker at one price: together, and on the business path each."""
        instrument = self._listing.by_id[group[0].contract_id]
        followers = list(self._sessions.of(TRADES, instrument.inst_id))
        if followers:
            size = sum((one.size for one in group), Decimal(0))
            row = market_words.trade_row(instrument, group[-1], size)
            row["count"] = str(len(group))
            for follower in followers:
                self._sessions.push(follower, [row])
        for follower in self._sessions.of(ALL_TRADES, instrument.inst_id):
            for one in group:
                self._sessions.push(follower, [market_words.trade_row(instrument, one)])

    # At fixed instants ----------------------------------------------------------------------------

    def _plan(self, kind: str, instrument: Instrument, bar: str) -> None:
        key = (kind, instrument.inst_id, bar)
        if key in self._planned:
            return
        self._planned[key] = None
        span_ns = CADENCES_NS[kind]
        at_ns = (self._world.now_ns // span_ns + 1) * span_ns
        self._agenda.plan(at_ns, lambda: self._tell(kind, instrument, bar))

    def _tell(self, kind: str, instrument: Instrument, bar: str) -> None:
        del self._planned[kind, instrument.inst_id, bar]
        followers = self._followers(kind, instrument, bar)
        if not followers:
            return
        if bar:
            for row in self._candle_rows(kind, instrument, bar):
                for session, topic in followers:
                    self._sessions.send(session, {"arg": topic.arg, "data": [row]})
        else:
            fresh = self._words[kind](instrument)
            for follower in followers:
                self._sessions.push(follower, [fresh])
        if kind not in _MOVED:
            self._plan(kind, instrument, bar)

    def _candle_rows(self, kind: str, instrument: Instrument, bar: str) -> list[list[str]]:
        """Return the running candle, and at its beginning the one that has just closed."""
        now_ns = self._world.now_ns
        seconds, ahead_s = BARS[bar]
        begins = (now_ns + ahead_s * NS) % (seconds * NS) == 0
        found = latest_candles(self._world, instrument.inst_id, bar, now_ns, 2 if begins else 1)
        if kind == MARK_CANDLE:
            return [market_words.price_candle_row(one, now_ns) for one in found]
        return [market_words.candle_row(instrument, one, now_ns) for one in found]

    def _followers(self, kind: str, instrument: Instrument, bar: str) -> list[Follower]:
        name = instrument.family if kind == INDICES else instrument.inst_id
        return [
            (session, topic)
            for session, topic in self._sessions.followers(kind)
            if topic.bar == bar and topic.inst_id == name
        ]


def _grouped(trades: list[MarketTrade]) -> list[list[MarketTrade]]:
    """Return trades by taker: neighbours of one instant, side and price."""
    groups: list[list[MarketTrade]] = []
    for trade in trades:
        key = (trade.contract_id, trade.at_ns, trade.aggressor, trade.price)
        last = groups[-1][-1] if groups else None
        if last is not None and key == (
            last.contract_id,
            last.at_ns,
            last.aggressor,
            last.price,
        ):
            groups[-1].append(trade)
        else:
            groups.append([trade])
    return groups
