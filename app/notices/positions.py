"""From fills to news of positions: opened, closed, and what a closed one came to.

A position is often built and closed by many fills, so its market is told of once it has been quiet
for a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, ContractId, Fill, Market
from helpers.notices import Notice, NoticeKind
from reporting.numbers import money, plain
from reporting.position import PositionLedger

QUIET_NS = 2 * NS


@dataclass(slots=True)
class _Course:
    """A market from flat to flat."""

    market: Market
    ledger: PositionLedger
    told: Decimal = ZERO
    """The position that people know of."""
    net_before: Decimal = ZERO
    """What the ledger had made before the first fill of the position that people know of."""
    fills: int = 0
    """Since it was last told of."""
    changed_ns: int = 0


class PositionNews:
    """Follows every market that a run trades.

    Args:
        market_of: Returns a market by venue and contract.
    """

    def __init__(self, market_of: Callable[[str, ContractId], Market]) -> None:
        self._market_of = market_of
        self._courses: dict[tuple[str, ContractId], _Course] = {}

    def remember(self, venue: str, fill: Fill) -> None:
        """Take a fill of an earlier process, which was told then."""
        course = self._book(venue, fill)
        course.told = course.ledger.size

    def on_fill(self, venue: str, fill: Fill, now_ns: int) -> None:
        """Take a fill."""
        course = self._book(venue, fill)
        course.fills += 1
        course.changed_ns = now_ns

    def due(self, now_ns: int, *, everything: bool = False) -> list[Notice]:
        """Return what is to be told of markets that are quiet, or of all of them."""
        notices: list[Notice] = []
        for (venue, _), course in self._courses.items():
            if course.fills and (everything or now_ns - course.changed_ns >= QUIET_NS):
                notices += _news(venue, course, now_ns)
        return notices

    def held(self) -> str:
        """Return what is held, for people; empty where nothing is."""
        return ", ".join(
            f"{plain(course.ledger.size)} {course.market.symbol} on {venue}"
            for (venue, _), course in self._courses.items()
            if course.ledger.size
        )

    def _book(self, venue: str, fill: Fill) -> _Course:
        key = (venue, fill.contract_id)
        course = self._courses.get(key)
        if course is None:
            market = self._market_of(*key)
            course = _Course(market, PositionLedger(market.tick * market.step))
            self._courses[key] = course
        if not (course.told or course.ledger.size or course.fills):
            course.net_before = course.ledger.net
        course.ledger.book_fill(venue, fill)
        return course


def _news(venue: str, course: _Course, now_ns: int) -> list[Notice]:
    """Return the news of one market, and note that it is told."""
    before, after, net = course.told, course.ledger.size, course.ledger.net
    came_and_went = not before and not after
    subject = f"{course.market.symbol} on {venue}"
    notices = []
    if came_and_went or before * after < 0 or (before and not after):
        what = f"{_side(before)} {plain(abs(before))}" if before else "opened and closed at once"
        text = f"{what}, made {money(net - course.net_before)} USD after fees"
        notices.append(Notice(NoticeKind.POSITION_CLOSED, subject, text, now_ns))
    if after and before * after <= 0:
        price = course.ledger.average_price
        assert price is not None, "an open position has an average price"
        text = f"{_side(after)} {plain(abs(after))} at {plain(course.market.nearest_tick(price))}"
        text += f", {money(abs(after) * price)} USD"
        notices.append(Notice(NoticeKind.POSITION_OPENED, subject, text, now_ns))
    if before * after < 0:
        course.net_before = net
    course.told, course.fills = after, 0
    return notices


def _side(quantity: Decimal) -> str:
    return "long" if quantity > 0 else "short"
