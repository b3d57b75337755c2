"""What each mode does next: situations and steps, without a venue and without time passing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Market,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    Symbol,
)
from execution.execution_values import (
    EndReason,
    ExecutedOrder,
    ExecutionLimits,
    ExecutionMode,
    Urgency,
)
from execution.liquidity_analyzer import LiquidityAnalysis, Verdict
from execution.mode_plans import AggressivePlan, MarketPlan, RestingPlan, choose_mode, plan_of
from execution.order_prices import Quote
from execution.plan_values import (
    Attempt,
    Finish,
    LiveOrder,
    Plan,
    Send,
    Situation,
    Step,
    Terms,
    Wait,
    Withdraw,
)

D = Decimal
MARKET = Market(
    Symbol("BTC"), ContractId("BTC"), tick=D("0.1"), step=D("0.001"), min_notional=D(10)
)
QUOTE = Quote(D(10_000), D(10_010))
MID = D(10_005)
TERMS = Terms(Side.BUY, D(1), MARKET, Urgency.OPEN, reduce_only=False, limits=ExecutionLimits())
CLOSING = replace(TERMS, side=Side.SELL, urgency=Urgency.CLOSE, reduce_only=True)
BOUNDED = replace(TERMS, limits=ExecutionLimits(max_slippage_bps=D(10)))
START = Situation(0.0, D(1), QUOTE, MID)
AT_THE_TOUCH = Send(D(1), D("10001.0"))
AT_MARKET = Send(D(1), taking=True)
RESTING = LiveOrder(0.0, D("10001.0"))
MARKET_LIVE = LiveOrder(40.0, None, taking=True)


def attempt(
    filled: str = "0",
    *,
    status: OrderStatus = OrderStatus.CANCELED,
    reason: Reason | None = None,
    taking: bool = False,
    sent_s: float = 0.0,
    ended_s: float = 0.0,
) -> Attempt:
    order = ExecutedOrder(
        ClientOrderId("1"), OrderType.LIMIT, D(1), D(1), status, D(filled), None, reason, taking
    )
    return Attempt(order, sent_s, ended_s)


def refusal(reason: Reason, ended_s: float = 0.0) -> Attempt:
    return attempt(status=OrderStatus.REJECTED, reason=reason, ended_s=ended_s)


def at(elapsed_s: float, **changes: object) -> Situation:
    return replace(START, elapsed_s=elapsed_s, **changes)  # type: ignore[arg-type]  # of each field


RESTING_TABLE: list[tuple[str, Situation, Step]] = [
    ("begins at the touch", START, AT_THE_TOUCH),
    ("waits while it rests", at(10, live=RESTING), Wait(30)),
    ("is withdrawn when the time is up", at(40, live=RESTING), Withdraw()),
    ("is over when all is filled", at(10, missing=D(0)), Finish(EndReason.COMPLETE)),
    ("looks for a price", at(1, quote=None), Wait(0.25)),
    ("looks no longer than its time", at(39.875, quote=None), Wait(0.125)),
    (
        "pauses after an order that the venue ended",
        at(1, attempts=(attempt(ended_s=1),)),
        Wait(0.25),
    ),
    ("then places the rest again", at(1.25, attempts=(attempt(ended_s=1),)), AT_THE_TOUCH),
    (
        "pauses longer after more of them",
        at(2, attempts=(attempt(), attempt(), attempt(ended_s=2))),
        Wait(1.0),
    ),
    (
        "does not pause where something was filled",
        at(1, missing=D("0.4"), attempts=(attempt("0.6", ended_s=1),)),
        Send(D("0.4"), D("10001.0")),
    ),
    (
        "leaves dust alone",
        at(1, missing=D("0.0005"), attempts=(attempt("0.9995"),)),
        Finish(EndReason.DUST, "0.0005 is below the least order of 0.001"),
    ),
    (
        "gives up where the margin does not suffice",
        at(1, attempts=(refusal(Reason.INSUFFICIENT_MARGIN),)),
        Finish(EndReason.REFUSED, "refused: insufficient_margin"),
    ),
    (
        "gives up where an order was taken and then cancelled for its margin",
        at(1, attempts=(attempt(reason=Reason.INSUFFICIENT_MARGIN),)),
        Finish(EndReason.REFUSED, "refused: insufficient_margin"),
    ),
    (
        "gives up after five refusals of a kind that may pass",
        at(1, attempts=(refusal(Reason.RATE_LIMITED),) * 5),
        Finish(EndReason.REFUSED, "refused 5 times in a row"),
    ),
    (
        "does not count that a post-only order would have crossed",
        at(9, attempts=(refusal(Reason.POST_ONLY_WOULD_CROSS),) * 6),
        AT_THE_TOUCH,
    ),
]


@pytest.mark.parametrize(
    ("situation", "step"), [row[1:] for row in RESTING_TABLE], ids=[row[0] for row in RESTING_TABLE]
)
def test_a_resting_order(situation: Situation, step: Step) -> None:
    assert RestingPlan(TERMS, fallback=True).decide(situation) == step


def test_when_the_time_is_up_the_rest_is_taken_or_left_by_mode() -> None:
    late = at(40, missing=D("0.4"), attempts=(attempt("0.6"),))
    assert RestingPlan(TERMS, fallback=True).decide(late) == Send(D("0.4"), taking=True)
    left = Finish(EndReason.TIMED_OUT, "0.4 left when the time was up")
    assert RestingPlan(TERMS, fallback=False).decide(late) == left


def test_a_post_only_order_is_sent_as_one() -> None:
    terms = replace(TERMS, limits=ExecutionLimits(post_only=True))
    assert RestingPlan(terms, fallback=False).decide(START) == replace(AT_THE_TOUCH, post_only=True)


def test_a_resting_price_is_held_at_the_bound_when_the_market_ran_away() -> None:
    ran = replace(START, quote=Quote(D(10_100), D(10_110)))
    assert RestingPlan(BOUNDED, fallback=True).decide(ran) == Send(D(1), D("10015.0"))


TAKING_TABLE: list[tuple[str, Terms, Situation, Step]] = [
    ("is a market order", TERMS, START, AT_MARKET),
    ("waits for its end", TERMS, at(41, live=MARKET_LIVE), Wait(9)),
    ("is withdrawn without one", TERMS, at(50, live=MARKET_LIVE), Withdraw()),
    (
        "has a price where slippage is bounded",
        BOUNDED,
        START,
        Send(D(1), D("10015.0"), taking=True),
    ),
    (
        "rests a second at its bound",
        BOUNDED,
        at(40.5, live=LiveOrder(40.0, D("10015.0"), taking=True)),
        Wait(0.5),
    ),
    (
        "is not sent beyond the bound",
        BOUNDED,
        replace(START, quote=Quote(D(10_010), D("10015.1"))),
        Finish(EndReason.TOO_DEAR, "best price 10015.1 is beyond the bound 10015.0"),
    ),
    (
        "sends what is left after a part",
        TERMS,
        at(1, missing=D("0.3"), attempts=(attempt("0.7", taking=True, ended_s=1),)),
        Send(D("0.3"), taking=True),
    ),
    (
        "pauses after nothing",
        TERMS,
        at(1, attempts=(attempt(taking=True, ended_s=1),)),
        Wait(0.25),
    ),
    (
        "ends after five orders",
        TERMS,
        at(60, attempts=(attempt(taking=True),) * 5),
        Finish(EndReason.TIMED_OUT, "5 taking orders left 1"),
    ),
    ("looks for a price", TERMS, at(1, quote=None, blind_s=1.0), Wait(0.25)),
    (
        "opens nothing blindly",
        TERMS,
        at(6, quote=None, blind_s=6.0),
        Finish(EndReason.NO_PRICE, "no price for 6 s"),
    ),
    (
        "closes blindly in the end",
        CLOSING,
        at(6, quote=None, blind_s=6.0),
        AT_MARKET,
    ),
    (
        "does not close blindly where a bound is asked for",
        replace(CLOSING, limits=BOUNDED.limits),
        at(6, quote=None, blind_s=6.0),
        Finish(EndReason.NO_PRICE, "no price for 6 s"),
    ),
]


@pytest.mark.parametrize(
    ("terms", "situation", "step"),
    [row[1:] for row in TAKING_TABLE],
    ids=[row[0] for row in TAKING_TABLE],
)
def test_a_taking_order(terms: Terms, situation: Situation, step: Step) -> None:
    assert MarketPlan(terms).decide(situation) == step


def test_an_order_that_only_reduces_is_exempt_from_minimums() -> None:
    little = replace(START, missing=D("0.001"))
    big = replace(MARKET, min_notional=D(100))
    assert MarketPlan(replace(CLOSING, market=big)).decide(little) == Send(D("0.001"), taking=True)
    assert MarketPlan(replace(TERMS, market=big)).decide(little) == Finish(
        EndReason.REFUSED, "0.001 is below the least order of 0.010"
    )


def aggressive(elapsed_s: float, **changes: object) -> Step:
    return AggressivePlan(TERMS, 15, 13.0).decide(at(elapsed_s, **changes))


def by_the_second(elapsed_s: float, **changes: object) -> Step:
    return AggressivePlan(TERMS, 8, 8.0).decide(at(elapsed_s, **changes))


SLOT_S = 13 / 15


@pytest.mark.parametrize(
    ("slot", "price"),
    [
        (0, "10000.0"),
        (4, "10000.0"),
        (5, "10005.0"),
        (9, "10005.0"),
        (10, "10011.0"),
        (11, "10012.0"),
        (14, "10015.0"),
    ],
)
def test_aggressive_tries_go_from_the_touch_inside_and_through(slot: int, price: str) -> None:
    assert aggressive((slot + 0.01) * SLOT_S) == Send(D(1), D(price))


def test_an_aggressive_try_has_its_slot_and_is_then_withdrawn() -> None:
    assert by_the_second(0.25, live=LiveOrder(0.0, D(1))) == Wait(0.75)
    assert by_the_second(1.0, live=LiveOrder(0.0, D(1))) == Withdraw()


def test_an_aggressive_try_that_ended_early_pauses_until_the_next_slot() -> None:
    refused = refusal(Reason.RATE_LIMITED)
    assert by_the_second(0.25, attempts=(refused,)) == Wait(0.75)
    assert by_the_second(1.0, attempts=(refused,)) == Send(D(1), D("10000.0"))


def test_after_the_last_try_the_rest_is_taken() -> None:
    tried = (attempt("0.6"),)
    assert aggressive(13.0, missing=D("0.4"), attempts=tried) == Send(D("0.4"), taking=True)
    assert aggressive(13.0, live=LiveOrder(12.5, D(1))) == Withdraw()


@pytest.mark.parametrize(("urgency", "tries", "seconds"), [("open", 15, 13.0), ("close", 8, 8.0)])
def test_openings_and_closings_have_tries_of_their_own(
    urgency: str, tries: int, seconds: float
) -> None:
    terms = replace(TERMS, urgency=Urgency(urgency))
    assert plan_of(ExecutionMode.AGGRESSIVE_LIMIT, terms) == AggressivePlan(terms, tries, seconds)


@pytest.mark.parametrize(
    ("mode", "plan"),
    [
        (ExecutionMode.MARKET_ONLY, MarketPlan(TERMS)),
        (ExecutionMode.LIMIT_ONLY, RestingPlan(TERMS, fallback=False)),
        (ExecutionMode.LIMIT_WITH_FALLBACK, RestingPlan(TERMS, fallback=True)),
    ],
)
def test_each_mode_has_its_plan(mode: ExecutionMode, plan: Plan) -> None:
    assert plan_of(mode, TERMS) == plan


@pytest.mark.parametrize(
    ("verdict", "opening", "closing"),
    [
        (Verdict.USE_MARKET, ExecutionMode.MARKET_ONLY, ExecutionMode.MARKET_ONLY),
        (
            Verdict.USE_LIMIT,
            ExecutionMode.LIMIT_WITH_FALLBACK,
            ExecutionMode.LIMIT_WITH_FALLBACK,
        ),
        (Verdict.MODERATE, ExecutionMode.AGGRESSIVE_LIMIT, ExecutionMode.AGGRESSIVE_LIMIT),
        (Verdict.WIDE_SPREAD, ExecutionMode.LIMIT_ONLY, ExecutionMode.AGGRESSIVE_LIMIT),
        (Verdict.HIGH_SLIPPAGE, ExecutionMode.LIMIT_ONLY, ExecutionMode.AGGRESSIVE_LIMIT),
        (Verdict.INSUFFICIENT_DEPTH, ExecutionMode.LIMIT_ONLY, ExecutionMode.AGGRESSIVE_LIMIT),
        (None, ExecutionMode.LIMIT_ONLY, ExecutionMode.AGGRESSIVE_LIMIT),
    ],
)
def test_adaptive_chooses_by_verdict_and_urgency(
    verdict: Verdict | None, opening: ExecutionMode, closing: ExecutionMode
) -> None:
    analysis = None if verdict is None else LiquidityAnalysis(verdict, D(1), D(1), D(1))
    assert choose_mode(analysis, Urgency.OPEN) is opening
    assert choose_mode(analysis, Urgency.CLOSE) is closing
