"""What anyone may ask: markets, books, trades, candles, rates and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exchange_clients.base_models import NS, ContractId, Market
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import BAD_SYMBOL, FapiError, invalid, missing
from venue_simulators.fapi.hidden import Shown
from venue_simulators.fapi.intervals import CANDLE_SECONDS
from venue_simulators.fapi.market_words import MarketWords
from venue_simulators.fapi.paging import between, limit_of
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.wording import Row, answer, ms, on_grid, to_eight
from venue_simulators.wire import HttpResponse
from venue_simulators.world import Candle, MarketTrade, Ticker, World

DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
CANDLES_MAX = 1500
TRADES_MAX = 1000
_ALL_NS = 10**18
"""Later than any instant that is asked for."""


class PublicDesk:
    """Answers from the world; each method is one endpoint.

    Args:
        world: The truth.
        words: How the venue words it.
        shown: The books as the public sees them.
        info: Returns the answer of ``exchangeInfo``.
    """

    def __init__(
        self, world: World, words: MarketWords, shown: Shown, info: Callable[[], Row]
    ) -> None:
        self._world = world
        self._words = words
        self._shown = shown
        self._info = info

    def ping(self, _: Call) -> HttpResponse:
        """Answer with nothing."""
        return answer({})

    def time(self, _: Call) -> HttpResponse:
        """Answer with the venue's clock."""
        return answer({"serverTime": ms(self._world.now_ns)})

    def exchange_info(self, _: Call) -> HttpResponse:
        """Answer with limits and markets."""
        return answer(self._info())

    # Books and trades -----------------------------------------------------------------------------

    def depth(self, call: Call) -> HttpResponse:
        """Answer with the book, best first."""
        market = self._market(call.parameters)
        limit = depth_limit(call.parameters)
        bids, asks, number = self._shown.depth(market.contract_id, limit)
        return answer(self._words.depth_row(market, bids, asks, number, self._world.now_ns))

    def best(self, call: Call) -> HttpResponse:
        """Answer with the best prices."""
        return self._each(call, self._best_row)

    def _best_row(self, market: Market) -> Row:
        bid, ask, _ = self._shown.best(market.contract_id)
        return self._words.best_row(market, (bid, ask), self._world.now_ns)

    def trades(self, call: Call) -> HttpResponse:
        """Answer with the latest trades, oldest first."""
        market = self._market(call.parameters)
        limit = limit_of(call.parameters, 500, TRADES_MAX)
        found = self._world.trades(market.contract_id, limit)
        return answer([self._words.trade_row(market, one) for one in found])

    def older_trades(self, call: Call) -> HttpResponse:
        """Answer with trades from ``fromId`` on, or with the latest."""
        market = self._market(call.parameters)
        limit = limit_of(call.parameters, 500, TRADES_MAX)
        found = self._from_id(market, call.parameters, limit)
        return answer([self._words.trade_row(market, one) for one in found])

    def aggregates(self, call: Call) -> HttpResponse:
        """Answer with aggregated trades: here each is an aggregate of one."""
        market, fields = self._market(call.parameters), call.parameters
        limit = limit_of(fields, 500, TRADES_MAX)
        start_ns, end_ns = between(fields)
        if start_ns is None and end_ns is None:
            found = self._from_id(market, fields, limit)
        else:
            found = [
                one
                for one in self._world.trades(market.contract_id, TRADES_MAX)
                if (start_ns or 0) <= one.at_ns < (_ALL_NS * 10 if end_ns is None else end_ns)
            ][:limit]
        return answer([self._words.aggregate_row(market, one) for one in found])

    def _from_id(self, market: Market, fields: Parameters, limit: int) -> Sequence[MarketTrade]:
        first = fields.whole("fromId")
        if first is None:
            return self._world.trades(market.contract_id, limit)
        kept = self._world.trades(market.contract_id, TRADES_MAX)
        return [one for one in kept if one.number >= first][:limit]

    # Candles --------------------------------------------------------------------------------------

    def candles(self, call: Call) -> HttpResponse:
        """Answer with candles, oldest first; without a beginning with the latest."""
        return answer([self._words.candle_row(one) for one in self._candles(call.parameters)])

    def price_candles(self, call: Call) -> HttpResponse:
        """Answer with candles of mark or index: prices without volumes."""
        rows = []
        for candle in self._candles(call.parameters):
            row = self._words.candle_row(candle)
            row[5] = row[7] = row[9] = row[10] = "0"
            rows.append(row)
        return answer(rows)

    def _candles(self, fields: Parameters) -> Sequence[Candle]:
        name = "pair" if fields.has("pair") else "symbol"
        market = self._market(fields, name)
        word = fields.required("interval")
        seconds = CANDLE_SECONDS.get(word)
        if seconds is None:
            raise invalid("interval")
        limit = limit_of(fields, 500, CANDLES_MAX)
        start_ns, end_ns = between(fields)
        now_ns, span_ns = self._world.now_ns, seconds * NS
        end_ns = now_ns + 1 if end_ns is None else end_ns
        if start_ns is None:
            start_ns = max(min(end_ns, now_ns + 1) - limit * span_ns, 0)
        end_ns = min(end_ns, start_ns + limit * span_ns)
        return self._world.candles(market.contract_id, seconds, start_ns, end_ns)[:limit]

    # Rates and figures ----------------------------------------------------------------------------

    def premium(self, call: Call) -> HttpResponse:
        """Answer with mark, index and running rate."""
        return self._each(call, lambda one: self._words.premium_row(self._tick(one), self._now_ns))

    def funding_rates(self, call: Call) -> HttpResponse:
        """Answer with settled rates, oldest first; without a beginning with the latest."""
        fields = call.parameters
        limit = limit_of(fields, 100, 1000)
        start_ns, end_ns = between(fields)
        asked = [self._market(fields)] if fields.has("symbol") else self._all()
        found = [
            rate
            for market in asked
            for rate in self._world.funding_rates(
                market.contract_id, start_ns or 0, _ALL_NS * 10 if end_ns is None else end_ns
            )
        ]
        found.sort(key=lambda rate: rate.at_ns)
        page = found[-limit:] if start_ns is None else found[:limit]
        return answer([self._words.rate_row(one) for one in page])

    def funding_terms(self, call: Call) -> HttpResponse:
        """Answer with the interval, cap and floor of each market's funding."""
        fields = call.parameters
        asked = [self._market(fields)] if fields.has("symbol") else self._all()
        tickers = [self._tick(one) for one in asked]
        return answer(self._words.funding_terms_rows(tickers, self._now_ns))

    def day(self, call: Call) -> HttpResponse:
        """Answer with the last day."""
        return self._each(
            call,
            lambda one: self._words.day_row(
                one, self._tick(one), self._last_trade(one), self._now_ns
            ),
        )

    def price(self, call: Call) -> HttpResponse:
        """Answer with the last price."""
        return self._each(
            call,
            lambda one: {
                "symbol": one.contract_id,
                "price": on_grid(self._tick(one).last, one.tick),
                "time": ms(self._now_ns),
            },
        )

    def open_interest(self, call: Call) -> HttpResponse:
        """Answer with the open interest of one market."""
        market = self._market(call.parameters)
        return answer(self._words.interest_row(market, self._tick(market), self._now_ns))

    def index_parts(self, call: Call) -> HttpResponse:
        """Answer with what the index of a market is made of: one source here."""
        market = self._market(call.parameters)
        index = to_eight(self._tick(market).index)
        part = {"source": "simulated", "price": index, "weight": "1.00000000"}
        return answer({"symbol": market.contract_id, "price": index, "references": [part]})

    # Parameters -----------------------------------------------------------------------------------

    @property
    def _now_ns(self) -> int:
        return self._world.now_ns

    def _tick(self, market: Market) -> Ticker:
        return self._world.ticker(market.contract_id)

    def _last_trade(self, market: Market) -> MarketTrade | None:
        return next(iter(self._world.trades(market.contract_id, 1)), None)

    def _all(self) -> list[Market]:
        return list(self._world.markets.values())

    def _market(self, fields: Parameters, name: str = "symbol") -> Market:
        return market_of(self._world.markets, fields, name)

    def _each(self, call: Call, row: Callable[[Market], Row]) -> HttpResponse:
        """Answer with the row of the market asked for, or with a list of all."""
        if call.parameters.has("symbol"):
            return answer(row(self._market(call.parameters)))
        return answer([row(one) for one in self._all()])


def market_of(
    markets: Mapping[ContractId, Market], fields: Parameters, name: str = "symbol"
) -> Market:
    """Return the market that a request names.

    Raises:
        FapiError: it names none, or one that is not listed.
    """
    if not fields.has(name):
        raise missing(name)
    market = markets.get(ContractId(fields.required(name)))
    if market is None:
        raise FapiError(BAD_SYMBOL)
    return market


def depth_limit(fields: Parameters) -> int:
    """Return how many levels of a book are asked for."""
    limit = fields.whole("limit")
    if limit is None:
        return 500
    if limit not in DEPTH_LIMITS:
        raise invalid("limit")
    return limit


def candles_weight(fields: Parameters) -> int:
    """Return what a question for candles weighs."""
    limit = fields.whole("limit")
    return _by_size(500 if limit is None else limit, ((99, 1), (499, 2), (1000, 5)), 10)


def depth_weight(fields: Parameters) -> int:
    """Return what a question for a book weighs."""
    limit = fields.whole("limit")
    return _by_size(500 if limit is None else limit, ((50, 2), (100, 5), (500, 10)), 20)


def _by_size(size: int, steps: Sequence[tuple[int, int]], most: int) -> int:
    return next((weight for top, weight in steps if size <= top), most)
