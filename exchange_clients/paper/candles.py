"""Candles of a paper market: what its source told of trades, minute by minute.

They begin with the first trade that was heard, and a minute without one has none. Longer candles
are made of minutes when they are asked for, so that a trade costs two comparisons and a sum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from exchange_clients.base_models import NS, Candle, Market
from exchange_clients.events import PublicTrade

MINUTE_NS = 60 * NS
KEPT_MINUTES = 7 * 24 * 60
INTERVALS: Mapping[str, int] = MappingProxyType(
    {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1440}
)
"""In minutes."""


class _Minute:
    __slots__ = ("close", "end_ns", "high", "low", "open", "volume")

    def __init__(self, end_ns: int, price: float) -> None:
        self.end_ns = end_ns
        self.open = self.high = self.low = self.close = price
        self.volume = 0.0


class CandleKeeper:
    """The trades of one market as candles, of the last week.

    Args:
        spec: The market; prices are told on its tick and volumes on its step.
    """

    __slots__ = ("_last", "_minutes", "_spec")

    def __init__(self, spec: Market) -> None:
        self._spec = spec
        self._last = _Minute(0, 0.0)
        self._minutes: deque[_Minute] = deque(maxlen=KEPT_MINUTES)

    def on_trade(self, trade: PublicTrade) -> None:
        """Count a trade in the minute that it was heard in."""
        price, last = trade.price, self._last
        if trade.local_ns >= last.end_ns:
            end_ns = (trade.local_ns // MINUTE_NS + 1) * MINUTE_NS
            last = self._last = _Minute(end_ns, price)
            self._minutes.append(last)
        elif price > last.high:
            last.high = price
        elif price < last.low:
            last.low = price
        last.close = price
        last.volume += trade.size

    def candles(self, minutes: int, start_ns: int, end_ns: int) -> Sequence[Candle]:
        """Return candles of so many minutes that begin in [start, end), oldest first."""
        length_ns = minutes * MINUTE_NS

        def begins_ns(minute: _Minute) -> int:
            return (minute.end_ns - 1) // length_ns * length_ns

        return [
            self._candle(begin_ns, group)
            for begin_ns, group in groupby(self._minutes, begins_ns)
            if start_ns <= begin_ns < end_ns
        ]

    def _candle(self, begin_ns: int, group: Iterator[_Minute]) -> Candle:
        minutes, price_of = list(group), self._spec.price_of
        return Candle(
            start_ns=begin_ns,
            open=price_of(minutes[0].open),
            high=price_of(max(minute.high for minute in minutes)),
            low=price_of(min(minute.low for minute in minutes)),
            close=price_of(minutes[-1].close),
            volume=self._spec.size_of(sum(minute.volume for minute in minutes)),
        )
