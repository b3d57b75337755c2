"""A venue as a source of rates: its public words over a link that stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, DepthView, Market, Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.events import Unreadable
from exchange_clients.shared.assembly import open_link
from exchange_clients.shared.client.managers.market_data import MarketData
from exchange_clients.shared.clock import to_ns
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from execution.funding_edge import per_token
from funding_rate_service.collection.base_adapter import Told
from funding_rate_service.core.values import MarketRate, Quarantined

BOOK_LEVELS = 50
BOOK_AGE_MAX_S = 30.0


class VenueSource:
    """One venue's public data; the link is opened on first use.

    Args:
        link: A link to the venue; needs no credentials.
        adapter: Asks for rates; the venue's own by default.
    """

    def __init__(self, link: VenueLink, adapter: VenueFundingAdapter | None = None) -> None:
        self._link = link
        self._adapter = adapter or VenueFundingAdapter(link)

    @classmethod
    def of(cls, venue: Venue, environment: str, variables: Mapping[str, str]) -> VenueSource:
        """Return a source over real sockets.

        Raises:
            ClientConfigError: there is no such environment.
        """
        return cls(open_link(venue, environment, variables, private=False))

    @property
    def venue(self) -> str:
        """The venue's name."""
        return self._link.venue.name

    async def rates(self) -> Told:
        """Return the rate of every market that trades, with its activity and fees.

        Raises:
            ExchangeError: the venue could not be reached or read.
        """
        samples = await self._adapter.fetch_funding_rates()
        stats, trouble = await self._stats()
        markets = {each.market.symbol: each.market for each in self._link.table}
        unreadable = (*_quarantined(self._adapter.take_unreadable()), *trouble)
        told = tuple(
            market_rate(sample, stats.get(symbol), markets.get(symbol))
            for symbol, sample in samples.items()
        )
        return Told(told, unreadable)

    async def _stats(self) -> tuple[Mapping[Symbol, MarketStats], tuple[Quarantined, ...]]:
        """Return the activity of every market; what fails here takes no rate with it."""
        try:
            return await self._adapter.fetch_market_data(), ()
        except ExchangeError as error:
            return {}, (Quarantined("every symbol", f"no volume, no open interest: {error}"),)

    async def history(
        self, symbol: str, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates in [since, until), oldest first.

        Raises:
            ExchangeError: the venue could not be reached or read.
            UnsupportedFeature: it does not tell rates of the past.
        """
        return await self._adapter.fetch_funding_history(Symbol(symbol), since, until)

    async def book(self, symbol: str) -> DepthView:
        """Return the book as it stands, per token.

        Raises:
            ExchangeError: the venue could not be reached or read.
        """
        market = self._link.table.of_symbol(symbol).market
        return per_token(await depth_now(self._link, market.contract_id), market.multiplier)

    async def close(self) -> None:
        """Release the link; a second call does nothing."""
        await self._adapter.close()


async def depth_now(link: VenueLink, contract_id: ContractId) -> DepthView:
    """Return a contract's book as the venue answers it now.

    Raises:
        ExchangeError: the venue could not be reached or read.
    """
    # Feeds that were never connected hold no book, so that the answer is of now.
    feeds = VenueWebSocketManager(link, private=False)
    books = MarketData(link, feeds, link.venue.name, BOOK_AGE_MAX_S)
    return await books.depth(contract_id, BOOK_LEVELS)


def market_rate(
    sample: FundingRateSample, stats: MarketStats | None, market: Market | None
) -> MarketRate:
    """Return what a venue told of one market in one row."""
    told = sample.next_funding_time
    mark = None if stats is None else stats.mark_price
    if mark is not None and market is not None:
        mark /= market.multiplier  # of a token, so that venues compare
    return MarketRate(
        symbol=sample.symbol,
        rate=sample.raw_rate,
        interval_hours=sample.interval_hours,
        next_funding_ns=None if told is None else to_ns(told),
        volume_24h_usd=None if stats is None else stats.volume_24h,
        open_interest_usd=None if stats is None else stats.open_interest,
        two_sided_source=stats is not None and stats.two_sided_source,
        mark_price=mark,
        maker_fee=None if market is None else market.maker_fee,
        taker_fee=None if market is None else market.taker_fee,
    )


def _quarantined(rows: Iterable[Unreadable]) -> Iterator[Quarantined]:
    for row in rows:
        yield Quarantined(",".join(row.ids), f"not readable: {row.reason}")
