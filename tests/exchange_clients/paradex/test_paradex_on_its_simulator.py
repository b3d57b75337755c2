"""What only Paradex does, on its simulator: funding that accrues, sides of makers, versions."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, Liquidity, Side
from tests.conformance.paradex_facts import PARADEX
from tests.conformance.rig import ACCOUNT, BTC, SIZE, Rig, play

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
