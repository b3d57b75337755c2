"""Candles by the minute: those of the world's own trades, and before it began made-up ones.

Longer candles are made of minutes, so that all of them agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, ContractId, Market
from venue_simulators.made_up_past import (
    DAY_MINUTES,
    MINUTE_NS,
    MINUTE_S,
    MadeUpPast,
    past_of,
)
from venue_simulators.world_values import Candle, MarketTrade, merged

HISTORY_DAYS = 365
"""How far back there are candles and settled rates: the day on which everything was listed."""
HISTORY_NS = HISTORY_DAYS * 86_400 * NS


class CandleTable:
    """Minutes of one contract; a minute without a trade stands at the close before it."""

    def __init__(self, market: Market, seed: int, start_ns: int) -> None:
        self._market = market
        self._seed = seed
        self._first = start_ns // MINUTE_NS
        self._listed = (start_ns - HISTORY_NS) // MINUTE_NS
        self._past: MadeUpPast | None = None
        self._minutes: dict[int, Candle] = {}
        self._last: Candle | None = None
        self._day: tuple[int, Candle] | None = None
        """A minute, and the day before it."""
        self._day_now: tuple[Candle | None, Candle] | None = None
        """The trades of that minute so far, and the day with them."""

    @property
    def begun(self) -> bool:
        """Whether there has been a price."""
        return self._past is not None

    def begin_at(self, price: Decimal) -> None:
        """Let made-up prices lead to the world's first one."""
        if self._past is None:
            reference = self._market.nearest_tick(price)
            self._past = past_of(self._market, self._seed, self._first, reference)

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
        if self._past is None:
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
            self._day = (minute, merged(self._day_before(minute)))
            self._day_now = None
        traded = self._minutes.get(minute)
        if self._day_now is None or self._day_now[0] is not traded:
            present = next(self._between(minute, minute))
            self._day_now = (traded, merged([self._day[1], present]))
        return self._day_now[1]

    def _day_before(self, minute: int) -> Iterator[Candle]:
        """Yield what lies less than a day before a minute: the made-up part of it as one."""
        first = minute - DAY_MINUTES + 1
        if first < self._first <= minute:
            assert self._past is not None, "candles are asked for once there is a price"
            yield self._past.since(first)
            first = self._first
        yield from self._between(first, minute - 1)

    def _between(self, first: int, last: int) -> Iterator[Candle]:
        """Yield the minutes from ``first`` to ``last``, both included."""
        assert self._past is not None, "candles are asked for once there is a price"
        close = None
        for minute in range(first, last + 1):
            candle = self._minutes.get(minute)
            if candle is None and minute < self._first:
                candle = self._past.minute(minute)
            elif candle is None:
                close = close or self._close_before(minute)
                candle = _flat(self._market.contract_id, minute, close)
            close = candle.close
            yield candle

    def _close_before(self, minute: int) -> Decimal:
        if self._last is not None and self._last.start_ns < minute * MINUTE_NS:
            return self._last.close
        for earlier in range(minute - 1, self._first - 1, -1):
            known = self._minutes.get(earlier)
            if known is not None:
                return known.close
        assert self._past is not None, "candles are asked for once there is a price"
        return self._past.reference


def _flat(contract_id: ContractId, minute: int, price: Decimal) -> Candle:
    rest = (price, price, price, price, ZERO, ZERO, 0)
    return Candle(contract_id, minute * MINUTE_NS, MINUTE_S, *rest)
