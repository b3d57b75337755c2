"""Unequal legs: hedged or brought back to where they were, whichever costs less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, DepthView, Level, Market, Side, Symbol
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.order_executor import OrderExecutor
from execution.partial_fills import (
    FilledLeg,
    PartialFillAction,
    PartialFillHandler,
    Trade,
    balanced,
    expected_cost,
    hedge,
    residual_tokens,
    unwind,
)
from tests.conformance.rig import Rig
from tests.support.execution_stage import ANSWERS_DIFFER, RICH
from venue_simulators.scripted_source import START_NS, Levels

D = Decimal
BTC = Market(Symbol("BTC"), ContractId("BTC"), tick=D("0.1"), step=D("0.001"))


def leg(venue: str, side: Side, filled: str, market: Market = BTC, **more: str) -> FilledLeg:
    decimals = {name: D(value) for name, value in more.items()}
    return FilledLeg(venue, market, side, D(filled), **decimals)


def test_the_lacking_side_is_hedged_by_exactly_what_is_missing() -> None:
    """X3: A holds 3, B sold 2, so B sells 1 more."""
    legs = [leg("a", Side.BUY, "3"), leg("b", Side.SELL, "2")]
    assert residual_tokens(legs) == 1
    assert not balanced(legs)
    assert hedge(legs) == Trade(1, Side.SELL, D(1), reduce_only=False)


def test_a_hedge_counts_tokens_and_not_contracts() -> None:
    """X8: 84 units of a x1000 contract want 84,000 single tokens on the other side."""
    thousands = replace(BTC, step=D(1), multiplier=D(1000))
    singles = replace(BTC, step=D(1))
    legs = [leg("a", Side.BUY, "84", thousands), leg("b", Side.SELL, "0", singles)]
    assert hedge(legs) == Trade(1, Side.SELL, D(84_000), reduce_only=False)


def test_nothing_is_hedged_where_no_leg_is_on_the_lacking_side() -> None:
    assert hedge([leg("a", Side.BUY, "3"), leg("b", Side.BUY, "2")]) is None


@pytest.mark.parametrize(
    ("one", "other", "even"),
    [("100", "99", True), ("100", "98.9", False), ("0.005", "0.0045", True), ("1", "0.9", False)],
)
def test_a_percent_or_less_than_a_step_is_balanced(one: str, other: str, even: bool) -> None:
    assert balanced([leg("a", Side.BUY, one), leg("b", Side.SELL, other)]) is even


@pytest.mark.parametrize(
    ("baseline", "trades"),
    [
        ("0", [Trade(0, Side.SELL, D(10), reduce_only=True)]),
        ("5", [Trade(0, Side.SELL, D(10), reduce_only=True)]),
        (
            "-4",
            [
                Trade(0, Side.SELL, D(6), reduce_only=True),
                Trade(0, Side.SELL, D(4), reduce_only=False),
            ],
        ),
        ("-10", [Trade(0, Side.SELL, D(10), reduce_only=False)]),
    ],
)
def test_unwinding_goes_back_to_the_baseline_and_never_past_it(
    baseline: str, trades: list[Trade]
) -> None:
    assert unwind([leg("a", Side.BUY, "10", baseline=baseline)]) == trades


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    side=st.sampled_from(Side),
    filled=st.integers(0, 1000),
    baseline=st.integers(-1000, 1000),
)
def test_what_reduces_never_flips_and_all_of_it_restores_the_baseline(
    side: Side, filled: int, baseline: int
) -> None:
    held = baseline + side.sign * filled
    for trade in unwind([leg("a", side, str(filled), baseline=str(baseline))]):
        after = held + trade.side.sign * int(trade.size)
        if trade.reduce_only:
            assert abs(after) < abs(held)
            assert after * held >= 0
        held = after
    assert held == baseline


def test_what_a_repair_would_cost_is_price_given_up_and_fees() -> None:
    market = replace(BTC, taker_fee=D("0.001"))
    bought = leg("a", Side.BUY, "10", market, average_price="100")
    depth = DepthView(bids=[Level(D("99.8"), D(20))], asks=[])
    selling = Trade(0, Side.SELL, D(10), reduce_only=True)
    assert expected_cost([bought], [selling], [depth]) == D("2") + D("0.998")
    assert expected_cost([bought], [replace(selling, size=D(21))], [depth]) is None
    assert expected_cost([bought], [selling], [None]) is None


# At two venues ------------------------------------------------------------------------------------

BACKPACK, GRVT = (facts for facts in ANSWERS_DIFFER if facts.name in ("backpack", "grvt"))


class Pair:
    """Two venues on one loop, a buy leg at the first and a sell leg at the second."""

    def __init__(self, clock: VirtualClock) -> None:
        self.a = Rig(BACKPACK, RICH, clock)
        self.b = Rig(GRVT, RICH, clock)
        clients = {"a": self.a.client, "b": self.b.client}
        self.handler = PartialFillHandler(OrderExecutor(clients, clock), clients)

    async def open(self, a_filled: str, b_filled: str) -> list[FilledLeg]:
        """Trade on both legs: A buys at 100,000, B sells at 100,100."""
        self.a.set_book(book("99990"), book("100000"))
        self.b.set_book(book("100100"), book("100110"))
        await self.a.settle()
        return [
            await self._leg("a", self.a, Side.BUY, a_filled, "100000"),
            await self._leg("b", self.b, Side.SELL, b_filled, "100100"),
        ]

    async def _leg(self, venue: str, rig: Rig, side: Side, filled: str, price: str) -> FilledLeg:
        before = rig.world_position()
        if D(filled):
            await rig.client.place_market_order(rig.btc, D(filled), side)
            await rig.settle()
        market = rig.client.market(rig.btc)
        assert rig.world_position() == before + side.sign * D(filled)
        return FilledLeg(venue, market, side, D(filled), D(price), before)


def book(price: str, size: str = "5") -> Levels:
    return [(D(price), D(size))]


def trade(story: Callable[[Pair], Awaitable[None]]) -> None:
    async def main(loop: VirtualLoop) -> None:
        pair = Pair(VirtualClock(loop))
        for rig in (pair.a, pair.b):
            await rig.client.connect()
            assert await rig.client.stream.prepare_market_feed(rig.btc)
        try:
            await story(pair)
        finally:
            for rig in (pair.a, pair.b):
                await rig.client.disconnect()
                rig.host.close()

    run_virtual(main, epoch_ns=START_NS)


def test_legs_whose_hedge_is_gone_are_both_unwound_and_the_cost_is_told() -> None:
    """X1, a thousandth of its sizes at a thousand times its prices."""

    async def story(pair: Pair) -> None:
        legs = await pair.open("0.010", "0.004")
        pair.a.set_book(book("99800"), book("100000"))
        pair.b.set_book([], book("100200"))
        await pair.a.settle()
        report = await pair.handler.handle(legs)
        assert report.action is PartialFillAction.UNWOUND
        assert report.residual_tokens == 0
        assert report.cost_usd == D("2.40")
        assert (pair.a.world_position(), pair.b.world_position()) == (D(0), D(0))

    trade(story)


def test_unwinding_returns_to_what_was_held_before() -> None:
    """X2: A held +5 before (0.005 here) and ends there."""

    async def story(pair: Pair) -> None:
        await pair.open("0.005", "0")
        legs = await pair.open("0.010", "0.004")
        pair.b.set_book([], book("100200"))
        await pair.a.settle()
        report = await pair.handler.handle(legs)
        assert report.action is PartialFillAction.UNWOUND
        assert pair.a.world_position() == D("0.005")
        assert pair.b.world_position() == 0

    trade(story)


def test_the_cheaper_hedge_is_taken_and_nothing_rolled_back() -> None:
    """X3: B sells one more; both hold three."""

    async def story(pair: Pair) -> None:
        legs = await pair.open("0.003", "0.002")
        report = await pair.handler.handle(legs)
        assert report.action is PartialFillAction.HEDGED
        assert [each.filled_size for each in report.executions] == [D("0.001")]
        assert (pair.a.world_position(), pair.b.world_position()) == (D("0.003"), D("-0.003"))

    trade(story)


def test_a_hedge_that_does_not_come_through_is_followed_by_unwinding() -> None:
    async def story(pair: Pair) -> None:
        legs = await pair.open("0.010", "0.004")
        pair.a.set_book(book("96000"), book("100000"))  # unwinding would be dear
        await pair.a.settle()
        pair.b.clock.call_later(0.01, lambda: pair.b.set_book([], book("100200")))
        report = await pair.handler.handle(legs)
        assert report.action is PartialFillAction.UNWOUND
        assert "the hedge did not come through" in report.reason
        assert (pair.a.world_position(), pair.b.world_position()) == (D(0), D(0))

    trade(story)


def test_what_can_neither_be_hedged_nor_unwound_is_told_as_exposed() -> None:
    async def story(pair: Pair) -> None:
        legs = await pair.open("0.010", "0.004")
        for rig in (pair.a, pair.b):
            rig.set_book([], [])
        await pair.a.settle()
        report = await pair.handler.handle(legs)
        assert report.action is PartialFillAction.EXPOSED
        assert report.residual_tokens == D("0.006")
        assert not pair.a.world_open()
        assert not pair.b.world_open()

    trade(story)


def test_balanced_legs_are_left_alone() -> None:
    async def story(pair: Pair) -> None:
        report = await pair.handler.handle(await pair.open("0.004", "0.004"))
        assert report.action is PartialFillAction.NONE
        assert report.executions == ()

    trade(story)
