"""What anyone may ask: instruments, books, tickers, trades, candles, rates and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId, Market
from venue_simulators.bybit import listing, market_words
from venue_simulators.bybit.books import REST_DEPTH, Books
from venue_simulators.bybit.errors import Refusal, invalid
from venue_simulators.bybit.fields import Fields, check_linear
from venue_simulators.bybit.paging import page
from venue_simulators.bybit.wording import MS_NS, Row, ms, ms_text, on_grid
from venue_simulators.candles import HISTORY_NS
from venue_simulators.world import Candle, World

INTERVAL_SECONDS = {
    **{str(minutes): 60 * minutes for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": 86_400,
    "W": 604_800,
    "M": 2_592_000,
}
"""Months have thirty days here."""
INTEREST_SECONDS = {
    "5min": 300,
    "15min": 900,
    "30min": 1800,
    "1h": 3600,
    "4h": 14_400,
    "1d": 86_400,
}
CATEGORIES = ("linear", "inverse", "spot", "option")
STATUSES = ("PreLaunch", "Trading", "Delivering", "Closed")
DEPTH_DEFAULT = 25
PublicHandler: TypeAlias = Callable[[Fields], object]


class PublicDesk:
    """Answers from the world; each method is one endpoint.

    Args:
        world: The truth.
        books: The published books.
        heard: Says whether anybody listens to a topic.
    """

    def __init__(self, world: World, books: Books, heard: Callable[[str], bool]) -> None:
        self._world = world
        self._books = books
        self._heard = heard
        self._numbers = listing.numbers_of(world.markets)

    def routes(self) -> Mapping[str, PublicHandler]:
        """Return the handler of each path."""
        handlers: Mapping[str, PublicHandler] = {
            "time": self.time,
            "instruments-info": self.instruments,
            "orderbook": self.orderbook,
            "tickers": self.tickers,
            "recent-trade": self.trades,
            "kline": self.candles,
            "mark-price-kline": self.mark_candles,
            "index-price-kline": self.mark_candles,
            "premium-index-price-kline": self.premium_candles,
            "funding/history": self.funding_history,
            "open-interest": self.open_interest,
            "risk-limit": self.risk_limit,
            "price-limit": self.price_limit,
        }
        return {f"/v5/market/{path}": handler for path, handler in handlers.items()}

    # Markets --------------------------------------------------------------------------------------

    def time(self, _: Fields) -> object:
        """Answer with the time in seconds and in nanoseconds, as texts."""
        now_ns = self._world.now_ns
        return {"timeSecond": str(now_ns // NS), "timeNano": str(now_ns)}

    def instruments(self, query: Fields) -> object:
        """Answer with a page of instruments: those that trade, unless another status is asked.

        Of the other categories there are none here, which is an answer and no error.
        """
        category = query.required_choice("category", CATEGORIES)
        if category != "linear":
            return {"category": category, "list": [], "nextPageCursor": ""}
        symbol, coin = query.text("symbol"), query.text("baseCoin")
        status = query.choice("status", STATUSES) or "Trading"
        rows = [
            row
            for row in self._instrument_rows()
            if symbol in (None, row["symbol"])
            and coin in (None, row["baseCoin"])
            and row["status"] == status
        ]
        chosen, cursor = page(query, rows, lambda row: str(row["symbol"]), 500, 1000)
        return {"category": "linear", "list": chosen, "nextPageCursor": cursor}

    def _instrument_rows(self) -> list[Row]:
        world = self._world
        rows = [
            listing.instrument_row(
                market,
                self._numbers[name],
                tradable=world.tradable(name),
                funding_minutes=int(world.ticker(name).funding_interval_hours * 60),
            )
            for name, market in world.rules.items()
        ]
        dated = world.rules.get(listing.DATED_OF)
        return rows if dated is None else [*rows, listing.dated_row(dated)]

    def risk_limit(self, query: Fields) -> object:
        """Answer with the risk tiers of fifteen symbols."""
        check_linear(query)
        markets = [self._market(query)] if query.has("symbol") else [*self._world.rules.values()]
        asked = Fields({**query.values, "limit": ""}, query=True)
        chosen, cursor = page(asked, markets, _contract_of, listing.RISK_PAGE, listing.RISK_PAGE)
        rows = [row for market in chosen for row in listing.risk_rows(market)]
        return {"category": "linear", "list": rows, "nextPageCursor": cursor}

    def price_limit(self, query: Fields) -> object:
        """Answer with the band that orders must be priced in."""
        check_linear(query)
        return price_limit_row(self._world, self._market(query))

    # Prices ---------------------------------------------------------------------------------------

    def orderbook(self, query: Fields) -> object:
        """Answer with the book, each side best first."""
        check_linear(query)
        market = self._market(query)
        limit = query.within("limit", DEPTH_DEFAULT, REST_DEPTH)
        heard = self._heard(f"orderbook.{REST_DEPTH}.{market.contract_id}")
        return self._books.rest_row(market, limit, heard=heard)

    def tickers(self, query: Fields) -> object:
        """Answer with the state of one market, or of all of them."""
        check_linear(query)
        symbol = query.text("symbol")
        rows = [self._ticker_row(market) for market in self._world.markets.values()]
        rows += [
            market_words.dated_ticker_row(row) for row in rows if row["symbol"] == listing.DATED_OF
        ]
        chosen = [row for row in rows if symbol in (None, row["symbol"])]
        if not chosen:
            raise invalid("symbol invalid")
        return {"category": "linear", "list": chosen}

    def _ticker_row(self, market: Market) -> Row:
        bid, ask, _ = self._world.best(market.contract_id)
        ticker = self._world.ticker(market.contract_id)
        return market_words.ticker_row(market, ticker, (bid, ask))

    def trades(self, query: Fields) -> object:
        """Answer with the latest trades, newest first."""
        check_linear(query)
        market = self._market(query)
        latest = self._world.trades(market.contract_id, query.within("limit", 500, 1000))
        rows = [market_words.trade_row(market, trade) for trade in reversed(latest)]
        return {"category": "linear", "list": rows}

    def candles(self, query: Fields) -> object:
        """Answer with candles, newest first."""
        market = self._market(query)
        rows = [market_words.candle_row(market, one) for one in self._candles(query, market)]
        return {"category": "linear", "symbol": market.contract_id, "list": rows}

    def mark_candles(self, query: Fields) -> object:
        """Answer with candles of the mark or the index: those of the trades, without volumes."""
        market = self._market(query)
        rows = [market_words.candle_row(market, one)[:5] for one in self._candles(query, market)]
        return {"category": "linear", "symbol": market.contract_id, "list": rows}

    def premium_candles(self, query: Fields) -> object:
        """Answer with candles of the premium, which is none: mark and trades are at one price."""
        market = self._market(query)
        rows = [
            [market_words.candle_row(market, one)[0], *["0"] * 4]
            for one in self._candles(query, market)
        ]
        return {"category": "linear", "symbol": market.contract_id, "list": rows}

    def _candles(self, query: Fields, market: Market) -> Sequence[Candle]:
        check_linear(query)
        seconds = INTERVAL_SECONDS[query.required_choice("interval", tuple(INTERVAL_SECONDS))]
        limit = query.within("limit", 200, 1000)
        start, end = query.whole("start"), query.whole("end")
        span_ns = seconds * NS
        now_ns = self._world.now_ns
        end_ns = now_ns + 1 if end is None else min(end * MS_NS, now_ns) + 1
        if start is None:
            start_ns = max(end_ns - limit * span_ns, 0)
        else:
            start_ns = start * MS_NS
            if end is None:
                end_ns = min(end_ns, start_ns + limit * span_ns)
        # Of a span that holds more than a page the latest candles are told.
        start_ns = max(start_ns, end_ns - (limit + 1) * span_ns)
        found = self._world.candles(market.contract_id, seconds, start_ns, end_ns)
        return found[::-1][:limit]

    # Rates ----------------------------------------------------------------------------------------

    def funding_history(self, query: Fields) -> object:
        """Answer with settled rates, newest first; a start without an end is an error."""
        check_linear(query)
        market = self._market(query)
        limit = query.within("limit", 200, 200)
        start, end = query.whole("startTime"), query.whole("endTime")
        if start is not None and end is None:
            raise invalid("startTime needs endTime")
        now_ns = self._world.now_ns
        start_ns = 0 if start is None else start * MS_NS
        end_ns = now_ns + 1 if end is None else end * MS_NS + 1
        rates = self._world.funding_rates(market.contract_id, start_ns, end_ns)
        rows = [market_words.rate_row(rate) for rate in reversed(rates)]
        return {"category": "linear", "list": rows[:limit]}

    def open_interest(self, query: Fields) -> object:
        """Answer with open interest by interval, newest first; what is past is as it is now."""
        check_linear(query)
        market = self._market(query)
        word = query.required_choice("intervalTime", tuple(INTEREST_SECONDS))
        span_ns = INTEREST_SECONDS[word] * NS
        start, end = query.whole("startTime"), query.whole("endTime")
        now_ns = self._world.now_ns
        last_ns = min(now_ns, now_ns if end is None else end * MS_NS) // span_ns * span_ns
        first_ns = max(now_ns - HISTORY_NS, last_ns - 200 * span_ns)
        if start is not None:
            first_ns = max(first_ns, start * MS_NS)
        single = self._world.ticker(market.contract_id).open_interest
        rows = [
            {
                "openInterest": on_grid(single * 2, market.step),
                "singleOpenInterest": on_grid(single, market.step),
                "timestamp": ms_text(at_ns),
            }
            for at_ns in range(last_ns, first_ns - 1, -span_ns)
        ]
        chosen, cursor = page(query, rows, lambda row: row["timestamp"], 50, 200)
        return {
            "symbol": market.contract_id,
            "category": "linear",
            "list": chosen,
            "nextPageCursor": cursor,
        }

    def _market(self, query: Fields) -> Market:
        market = self._world.markets.get(ContractId(query.required("symbol")))
        if market is None:
            raise Refusal(10001, "Not supported symbols")
        return market


def price_limit_row(world: World, market: Market) -> Row:
    """Return the live price band of a market."""
    highest, lowest = listing.price_bounds(market, world.prices(market.contract_id).mark)
    return {
        "symbol": market.contract_id,
        "buyLmt": on_grid(highest, market.tick),
        "sellLmt": on_grid(lowest, market.tick),
        "ts": str(ms(world.now_ns)),
    }


def _contract_of(market: Market) -> str:
    return market.contract_id
