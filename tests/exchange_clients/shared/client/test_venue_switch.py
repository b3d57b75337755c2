"""Changing the market in view: what is open elsewhere is still heard of."""

from __future__ import annotations

from exchange_clients.base_models import Fill, OrderInfo, OrderStatus
from tests.support.toy_host import BTC
from tests.support.toy_stage import ToyStage, buy, play


def test_another_market_in_view_loses_no_order_update_of_the_first() -> None:
    async def scene(stage: ToyStage) -> None:
        stream = stage.client.stream
        assert await stream.prepare_market_feed("BTC")
        await buy(stage)
        assert await stream.prepare_market_feed("ETH")
        await stream.release_market_feed("BTC")
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)

    heard = play(scene).heard
    assert [each.contract_id for each in heard if isinstance(each, Fill)] == [BTC]
    last = [each for each in heard if isinstance(each, OrderInfo)][-1]
    assert (last.contract_id, last.status) == (BTC, OrderStatus.FILLED)
