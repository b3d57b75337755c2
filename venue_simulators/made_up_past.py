"""The minutes of a market before the world began, made up and always the same.

A made-up price is a function of the seed, the contract and the minute, and meets the first price of
the world where the two join. Worlds that begin alike have one past, which is made up once: what a
venue says of a day takes 1440 of its minutes.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from exchange_clients.base_models import NS, Market
from venue_simulators.chance import fraction, fraction_of
from venue_simulators.world_values import Candle

MINUTE_S = 60
MINUTE_NS = MINUTE_S * NS
DAY_MINUTES = 1440
_PASTS_MAX = 64
"""Each remembers a day, which takes about half a megabyte."""
_WAVES = ((7, 0.0004), (60, 0.0015), (720, 0.006), (10_080, 0.03))
"""Minutes between two nodes, and how far a node strays as a fraction of the price."""
_WICK = 0.0003
_MINUTE_USD = 50_000.0
"""Mean notional of a made-up minute."""


class _Minutes(NamedTuple):
    """Adjoining minutes in ticks and steps, of which a day has too many to make candles of each."""

    open: int
    high: int
    low: int
    close: int
    lots: int
    quote_volume: Decimal
    trades: int


class MadeUpPast:
    """Made-up minutes of one contract.

    Args:
        market: The contract.
        seed: Of all that is drawn.
        end: The minute since the epoch in which the world begins.
        reference: Its first price, on the tick.
    """

    def __init__(self, market: Market, seed: int, end: int, reference: Decimal) -> None:
        self._market = market
        self._end = end
        self.reference = reference
        self._first_ticks = int(reference / market.tick)
        self._step = float(market.step)
        self._lot_ticks = market.step * market.tick
        self._name = f"{seed}/{market.contract_id}"
        self._strayed = _wander(self._name, end)
        self._last_day: dict[int, _Minutes] = {}
        """Minutes of the day before the beginning: each day's figures need them."""
        self._since: dict[int, _Minutes] = {}

    def minute(self, minute: int) -> Candle:
        """Return a minute, counted since the epoch."""
        return self._candle(self._known(minute), minute, 1)

    def since(self, minute: int) -> Candle:
        """Return the minutes from one of the last day to the world's beginning as one candle."""
        if minute not in self._since:
            # Each is made of the one after it: a world that goes on asks for all, one a minute.
            for each in range(min(self._since, default=self._end) - 1, minute - 1, -1):
                rest = self._since.get(each + 1)
                own = self._known(each)
                self._since[each] = own if rest is None else _joined(own, rest)
        return self._candle(self._since[minute], minute, self._end - minute)

    def _known(self, minute: int) -> _Minutes:
        known = self._last_day.get(minute)
        if known is None:
            known = self._made_up(minute)
            if minute >= self._end - DAY_MINUTES:
                self._last_day[minute] = known
        return known

    def _made_up(self, minute: int) -> _Minutes:
        after = self._last_day.get(minute + 1)
        open_, close = self._ticks(minute), self._ticks(minute + 1) if after is None else after.open
        up, down, amount, count = (
            fraction_of(f"{self._name}/{name}/{minute}")
            for name in ("high", "low", "volume", "trades")
        )
        lots = round(_MINUTE_USD * 2 * amount / float(close * self._market.tick) / self._step)
        return _Minutes(
            open_,
            max(round(max(open_, close) * (1 + _WICK * up)), open_, close),
            min(round(min(open_, close) * (1 - _WICK * down)), open_, close),
            close,
            lots,
            lots * (open_ + close) * self._lot_ticks / 2,
            1 + int(count * 100) if lots else 0,
        )

    def _ticks(self, minute: int) -> int:
        wandered = _wander(self._name, minute) - self._strayed
        return max(round(self._first_ticks * (1 + wandered)), 1)

    def _candle(self, made: _Minutes, minute: int, minutes: int) -> Candle:
        tick = self._market.tick
        return Candle(
            self._market.contract_id,
            minute * MINUTE_NS,
            minutes * MINUTE_S,
            made.open * tick,
            made.high * tick,
            made.low * tick,
            made.close * tick,
            made.lots * self._market.step,
            made.quote_volume,
            made.trades,
        )


def _joined(first: _Minutes, rest: _Minutes) -> _Minutes:
    return _Minutes(
        first.open,
        max(first.high, rest.high),
        min(first.low, rest.low),
        rest.close,
        first.lots + rest.lots,
        first.quote_volume + rest.quote_volume,
        first.trades + rest.trades,
    )


past_of = lru_cache(maxsize=_PASTS_MAX)(MadeUpPast)
"""Returns the past of worlds that begin alike."""


def _wander(name: str, minute: int) -> float:
    """Return how far a made-up price has strayed, as a fraction: straight lines between nodes."""
    strayed = 0.0
    for span, reach in _WAVES:
        node, into = divmod(minute, span)
        start, rise = _line(name, span, node)
        strayed += reach * (start + rise * into / span)
    return strayed


@lru_cache(maxsize=4096)
def _line(name: str, span: int, node: int) -> tuple[float, float]:
    """Return where a line begins, and by how much it rises to the next node."""
    start, end = (2 * fraction(name, span, each) - 1 for each in (node, node + 1))
    return start, end - start
