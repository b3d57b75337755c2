"""Makes a report whole after a restart: what the run did before, told again in order.

The paper venue computes its past anew when its client connects, and shows the prices. The fills of
that past are in the journal; each is told before the first price that is later.
"""

from __future__ import annotations

from collections import deque

import msgspec

from database.journal import SqliteJournal
from exchange_clients.base_models import NS, Fill, Market, Purpose
from exchange_clients.events import BestBidOffer, PublicTrade
from reporting.record import RunRecorder
from trading_bot import NAME_PREFIX


class Past:
    """Feeds the recorder what happened before this process."""

    def __init__(
        self,
        journal: SqliteJournal,
        venue: str,
        market: Market,
        recorder: RunRecorder,
        sample_s: float,
    ) -> None:
        self._venue = venue
        self._market = market
        self._recorder = recorder
        self._journal = journal
        self._sample_ns = round(sample_s * NS)
        self._next_sample_ns = 0
        self._names = _names(journal, venue)
        self._fills = deque(sorted(journal.fills(venue), key=_venue_ns))
        self.told: dict[str, None] = {}
        """Trade ids that the recorder has heard of already."""

    def on_price(self, event: BestBidOffer | PublicTrade) -> None:
        """Take a price of the past."""
        self._tell_fills(event.local_ns)
        if isinstance(event, BestBidOffer) and event.contract_id == self._market.contract_id:
            if event.local_ns < self._next_sample_ns:
                return
            self._next_sample_ns = event.local_ns + self._sample_ns
            self._recorder.sample(
                event.local_ns,
                self._market.price_of(event.bid),
                self._market.price_of(event.ask),
            )

    def finish(self) -> None:
        """Tell what is left: fills that were found on connecting, and every order's last state."""
        for fill in self._journal.fills(self._venue):
            if fill.trade_id not in self.told:
                self._tell(fill)
        names = _names(self._journal, self._venue)
        for info in self._journal.outcomes(self._venue):
            if info.client_order_id in names:
                self._recorder.on_order(*names[info.client_order_id], info)

    def _tell_fills(self, until_ns: int) -> None:
        while self._fills and self._fills[0].venue_ns <= until_ns:
            self._tell(self._fills.popleft())

    def _tell(self, fill: Fill) -> None:
        self.told[fill.trade_id] = None
        if fill.client_order_id in self._names:
            self._recorder.on_fill(*self._names[fill.client_order_id], fill)


def _names(journal: SqliteJournal, venue: str) -> dict[str, tuple[str, Purpose]]:
    """Return (key, purpose) by client order id."""
    prefix = f"{NAME_PREFIX}{venue}/"
    names = {}
    for state_key, value in journal.load_states(prefix).items():
        key, purpose = msgspec.json.decode(value, type=tuple[str, str])
        names[state_key.removeprefix(prefix)] = (key, Purpose(purpose))
    return names


def _venue_ns(fill: Fill) -> int:
    return fill.venue_ns
