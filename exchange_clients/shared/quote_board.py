"""The latest quote of each market, and which quotes its listener may sleep through.

Thousands of quotes arrive for each one that matters, so hearing one is a few comparisons on a slot
of its market. Quotes conflate: while a market waits for its turn, newer quotes replace the one that
it will be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.events import BestBidOffer

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

    def sleep(self, low: Decimal | None, high: Decimal | None) -> None:
        """Skip quotes with bid above ``low`` and ask below ``high``; None is no bound.

        A tick price has one float, the nearest, in the book and here alike: comparing is exact.
        """
        self.low = _LOWEST if low is None else float(low)
        self.high = _HIGHEST if high is None else float(high)

    def wake_always(self) -> None:
        """Let every quote through."""
        self.low, self.high = _HIGHEST, _LOWEST


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
            market.wake_always()

    def forget(self) -> None:
        """Take every quote away: the books are not sound."""
        for market in self._markets.values():
            market.quote = None
