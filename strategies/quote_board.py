"""The latest quote of each market, and which quotes the strategy may sleep through.

Thousands of quotes arrive for each one that matters, so hearing one is a few comparisons on a slot
of its market. Quotes conflate: while a market waits for its turn, newer quotes replace the one that
it will be shown.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import ContractId
from exchange_clients.events import BestBidOffer
from strategies.base_strategy import WakeBand

_LOWEST, _HIGHEST = float("-inf"), float("inf")


class MarketQuotes:
    """One market: its latest quote, and the band inside which nobody needs to be woken."""

    __slots__ = ("contract_id", "high", "low", "quote", "venue", "waiting")

    def __init__(self, venue: str, contract_id: ContractId) -> None:
        self.venue = venue
        self.contract_id = contract_id
        self.quote: BestBidOffer | None = None
        """None while the book is not sound."""
        self.waiting = False
        """Whether its turn is coming."""
        self.low, self.high = _HIGHEST, _LOWEST

    def sleep(self, band: WakeBand | None) -> None:
        """Skip quotes inside ``band`` from now on; None skips nothing.

        A tick price has one float, the nearest, in the book and here alike: comparing is exact.
        """
        if band is None:
            self.low, self.high = _HIGHEST, _LOWEST
            return
        self.low = _LOWEST if band.low is None else float(band.low)
        self.high = _HIGHEST if band.high is None else float(band.high)


class QuoteBoard:
    """Every market that the bot listens to; ``wake`` is called when one wants its turn."""

    def __init__(self, wake: Callable[[MarketQuotes], None]) -> None:
        self._wake = wake
        self._markets: dict[tuple[str, ContractId], MarketQuotes] = {}

    def listen(self, venue: str, contract_id: ContractId) -> Callable[[BestBidOffer], None]:
        """Return what to call with each quote of a market."""
        market = self._markets.setdefault((venue, contract_id), MarketQuotes(venue, contract_id))
        wake = self._wake

        def hear(quote: BestBidOffer) -> None:
            market.quote = quote
            if (market.low < quote.bid and quote.ask < market.high) or market.waiting:
                return
            market.waiting = True
            wake(market)

        return hear

    def markets(self) -> list[MarketQuotes]:
        """Return the markets in the order in which they were listened to."""
        return list(self._markets.values())

    def latest(self, venue: str) -> BestBidOffer | None:
        """Return the latest sound quote of a venue's market."""
        return next((each.quote for each in self._markets.values() if each.venue == venue), None)

    def lift(self) -> None:
        """Let the next quote of every market through."""
        for market in self._markets.values():
            market.sleep(None)

    def forget(self) -> None:
        """Take every quote away: the books are not sound."""
        for market in self._markets.values():
            market.quote = None
