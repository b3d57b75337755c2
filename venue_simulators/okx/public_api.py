"""What needs no key: instruments, books, trades, candles, rates, prices and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from exchange_clients.base_models import NS
from venue_simulators.okx import market_words
from venue_simulators.okx.candle_bars import BARS, latest_candles
from venue_simulators.okx.errors import parameter_empty, unlisted
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.funding import Funding
from venue_simulators.okx.listing import Instrument, Listing, instrument_row, tier_rows
from venue_simulators.okx.paging import limit_of, page
from venue_simulators.okx.sequences import Sequences
from venue_simulators.okx.wording import MS_NS, Row, ms
from venue_simulators.world import Candle, Ticker, World

INST_TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
BOOK_MAX, FULL_BOOK_MAX = 400, 5000
TRADES_MAX = 500
CANDLES_MAX = 300
_YEAR_NS = 365 * 86_400 * NS

_TickerWords: TypeAlias = Callable[[Instrument, Ticker, int], Row]


class PublicApi:
    """Each method is one endpoint and returns the rows of its answer.

    Args:
        world: Whose markets these are.
        listing: Its instruments.
        sequences: How books are numbered.
        funding: When each instrument settles.
    """

    def __init__(
        self, world: World, listing: Listing, sequences: Sequences, funding: Funding
    ) -> None:
        self._funding = funding
        self._world = world
        self._listing = listing
        self._sequences = sequences

    # Instruments ----------------------------------------------------------------------------------

    def time(self, query: Fields) -> Sequence[object]:
        """Answer with the venue's clock."""
        del query
        return [{"ts": ms(self._world.now_ns)}]

    def instruments(self, query: Fields) -> Sequence[object]:
        """Answer with the instruments of a type; there are none but swaps."""
        return [self.instrument_row(one) for one in self._of_type(query)]

    def instrument_row(self, instrument: Instrument) -> Row:
        """Return an instrument in its present state."""
        return instrument_row(instrument, tradable=self._world.tradable(instrument.inst_id))

    def tiers(self, query: Fields) -> Sequence[object]:
        """Answer with the position tiers of one family."""
        query.required_choice("instType", INST_TYPES)
        query.required_choice("tdMode", ("cross", "isolated"))
        family = query.text("instFamily") or query.text("uly")
        if family is None:
            raise parameter_empty("instFamily")
        found = [one for one in self._listing.by_id.values() if one.family == family]
        if not found:
            raise unlisted("Instrument family")
        return tier_rows(found[0], self._world.prices(found[0].inst_id).mark)

    def status(self, query: Fields) -> Sequence[object]:
        """Answer with announced maintenance: none."""
        del query
        return []

    # Books and trades -----------------------------------------------------------------------------

    def book(self, query: Fields) -> Sequence[object]:
        """Answer with the book, one level unless more are asked for."""
        return [self.book_row(self._named(query), _levels(query, BOOK_MAX))]

    def full_book(self, query: Fields) -> Sequence[object]:
        """Answer with the whole book."""
        return [self.book_row(self._named(query), _levels(query, FULL_BOOK_MAX))]

    def book_row(self, instrument: Instrument, count: int) -> Row:
        """Return the book, best first, with the number of its last update."""
        view, number = self._world.depth(instrument.inst_id, count)
        return {
            "asks": market_words.levels(instrument, view.asks),
            "bids": market_words.levels(instrument, view.bids),
            "ts": ms(self._world.now_ns),
            "seqId": self._sequences.told(instrument.inst_id, number),
        }

    def trades(self, query: Fields) -> Sequence[object]:
        """Answer with the latest trades, newest first."""
        instrument = self._named(query)
        count = limit_of(query, TRADES_MAX)
        latest = self._world.trades(instrument.inst_id, count)
        return [market_words.trade_row(instrument, one) for one in reversed(latest)]

    def past_trades(self, query: Fields) -> Sequence[object]:
        """Answer with a page of trades by their numbers, or by their time where ``type`` is 2."""
        instrument = self._named(query)
        by_time = query.choice("type", ("1", "2")) == "2"
        latest = self._world.trades(instrument.inst_id, 1000)
        rows = page(query, latest, lambda one: one.at_ns // MS_NS if by_time else one.number)
        return [market_words.trade_row(instrument, one) for one in rows]

    # Candles --------------------------------------------------------------------------------------

    def candles(self, query: Fields) -> Sequence[object]:
        """Answer with candles of trades, newest first."""
        instrument = self._named(query)
        now_ns = self._world.now_ns
        found = self._candles(instrument, query)
        return [market_words.candle_row(instrument, one, now_ns) for one in found]

    def price_candles(self, query: Fields) -> Sequence[object]:
        """Answer with candles of mark or index, which the simulated world has no others for."""
        now_ns = self._world.now_ns
        name = query.required("instId")
        instrument = self._listing.find(name) or self._listing.find(f"{name}-SWAP")
        if instrument is None:
            raise unlisted()
        found = self._candles(instrument, query)
        return [market_words.price_candle_row(one, now_ns) for one in found]

    def _candles(self, instrument: Instrument, query: Fields) -> Sequence[Candle]:
        bar = query.choice("bar", tuple(BARS)) or "1m"
        limit = limit_of(query, CANDLES_MAX)
        after, before = query.whole("after"), query.whole("before")
        now_ns = self._world.now_ns
        last_ns = now_ns if after is None else min(now_ns, after * MS_NS - 1)
        found = latest_candles(self._world, instrument.inst_id, bar, last_ns, limit)
        since_ns = -1 if before is None else before * MS_NS
        return [one for one in reversed(found) if one.start_ns > since_ns]

    # Prices and rates -----------------------------------------------------------------------------

    def ticker(self, query: Fields) -> Sequence[object]:
        """Answer with the last day of one market."""
        return [self.ticker_row(self._named(query))]

    def tickers(self, query: Fields) -> Sequence[object]:
        """Answer with the last day of every market of a type."""
        return [self.ticker_row(one) for one in self._of_type(query)]

    def ticker_row(self, instrument: Instrument) -> Row:
        """Return the last day of a market."""
        world = self._world
        bid, ask, _ = world.best(instrument.inst_id)
        last = world.trades(instrument.inst_id, 1)
        return market_words.ticker_row(
            instrument,
            world.ticker(instrument.inst_id),
            (bid, ask),
            last[-1] if last else None,
            world.now_ns,
        )

    def index_tickers(self, query: Fields) -> Sequence[object]:
        """Answer with indices, by name or by quote coin."""
        wanted, quote = query.text("instId"), query.text("quoteCcy")
        if wanted is None and quote is None:
            raise parameter_empty("instId or quoteCcy")
        return [
            self.worded(market_words.index_row, one)
            for one in self._listing.by_id.values()
            if wanted in (None, one.family) and quote in (None, one.family.partition("-")[2])
        ]

    def marks(self, query: Fields) -> Sequence[object]:
        """Answer with mark prices."""
        return self._tickers_in(market_words.mark_row, query)

    def open_interest(self, query: Fields) -> Sequence[object]:
        """Answer with open interest."""
        return self._tickers_in(market_words.interest_row, query)

    def price_limit(self, query: Fields) -> Sequence[object]:
        """Answer with the band in which orders may be priced."""
        return [self.worded(market_words.limit_row, self._named(query))]

    def funding(self, query: Fields) -> Sequence[object]:
        """Answer with the rate of the coming settlement, of one swap or of ANY."""
        if query.required("instId") == "ANY":
            return [self.funding_row(one) for one in self._listing.by_id.values()]
        return [self.funding_row(self._named(query))]

    def funding_row(self, instrument: Instrument) -> Row:
        """Return the rate of the coming settlement."""
        world = self._world
        settled = self._funding.settled(instrument.inst_id, world.now_ns - 2 * 86_400 * NS)
        return market_words.funding_row(
            instrument,
            world.ticker(instrument.inst_id),
            self._funding.coming(instrument.inst_id),
            settled[-1] if settled else None,
            world.now_ns,
        )

    def funding_history(self, query: Fields) -> Sequence[object]:
        """Answer with a page of settled rates by the time of settlement."""
        instrument = self._named(query)
        settled = self._funding.settled(instrument.inst_id, self._world.now_ns - _YEAR_NS)
        rows = page(query, settled, lambda one: one.at_ns // MS_NS)
        return [market_words.settled_row(instrument, one) for one in rows]

    # Inside ---------------------------------------------------------------------------------------

    def worded(self, words: _TickerWords, instrument: Instrument) -> Row:
        """Return the present state of a market in some words."""
        return words(instrument, self._world.ticker(instrument.inst_id), self._world.now_ns)

    def _tickers_in(self, words: _TickerWords, query: Fields) -> Sequence[object]:
        return [self.worded(words, one) for one in self._of_type(query)]

    def _named(self, query: Fields) -> Instrument:
        instrument = self._listing.find(query.required("instId"))
        if instrument is None:
            raise unlisted()
        return instrument

    def _of_type(self, query: Fields) -> Sequence[Instrument]:
        """Return the instruments that a query chooses by type, family and name."""
        if query.required_choice("instType", INST_TYPES) != "SWAP":
            return ()
        wanted = query.text("instId")
        family = query.text("instFamily") or query.text("uly")
        found = [
            one
            for one in self._listing.by_id.values()
            if wanted in (None, one.inst_id) and family in (None, one.family)
        ]
        if not found:
            raise unlisted()
        return found


def _levels(query: Fields, maximum: int) -> int:
    count = query.whole("sz")
    # The venue's own default is a single level.
    return 1 if count is None else max(1, min(count, maximum))
