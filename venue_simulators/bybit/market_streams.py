"""Public streams: trades at once, the rest at most once in its interval and only when it changed.

A book begins with a snapshot and goes on with numbered changes; of depth 1 there are snapshots
alone, which are repeated every three seconds where nothing happens. A ticker begins with all its
fields and goes on with those that changed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from exchange_clients.base_models import NS, ContractId
from venue_simulators.agenda import Agenda
from venue_simulators.bybit import market_words
from venue_simulators.bybit.books import Books, CrossSequence, book_frame
from venue_simulators.bybit.public import INTERVAL_SECONDS, price_limit_row
from venue_simulators.bybit.topics import (
    BOOK,
    CANDLES,
    LIQUIDATIONS,
    PRICE_LIMIT,
    TICKERS,
    TRADES,
    Topic,
)
from venue_simulators.bybit.wording import Row, ms
from venue_simulators.world import BookChange, MarketTrade, PublicLiquidation, World

REPEAT_NS = 3 * NS
_ON_BOOK = (BOOK, TICKERS, PRICE_LIMIT)
_ON_TRADE = (TICKERS, CANDLES)


class Listeners(Protocol):
    """Who listens, as the streams see it."""

    def heard(self, topic: str) -> bool:
        """Say whether anybody listens to a topic."""

    def publish(self, topic: str, row: Row) -> None:
        """Send a frame to all who do."""


class MarketStreams:
    """Turns what happens in the markets into frames for those who listen.

    Args:
        world: The truth.
        agenda: Where what is due is planned.
        listeners: Who listens.
        books: The published books.
        sequence: The venue's cross sequence.
    """

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        listeners: Listeners,
        books: Books,
        sequence: CrossSequence,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._listeners = listeners
        self._books = books
        self._sequence = sequence
        self._topics: dict[ContractId, dict[str, Topic]] = {}
        self._planned: dict[str, int] = {}
        """When a topic is due, by its name."""
        self._told: dict[str, Row] = {}
        """What listeners of a ticker or a price band know."""
        self._told_ns: dict[str, int] = {}
        self._last_trade: dict[ContractId, tuple[Decimal, str]] = {}
        self._liquidations: dict[ContractId, list[Row]] = {}
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)
        world.listen_liquidations(self._on_liquidation)

    def first_frame(self, topic: Topic) -> Row | None:
        """Return what a new listener of a topic is sent first, None for nothing.

        Of a book this is exactly what the listeners there are hold already.
        """
        self._topics.setdefault(topic.symbol, {})[topic.name] = topic
        alone = not self._listeners.heard(topic.name)
        if topic.kind == BOOK:
            if not self._world.tradable(topic.symbol):
                return None
            if alone:
                self._books.refresh(topic.symbol, topic.depth)
                self._begin_repeats(topic)
            told = self._books.told(topic.symbol, topic.depth)
            market = self._world.markets[topic.symbol]
            return book_frame(market, topic.depth, told, None, self._world.now_ns)
        if topic.kind == TICKERS:
            if alone:
                self._told[topic.name] = self._ticker(topic)
            return self._ticker_frame(topic, "snapshot", self._told[topic.name])
        if topic.kind == CANDLES and alone:
            self._plan(topic)
        return None

    # What happens ---------------------------------------------------------------------------------

    def _on_book(self, change: BookChange) -> None:
        self._books.on_change(change.contract_id, change.at_ns)
        self._plan_all(change.contract_id, _ON_BOOK)

    def _on_trade(self, trade: MarketTrade) -> None:
        contract_id = trade.contract_id
        seq = self._sequence.next()
        self._plan_all(contract_id, _ON_TRADE)
        direction = self._direction(trade)
        topic = f"{TRADES}.{contract_id}"
        if self._listeners.heard(topic):
            market = self._world.markets[contract_id]
            row = market_words.trade_data(market, trade, direction, seq)
            self._listeners.publish(topic, self._frame(topic, "snapshot", [row]))

    def _direction(self, trade: MarketTrade) -> str:
        """Return which way the price went; a first trade is said to have gone up."""
        before, word = self._last_trade.get(trade.contract_id, (trade.price, "ZeroPlusTick"))
        if trade.price != before:
            word = "PlusTick" if trade.price > before else "MinusTick"
        elif not word.startswith("Zero"):
            word = f"Zero{word}"
        self._last_trade[trade.contract_id] = (trade.price, word)
        return word

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        market = self._world.markets[event.contract_id]
        row = market_words.liquidation_data(market, event)
        self._liquidations.setdefault(event.contract_id, []).append(row)
        self._plan_all(event.contract_id, (LIQUIDATIONS,))

    # What is due ----------------------------------------------------------------------------------

    def _plan_all(self, contract_id: ContractId, kinds: tuple[str, ...]) -> None:
        for topic in self._topics.get(contract_id, {}).values():
            if topic.kind in kinds and topic.name not in self._planned:
                self._plan(topic)

    def _plan(self, topic: Topic) -> None:
        if topic.name not in self._planned:
            due_ns = -(-self._world.now_ns // topic.interval_ns) * topic.interval_ns
            if due_ns <= self._told_ns.get(topic.name, 0):
                due_ns += topic.interval_ns
            self._planned[topic.name] = due_ns
            self._agenda.plan(due_ns, lambda: self._tell(topic))

    def _tell(self, topic: Topic) -> None:
        """Let a topic speak, if anybody still listens to it."""
        self._planned.pop(topic.name, None)
        if not self._listeners.heard(topic.name):
            self._topics.get(topic.symbol, {}).pop(topic.name, None)
            self._told.pop(topic.name, None)
            return
        self._told_ns[topic.name] = self._world.now_ns
        tellers: dict[str, Callable[[Topic], None]] = {
            BOOK: self._tell_book,
            TICKERS: self._tell_ticker,
            CANDLES: self._tell_candle,
            PRICE_LIMIT: self._tell_limit,
            LIQUIDATIONS: self._tell_liquidations,
        }
        tellers[topic.kind](topic)

    def _tell_book(self, topic: Topic) -> None:
        change = self._books.refresh(topic.symbol, topic.depth)
        if change is not None:
            shown = None if topic.depth == 1 else change
            told = self._books.told(topic.symbol, topic.depth)
            market = self._world.markets[topic.symbol]
            frame = book_frame(market, topic.depth, told, shown, self._world.now_ns)
            self._listeners.publish(topic.name, frame)

    def _begin_repeats(self, topic: Topic) -> None:
        if topic.depth == 1:
            self._told_ns[topic.name] = self._world.now_ns
            due_ns = self._world.now_ns + REPEAT_NS
            self._agenda.plan(due_ns, lambda: self._repeat(topic))

    def _repeat(self, topic: Topic) -> None:
        if not self._listeners.heard(topic.name):
            return
        now_ns = self._world.now_ns
        due_ns = self._told_ns.get(topic.name, 0) + REPEAT_NS
        if due_ns <= now_ns:
            told = self._books.told(topic.symbol, topic.depth)
            market = self._world.markets[topic.symbol]
            frame = book_frame(market, topic.depth, told, None, now_ns)
            self._listeners.publish(topic.name, frame)
            self._told_ns[topic.name] = now_ns
            due_ns = now_ns + REPEAT_NS
        self._agenda.plan(due_ns, lambda: self._repeat(topic))

    def _tell_ticker(self, topic: Topic) -> None:
        now, before = self._ticker(topic), self._told.get(topic.name, {})
        changed: Row = {name: value for name, value in now.items() if before.get(name) != value}
        self._told[topic.name] = now
        if changed:
            data = {"symbol": topic.symbol, **changed}
            self._listeners.publish(topic.name, self._ticker_frame(topic, "delta", data))

    def _ticker(self, topic: Topic) -> Row:
        bid, ask, _ = self._world.best(topic.symbol)
        market = self._world.markets[topic.symbol]
        return market_words.ticker_row(market, self._world.ticker(topic.symbol), (bid, ask))

    def _ticker_frame(self, topic: Topic, kind: str, data: Row) -> Row:
        return {
            "topic": topic.name,
            "type": kind,
            "data": data,
            "cs": self._sequence.last,
            "ts": ms(self._world.now_ns),
        }

    def _tell_candle(self, topic: Topic) -> None:
        now_ns = self._world.now_ns
        span_ns = INTERVAL_SECONDS[topic.interval] * NS
        # At its very end a candle is told once more, as closed.
        start_ns = (now_ns - 1) // span_ns * span_ns
        market = self._world.markets[topic.symbol]
        for candle in self._world.candles(topic.symbol, span_ns // NS, start_ns, start_ns + 1):
            row = market_words.candle_data(
                market, candle, topic.interval, now_ns, start_ns + span_ns
            )
            self._listeners.publish(topic.name, self._frame(topic.name, "snapshot", [row]))
        self._told_ns[topic.name] = now_ns
        self._plan(topic)

    def _tell_limit(self, topic: Topic) -> None:
        row = price_limit_row(self._world, self._world.markets[topic.symbol])
        row.pop("ts")
        if row != self._told.get(topic.name):
            self._told[topic.name] = row
            self._listeners.publish(topic.name, self._frame(topic.name, "snapshot", row))

    def _tell_liquidations(self, topic: Topic) -> None:
        rows = self._liquidations.pop(topic.symbol, [])
        if rows:
            self._listeners.publish(topic.name, self._frame(topic.name, "snapshot", rows))

    def _frame(self, topic: str, kind: str, data: object) -> Row:
        return {"topic": topic, "type": kind, "ts": ms(self._world.now_ns), "data": data}
