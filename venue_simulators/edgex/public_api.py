"""What anyone may ask: the time, markets, books, candles and rates.

A contract that is not listed is no error: it has an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from exchange_clients.base_models import NS, ContractId
from venue_simulators.candles import HISTORY_NS
from venue_simulators.edgex.account_book import Venue
from venue_simulators.edgex.calls import PublicCall
from venue_simulators.edgex.errors import invalid
from venue_simulators.edgex.fields import Fields
from venue_simulators.edgex.listing import Contract, metadata
from venue_simulators.edgex.market_rows import (
    KLINE_SECONDS,
    PRICE_TYPES,
    VERSIONS_OF_SNAPSHOT,
    depth_row,
    kline_row,
    other_prices,
    rate_row,
    ticker_row,
)
from venue_simulators.edgex.paging import offset, offset_of, size_of
from venue_simulators.edgex.rates import MINUTE_NS, FundingTable, RatePoint
from venue_simulators.edgex.wording import MS, Words, ms
from venue_simulators.world import Candle

DEPTH_LEVELS = (15, 200)
KLINES_MAX = 1000
RATES_MAX = 100
SNAPSHOT = "SNAPSHOT"


class PublicApi:
    """Each public method is one endpoint, or words that the streams share with them."""

    def __init__(self, venue: Venue, funding: FundingTable) -> None:
        self.venue = venue
        self.world = venue.world
        self.funding = funding

    # Words ----------------------------------------------------------------------------------------

    def ticker_words(self, contract: Contract) -> Words:
        """Return the ticker of a contract."""
        name = contract.contract_id
        return ticker_row(
            contract, self.world.ticker(name), self.funding.latest(name), self.world.now_ns
        )

    def rate_words(self, contract: Contract, point: RatePoint | None = None) -> Words:
        """Return a row about funding, the running one where none is given."""
        name = contract.contract_id
        known = point or self.funding.latest(name)
        return rate_row(contract, self.world.ticker(name), known, self.funding.hours * 60)

    def kline_words(self, contract: Contract, candle: Candle, kind: str, price_type: str) -> Words:
        """Return a candle of any type of price."""
        other: Words = {}
        if price_type != "LAST_PRICE":
            held = self.world.ticker(contract.contract_id).open_interest
            other = other_prices(contract, candle, price_type, held)
        return kline_row(contract, candle, kind, price_type, other)

    def metadata_words(self) -> Words:
        """Return the list of markets."""
        return metadata(self.venue.listed, self.venue.terms, self.funding.hours)

    # The venue and its markets --------------------------------------------------------------------

    def time(self, fields: Fields) -> object:
        """Answer with the time."""
        del fields
        return {"timeMillis": ms(self.world.now_ns)}

    def meta(self, fields: Fields) -> object:
        """Answer with the list of markets."""
        del fields
        return self.metadata_words()

    def ticker(self, fields: Fields) -> object:
        """Answer with one ticker, or with none: only one id at a time is understood."""
        contract = self._contract(fields.text("contractId", ""))
        if contract is None or self.venue.terms.tickers_empty:
            return []
        return [self.ticker_words(contract)]

    def depth(self, fields: Fields) -> object:
        """Answer with a book."""
        level = fields.whole("level", "15")
        if level not in DEPTH_LEVELS:
            raise invalid("level", level)
        contract = self._contract(fields.text("contractId"))
        if contract is None:
            return []
        view, last = self.world.depth(contract.contract_id, level)
        versions = max(last - VERSIONS_OF_SNAPSHOT, 0), last
        return [depth_row(contract, level, (view.asks, view.bids), versions, SNAPSHOT)]

    def status(self, fields: Fields) -> object:
        """Answer with whether markets are open, all of them where none is named."""
        return [
            {"contractId": name, "status": self.world.tradable(name)}
            for name in (contract.contract_id for contract in self._named(fields))
        ]

    # Candles --------------------------------------------------------------------------------------

    def klines(self, fields: Fields) -> object:
        """Answer with candles, newest first."""
        kind = fields.choice("klineType", tuple(KLINE_SECONDS))
        price_type = fields.choice("priceType", PRICE_TYPES, "LAST_PRICE")
        size = size_of(fields, KLINES_MAX)
        contract = self._contract(fields.text("contractId"))
        if contract is None:
            return {"dataList": [], "nextPageOffsetData": ""}
        now_ns, span_ns = self.world.now_ns, KLINE_SECONDS[kind] * NS
        start_ns = fields.whole("filterBeginKlineTimeInclusive", "0") * MS
        end_ns = fields.whole("filterEndKlineTimeExclusive", "0") * MS or now_ns + 1
        # The cursor is the instant before which the next page's candles begin.
        end_ns = min(offset_of(fields, end_ns), end_ns, now_ns + 1)
        newest_ns = (end_ns - 1) // span_ns * span_ns
        first_ns = max(start_ns, newest_ns - (size - 1) * span_ns)
        candles = self.world.candles(contract.contract_id, KLINE_SECONDS[kind], first_ns, end_ns)
        more = len(candles) == size and first_ns > max(start_ns, now_ns - HISTORY_NS)
        return {
            "dataList": [
                self.kline_words(contract, candle, kind, price_type) for candle in candles[::-1]
            ],
            "nextPageOffsetData": offset(candles[0].start_ns) if more else "",
        }

    def many_klines(self, fields: Fields) -> object:
        """Answer with the latest candles of several contracts."""
        kind = fields.choice("klineType", tuple(KLINE_SECONDS))
        size, span_ns = size_of(fields, KLINES_MAX), KLINE_SECONDS[kind] * NS
        price_type = fields.choice("priceType", PRICE_TYPES, "LAST_PRICE")
        now_ns = self.world.now_ns
        first_ns = (now_ns // span_ns - size + 1) * span_ns
        found = []
        for contract in self._contracts(fields.texts("contractIdList")):
            name = contract.contract_id
            candles = self.world.candles(name, KLINE_SECONDS[kind], first_ns, now_ns + 1)
            rows = [self.kline_words(contract, one, kind, price_type) for one in candles[::-1]]
            found.append({"contractId": name, "klineList": rows})
        return found

    # Funding --------------------------------------------------------------------------------------

    def latest_rates(self, fields: Fields) -> object:
        """Answer with the running rows of the contracts that are named, or of all."""
        return [self.rate_words(contract) for contract in self._named(fields)]

    def rates(self, fields: Fields) -> object:
        """Answer with rows about funding, newest first: each minute's, or settlements alone."""
        size = size_of(fields, RATES_MAX)
        contract = self._contract(fields.text("contractId"))
        if contract is None:
            return {"dataList": [], "nextPageOffsetData": ""}
        skipped = offset_of(fields, 0)
        points = self._points(
            contract.contract_id, fields, fields.truth("filterSettlementFundingRate")
        )
        shown = list(islice(points, skipped, skipped + size + 1))
        return {
            "dataList": [self.rate_words(contract, point) for point in shown[:size]],
            "nextPageOffsetData": offset(skipped + size) if len(shown) > size else "",
        }

    def _points(self, name: ContractId, fields: Fields, settled: bool) -> Iterator[RatePoint]:
        now_ns = self.world.now_ns
        start_ns = fields.whole("filterBeginTimeInclusive", "0") * MS
        end_ns = fields.whole("filterEndTimeExclusive", "0") * MS or now_ns + 1
        if not settled:
            yield from self.funding.minutes(name, start_ns, end_ns)
            return
        if self.venue.terms.minute_rows_slip_through:
            yield from self.funding.minutes(name, now_ns - MINUTE_NS + 1, now_ns + 1)
        yield from self.funding.settled(name, start_ns, end_ns)

    # Contracts ------------------------------------------------------------------------------------

    def _contract(self, name: str) -> Contract | None:
        return self.venue.contracts.get(ContractId(name))

    def _named(self, fields: Fields) -> list[Contract]:
        if not fields.has("contractId"):
            return list(self.venue.contracts.values())
        return self._contracts(fields.text("contractId").split(","))

    def _contracts(self, names: list[str]) -> list[Contract]:
        found = map(self._contract, names)
        return [contract for contract in found if contract is not None]


def routes(api: PublicApi) -> Mapping[tuple[str, str], PublicCall]:
    """Return the endpoints by method and name."""
    calls: Mapping[str, Callable[[Fields], object]] = {
        "meta/getServerTime": api.time,
        "meta/getMetaData": api.meta,
        "quote/getTicker": api.ticker,
        "quote/getDepth": api.depth,
        "quote/getKline": api.klines,
        "quote/getMultiContractKline": api.many_klines,
        "quote/getMarketStatus": api.status,
        "funding/getLatestFundingRate": api.latest_rates,
        "funding/getFundingRatePage": api.rates,
    }
    return {("GET", name): call for name, call in calls.items()}
