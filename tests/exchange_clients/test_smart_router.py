"""The router over two simulated venues on one virtual loop, judged by their own books."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import Side
from exchange_clients.errors import NotConnectedError
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from exchange_clients.smart_router import Routed, RoutedExchange, SmartRouter
from exchange_clients.smart_routing import RouteOrder
from tests.conformance.rig import SIZE, Rig, Setting
from tests.conformance.venues import VENUES, Deed
from venue_simulators.scripted_source import START_NS

D = Decimal
BY_NAME = {facts.name: facts for facts in VENUES}
ORDER = RouteOrder("BTC", Side.BUY, tokens=SIZE)


class Two:
    """Two venues with the same book, of which the first has the lower fee."""

    def __init__(self, cheap: Rig, dear: Rig) -> None:
        self.cheap, self.dear = cheap, dear
        self.router = SmartRouter(
            [
                RoutedExchange(rig.client, VenueFundingAdapter(rig.new_link(private=False)))
                for rig in (dear, cheap)
            ]
        )


def on_two(case: Callable[[Two], Awaitable[object]]) -> None:
    async def main(loop: VirtualLoop) -> None:
        rigs = [
            Rig(BY_NAME[name], replace(Setting(), connects=False), VirtualClock(loop))
            for name in ("backpack", "bybit")
        ]
        for rig in rigs:
            await rig.client.connect()
        try:
            await case(Two(*rigs))
        finally:
            for rig in rigs:
                await rig.client.disconnect()
                rig.host.close()

    run_virtual(main, epoch_ns=START_NS)


def went_to(routed: Routed) -> str | None:
    return routed.exchange


def test_an_order_goes_to_the_cheapest_and_nowhere_else() -> None:
    async def case(two: Two) -> None:
        routed = await two.router.place(ORDER)
        assert [row.exchange for row in routed.ranking.ranked] == ["backpack", "bybit"]
        assert (went_to(routed), routed.passed_by) == ("backpack", ())
        assert routed.result is not None
        assert routed.result.success
        assert (two.cheap.world_position(), two.dear.world_position()) == (SIZE, D(0))

    on_two(case)


def test_a_venue_that_is_down_is_passed_by() -> None:
    async def case(two: Two) -> None:
        ranking = await two.router.rank(ORDER)
        assert len(ranking.ranked) == 2
        two.cheap.refuse_the_account(Deed.CREATE, None)
        routed = await two.router.place(ORDER)
        assert went_to(routed) == "bybit"
        assert [name for name, _ in routed.passed_by] == ["backpack"]
        await two.dear.settle(5)
        assert (two.cheap.world_position(), two.dear.world_position()) == (D(0), SIZE)

    on_two(case)


def test_a_venue_that_is_not_connected_is_left_out() -> None:
    async def case(two: Two) -> None:
        await two.cheap.client.disconnect()
        routed = await two.router.place(ORDER)
        assert went_to(routed) == "bybit"
        assert [name for name, _ in routed.ranking.excluded] == ["backpack"]

    on_two(case)


def test_a_venue_that_breaks_down_after_it_was_asked_is_passed_by() -> None:
    async def case(two: Two) -> None:
        async def broken(*_: object, **__: object) -> None:
            raise NotConnectedError("the feed was lost")

        two.cheap.client.place_market_order = broken  # type: ignore[assignment,method-assign]  # fails
        routed = await two.router.place(ORDER)
        assert went_to(routed) == "bybit"
        assert routed.passed_by == (("backpack", "the feed was lost"),)

    on_two(case)


def test_a_lost_answer_goes_nowhere_else() -> None:
    async def case(two: Two) -> None:
        two.cheap.befall("rq.drop", Deed.CREATE, seconds=0)
        routed = await two.router.place(ORDER)
        assert went_to(routed) == "backpack"
        assert routed.result is not None
        assert not routed.result.outcome_known
        assert two.dear.requests(Deed.CREATE) == []

    on_two(case)


def test_a_maker_rests_at_the_best_price() -> None:
    async def case(two: Two) -> None:
        routed = await two.router.place(replace(ORDER, maker=True))
        assert routed.exchange is not None
        await two.cheap.settle(3)
        (resting,) = [*two.cheap.world_open(), *two.dear.world_open()]
        assert resting.price == D(100_000)

    on_two(case)


def test_nowhere_to_go_is_told() -> None:
    async def case(two: Two) -> None:
        routed = await two.router.place(replace(ORDER, symbol="NOPE"))
        assert (routed.exchange, routed.result) == (None, None)
        assert len(routed.ranking.excluded) == 2

    on_two(case)
