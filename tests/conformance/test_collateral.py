"""What the collateral is worth, where a venue tells it."""

from __future__ import annotations

from decimal import Decimal

from tests.conformance.rig import Rig

PRICED = ("backpack", "bybit", "grvt", "okx")
LOST = Decimal("0.965")


async def test_collateral_that_has_lost_its_peg_is_told_where_its_worth_is(rig: Rig) -> None:
    before = await rig.client.get_collateral_price()
    assert before == (1 if rig.facts.name in PRICED else None)
    rig.at_the_venue(lambda world: world.deeds.value_collateral(LOST))
    await rig.settle(60)
    after = await rig.client.get_collateral_price()
    assert after == (LOST if rig.facts.name in PRICED else None)
