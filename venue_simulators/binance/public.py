"""What anyone may ask of Binance beyond the dialect's questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.binance.market_words import BinanceMarketWords, interest_rows, settled_ns
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import TOO_MANY_REQUESTS, FapiError, invalid, missing
from venue_simulators.fapi.hidden import Shown
from venue_simulators.fapi.paging import between, limit_of
from venue_simulators.fapi.public import PublicDesk
from venue_simulators.fapi.rate_limits import Window
from venue_simulators.fapi.wording import Row, answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

FIVE_MINUTES_NS = 300 * NS
RATES_DEFAULT = 200
MONTH_NS = 30 * 86_400 * NS
PERIOD_SECONDS: Mapping[str, int] = {
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14_400,
    "6h": 21_600,
    "12h": 43_200,
    "1d": 86_400,
}


@dataclass(slots=True, eq=False)
class Pool:
    """What several paths may be asked together in five minutes, whatever they weigh."""

    world: World
    most: int
    window: Window

    @classmethod
    def of(cls, world: World, most: int) -> Pool:
        """Return a pool of which nothing is used."""
        return cls(world, most, Window(FIVE_MINUTES_NS))

    def take(self) -> None:
        """Count one question.

        Raises:
            FapiError: there have been too many.
        """
        now_ns = self.world.now_ns
        if self.window.add(now_ns, 1) > self.most:
            wait_s = -(-(self.window.ends_ns(now_ns) - now_ns) // NS)
            raise FapiError(
                TOO_MANY_REQUESTS,
                f"Too many requests; current limit is {self.most} requests per 5 MINUTE.",
                headers={"retry-after": str(wait_s)},
            )

    def guard(self, handler: Callable[[Call], HttpResponse]) -> Callable[[Call], HttpResponse]:
        """Return a handler that counts before it answers."""

        def counted(call: Call) -> HttpResponse:
            self.take()
            return handler(call)

        return counted


class BinancePublic(PublicDesk):
    """Each method is one endpoint."""

    def __init__(
        self, world: World, words: BinanceMarketWords, shown: Shown, info: Callable[[], Row]
    ) -> None:
        super().__init__(world, words, shown, info)
        self._own_words = words

    def funding_rates(self, call: Call) -> HttpResponse:
        """Answer with settled rates, oldest first; without a beginning with the latest."""
        fields = call.parameters
        limit = limit_of(fields, RATES_DEFAULT, 1000)
        start_ns, end_ns = between(fields)
        until_ns = self._world.now_ns + 1 if end_ns is None else end_ns
        asked = [self._market(fields)] if fields.has("symbol") else self._all()
        found = [
            rate
            for market in asked
            for rate in self._world.funding_rates(
                market.contract_id, max((start_ns or 0) - NS, 0), until_ns
            )
            if (start_ns or 0) <= settled_ns(rate) < until_ns
        ]
        found.sort(key=settled_ns)
        page = found[-limit:] if start_ns is None else found[:limit]
        rows = []
        for rate in page:
            (candle, *_) = self._world.candles(rate.contract_id, 60, rate.at_ns, rate.at_ns + 1)
            rows.append(self._own_words.settled_row(rate, candle.open))
        return answer(rows)

    def open_interest_history(self, call: Call) -> HttpResponse:
        """Answer with the open interest at the ends of periods, of the last month, oldest first."""
        fields = call.parameters
        market = self._market(fields)
        word = fields.text("period")
        if word is None:
            raise missing("period")
        seconds = PERIOD_SECONDS.get(word)
        if seconds is None:
            raise invalid("period")
        limit = limit_of(fields, 30, 500)
        start_ns, end_ns = between(fields)
        now_ns, span_ns = self._world.now_ns, seconds * NS
        until_ns = min(now_ns + 1 if end_ns is None else end_ns, now_ns + 1)
        first_ns = max(start_ns or until_ns - limit * span_ns, now_ns - MONTH_NS)
        candles = self._world.candles(market.contract_id, seconds, first_ns, until_ns)
        page = candles[:limit] if start_ns is not None else candles[-limit:]
        prices = [(one.start_ns, one.open) for one in page]
        return answer(interest_rows(self._world.ticker(market.contract_id), prices))

    def spread_book(self, call: Call) -> HttpResponse:
        """Answer with the book of a thousand levels, as the path for retail orders does."""
        return self.depth(Call(call.parameters.replaced("limit", "1000")))
