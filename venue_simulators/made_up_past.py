"""The minutes of a market before the world began, made up and always the same.

A made-up price is a function of the seed, the contract and the minute, and meets the first price of
the world where the two join. Worlds that begin alike have one past, which is made up once: what a
venue says of a day takes 1440 of its minutes.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from exchange_clients.base_models import NS, Market
from venue_simulators.chance import fraction
from venue_simulators.world_values import Candle, merged

MINUTE_S = 60
MINUTE_NS = MINUTE_S * NS
DAY_MINUTES = 1440
_PASTS_MAX = 64
"""Each remembers a day, which takes about a megabyte."""
_WAVES = ((7, 0.0004), (60, 0.0015), (720, 0.006), (10_080, 0.03))
"""Minutes between two nodes, and how far a node strays as a fraction of the price."""
_WICK = 0.0003
_MINUTE_USD = 50_000.0
"""Mean notional of a made-up minute."""


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
        self._seed = seed
        self._end = end
        self.reference = reference
        self._name = f"{seed}/{market.contract_id}"
        self._strayed = _wander(self._name, end)
        self._last_day: dict[int, Candle] = {}
        """Minutes of the day before the beginning: each day's figures need them."""
        self._since: dict[int, Candle] = {}

    def minute(self, minute: int) -> Candle:
        """Return a minute, counted since the epoch."""
        known = self._last_day.get(minute)
        if known is not None:
            return known
        candle = self._made_up(minute)
        if minute >= self._end - DAY_MINUTES:
            self._last_day[minute] = candle
        return candle

    def since(self, minute: int) -> Candle:
        """Return the minutes from one of the last day to the world's beginning as one candle."""
        if minute not in self._since:
            # Each is made of the one after it: a world that goes on asks for all, one a minute.
            for each in range(min(self._since, default=self._end) - 1, minute - 1, -1):
                rest = self._since.get(each + 1)
                own = self.minute(each)
                self._since[each] = own if rest is None else merged([own, rest])
        return self._since[minute]

    def _made_up(self, minute: int) -> Candle:
        after = self._last_day.get(minute + 1)
        open_, close = self._price(minute), self._price(minute + 1) if after is None else after.open
        up, down, amount, count = (
            fraction(self._name, name, minute) for name in ("high", "low", "volume", "trades")
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
        wandered = _wander(self._name, minute) - self._strayed
        price = self._market.nearest_tick(self.reference * Decimal(1 + wandered))
        return max(price, self._market.tick)


past_of = lru_cache(maxsize=_PASTS_MAX)(MadeUpPast)
"""Returns the past of worlds that begin alike."""


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
