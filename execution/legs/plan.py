"""From what a caller wants to a plan: token-equal, on every grid, ordered, and within its bounds.

The bound: at the worst one side of the legs fills whole and the other not at all, so no more than
``worst_unhedged_usd`` (the notional of one side, at limit prices where they are worse than the mid)
is unhedged, and for no longer than ``cover_s + unwind_s`` while every venue answers. What does not
fit is refused here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from exchange_clients.base_models import ONE, ZERO, DepthView, Market, Side
from execution.legs.costs import mid_price, taken_side
from execution.legs.state import IMBALANCE
from execution.legs.values import Leg, LegLimits, LegRequest, Plan

MARGIN = "available margin"
"""The field of refusals for want of margin."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing was sent."""

    venue: str
    field: str
    value: str
    """What was found; ``"unknown"`` where it could not be read."""
    limit: str
    """What it would have to be."""

    @property
    def about_margin(self) -> bool:
        """Whether the free balance does not carry what was wanted, or is not known."""
        return self.field == MARGIN

    def __str__(self) -> str:
        return f"{self.venue}: {self.field} is {self.value}, must be {self.limit}"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A request with the market and the book that it meets."""

    request: LegRequest
    market: Market
    book: DepthView
    """Both sides have a level."""

    @property
    def tokens(self) -> Decimal:
        """What is wanted, in tokens."""
        return self.request.quantity * self.market.multiplier

    @property
    def mid(self) -> Decimal:
        """The mid price (USD for one base unit)."""
        mid = mid_price(self.book)
        assert mid is not None, f"the book of {self.request.venue} has an empty side"
        return mid

    @property
    def worst_price(self) -> Decimal:
        """The mid, or the limit price where that is higher."""
        return max(self.mid, self.request.price or ZERO)


def make_plan(
    quoted: Sequence[Quoted], limits: LegLimits, *, rollback: bool
) -> tuple[Plan | None, list[Refusal]]:
    """Return the plan, or why there is none."""
    refusals = _unfit(quoted)
    if refusals:
        return None, refusals
    ordered = sorted(quoted, key=_likelihood)
    legs = _bounded(ordered, _equalised(ordered), limits.price_gap_max)
    refusals = _off_grid(ordered, legs)
    worst_usd = _worst_usd(ordered, legs)
    refusals += _out_of_bounds(worst_usd, limits, legs, ordered)
    if refusals:
        return None, refusals
    plan = Plan(
        legs=legs,
        mids=tuple(one.mid for one in ordered),
        worst_unhedged_usd=worst_usd,
        times=limits.times,
        rollback=rollback,
        edge_usd=limits.edge_usd,
        whole=quoted[0].request.whole,
    )
    return plan, []


def baseline_refusals(plan: Plan, baselines: Sequence[Decimal]) -> list[Refusal]:
    """Return which legs could not be undone, or not be closed, from the positions they begin at.

    What undoes a leg is reduce-only, so it ends at a flat position at the latest: a leg that would
    turn a position round could not be brought back to where it was.
    """
    refusals = []
    for leg, baseline in zip(plan.legs, baselines, strict=True):
        along = baseline * leg.side.sign
        if leg.reduce_only and -along < leg.quantity:
            limit = f"at least {leg.quantity} to {leg.side.value}, as reduce_only asks"
            refusals.append(Refusal(leg.venue, "position", str(baseline), limit))
        elif not leg.reduce_only and along < 0:
            limit = f"flat or on the side of the {leg.side.value}; set reduce_only to close it"
            refusals.append(Refusal(leg.venue, "position", str(baseline), limit))
    return refusals


def _unfit(quoted: Sequence[Quoted]) -> list[Refusal]:
    """Return what makes the requests no execution at all."""
    refusals = []
    first = quoted[0]
    for one in quoted[1:]:
        venue, symbol = one.request.venue, one.market.symbol
        if symbol != first.market.symbol:
            refusals.append(Refusal(venue, "symbol", symbol, first.market.symbol))
        if one.request.reduce_only is not first.request.reduce_only:
            wanted = f"{first.request.reduce_only} on every leg"
            refusals.append(Refusal(venue, "reduce_only", str(one.request.reduce_only), wanted))
        if one.request.whole is not first.request.whole:
            wanted = f"{first.request.whole} on every leg"
            refusals.append(Refusal(venue, "whole", str(one.request.whole), wanted))
    buys, sells = _side_tokens(quoted, Side.BUY), _side_tokens(quoted, Side.SELL)
    uneven = abs(buys - sells) > _tolerance(quoted, max(buys, sells)) and not first.request.whole
    if uneven or not min(buys, sells):
        venues = "+".join(one.request.venue for one in quoted)
        value = f"{buys:f} tokens bought and {sells:f} sold"
        refusals.append(Refusal(venues, "quantity", value, "as much bought as sold, in tokens"))
    return refusals


def _tolerance(quoted: Sequence[Quoted], tokens: Decimal) -> Decimal:
    return max(IMBALANCE * tokens, *(one.market.step * one.market.multiplier for one in quoted))


def _side_tokens(quoted: Sequence[Quoted], side: Side) -> Decimal:
    return sum((one.tokens for one in quoted if one.request.side is side), ZERO)


def _equalised(quoted: Sequence[Quoted]) -> tuple[Leg, ...]:
    """Return the legs with as many tokens bought as sold, each rounded down to its step.

    What closes the whole of each leg is left as large as it is: a rest would be too small to order.
    """
    if quoted[0].request.whole:
        return tuple(_leg(one, ONE) for one in quoted)
    common = min(_side_tokens(quoted, side) for side in Side)
    # The coarsest grid decides first, so that a finer one can match what is left of it.
    for one in sorted(quoted, key=lambda each: -each.market.step * each.market.multiplier):
        side_tokens = _side_tokens(quoted, one.request.side)
        size = one.market.round_size(one.request.quantity * common / side_tokens)
        common = min(common, size * one.market.multiplier * side_tokens / one.tokens)
    return tuple(_leg(one, common / _side_tokens(quoted, one.request.side)) for one in quoted)


def _leg(quoted: Quoted, share: Decimal) -> Leg:
    request, market = quoted.request, quoted.market
    price = _resting_price(quoted) if request.post_only else request.price
    return Leg(
        venue=request.venue,
        contract_id=market.contract_id,
        symbol=market.symbol,
        side=request.side,
        quantity=market.round_size(request.quantity * min(share, ONE)),
        step=market.step,
        multiplier=market.multiplier,
        min_size=market.min_size,
        min_notional=market.min_notional,
        taker_fee=market.taker_fee,
        price=None if price is None else market.round_price(price, request.side),
        post_only=request.post_only,
        reduce_only=request.reduce_only,
    )


def _resting_price(quoted: Quoted) -> Decimal | None:
    """Return the limit of a post-only order, drawn back where the book has come up to it.

    A price that is better than the one asked for keeps whatever bound the two legs have.
    """
    request, market, book = quoted.request, quoted.market, quoted.book
    if request.price is None:
        return None
    if request.side is Side.BUY:
        return min(request.price, book.asks[0].price - market.tick)
    return max(request.price, book.bids[0].price + market.tick)


def _bounded(
    quoted: Sequence[Quoted], legs: Sequence[Leg], gap_max: Decimal | None
) -> tuple[Leg, ...]:
    """Return the legs with the worst price of their hedges.

    The first orders of two sides fill at their limits or better. A hedge makes up for one of the
    other side, so it may be worse than that one's limit by the gap, whatever its own limit is.
    """
    if gap_max is None or any(leg.price is None for leg in legs):
        return tuple(legs)
    return tuple(
        replace(leg, worst_price=_worst_price(one.market, leg, legs, gap_max))
        for one, leg in zip(quoted, legs, strict=True)
    )


def _worst_price(market: Market, leg: Leg, legs: Sequence[Leg], gap_max: Decimal) -> Decimal:
    others = [
        each.price / each.multiplier
        for each in legs
        if each.side is not leg.side and each.price is not None
    ]
    nearest = min(others) if leg.side is Side.BUY else max(others)
    return market.round_price((nearest + gap_max * leg.side.sign) * leg.multiplier, leg.side)


def _off_grid(quoted: Sequence[Quoted], legs: Sequence[Leg]) -> list[Refusal]:
    """Return which legs are too small, or too far from the others once rounded."""
    refusals = []
    for one, leg in zip(quoted, legs, strict=True):
        # What closes may be less than the market's least size, but not nothing.
        price = leg.price or one.mid
        smallest = leg.step if leg.reduce_only else one.market.smallest_size(price)
        if leg.quantity < smallest:
            value = f"{leg.quantity:f}"
            refusals.append(Refusal(leg.venue, "quantity", value, f"at least {smallest:f}"))
    bought = sum((leg.tokens for leg in legs if leg.side is Side.BUY), ZERO)
    sold = sum((leg.tokens for leg in legs if leg.side is Side.SELL), ZERO)
    whole = quoted[0].request.whole
    if not whole and abs(bought - sold) > _tolerance(quoted, max(bought, sold)):
        value = f"{bought:f} tokens bought and {sold:f} sold once on the steps"
        limit = "larger, so that the steps of the venues matter less"
        refusals.append(Refusal("+".join(leg.venue for leg in legs), "quantity", value, limit))
    return refusals


def _worst_usd(quoted: Sequence[Quoted], legs: Sequence[Leg]) -> Decimal:
    return max(
        sum(
            (
                leg.quantity * one.worst_price
                for one, leg in zip(quoted, legs, strict=True)
                if leg.side is side
            ),
            ZERO,
        )
        for side in Side
    )


def _out_of_bounds(
    worst_usd: Decimal, limits: LegLimits, legs: Sequence[Leg], quoted: Sequence[Quoted]
) -> list[Refusal]:
    refusals = []
    venues = "+".join(leg.venue for leg in legs)
    if worst_usd > limits.max_unhedged_usd:
        fits = limits.max_unhedged_usd / worst_usd
        first = legs[0]
        fitting = quoted[0].market.round_size(first.quantity * fits)
        limit = (
            f"at most max_unhedged_usd = {limits.max_unhedged_usd:f}; "
            f"a quantity of {fitting:f} on {first.venue} fits"
        )
        refusals.append(Refusal(venues, "worst unhedged USD", f"{worst_usd:f}", limit))
    bound_s = limits.times.bound_s
    if bound_s > limits.max_unhedged_seconds:
        limit = f"at most max_unhedged_seconds = {limits.max_unhedged_seconds:g}"
        refusals.append(Refusal(venues, "cover_s + unwind_s", f"{bound_s:g}", limit))
    return refusals


def _likelihood(quoted: Quoted) -> tuple[bool, Decimal, Decimal]:
    """Return a key that is lower the less likely an order is to fill.

    An order that rests comes before one that takes; the further from the touch, the earlier; of
    those that take, the one whose book shows least of what it wants.
    """
    request = quoted.request
    levels = taken_side(quoted.book, request.side)
    touch = levels[0].price
    away = ZERO if request.price is None else (touch - request.price) * request.side.sign / touch
    takes = away <= 0 and not request.post_only
    shown = sum(
        (
            level.size
            for level in levels
            if request.price is None or (request.price - level.price) * request.side.sign >= 0
        ),
        ZERO,
    )
    return takes, -max(away, ZERO), shown / request.quantity
