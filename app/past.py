"""Makes a report whole after a restart: what the run did before, told again in order.

The paper venue computes its past anew when its client connects, and shows prices, holes and
payments. The fills of that past are in the journal; each is told before the first later price.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from database.journal import SqliteJournal
from exchange_clients.base_models import NS, ClientOrderId, Fill, FillIdentity, Market, Purpose
from exchange_clients.events import BestBidOffer, FundingPayment, PublicTrade, Signal, StreamSignal
from execution.bot_state import remembered_names
from reporting.record import RunRecorder

TOLD_MAX = 4096
"""Fills that are remembered as told: those that may be told again are of orders and executions that
had not ended when this process began."""


class Past:
    """Feeds the recorder what happened before this process."""

    def __init__(
        self,
        journal: SqliteJournal,
        venues: Sequence[str],
        market: Market,
        recorder: RunRecorder,
        sample_s: float,
    ) -> None:
        self._venues = venues
        self._market = market
        self._recorder = recorder
        self._journal = journal
        self._sample_ns = round(sample_s * NS)
        self._next_sample_ns = 0
        self._names = self._read_names()
        fills = [(venue, fill) for venue in venues for fill in journal.fills(venue)]
        self._fills = deque(sorted(fills, key=_venue_ns))
        self.told: dict[tuple[str, FillIdentity], None] = {}
        """Venues and the latest fills that the recorder has heard of already, oldest first."""

    def on_event(self, event: BestBidOffer | PublicTrade | StreamSignal | FundingPayment) -> None:
        """Take a price, a hole or a payment of the past."""
        if isinstance(event, FundingPayment):
            self._tell_fills(event.venue_ns)
            self._recorder.on_funding(event, self._venues[0])
            return
        self._tell_fills(event.local_ns)
        if isinstance(event, StreamSignal):
            if event.signal is Signal.GAP:
                self._recorder.on_gap(event.local_ns, event.detail)
        elif isinstance(event, BestBidOffer) and event.contract_id == self._market.contract_id:
            if event.local_ns < self._next_sample_ns:
                return
            self._next_sample_ns = event.local_ns + self._sample_ns
            self._recorder.sample(
                event.local_ns,
                self._market.price_of(event.bid),
                self._market.price_of(event.ask),
            )

    def finish(self) -> None:
        """Tell what is left, once: fills found on connecting, and every order's last state."""
        self._names = self._read_names()
        for venue in self._venues:
            for fill in self._journal.fills(venue):
                if (venue, fill.identity) not in self.told:
                    self._tell(venue, fill)
            names = self._names[venue]
            for info in self._journal.outcomes(venue):
                if info.client_order_id in names:
                    self._recorder.on_order(*names[info.client_order_id], info)
        self._names.clear()
        self._fills.clear()
        for told in list(self.told)[:-TOLD_MAX]:
            del self.told[told]

    def _read_names(self) -> dict[str, dict[ClientOrderId, tuple[str, Purpose]]]:
        return {venue: remembered_names(self._journal, venue) for venue in self._venues}

    def _tell_fills(self, until_ns: int) -> None:
        while self._fills and self._fills[0][1].venue_ns <= until_ns:
            self._tell(*self._fills.popleft())

    def _tell(self, venue: str, fill: Fill) -> None:
        self.told[venue, fill.identity] = None
        names = self._names[venue]
        if fill.client_order_id in names:
            self._recorder.on_fill(*names[fill.client_order_id], fill, venue)


def _venue_ns(told: tuple[str, Fill]) -> int:
    return told[1].venue_ns
