"""What anyone may ask: markets, books, trades, candles, rates and the time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Market
from venue_simulators.backpack import listing, market_words
from venue_simulators.backpack.errors import invalid_request, not_found, unparsable_parameter
from venue_simulators.backpack.fields import Fields
from venue_simulators.backpack.wording import MS_NS, US_NS, answer, on_grid, plain
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

DEPTH_LIMITS = ("5", "10", "20", "50", "100", "500", "1000")
DEPTH_DEFAULT = 1000
TRADES_DEFAULT = 100
TRADES_MAX = 1000
FUNDING_ROWS_DEFAULT = 100
FUNDING_ROWS_MAX = 10_000
OFFSET_MAX = 10**9
MARKET_TYPES = ("SPOT", "PERP", "IPERP", "DATED", "PREDICTION", "RFQ", "MONAD")
PRICE_TYPES = ("Last", "Mark", "Index")
CANDLE_SECONDS = {
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14_400,
    "6h": 21_600,
    "8h": 28_800,
    "12h": 43_200,
    "1d": 86_400,
    "3d": 259_200,
    "1w": 604_800,
    "1month": 2_592_000,
}
CANDLES_MAX = 1000


class PublicDesk:
    """Answers from the world; each method is one endpoint."""

    def __init__(self, world: World) -> None:
        self._world = world

    # Markets --------------------------------------------------------------------------------------

    def markets(self, query: Fields) -> HttpResponse:
        """Answer with every market of the types asked for."""
        wanted = query.choice("marketType", MARKET_TYPES)
        rows = [self._row(one) for one in self._world.rules.values()]
        return answer(rows if wanted in (None, "PERP") else [])

    def market(self, query: Fields) -> HttpResponse:
        """Answer with one market."""
        market = self._world.rules.get(ContractId(query.required("symbol")))
        if market is None:
            raise not_found()
        return answer(self._row(market))

    def _row(self, market: Market) -> dict[str, object]:
        return listing.market_row(market, tradable=self._world.tradable(market.contract_id))

    def assets(self, query: Fields) -> HttpResponse:
        """Answer with the assets: what markets are settled in and what they are about."""
        del query
        bases = [listing.base_symbol(contract) for contract in self._world.markets]
        return answer([listing.asset_row(symbol) for symbol in ("USDC", *bases)])

    def securities(self, query: Fields) -> HttpResponse:
        """Answer with the tokenized stocks, of which none is simulated."""
        del query
        return answer([])

    def depth(self, query: Fields) -> HttpResponse:
        """Answer with the book, bids and asks both ascending: the best bid comes last."""
        market = self._market(query)
        limit = query.choice("limit", DEPTH_LIMITS)
        if not self._world.tradable(market.contract_id):
            raise not_found()
        levels = DEPTH_DEFAULT if limit is None else int(limit)
        view, last = self._world.depth(market.contract_id, levels)

        def written(side: Sequence[tuple[Decimal, Decimal]]) -> list[list[str]]:
            return [[plain(price), on_grid(size, market.step)] for price, size in side]

        return answer(
            {
                "asks": written(view.asks),
                "bids": written(view.bids[::-1]),
                "lastUpdateId": str(last),
                "timestamp": self._world.now_ns // US_NS,
            }
        )

    # Trades and candles ---------------------------------------------------------------------------

    def trades(self, query: Fields) -> HttpResponse:
        """Answer with the latest trades, newest first."""
        return self._trades(query, 0)

    def trade_history(self, query: Fields) -> HttpResponse:
        """Answer with older trades, newest first, from ``offset`` on."""
        return self._trades(query, query.whole("offset", OFFSET_MAX) or 0)

    def _trades(self, query: Fields, offset: int) -> HttpResponse:
        market = self._market(query)
        limit = _limit(query, TRADES_DEFAULT, TRADES_MAX)
        latest = self._world.trades(market.contract_id, TRADES_MAX)[::-1]
        return answer([market_words.trade_row(one) for one in latest[offset : offset + limit]])

    def candles(self, query: Fields) -> HttpResponse:
        """Answer with candles, oldest first; the times asked for are in seconds."""
        market = self._market(query)
        interval = query.choice("interval", tuple(CANDLE_SECONDS))
        start_s = query.whole("startTime", OFFSET_MAX * 10)
        query.choice("priceType", PRICE_TYPES)
        for name, value in (("interval", interval), ("startTime", start_s)):
            if value is None:
                raise query.fault(name, "missing field")
        assert interval is not None
        assert start_s is not None
        end_s = query.whole("endTime", OFFSET_MAX * 10)
        seconds = CANDLE_SECONDS[interval]
        start_ns = start_s * NS
        end_ns = self._world.now_ns + 1 if end_s is None else end_s * NS
        end_ns = min(end_ns, start_ns + CANDLES_MAX * seconds * NS)
        found = self._world.candles(market.contract_id, seconds, start_ns, end_ns)
        return answer([market_words.candle_row(one) for one in found])

    # Rates and volumes ----------------------------------------------------------------------------

    def mark_prices(self, query: Fields) -> HttpResponse:
        """Answer with mark, index and running rate; the age is that of the cache in front."""
        rows = [market_words.mark_row(self._world.ticker(one)) for one in self._asked(query)]
        return answer(rows, {"content-type": "application/json", "age": "0"})

    def funding_rates(self, query: Fields) -> HttpResponse:
        """Answer with settled rates, newest first; the first row is the running interval's."""
        market = self._market(query)
        limit = _limit(query, FUNDING_ROWS_DEFAULT, FUNDING_ROWS_MAX)
        offset = query.whole("offset", OFFSET_MAX) or 0
        ticker = self._world.ticker(market.contract_id)
        now_ns = self._world.now_ns
        reach_ns = (offset + limit + 1) * listing.FUNDING_INTERVAL_MS * MS_NS
        settled = self._world.funding_rates(
            market.contract_id, max(now_ns - reach_ns, 0), now_ns + 1
        )
        rows = [
            market_words.rate_row(market.contract_id, ticker.funding_rate, ticker.next_funding_ns),
            *(market_words.rate_row(one.contract_id, one.rate, one.at_ns) for one in settled[::-1]),
        ]
        return answer(rows[offset : offset + limit])

    def open_interest(self, query: Fields) -> HttpResponse:
        """Answer with open interest in base units."""
        now_ms = self._world.now_ns // MS_NS
        return answer(
            [
                {
                    "symbol": one,
                    "openInterest": plain(self._world.ticker(one).open_interest),
                    "timestamp": now_ms,
                }
                for one in self._asked(query)
            ]
        )

    def tickers(self, query: Fields) -> HttpResponse:
        """Answer with the last day of every market."""
        query.choice("interval", ("1d", "1w"))
        return answer(
            [market_words.day_row(self._world.ticker(one)) for one in self._world.markets]
        )

    def ticker(self, query: Fields) -> HttpResponse:
        """Answer with the last day of one market; an unknown one has no content."""
        query.choice("interval", ("1d", "1w"))
        contract_id = ContractId(query.required("symbol"))
        if contract_id not in self._world.markets:
            return HttpResponse(204)
        return answer(market_words.day_row(self._world.ticker(contract_id)))

    # The venue ------------------------------------------------------------------------------------

    def status(self, _: Fields) -> HttpResponse:
        """Answer that all is well."""
        return answer({"status": "Ok", "message": None})

    def ping(self, _: Fields) -> HttpResponse:
        """Answer to a ping in text."""
        return HttpResponse(200, b"pong", {"content-type": "text/plain; charset=utf-8"})

    def time(self, _: Fields) -> HttpResponse:
        """Answer with a bare number of milliseconds."""
        return answer(self._world.now_ns // MS_NS)

    # Parameters -----------------------------------------------------------------------------------

    def _market(self, query: Fields) -> Market:
        market = self._world.markets.get(ContractId(query.required("symbol")))
        if market is None:
            raise invalid_request("Invalid symbol")
        return market

    def _asked(self, query: Fields) -> Sequence[ContractId]:
        """Return the market asked for, or every open one."""
        if query.has("symbol"):
            return [self._market(query).contract_id]
        return [one for one in self._world.markets if self._world.tradable(one)]


def _limit(query: Fields, default: int, maximum: int) -> int:
    limit = query.whole("limit", OFFSET_MAX)
    if limit is None:
        return default
    if not 1 <= limit <= maximum:
        raise unparsable_parameter("limit", f"must be between 1 and {maximum}")
    return limit
