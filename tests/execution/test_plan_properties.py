"""What holds of every plan in every situation, however unlikely."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

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
from execution.algorithms import Chase, Iceberg, Twap
from execution.execution_values import ExecutedOrder, ExecutionLimits, ExecutionMode, Urgency
from execution.mode_plans import plan_of
from execution.order_prices import Quote
from execution.plan_values import (
    Attempt,
    Finish,
    LiveOrder,
    Plan,
    Send,
    Situation,
    Terms,
    Wait,
    Withdraw,
)

D = Decimal
MARKET = Market(Symbol("BTC"), ContractId("BTC"), tick=D("0.1"), step=D("0.01"), min_notional=D(50))
TERMS = st.builds(
    Terms,
    side=st.sampled_from(Side),
    quantity=st.just(D("2.00")),
    market=st.just(MARKET),
    urgency=st.sampled_from(Urgency),
    reduce_only=st.booleans(),
    limits=st.builds(
        ExecutionLimits,
        max_slippage_bps=st.sampled_from([None, D(3), D(100)]),
        timeout_s=st.just(20.0),
        post_only=st.booleans(),
    ),
)
PLANS = st.sampled_from([each for each in ExecutionMode if each is not ExecutionMode.ADAPTIVE])
ALGORITHMS = st.sampled_from([Twap(20, 4), Iceberg(D("0.3")), Chase()])
SECONDS = st.integers(0, 240).map(lambda eighths: eighths / 8)
TICKS = st.integers(9_900, 10_100)
QUOTES = st.builds(
    lambda bid, spread: Quote(bid * D("0.1"), (bid + spread) * D("0.1")), TICKS, st.integers(1, 50)
)
STATUSES = [each for each in OrderStatus if each.terminal]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    elapsed_s = draw(SECONDS)
    attempts, filled = [], D(0)
    for _ in range(draw(st.integers(0, 6))):
        part = min(D(draw(st.integers(0, 60))) / 100, D(2) - filled)
        filled += part
        order = ExecutedOrder(
            ClientOrderId("1"),
            OrderType.LIMIT,
            D(1),
            D(1000),
            draw(st.sampled_from(STATUSES)),
            part,
            None,
            draw(st.sampled_from([None, *Reason])),
            draw(st.booleans()),
        )
        sent_s = min(draw(SECONDS), elapsed_s)
        attempts.append(Attempt(order, sent_s, elapsed_s))
    live = draw(
        st.one_of(st.none(), st.just(LiveOrder(elapsed_s / 2, D(1000), draw(st.booleans()))))
    )
    quote = draw(st.one_of(st.none(), QUOTES))
    return Situation(
        elapsed_s,
        D(2) - filled,
        quote,
        draw(st.sampled_from([None, D(1000)])),
        0.0 if quote else elapsed_s,
        live,
        tuple(attempts),
    )


def check_step(plan: Plan, terms: Terms, situation: Situation) -> None:
    """Check what every step must keep to."""
    step = plan.decide(situation)
    assert plan.decide(situation) == step
    if isinstance(step, Send):
        assert situation.live is None, "a second order"
        assert 0 < step.size <= situation.missing
        assert step.size % MARKET.step == 0
        check_price(step.price, terms, situation)
    elif isinstance(step, Wait):
        assert step.seconds > 0
    elif isinstance(step, Withdraw):
        assert situation.live is not None
    else:
        assert isinstance(step, Finish)  # whoever carries it out withdraws a live order first


def check_price(price: Decimal | None, terms: Terms, situation: Situation) -> None:
    """Check that a price is on the tick and within the bound, and that nothing is sent blindly."""
    bound = terms.bound(situation)
    if price is None:
        assert terms.limits.max_slippage_bps is None
        assert situation.quote is not None or terms.urgency is Urgency.CLOSE
        return
    assert price % MARKET.tick == 0
    if bound is not None:
        assert terms.side.sign * (bound - price) >= 0


@settings(deadline=None, derandomize=True, max_examples=400)
@given(terms=TERMS, mode=PLANS, situation=situations())
def test_every_mode_keeps_to_the_rules(
    terms: Terms, mode: ExecutionMode, situation: Situation
) -> None:
    plan = plan_of(mode, terms)
    check_step(plan, terms, situation)
    assert plan == plan_of(mode, terms)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(terms=TERMS, algorithm=ALGORITHMS, situation=situations())
def test_every_algorithm_keeps_to_the_rules(
    terms: Terms, algorithm: Twap | Iceberg | Chase, situation: Situation
) -> None:
    plan = algorithm.plan(terms)
    check_step(plan, terms, situation)
    assert plan == algorithm.plan(terms)
