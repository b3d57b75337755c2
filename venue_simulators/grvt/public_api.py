"""Public endpoints: instruments, books, tickers, trades, candles and settled funding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.grvt.body import Body
from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.grvt.funding import FundingMarks
from venue_simulators.grvt.instruments import Instrument, Instruments
from venue_simulators.grvt.market_wording import MarketWords
from venue_simulators.grvt.paging import cursor, cursor_of, limit_of, page, span_of
from venue_simulators.grvt.wording import (
    QUOTE_CURRENCY,
    Words,
    candle_words,
    currency_words,
    funding_words,
    instrument_words,
    number,
    trade_words,
)
from venue_simulators.world import World

INVALID_DEPTH = 3031
DEPTHS = (10, 50, 100, 500)
TRADES_MAX = 1000
FUNDING_AGGREGATES = ("FUNDING_INTERVAL", "ONE_HOURLY", "FOUR_HOURLY", "EIGHT_HOURLY")
CANDLE_TYPES = ("TRADE", "MARK", "INDEX", "MID")
LISTED_BEFORE_NS = 365 * 24 * 3600 * NS
"""How long before the world began its markets were listed."""

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
INTERVALS_S: Mapping[str, int] = {
    **{f"CI_{count}_M": count * _MINUTE for count in (1, 3, 5, 15, 30)},
    **{f"CI_{count}_H": count * _HOUR for count in (1, 2, 4, 6, 8, 12)},
    **{f"CI_{count}_D": count * _DAY for count in (1, 3, 5)},
    **{f"CI_{count}_W": count * _WEEK for count in (1, 2, 3, 4)},
}


@dataclass(frozen=True, slots=True)
class PublicApi:
    """Endpoints of the market data host."""

    world: World
    instruments: Instruments
    marks: FundingMarks
    began_ns: int

    def about(self, instrument: Instrument) -> MarketWords:
        """Return what words there are about a market."""
        return MarketWords(self.world, self.marks, instrument)

    def listed(self, instrument: Instrument) -> Words:
        """Return an instrument as it is listed."""
        hours = self.marks.hours(instrument.contract_id)
        return instrument_words(instrument, hours, self.began_ns - LISTED_BEFORE_NS)

    def all_instruments(self, body: Body) -> Words:
        """Return every instrument; with ``is_active`` those that trade."""
        active = body.truth("is_active")
        return {
            "result": [
                self.listed(each)
                for each in self.instruments.all
                if not active or self.world.tradable(each.contract_id)
            ]
        }

    def chosen_instruments(self, body: Body) -> Words:
        """Return the instruments of a kind, base and quote."""
        limit, active = limit_of(body), body.truth("is_active")
        rows = [
            self.listed(each)
            for each in self.instruments.selected(body)
            if not active or self.world.tradable(each.contract_id)
        ]
        return {"result": rows[:limit]}

    def instrument(self, body: Body) -> Words:
        """Return one instrument."""
        return {"result": self.listed(self.instruments.of(body))}

    def currency(self, body: Body) -> Words:
        """Return every currency, with the number under which assets are signed."""
        del body
        return {"result": [QUOTE_CURRENCY, *map(currency_words, self.instruments.all)]}

    def book(self, body: Body) -> Words:
        """Return the best levels."""
        depth = body.integer("depth", DEPTHS[0])
        if depth not in DEPTHS:
            raise GrvtError(INVALID_DEPTH)
        return {"result": self.about(self.instruments.of(body)).book(depth)}

    def mini(self, body: Body) -> Words:
        """Return best prices, mark, index and last."""
        return {"result": self.about(self.instruments.of(body)).mini()}

    def ticker(self, body: Body) -> Words:
        """Return the ticker, which over REST does not state the funding interval."""
        return {"result": self.about(self.instruments.of(body)).ticker()}

    def margin_rules(self, body: Body) -> Words:
        """Return the leverage brackets: one for each market."""
        instrument = self.instruments.of(body)
        market = instrument.market
        bracket: Words = {
            "tier": 1,
            "notional_floor": "0",
            "maintenance_margin_rate": number(market.maintenance_margin),
            "initial_margin_rate": number(1 / market.max_leverage),
            "max_leverage": number(market.max_leverage),
            "cumulative_maintenance_amount": "0",
        }
        result: Words = {
            "instrument": instrument.contract_id,
            "max_position_size": number(instrument.listing.max_position_size),
            "risk_brackets": [bracket],
        }
        return {"result": result}

    def trade(self, body: Body) -> Words:
        """Return the latest trades, newest first."""
        return {"result": self._trades(body)[-limit_of(body) :][::-1], "next": ""}

    def trade_history(self, body: Body) -> Words:
        """Return trades of a span in pages, newest first."""
        shown, following = page(self._trades(body), body)
        return {"result": list(shown), "next": following}

    def kline(self, body: Body) -> Words:
        """Return candles that open within a span, newest first."""
        instrument = self.instruments.of(body)
        interval_s = INTERVALS_S.get(body.text("interval", ""))
        if interval_s is None or body.text("type", "TRADE") not in CANDLE_TYPES:
            raise GrvtError(MALFORMED, "interval or type is unknown")
        start_ns, page_ns, end_ns = self._page_span(body, interval_s * NS)
        rows = self.world.candles(instrument.contract_id, interval_s, page_ns, end_ns)
        following = cursor(page_ns) if page_ns > start_ns else ""
        return {"result": [candle_words(each) for each in reversed(rows)], "next": following}

    def funding(self, body: Body) -> Words:
        """Return settled rates, newest first."""
        instrument = self.instruments.of(body)
        if body.text("agg_type", FUNDING_AGGREGATES[0]) not in FUNDING_AGGREGATES:
            raise GrvtError(MALFORMED, "agg_type is unknown")
        contract_id = instrument.contract_id
        start_ns, page_ns, end_ns = self._page_span(body, self.marks.interval_ns(contract_id))
        hours, mark = self.marks.hours(contract_id), self.world.prices(contract_id).mark
        settled = self.marks.settled(contract_id, page_ns, end_ns)
        rows = [funding_words(each, hours, mark) for each in reversed(settled)]
        return {"result": rows, "next": cursor(page_ns) if page_ns > start_ns else ""}

    def _trades(self, body: Body) -> list[Words]:
        instrument = self.instruments.of(body)
        start_ns, end_ns = span_of(body)
        index = self.world.prices(instrument.contract_id).index
        return [
            trade_words(instrument, each, index)
            for each in self.world.trades(instrument.contract_id, TRADES_MAX)
            if start_ns <= each.at_ns <= end_ns
        ]

    def _page_span(self, body: Body, interval_ns: int) -> tuple[int, int, int]:
        """Return where all pages begin, and the begin and end of this one."""
        now_ns = self.world.now_ns
        end_ns = min(cursor_of(body, body.integer("end_time", now_ns)), now_ns)
        page_ns = end_ns - limit_of(body) * interval_ns
        start_ns = max(body.integer("start_time", 0), self.began_ns - LISTED_BEFORE_NS)
        return start_ns, max(start_ns, page_ns), end_ns
