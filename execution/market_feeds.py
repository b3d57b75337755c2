"""The bot's own market at each venue: found, subscribed, and asked for its present price."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ContractId, Fill, Market, OrderInfo
from exchange_clients.base_websocket import FeedKind, QuoteListener
from exchange_clients.events import BestBidOffer, StreamSignal
from exchange_clients.shared.tasks import run_all
from execution.readings import MarketChanged

QUOTE_AGE_MAX_S = 30.0
"""The present price counts only while its feed was heard this recently."""

FILLS_TIMEOUT_S = 15.0
"""They are asked for a second after the report that knows of them, and a few times more."""


class NoFeed(Exception):
    """A market has no sound book; the message says what to do."""


@dataclass(frozen=True, slots=True)
class FeedEars:
    """Who hears what a venue tells, beside its prices."""

    on_order: Callable[[str, OrderInfo], None]
    on_fill: Callable[[str, Fill], None]
    on_signal: Callable[[StreamSignal], None]


class MarketFeeds:
    """One market at each of several venues.

    Args:
        clients: By the venues' names, the primary one first.
        ticker: Which market.
        hear: Returns who hears the prices of a venue's market.
        timeout_s: How long a book may take to be ready.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        ticker: str,
        hear: Callable[[str, ContractId], QuoteListener],
        timeout_s: float,
    ) -> None:
        self.contracts: dict[str, ContractId] = {}
        """What is traded, by venue."""
        self._clients = clients
        self._ticker = ticker
        self._hear = hear
        self._timeout_s = timeout_s
        self._rules: dict[str, Market] = {}
        """As they were told last, by venue."""

    async def connect(self) -> dict[tuple[str, ContractId], Market]:
        """Connect every client and find its market; return them, the primary one first."""
        for venue, client in self._clients.items():
            await client.connect()
            self.contracts[venue], _ = await client.get_contract_attributes(self._ticker)
            self._rules[venue] = self.rules(venue)
        return {(venue, self.contracts[venue]): rules for venue, rules in self._rules.items()}

    def rules(self, venue: str) -> Market:
        """Return the market as its venue lists it now."""
        return self._clients[venue].market(self.contracts[venue])

    def tell_changes(
        self, tell: Callable[[MarketChanged], None], now_ns: int, venue: str | None = None
    ) -> None:
        """Tell that the market has other rules, at one venue or at any, once each time."""
        for each in self._rules if venue is None else (venue,):
            rules, before = self.rules(each), self._rules[each]
            if rules is not before:
                self._rules[each] = rules
                if rules != before:
                    tell(MarketChanged(each, rules, now_ns))

    async def open(self, ears: FeedEars, *, restarted: bool) -> None:
        """Listen to orders before prices, so that nothing is missed.

        Args:
            ears: Who hears.
            restarted: Whether what is left of an earlier process may be taken up although the
                market data has ended.

        Raises:
            NoFeed: a book was not ready in time.
        """
        for venue, client in self._clients.items():
            client.setup_order_update_handler(partial(ears.on_order, venue))
            client.setup_fill_handler(partial(_hear_trade, ears, venue))
            ready = await client.stream.prepare_market_feed(self._ticker, self._timeout_s)
            if not ready and not (restarted and client.stream.ended):
                raise NoFeed(
                    f"no sound order book of {self._ticker} at {venue} within "
                    f"{self._timeout_s:g} s: check the venue, or the recording"
                )
            contract_id = self.contracts[venue]
            client.stream.add_quote_listener(contract_id, self._hear(venue, contract_id))
            client.stream.add_signal_listener(ears.on_signal)

    async def await_fills(self) -> None:
        """Hear the fills that are still on their way, so that the books are whole at the end."""
        waited = {
            f"fills {venue}": client.await_fills(FILLS_TIMEOUT_S)
            for venue, client in self._clients.items()
        }
        await run_all(waited)

    def tell_present(self) -> None:
        """Tell what every feed holds now."""
        for venue, contract_id in self.contracts.items():
            quote = self.present(venue)
            if quote is not None:
                self._hear(venue, contract_id)(quote)

    def present(self, venue: str) -> BestBidOffer | None:
        """Return what the feed holds now; None while its book is not sound."""
        return self._clients[venue].stream.best_bid_offer(self.contracts[venue])

    def fresh(self, venue: str) -> bool:
        """Whether the feed holds a sound book that was heard lately."""
        age_s = self._clients[venue].stream.age_s(self.contracts[venue], FeedKind.BOOK)
        return self.present(venue) is not None and (age_s or 0.0) <= QUOTE_AGE_MAX_S


def _hear_trade(ears: FeedEars, venue: str, fill: Fill) -> None:
    """Hand on a fill that is a trade; what takes one back is told by a watch of its own."""
    if fill.voids is None:
        ears.on_fill(venue, fill)
