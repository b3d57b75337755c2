"""The plan of an order that stays at the touch: it is replaced when others are better priced."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderStatus
from execution.execution_values import EndReason
from execution.mode_plans import BLIND_PAUSE_S, ended, taking
from execution.order_prices import touch_price, within
from execution.plan_values import Finish, LiveOrder, Send, Situation, Step, Terms, Wait, Withdraw

LOOK_S = 0.25
"""How often the price is looked at while an order rests."""
ORDERS_MAX = 1000
"""Orders of one execution, before what is left is taken or given up."""


@dataclass(frozen=True, slots=True)
class FollowingPlan:
    """Rest at the touch with at most ``visible`` base units, until the time is up.

    Our own order counts as the touch, so nothing is bettered that is our own.
    """

    terms: Terms
    visible: Decimal
    reprice_s: float
    """An order is not replaced, and none follows a failed one, sooner than this."""
    fallback: bool
    """Whether what is left when the time is up is taken."""
    watches_price: bool = True

    def decide(self, situation: Situation) -> Step:
        """Return the next step."""
        left_s = self.terms.limits.timeout_s - situation.elapsed_s
        live = situation.live
        if left_s <= 0 or len(situation.attempts) >= ORDERS_MAX:
            return self._at_the_end(situation)
        if live is not None:
            rested = situation.elapsed_s - live.sent_s >= self.reprice_s
            if rested and self._behind(live, situation):
                return Withdraw()
            return Wait(min(LOOK_S, left_s))
        step = ended(situation, self.terms) or self._pause(situation) or self._next(situation)
        return Wait(min(step.seconds, left_s)) if isinstance(step, Wait) else step

    def _at_the_end(self, situation: Situation) -> Step:
        if situation.live is not None and not situation.live.taking:
            return Withdraw()
        if self.fallback:
            return taking(situation, self.terms)
        timed_out = Finish(EndReason.TIMED_OUT, f"{situation.missing} left when the time was up")
        return ended(situation, self.terms) or timed_out

    def _behind(self, live: LiveOrder, situation: Situation) -> bool:
        """Say whether others are priced better, where a new order could still follow them."""
        assert live.price is not None, "what rests has a price"
        if situation.quote is None:
            return False
        side = self.terms.side
        touch = within(situation.quote.own(side), self.terms.bound(situation), side)
        return side.sign * (touch - live.price) > ZERO

    def _pause(self, situation: Situation) -> Wait | None:
        """Return what is left of the pause after an order that the venue ended unfilled."""
        if not situation.attempts:
            return None
        last = situation.attempts[-1]
        if last.order.status is OrderStatus.FILLED:
            return None
        left_s = last.sent_s + self.reprice_s - situation.elapsed_s
        return Wait(left_s) if left_s > 0 else None

    def _next(self, situation: Situation) -> Step:
        terms = self.terms
        if situation.quote is None:
            return Wait(BLIND_PAUSE_S)
        price = touch_price(situation.quote, terms.side, terms.market, ZERO)
        price = within(price, terms.bound(situation), terms.side)
        size = min(situation.missing, self.visible)
        if situation.missing - size < terms.smallest_size(price):
            size = situation.missing  # what would be left over is too small for an order
        return Send(size, price, post_only=terms.limits.post_only)
