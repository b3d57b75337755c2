"""Hears one market on a venue's public streams and tells it as rows of a recording."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import Market
from exchange_clients.events import (
    BookDelta,
    BookSnapshot,
    FundingUpdate,
    PublicTrade,
    Signal,
    StreamSignal,
    Unreadable,
)
from exchange_clients.paper.sources.stream_rows import (
    BookRow,
    ChangeRow,
    FundingRow,
    GapRow,
    Row,
    TradeRow,
)
from exchange_clients.shared.clock import to_ns
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from exchange_clients.shared.websocket.message_handler import VenueEvent


async def present_funding(link: VenueLink, market: Market, at_ns: int) -> FundingRow | None:
    """Return the rate as it stands; None where the venue tells none of this market.

    It is the first row of a recording, which thereby says how often funding is paid.

    Raises:
        ExchangeError: the venue could not be reached or read.
    """
    rates = await link.run(link.venue.funding.rates(link.table, [market.contract_id]))
    rate = rates.get(market.symbol)
    if rate is None or isinstance(rate, Unreadable):
        return None
    next_ns = None if rate.next_funding_time is None else to_ns(rate.next_funding_time)
    return FundingRow(at_ns, rate.raw_rate, rate.interval_hours, next_ns)


class MarketEar:
    """Rows of one market, in the order in which they are heard.

    Args:
        link: Open.
        market: Which one.
        put: Takes each row.
        not_before: The least instant (epoch ns) that a row may bear, where something else
            happens in between; rows are never earlier than those before them in any case.
    """

    def __init__(
        self,
        link: VenueLink,
        market: Market,
        put: Callable[[Row], None],
        not_before: Callable[[], int] = lambda: 0,
    ) -> None:
        self.stream = VenueWebSocketManager(link, private=False)
        self._link = link
        self._market = market
        self._put = put
        self._not_before = not_before
        self._last_ns = 0
        self._whole = False
        """Whether a book was told, and no gap since."""

    async def open(self, timeout_s: float) -> bool:
        """Connect and subscribe; False if the book was not ready in time, but may be later.

        Raises:
            ExchangeError: the venue could not be reached or read.
        """
        stream, contract_id = self.stream, self._market.contract_id
        stream.add_market_listener(self._on_venue)
        await stream.connect()
        stream.add_depth_listener(contract_id, self._on_depth)
        stream.add_trade_listener(contract_id, self._on_trade)
        stream.add_signal_listener(self._on_signal)
        return await stream.prepare_market_feed(contract_id, timeout_s)

    async def close(self) -> None:
        """Hear nothing more."""
        await self.stream.disconnect()

    def _on_depth(self, event: BookSnapshot | BookDelta) -> None:
        row = BookRow if isinstance(event, BookSnapshot) else ChangeRow
        self._whole = True
        self._put(row(self._stamp(event.local_ns), event.venue_ns, event.bids, event.asks))

    def _on_trade(self, trade: PublicTrade) -> None:
        self._put(
            TradeRow(
                self._stamp(trade.local_ns),
                trade.venue_ns,
                trade.price,
                trade.size,
                trade.aggressor,
                trade.trade_id,
            )
        )

    def _on_venue(self, event: VenueEvent) -> None:
        if isinstance(event, FundingUpdate) and event.contract_id == self._market.contract_id:
            self._put(
                FundingRow(
                    self._stamp(self._link.clock.now_ns()),
                    event.rate,
                    event.interval_hours,
                    event.next_funding_ns,
                    event.mark_price,
                )
            )

    def _on_signal(self, signal: StreamSignal) -> None:
        if not self._whole or signal.signal not in (Signal.GAP, Signal.STALE):
            return  # a lost connection is told as a gap of each of its books
        if signal.contract_id == self._market.contract_id:
            self._whole = False
            self._put(GapRow(self._stamp(signal.local_ns), signal.detail or signal.signal.value))

    def _stamp(self, local_ns: int) -> int:
        self._last_ns = max(local_ns, self._last_ns, self._not_before())
        return self._last_ns
