"""Joins fills, payments and liquidations to the pair and leg that they belong to."""

from __future__ import annotations

from collections.abc import Iterable

from exchange_clients.base_models import NS, Fill, Side
from execution.legs.state import Job
from execution.legs_order import LegFill
from execution.readings import FillVoided, Liquidated, MarketKey, Payment
from strategies.base_strategy import OrderFilled
from strategies.implementations.funding_arbitrage.state import ArbitrageState, Leg, Pair

PAYMENTS_AFTER_NS = 3600 * NS
"""How long after its end a pair may still be told of a payment."""


def book_order_fill(pair: Pair, event: OrderFilled) -> bool:
    """Book a fill that was told by its order's key; return whether it was new.

    The key says which leg it is: contracts of two venues may share a name.
    """
    return _book(pair, event.key, event.fill)


def take_back(pair: Pair, event: FillVoided, now_ns: int) -> bool:
    """Take a fill that its venue has voided back, once; return whether it was news.

    What was known of the leg's position is not any more, until it is read anew.
    """
    if not _book(pair, event.key, event.fill):
        return False
    for leg in pair.legs:
        if leg.contract_id == event.fill.contract_id:
            leg.seen, leg.seen_ns, leg.zero_reads = None, now_ns, 0
    return True


def _book(pair: Pair, key: str, fill: Fill) -> bool:
    opening = key.startswith(pair.key) is not (f"-{Job.UNWIND}-" in key)
    buys = fill.order_side is Side.BUY
    return (pair.long if opening == buys else pair.short).ledger.book_fill(fill)


def book_leg_fills(pair: Pair, fills: Iterable[LegFill]) -> None:
    """Book the fills of an execution; those that were told one by one count once all the same."""
    for each in fills:
        leg = pair.leg_at(each.venue, each.fill.contract_id)
        if leg is not None:
            leg.ledger.book_fill(each.fill)


def book_payments(state: ArbitrageState, payments: Iterable[Payment]) -> None:
    """Book funding payments, late and corrected ones too; those of no pair are another's."""
    for each in payments:
        leg = _leg_of_payment(state, each)
        if leg is not None:
            leg.ledger.book_payment(each.payment)


def paid_since(state: ArbitrageState, now_ns: int) -> dict[MarketKey, int]:
    """Return whose payments may be missing, and since when: of live pairs and those just ended."""
    found: dict[MarketKey, int] = {}
    for pair in state.pairs:
        if pair.live or now_ns - pair.ended_ns <= PAYMENTS_AFTER_NS:
            for leg in pair.legs:
                found.setdefault(leg.key, pair.opened_ns)
    return found


def note_liquidation(state: ArbitrageState, event: Liquidated) -> bool:
    """Note a liquidation of ours on the leg it struck; return whether it struck one.

    Only the very contract counts: another market's liquidation, or another account's, says nothing
    of this leg.
    """
    told = event.event
    if not told.ours:
        return False
    for pair in state.live():
        leg = pair.leg_at(event.venue, told.contract_id)
        if leg is not None and told.side is leg.side.opposite:
            leg.liquidated += told.size
            leg.seen = None
            return True
    return False


def _leg_of_payment(state: ArbitrageState, payment: Payment) -> Leg | None:
    """Return the leg that stood in the market when the payment was settled."""
    told = payment.payment
    for pair in reversed(state.pairs):
        leg = pair.leg_at(payment.venue, told.contract_id)
        if leg is not None and pair.opened_ns <= told.venue_ns:
            return leg
    return None
