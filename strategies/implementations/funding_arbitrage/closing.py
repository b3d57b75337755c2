"""How a pair is closed: exits that can wait and those that cannot, and the orders that do it.

Whatever is sent is reduce-only and for what was freshly read, so nothing can pass zero. A pair is
over when both legs were read flat after the last execution, and not when an execution says so; or
when all that is left is less than its venue takes an order for, after somebody else took the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, OrderType, Purpose
from execution.legs_order import LegsOrder
from execution.order_params import OrderParams
from strategies.base_strategy import Overruled
from strategies.implementations.funding_arbitrage.exits import (
    ExitReason,
    PairView,
    can_go,
    exit_reason,
)
from strategies.implementations.funding_arbitrage.parameters import Exits
from strategies.implementations.funding_arbitrage.state import (
    ExitTrigger,
    Leg,
    Pair,
    PairStatus,
)
from strategies.implementations.funding_arbitrage.watching import held_size

RETRY_NS = 10 * NS
"""After a closing that left something; doubled each time."""
RETRY_MAX_NS = 300 * NS
REFUSED_RETRY_MAX_NS = 30 * NS
"""After a closing that came to nothing: it costs nothing to try, and all of it is still there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What closes a pair: one execution of both legs, or a single order where one is left."""

    legs: tuple[LegsOrder, ...] = ()
    orders: tuple[OrderParams, ...] = ()


NOTHING_ASKED = Asked()


def review_open(pair: Pair, view: PairView, settings: Exits, now_ns: int) -> Asked:
    """Judge an open pair, and begin to close it where that is due."""
    reason = exit_reason(view, settings)
    if reason is None:
        if view.verified and view.divergence_8h is not None:
            pair.trigger = None  # all was known, and nothing is wrong any more
    elif pair.trigger is None:
        pair.trigger = ExitTrigger(reason, now_ns)
    else:
        pair.trigger.reason = reason
    trigger = pair.trigger
    if trigger is None:
        return NOTHING_ASKED
    if reason is None or not reason.critical:
        waited_ns = now_ns - trigger.first_ns
        if not view.verified or not can_go(view, settings, waited_ns):
            return NOTHING_ASKED
    pair.status = PairStatus.CLOSING
    return review_closing(pair, now_ns)


def review_closing(pair: Pair, now_ns: int) -> Asked:
    """Close what is left of a pair; end it once both legs were read flat."""
    if pair.busy_key:
        return NOTHING_ASKED
    sizes = [(leg, _to_close(pair, leg, now_ns)) for leg in pair.legs]
    if any(size is None for _, size in sizes):
        return NOTHING_ASKED
    left = [(leg, size) for leg, size in sizes if size]
    if not left:
        pair.status = PairStatus.CLOSED
        return NOTHING_ASKED
    # What is over needs no pause: only what is tried again does.
    return NOTHING_ASKED if now_ns < pair.retry_ns else _close(pair, left, now_ns)


def finished(pair: Pair, now_ns: int, *, refused: bool = False) -> None:
    """Note that the execution under way is over; what it left is read, not believed.

    Args:
        pair: Whose it was.
        now_ns: The present.
        refused: Whether it was over before anything was sent, or traded.
    """
    pair.busy_key = ""
    pair.settled_ns = now_ns
    for leg in pair.legs:
        leg.zero_reads = 0
    if pair.closings:
        most_ns = REFUSED_RETRY_MAX_NS if refused else RETRY_MAX_NS
        pair.retry_ns = now_ns + min(RETRY_NS * 2 ** min(pair.closings - 1, 8), most_ns)


def refused_as_too_small(pair: Pair, key: str) -> None:
    """Note that the order that closes the last leg is too small for its venue: it stays there."""
    for leg in pair.legs:
        # A whole leg is too small only until its venue, or the price, lets it go again.
        if key == _key(pair, leg) and leg.seen is not None and abs(leg.seen) < leg.target:
            leg.too_small = abs(leg.seen)


def reopened(pair: Pair, now_ns: int) -> None:
    """Note that a fill of what had closed a pair was voided: what it left is closed again."""
    pair.status, pair.ended_ns = PairStatus.CLOSING, 0
    pair.trigger = ExitTrigger(ExitReason.IMBALANCE, now_ns)
    pair.busy_key, pair.settled_ns, pair.retry_ns = "", now_ns, 0


def not_opened(pair: Pair, now_ns: int) -> None:
    """Note that an opening came to no pair: whatever it left is closed."""
    pair.status = PairStatus.CLOSING
    pair.trigger = ExitTrigger(ExitReason.NOT_OPENED, now_ns)


def overruled(pairs: Sequence[Pair], event: Overruled) -> None:
    """Note that something above closes legs: what is left of their pairs is closed at once."""
    for order in event.orders:
        for pair in pairs:
            if pair.leg_at(order.venue or "", order.contract_id or "") is None:
                continue
            pair.above.append(order.key)
            pair.overruled, pair.busy_key = event.reason, order.key
            if pair.trigger is None:
                pair.trigger = ExitTrigger(ExitReason.OVERRULED, event.now_ns)
            pair.status = PairStatus.CLOSING


def _to_close(pair: Pair, leg: Leg, now_ns: int) -> Decimal | None:
    """Return what of a leg is to be closed; None while nobody knows.

    A leg that its venue has liquidated needs no reading, and its sibling may not wait for one: what
    it was last known to hold is closed, which reduce-only keeps from going too far.
    """
    if leg.liquidated >= leg.target:
        return Decimal(0)
    size = held_size(pair, leg, now_ns)
    if size is not None and size <= leg.too_small:
        return Decimal(0)
    sibling = pair.short if leg is pair.long else pair.long
    if size is None and not pair.closings and sibling.liquidated >= sibling.target:
        return min(abs(leg.ledger.quantity) or leg.target, leg.target)
    return size


def _close(pair: Pair, left: Sequence[tuple[Leg, Decimal]], now_ns: int) -> Asked:
    pair.closings += 1
    pair.busy_key = name = _name(pair)
    orders = tuple(_order(pair, leg, size) for leg, size in left)
    if len(orders) == 1:
        pair.busy_key = orders[0].key
        return Asked(orders=orders)
    # Each leg whole, as large as it is: a part of it might leave less than its venue takes an
    # order for, and what a venue or a hand has taken of one is too much of the other.
    return Asked(legs=(LegsOrder(name, orders, Purpose.CLOSE, whole=True),))


def _name(pair: Pair) -> str:
    """Return the name of the latest closing."""
    return f"pair-{pair.number}-close-{pair.closings}"


def _key(pair: Pair, leg: Leg) -> str:
    """Return the name of its order at a leg."""
    return f"{_name(pair)}-{leg.side.opposite}"


def _order(pair: Pair, leg: Leg, size: Decimal) -> OrderParams:
    return OrderParams(
        side=leg.side.opposite,
        quantity=size,
        order_type=OrderType.MARKET,
        key=_key(pair, leg),
        purpose=Purpose.CLOSE,
        reduce_only=True,
        venue=leg.venue,
        contract_id=leg.contract_id,
    )
