"""The plans behind the modes: what is done next, given time, fills and book. No waiting here.

What all have in common (``ended``, ``taking``) stands first; then a plan for each mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderStatus, Reason
from execution.execution_values import EndReason, ExecutionMode, Urgency
from execution.liquidity_analyzer import LiquidityAnalysis, Verdict
from execution.order_prices import Quote, inside_price, through_price, touch_price, within
from execution.plan_values import Finish, Plan, Send, Situation, Step, Terms, Wait, Withdraw

TAKES_MAX = 5
"""Orders that try to take what is missing, before it is given up."""
MARKET_PATIENCE_S = 10.0
"""How long a market order may be without an end before it is cancelled and looked up."""
BOUNDED_PATIENCE_S = 1.0
"""How long a taking order with a price may rest."""
PAUSE_FIRST_S = 0.25
"""After an order that came to nothing; each further pause is twice as long."""
PAUSE_MAX_S = 4.0
BLIND_PAUSE_S = 0.25
"""Between two looks for a price."""
BLIND_MAX_S = 5.0
"""Without a price for so long, an opening is given up and a closing is sent all the same."""
REFUSALS_MAX = 5
"""Refusals in a row, of kinds that may pass, before it is given up."""
THROUGH_BPS = Decimal(1)
"""How much further beyond the other side each late try goes than the one before it."""
FINAL_REFUSALS = (
    Reason.INSUFFICIENT_MARGIN,
    Reason.INVALID_ORDER,
    Reason.BELOW_MINIMUM,
    Reason.REDUCE_ONLY_REJECTED,
    Reason.MARKET_UNAVAILABLE,
    Reason.AUTHENTICATION_FAILED,
)
"""Refusals that the same order would meet again."""


def ended(situation: Situation, terms: Terms) -> Finish | None:
    """Say whether nothing is left to send: all is traded, the rest is dust, or it is refused."""
    if situation.missing <= ZERO and terms.quantity > ZERO:
        return Finish(EndReason.COMPLETE)
    price = situation.arrival_mid if situation.quote is None else situation.quote.mid
    least = terms.smallest_size(price)
    if situation.missing < least:
        missing = f"{situation.missing} is below the least order of {least}"
        return Finish(EndReason.DUST if situation.traded else EndReason.REFUSED, missing)
    return _refused(situation)


def _refused(situation: Situation) -> Finish | None:
    row = 0
    for attempt in reversed(situation.attempts):
        order = attempt.order
        if order.filled_size > ZERO:
            break
        # Where the verdict follows an acknowledgement, a refused order may be told as cancelled.
        if order.reason in FINAL_REFUSALS:
            return Finish(EndReason.REFUSED, f"refused: {order.reason.value}")
        if order.status is not OrderStatus.REJECTED:
            break
        row += order.reason is not Reason.POST_ONLY_WOULD_CROSS
    if row >= REFUSALS_MAX:
        return Finish(EndReason.REFUSED, f"refused {row} times in a row")
    return None


def pausing(situation: Situation) -> Wait | None:
    """Return what is left of the pause after orders that came to nothing."""
    idle = 0
    for attempt in reversed(situation.attempts):
        if attempt.order.filled_size > ZERO:
            break
        idle += 1
    if not idle:
        return None
    pause_s = min(PAUSE_FIRST_S * 2 ** (idle - 1), PAUSE_MAX_S)
    left_s = situation.attempts[-1].ended_s + pause_s - situation.elapsed_s
    return Wait(left_s) if left_s > 0 else None


def taking(situation: Situation, terms: Terms) -> Step:
    """Take what is missing, with one order after the other, each at its proven end.

    With a bound on slippage the order is a limit at the bound, withdrawn with what it does not
    trade at once; without one it is a market order within the venue's own bound.
    """
    if situation.live is not None:
        priced = situation.live.price is not None
        patience_s = BOUNDED_PATIENCE_S if priced else MARKET_PATIENCE_S
        left_s = situation.live.sent_s + patience_s - situation.elapsed_s
        return Wait(left_s) if situation.live.taking and left_s > 0 else Withdraw()
    over = ended(situation, terms)
    if over is not None:
        return over
    takes = sum(attempt.order.taking for attempt in situation.attempts)
    if takes >= TAKES_MAX:
        return Finish(EndReason.TIMED_OUT, f"{takes} taking orders left {situation.missing}")
    pause = pausing(situation) if takes else None
    return pause or _take(situation, terms)


def _take(situation: Situation, terms: Terms) -> Step:
    bounded = terms.limits.max_slippage_bps is not None
    bound = terms.bound(situation)
    if situation.quote is None or (bounded and bound is None):
        if situation.blind_s < BLIND_MAX_S and situation.quote is None:
            return Wait(BLIND_PAUSE_S)
        if terms.urgency is Urgency.OPEN or bounded:
            return Finish(EndReason.NO_PRICE, f"no price for {situation.blind_s:g} s")
    elif bound is not None:
        best = situation.quote.other(terms.side)
        if within(best, bound, terms.side) != best:
            return Finish(EndReason.TOO_DEAR, f"best price {best} is beyond the bound {bound}")
    return Send(situation.missing, bound, taking=True)


def resting(situation: Situation, terms: Terms) -> Step:
    """Send one order at the touch: the beginning of every plan that rests."""
    if situation.quote is None:
        return Wait(BLIND_PAUSE_S)
    limits = terms.limits
    price = touch_price(situation.quote, terms.side, terms.market, limits.limit_offset_bps)
    bounded = within(price, terms.bound(situation), terms.side)
    return Send(situation.missing, bounded, post_only=limits.post_only)


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """Take all of it."""

    terms: Terms
    watches_price: bool = False

    def decide(self, situation: Situation) -> Step:
        """Return the next step."""
        return taking(situation, self.terms)


@dataclass(frozen=True, slots=True)
class RestingPlan:
    """Rest at the touch until the time is up; then take the rest, or leave it.

    An order that the venue ends early is placed again while there is time.
    """

    terms: Terms
    fallback: bool
    watches_price: bool = False

    def decide(self, situation: Situation) -> Step:
        """Return the next step."""
        left_s = self.terms.limits.timeout_s - situation.elapsed_s
        live = situation.live
        if left_s > 0 and live is not None:
            return Wait(left_s)
        if left_s > 0:
            over = ended(situation, self.terms)
            step = over or pausing(situation) or resting(situation, self.terms)
            return Wait(min(step.seconds, left_s)) if isinstance(step, Wait) else step
        if live is not None and not live.taking:
            return Withdraw()
        if self.fallback:
            return taking(situation, self.terms)
        timed_out = Finish(EndReason.TIMED_OUT, f"{situation.missing} left when the time was up")
        return ended(situation, self.terms) or timed_out


@dataclass(frozen=True, slots=True)
class AggressivePlan:
    """Try again and again, each time less patient in price, then take the rest.

    The time is cut into one slot for each try. A try has its slot; one that ends early pauses until
    the next. Tries of the first third are priced at the touch, those of the second inside the
    spread, the others through it, each a basis point further.
    """

    terms: Terms
    tries: int
    seconds: float
    watches_price: bool = False

    def decide(self, situation: Situation) -> Step:
        """Return the next step."""
        slot_s = self.seconds / self.tries
        slot = int(situation.elapsed_s / slot_s)
        slot_left_s = (slot + 1) * slot_s - situation.elapsed_s
        live = situation.live
        if live is not None and not live.taking:
            current = slot < self.tries and int(live.sent_s / slot_s) == slot
            return Wait(slot_left_s) if current else Withdraw()
        if live is not None or slot >= self.tries:
            return taking(situation, self.terms)
        over = ended(situation, self.terms)
        if over is not None:
            return over
        if situation.quote is None:
            return Wait(min(BLIND_PAUSE_S, slot_left_s))
        if situation.attempts and int(situation.attempts[-1].sent_s / slot_s) == slot:
            return Wait(slot_left_s)
        price = within(
            self._price(slot, situation.quote), self.terms.bound(situation), self.terms.side
        )
        return Send(situation.missing, price)

    def _price(self, slot: int, quote: Quote) -> Decimal:
        terms = self.terms
        third = 3 * slot // self.tries
        if third == 0:
            return touch_price(quote, terms.side, terms.market, ZERO)
        if third == 1:
            return inside_price(quote, terms.side, terms.market)
        further = slot - -(-2 * self.tries // 3) + 1
        return through_price(quote, terms.side, terms.market, further * THROUGH_BPS)


AGGRESSION = {Urgency.OPEN: (15, 13.0), Urgency.CLOSE: (8, 8.0)}
"""Tries and seconds of ``aggressive_limit``."""


def plan_of(mode: ExecutionMode, terms: Terms) -> Plan:
    """Return the plan of a mode; ADAPTIVE is resolved by ``choose_mode`` beforehand."""
    assert mode is not ExecutionMode.ADAPTIVE, "an adaptive execution chooses its mode first"
    if mode is ExecutionMode.MARKET_ONLY:
        return MarketPlan(terms)
    if mode is ExecutionMode.AGGRESSIVE_LIMIT:
        tries, seconds = AGGRESSION[terms.urgency]
        return AggressivePlan(terms, tries, seconds)
    return RestingPlan(terms, fallback=mode is ExecutionMode.LIMIT_WITH_FALLBACK)


def choose_mode(analysis: LiquidityAnalysis | None, urgency: Urgency) -> ExecutionMode:
    """Return what suits the book; None where it cannot be read.

    Where taking would be dear, an opening rests and may be given up, and a closing works its way
    through the spread.
    """
    verdict = Verdict.INSUFFICIENT_DEPTH if analysis is None else analysis.verdict
    if verdict is Verdict.USE_MARKET:
        return ExecutionMode.MARKET_ONLY
    if verdict is Verdict.USE_LIMIT:
        return ExecutionMode.LIMIT_WITH_FALLBACK
    if verdict is Verdict.MODERATE or urgency is Urgency.CLOSE:
        return ExecutionMode.AGGRESSIVE_LIMIT
    return ExecutionMode.LIMIT_ONLY
