"""What the public streams say: books, best prices, tickers, trades and candles.

Feeds with a rate speak at whole multiples of it, all of a rate together. A snapshot taken between
two deltas is ahead of the next delta; because deltas state values and not differences, and include
everything that was touched since the last, both together still give the present.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId
from venue_simulators.agenda import Agenda
from venue_simulators.grvt.instruments import Instrument
from venue_simulators.grvt.market_wording import MarketWords
from venue_simulators.grvt.wording import Words, candle_words, levels, trade_words
from venue_simulators.world import BookChange, Candle, MarketTrade, World

Publish = Callable[[Words], None]
ALWAYS_STATED = ("event_time", "instrument")
CANDLES_REPLAYED = 5
CANDLE_RATE_NS = NS


class _Switched:
    """A feed that is silent until somebody listens."""

    numbered = True
    _publish: Publish | None = None

    def start(self, publish: Publish) -> None:
        """Begin to publish."""
        self._publish = publish

    def stop(self) -> None:
        """Publish no more."""
        self._publish = None


class BookDeltas(_Switched):
    """Levels that changed, of the whole book."""

    def __init__(self, words: MarketWords, agenda: Agenda, rate_ns: int) -> None:
        self._words = words
        self._agenda = agenda
        self._rate_ns = rate_ns
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._planned = False
        words.world.listen_book(words.instrument.contract_id, self._on_change)

    def snapshots(self) -> Sequence[Words]:
        """Return the whole book."""
        return [self._words.book(None)]

    def stop(self) -> None:
        """Publish no more."""
        super().stop()
        self._bids.clear()
        self._asks.clear()

    def _on_change(self, change: BookChange) -> None:
        if self._publish is None:
            return
        self._bids.update(change.bids)
        self._asks.update(change.asks)
        if not self._planned:
            self._planned = True
            self._agenda.plan(next_multiple(change.at_ns, self._rate_ns), self._flush)

    def _flush(self) -> None:
        self._planned = False
        if self._publish is None or not (self._bids or self._asks):
            return
        words: Words = {
            "event_time": str(self._words.world.now_ns),
            "instrument": self._words.instrument.contract_id,
            "bids": levels(sorted(self._bids.items(), reverse=True)),
            "asks": levels(sorted(self._asks.items())),
        }
        self._bids.clear()
        self._asks.clear()
        self._publish(words)


class Samples(_Switched):
    """The whole state at each multiple of a rate."""

    numbered = False

    def __init__(self, state: Callable[[], Words], world: World, agenda: Agenda, rate_ns: int):
        self._state = state
        self._world = world
        self._agenda = agenda
        self._rate_ns = rate_ns
        self._ticking = False

    def snapshots(self) -> Sequence[Words]:
        """Return the state as it is."""
        return [self._state()]

    def start(self, publish: Publish) -> None:
        """Begin to publish."""
        super().start(publish)
        if not self._ticking:
            self._ticking = True
            self._plan()

    def _plan(self) -> None:
        self._agenda.plan(next_multiple(self._world.now_ns + 1, self._rate_ns), self._tick)

    def _tick(self) -> None:
        if self._publish is None:
            self._ticking = False
            return
        self._publish(self._state())
        self._plan()


class Differences(_Switched):
    """The fields of a state that changed since the last time; a rate of 0 tells every change."""

    def __init__(
        self, state: Callable[[], Words], words: MarketWords, agenda: Agenda, rate_ns: int
    ) -> None:
        self._state = state
        self._world = words.world
        self._agenda = agenda
        self._rate_ns = rate_ns
        self._told: Words = {}
        self._shown: dict[str, None] = {}
        self._planned = False
        contract_id = words.instrument.contract_id
        self._world.listen_book(contract_id, self._on_change)
        self._world.listen_trades(contract_id, self._on_change)

    def snapshots(self) -> Sequence[Words]:
        """Return the whole state; what it is ahead of the deltas is repeated by the next one."""
        state = self._state()
        self._shown.update(dict.fromkeys(_changed(self._told, state)))
        if not self._told:
            self._told = state
        return [state]

    def start(self, publish: Publish) -> None:
        """Begin to publish."""
        super().start(publish)
        self._told = {}
        self._shown.clear()

    def stop(self) -> None:
        """Publish no more."""
        self._publish = None

    def _on_change(self, change: BookChange | MarketTrade) -> None:
        if self._publish is not None and not self._planned:
            self._planned = True
            at_ns = next_multiple(change.at_ns, self._rate_ns) if self._rate_ns else change.at_ns
            self._agenda.plan(at_ns, self._flush)

    def _flush(self) -> None:
        self._planned = False
        if self._publish is None:
            return
        state = self._state()
        changed = dict.fromkeys((*_changed(self._told, state), *self._shown))
        self._told = state
        self._shown.clear()
        if changed:
            self._publish({name: state[name] for name in (*ALWAYS_STATED, *changed)})


class Trades(_Switched):
    """Trades of the market; a subscriber first hears the latest ones."""

    def __init__(self, instrument: Instrument, world: World, replayed: int) -> None:
        self._instrument = instrument
        self._world = world
        self._replayed = replayed
        world.listen_trades(instrument.contract_id, self._on_trade)

    def snapshots(self) -> Sequence[Words]:
        """Return the latest trades, oldest first."""
        trades = self._world.trades(self._instrument.contract_id, self._replayed)
        return [self._worded(each) for each in trades]

    def _on_trade(self, trade: MarketTrade) -> None:
        if self._publish is not None:
            self._publish(self._worded(trade))

    def _worded(self, trade: MarketTrade) -> Words:
        index = self._world.prices(self._instrument.contract_id).index
        return trade_words(self._instrument, trade, index)


class Candles(_Switched):
    """The running candle while trades change it; a subscriber first hears the latest few."""

    def __init__(
        self, contract_id: ContractId, world: World, agenda: Agenda, interval_s: int
    ) -> None:
        self._contract_id = contract_id
        self._world = world
        self._agenda = agenda
        self._interval_s = interval_s
        self._planned = False
        world.listen_trades(contract_id, self._on_trade)

    def snapshots(self) -> Sequence[Words]:
        """Return the latest candles, oldest first."""
        return [candle_words(each) for each in self._latest(CANDLES_REPLAYED)]

    def _on_trade(self, trade: MarketTrade) -> None:
        if self._publish is not None and not self._planned:
            self._planned = True
            self._agenda.plan(next_multiple(trade.at_ns, CANDLE_RATE_NS), self._flush)

    def _flush(self) -> None:
        self._planned = False
        for candle in self._latest(1):
            if self._publish is not None:
                self._publish(candle_words(candle))

    def _latest(self, count: int) -> Sequence[Candle]:
        now_ns, span_ns = self._world.now_ns, self._interval_s * NS
        start_ns = (now_ns // span_ns - count + 1) * span_ns
        return self._world.candles(self._contract_id, self._interval_s, start_ns, now_ns + 1)


def next_multiple(at_ns: int, rate_ns: int) -> int:
    """Return the first multiple of a rate at or after an instant."""
    return -(-at_ns // rate_ns) * rate_ns


def _changed(before: Words, after: Words) -> list[str]:
    return [name for name in after if name not in ALWAYS_STATED and before.get(name) != after[name]]
