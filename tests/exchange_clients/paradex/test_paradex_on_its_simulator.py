"""What only Paradex does, on its simulator: funding that accrues, sides of makers, versions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Fill, Liquidity, Side
from execution.close_out import owned_quantities
from execution.position_check import Difference, PositionCheck
from tests.conformance.cases import CASES
from tests.conformance.conforming import Conforming
from tests.conformance.paradex_facts import PARADEX
from tests.conformance.rig import ACCOUNT, BTC, SIZE, Rig, play
from venue_simulators.options import SimulatorOptions
from venue_simulators.paradex import simulator
from venue_simulators.paradex.terms import ParadexTerms
from venue_simulators.simulator import VenueSimulator

D = Decimal
HOUR_S = 3600


def test_funding_that_accrued_is_paid_when_the_position_changes() -> None:
    async def case(rig: Rig) -> None:
        start_ns = rig.clock.now_ns()
        await rig.buy_at_once()
        await rig.settle(2 * HOUR_S)
        assert await rig.client.get_funding_payments(BTC, start_ns, rig.clock.now_ns() + 1) == []
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
        await rig.settle(5)
        listed = await rig.client.get_funding_payments(BTC, start_ns, rig.clock.now_ns() + 1)
        true = sum(each.amount for each in rig.world.payments(ACCOUNT))
        assert true < 0
        assert round(sum((each.amount for each in listed), D(0)), 4) == round(true, 4)

    play(PARADEX, case)


def test_a_makers_fill_is_told_by_its_orders_side_live_and_in_the_history() -> None:
    async def case(rig: Rig) -> None:
        start_ns = rig.clock.now_ns() - HOUR_S * NS
        await rig.rest_a_buy()
        rig.let_the_market_sell(D(10))
        await rig.settle(5)
        history = await rig.client.get_user_trade_history(BTC, start_ns, rig.clock.now_ns() + 1)
        assert [(fill.side, fill.liquidity) for fill in rig.fills] == [(Side.BUY, Liquidity.MAKER)]
        assert history == rig.fills

    play(PARADEX, case)


def test_a_version_that_is_given_up_is_followed_by_another() -> None:
    asked: list[tuple[str, int | None]] = []

    async def case(rig: Rig) -> None:
        await rig.buy_at_once()
        asked.extend(
            (each.query[-1], each.status) for each in rig.venue.log if each.service == "ws"
        )

    play(_with(ParadexTerms(sbe_versions=(3,))), case)
    assert [each for each in asked if each[1]] == [("2", 400), ("1", 400), ("3", 101)]


@pytest.mark.parametrize(
    "name",
    [
        "test_life_of_an_order_is_heard_without_asking",
        "test_handlers_hear_each_state_once_in_order",
        "test_fill_is_heard_as_the_venue_booked_it",
        "test_partial_fills_add_up",
        "test_our_own_liquidation_is_heard_of",
    ],
)
def test_private_frames_in_binary_are_heard_as_those_in_json(name: str) -> None:
    heard: list[bool] = []

    async def case(rig: Rig) -> None:
        await CASES[name](rig)
        heard.append(bool(rig.private))

    play(_with(ParadexTerms(private_sbe=True)), case)
    assert heard == [True]


def test_a_venue_that_was_rolled_back_is_right_and_what_it_has_forgotten_is_taken_back() -> None:
    built: list[simulator.ParadexSimulator] = []
    told: list[Difference | None] = []
    gone: list[Fill] = []

    def build(options: SimulatorOptions, lag_s: float | None) -> VenueSimulator:
        built.append(simulator.build(options))
        return built[-1]

    async def case(rig: Rig) -> None:
        await rig.buy_at_once()
        await rig.settle(60)
        then_ns = rig.clock.now_ns()
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
        rests = await rig.rest_a_buy()
        await rig.settle(60)
        assert owned_quantities(rig.journal.fills("paradex")) == {rig.btc: D(0)}
        check = PositionCheck(
            {"paradex": rig.client},
            (BTC,),
            lambda venue: owned_quantities(rig.journal.fills(venue)),
            lambda market, found: told.append(found),
            rig.clock,
            on_rolled_back=lambda venue, fills: gone.extend(fills),
        )
        check.start()
        built[0].release.begin(back_to_ns=then_ns)
        await rig.settle(20 * 60)
        await check.close()
        assert rig.world_position() == SIZE
        assert owned_quantities(rig.journal.fills("paradex")) == {rig.btc: SIZE}
        assert rig.client.open_orders() == [], rests

        await rig.restart()
        await rig.settle(60)
        assert owned_quantities(rig.journal.fills("paradex")) == {rig.btc: SIZE}
        closed = await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
        assert closed.success

    play(replace(PARADEX, build=build), case)
    (closing,) = gone
    assert (closing.side, closing.size) == (Side.SELL, SIZE)
    assert told[-1:] in ([], [None])


def _with(terms: ParadexTerms) -> Conforming:
    return replace(PARADEX, build=lambda options, lag_s: simulator.build(options, terms))
