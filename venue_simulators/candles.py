"""Candles by the minute: those of the world's own trades, and before it began made-up ones.

A made-up price is a function of the seed, the contract and the minute, and meets the first price of
the world where the two join. Longer candles are made of minutes, so that all of them agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from exchange_clients.base_models import NS, ZERO, ContractId, Market
from venue_simulators.chance import fraction
from venue_simulators.world_values import Candle, MarketTrade

MINUTE_S = 60
MINUTE_NS = MINUTE_S * NS
HISTORY_DAYS = 365
"""How far back there are candles and settled rates: the day on which everything was listed."""
HISTORY_NS = HISTORY_DAYS * 86_400 * NS
DAY_MINUTES = 1440
_WAVES = ((7, 0.0004), (60, 0.0015), (720, 0.006), (10_080, 0.03))
"""Minutes between two nodes, and how far a node strays as a fraction of the price."""
_WICK = 0.0003
_MINUTE_USD = 50_000.0
"""Mean notional of a made-up minute."""


class CandleTable:
    """Minutes of one contract; a minute without a trade stands at the close before it."""

    def __init__(self, market: Market, seed: int, start_ns: int) -> None:
        self._market = market
        self._seed = seed
        self._first = start_ns // MINUTE_NS
        self._listed = (start_ns - HISTORY_NS) // MINUTE_NS
        self._reference: Decimal | None = None
        self._minutes: dict[int, Candle] = {}
        self._last: Candle | None = None
        self._day: tuple[int, Candle] | None = None
        self._past: dict[int, Candle] = {}
        """Made-up minutes of the last day before the beginning: each day's figures need them."""

    def begin_at(self, price: Decimal) -> None:
        """Let made-up prices lead to the world's first one."""
        if self._reference is None:
            self._reference = self._market.nearest_tick(price)

    def add(self, trade: MarketTrade) -> None:
        """Take in a trade."""
        minute = trade.at_ns // MINUTE_NS
        notional = trade.price * trade.size
        known = self._minutes.get(minute)
        if known is None:
            opened = trade.price if self._last is None else self._last.close
            known = _flat(trade.contract_id, minute, opened)
        self._last = self._minutes[minute] = Candle(
            known.contract_id,
            known.start_ns,
            MINUTE_S,
            known.open,
            max(known.high, trade.price),
            min(known.low, trade.price),
            trade.price,
            known.volume + trade.size,
            known.quote_volume + notional,
            known.trades + 1,
        )

    def candles(self, interval_s: int, start_ns: int, end_ns: int, now_ns: int) -> list[Candle]:
        """Return candles that begin in [start, end), none later than ``now_ns``; oldest first.

        Raises:
            ValueError: the interval is not whole minutes.
        """
        if interval_s <= 0 or interval_s % MINUTE_S:
            raise ValueError(f"interval_s must be a multiple of {MINUTE_S}, got {interval_s}")
        if self._reference is None:
            return []
        span_ns = interval_s * NS
        start_ns = max(start_ns, self._listed * MINUTE_NS)
        end_ns = min(end_ns, now_ns + 1)
        starts = range(-(-start_ns // span_ns) * span_ns, end_ns, span_ns)
        last = now_ns // MINUTE_NS
        return [
            merged(self._between(begin // MINUTE_NS, min((begin + span_ns) // MINUTE_NS - 1, last)))
            for begin in starts
        ]

    def day(self, now_ns: int) -> Candle:
        """Return the last 24 hours, to the minute, as one candle."""
        minute = now_ns // MINUTE_NS
        if self._day is None or self._day[0] != minute:
            past = merged(self._between(minute - DAY_MINUTES + 1, minute - 1))
            self._day = (minute, past)
        return merged([self._day[1], next(self._between(minute, minute))])

    def _between(self, first: int, last: int) -> Iterator[Candle]:
        """Yield the minutes from ``first`` to ``last``, both included."""
        close = None
        for minute in range(first, last + 1):
            candle = self._minutes.get(minute)
            if candle is None and minute < self._first:
                candle = self._remembered(minute)
            elif candle is None:
                close = close or self._close_before(minute)
                candle = _flat(self._market.contract_id, minute, close)
            close = candle.close
            yield candle

    def _close_before(self, minute: int) -> Decimal:
        for earlier in range(minute - 1, self._first - 1, -1):
            known = self._minutes.get(earlier)
            if known is not None:
                return known.close
        assert self._reference is not None, "candles are asked for once there is a price"
        return self._reference

    # Before the world began -----------------------------------------------------------------------

    def _remembered(self, minute: int) -> Candle:
        known = self._past.get(minute)
        if known is not None:
            return known
        candle = self._made_up(minute)
        if minute >= self._first - DAY_MINUTES:
            self._past[minute] = candle
        return candle

    def _made_up(self, minute: int) -> Candle:
        open_, close = self._price(minute), self._price(minute + 1)
        up, down, amount, count = (
            fraction(self._seed, self._market.contract_id, name, minute)
            for name in ("high", "low", "volume", "trades")
        )
        nearest = self._market.nearest_tick
        high = nearest(max(open_, close) * Decimal(1 + _WICK * up))
        low = nearest(min(open_, close) * Decimal(1 - _WICK * down))
        volume = self._market.size_of(_MINUTE_USD * 2 * amount / float(close))
        return Candle(
            self._market.contract_id,
            minute * MINUTE_NS,
            MINUTE_S,
            open_,
            max(high, open_, close),
            min(low, open_, close),
            close,
            volume,
            volume * (open_ + close) / 2,
            1 + int(count * 100) if volume else 0,
        )

    def _price(self, minute: int) -> Decimal:
        assert self._reference is not None, "candles are asked for once there is a price"
        name = f"{self._seed}/{self._market.contract_id}"
        wandered = _wander(name, minute) - _wander(name, self._first)
        price = self._market.nearest_tick(self._reference * Decimal(1 + wandered))
        return max(price, self._market.tick)


def merged(minutes: Iterable[Candle]) -> Candle:
    """Return adjoining candles as one."""
    rows = list(minutes)
    first, last = rows[0], rows[-1]
    return Candle(
        first.contract_id,
        first.start_ns,
        sum(row.interval_s for row in rows),
        first.open,
        max(row.high for row in rows),
        min(row.low for row in rows),
        last.close,
        sum((row.volume for row in rows), ZERO),
        sum((row.quote_volume for row in rows), ZERO),
        sum(row.trades for row in rows),
    )


def _flat(contract_id: ContractId, minute: int, price: Decimal) -> Candle:
    rest = (price, price, price, price, ZERO, ZERO, 0)
    return Candle(contract_id, minute * MINUTE_NS, MINUTE_S, *rest)


def _wander(name: str, minute: int) -> float:
    """Return how far a made-up price has strayed, as a fraction: straight lines between nodes."""
    strayed = 0.0
    for span, reach in _WAVES:
        node, into = divmod(minute, span)
        before, after = _node(name, span, node), _node(name, span, node + 1)
        strayed += reach * (before + (after - before) * into / span)
    return strayed


@lru_cache(maxsize=4096)
def _node(name: str, span: int, node: int) -> float:
    return 2 * fraction(name, span, node) - 1
