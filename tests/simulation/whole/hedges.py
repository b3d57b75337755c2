"""What must hold of a hedge: the second venue has the opposite of what is old at the first.

By both venues' fills and by the settings: at least what is surely older than the time-out is
hedged, at most what is held, and on the other side.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from exchange_clients.base_models import NS, ZERO, Fill, NewOrder, Side
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.scenario import Scenario

if TYPE_CHECKING:
    from tests.simulation.whole.truth import MarketBook
    from tests.simulation.whole.venues import WorldVenue

D = Decimal
HEDGED_S = 15.0
"""An order on the second venue is tried again after five seconds; it is looked at each second."""
GONE_S = 150.0
"""Positions are compared every half a minute, and what is not explained is looked at once more."""
PRICES = D("1.1")
"""The least value of an order is one of its own price, which is asked for beforehand."""


class Hedge:
    """What hedges one grid.

    Args:
        scenario: What happens.
        first: What orders of ours have done where the grid trades.
        second: And where it hedges.
    """

    def __init__(self, scenario: Scenario, first: MarketBook, second: MarketBook) -> None:
        settings = scenario.settings
        self._first = first
        self.second = second
        self._way = Side(settings["strategy.direction"]).sign
        self._old_ns = round(float(settings["strategy.position_timeout_minutes"]) * 60 * NS)
        self._young: deque[tuple[int, Decimal]] = deque()
        """When what was opened lately was, and how much."""
        self.marks: Counter[str] = Counter()

    def on_fill(self, book: MarketBook, fill: Fill, now_ns: int) -> Iterator[str]:
        """Take a fill of an order of ours, once it is booked."""
        if book is self._first:
            if fill.side.sign == self._way:
                self._young.append((now_ns, fill.size))
            return
        if book.held * self._way > 0:
            yield f"I17: {book.held} hedge a grid that is on that side itself"
        if fill.side.sign == -self._way:
            self.marks["hedge: opened"] += 1
        elif not book.held:
            self.marks["hedge: closed"] += 1

    def conditions(self, now_ns: int) -> Iterator[Condition]:
        """Yield what must not last, while nobody else has traded at either venue."""
        held, hedged = (abs(each.held) * each.market.multiplier for each in self._books)
        if hedged - held > self.least:
            yield Condition("I16: more is hedged than is held", HEDGED_S)
        against = self.second.own * self._way > 0  # a hedge would take of what the user holds
        if self._old(now_ns, held) - hedged > self.least and not against:
            yield Condition("I23: what is past its age is not hedged", HEDGED_S)

    def naked(self) -> Iterator[Condition]:
        """Yield that a hedge stays of what another hand has closed at the first venue."""
        held, hedged = (abs(each.held) * each.market.multiplier for each in self._books)
        if hedged - held > self.least and self._first.past and not self.second.past:
            yield Condition("I16: a hedge stays of what another hand has closed", GONE_S)

    def takes(self, venue: WorldVenue, order: NewOrder) -> bool:
        """Tell whether an order hedges what is held, and no more."""
        held, hedged = (abs(each.held) * each.market.multiplier for each in self._books)
        adds = order.size * self.second.market.multiplier
        return venue is self.second.venue and hedged + adds <= held + self.least

    @property
    def least(self) -> Decimal:
        """What may stay as it is (tokens): too small for an order of either venue."""
        return sum((_least(each) * each.market.multiplier for each in self._books), ZERO)

    @property
    def _books(self) -> tuple[MarketBook, MarketBook]:
        return self._first, self.second

    def _old(self, now_ns: int, held: Decimal) -> Decimal:
        """Return how many of the tokens that are held are surely past their age."""
        while self._young and self._young[0][0] <= now_ns - self._old_ns:
            self._young.popleft()
        young = sum((size for _, size in self._young), ZERO)
        return held - young * self._first.market.multiplier


def _least(book: MarketBook) -> Decimal:
    price = book.venue.world.mark(book.market.contract_id)
    known = book.venue.rules.known(book.market.contract_id)
    return max(rules.smallest_size(price) for rules in known) * PRICES
