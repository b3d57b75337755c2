"""A close at market is held to what the venue holds, and is never held up by a failed reading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from exchange_clients.base_client import BaseExchangeClient, FillHandler
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Market,
    OrderInfo,
    OrderResult,
    OrderStatus,
    OrderType,
    Purpose,
    Reason,
    Side,
    VenueOrderId,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.close_check import CloseCheck, Standing, closable, sendable
from execution.order_params import OrderParams
from tests.support.bot_stage import CONTRACT, MARKET, make_fill

D = Decimal
CLOSE = OrderParams(
    Side.SELL, D(2), order_type=OrderType.MARKET, purpose=Purpose.CLOSE, reduce_only=True
)
STOP = replace(CLOSE, purpose=Purpose.STOP)


def resting(size: str, side: Side = Side.SELL, name: str = "c1") -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId(name),
        client_order_id=ClientOrderId(name),
        contract_id=CONTRACT,
        side=side,
        size=D(size),
        price=D(100),
        status=OrderStatus.OPEN,
        reduce_only=True,
    )


@pytest.mark.parametrize(
    ("position", "closes", "order", "size"),
    [
        ("5", (), CLOSE, "2"),
        ("1.5", (), CLOSE, "1.5"),
        ("0", (), CLOSE, "0"),
        ("-5", (), CLOSE, "0"),
        ("-5", (), replace(CLOSE, side=Side.BUY), "2"),
        ("5", ("4",), CLOSE, "1"),
        ("5", ("6",), CLOSE, "0"),
        ("5", ("6",), STOP, "2"),
        ("1", ("6",), STOP, "1"),
    ],
)
def test_no_more_is_closed_than_is_held_and_not_closed_already(
    position: str, closes: tuple[str, ...], order: OrderParams, size: str
) -> None:
    beside = resting("3", side=order.side.opposite)
    standing = Standing(D(position), (*map(resting, closes), beside), at_ns=0)
    assert closable(standing, order) == D(size)


@pytest.mark.parametrize(
    ("position", "asked", "sent"),
    [
        ("1.5", "0.3", "1"),
        ("1", "0.3", "1"),
        ("0.7", "0.3", "0"),
        ("5", "2.9", "3"),
        ("2.7", "2.9", "2"),
    ],
)
def test_a_close_between_two_steps_is_the_larger_one_where_that_is_held(
    position: str, asked: str, sent: str
) -> None:
    market = replace(MARKET, step=D(1))
    order = replace(CLOSE, quantity=D(asked))
    assert sendable(Standing(D(position), (), at_ns=0), order, market) == D(sent)


class Venue:
    """Holds what the test says; counts how often it was asked."""

    def __init__(self) -> None:
        self.position = D(1)
        self.orders = [resting("1", name="another's")]
        self.asked = 0
        self.silent = False
        self.listed = [MARKET]
        """By which rules, one reading of the list after the other."""
        self.heard: FillHandler = lambda fill: None

    def market(self, contract_id: str) -> Market:
        return self.listed[0]

    async def get_market_metadata(self, contract_id: str, *, fresh: bool = False) -> Market:
        if fresh and len(self.listed) > 1:
            self.listed.pop(0)
        return self.listed[0]

    def setup_fill_handler(self, handler: FillHandler) -> None:
        self.heard = handler

    async def get_active_orders(self, contract_id: ContractId) -> list[OrderInfo]:
        self.asked += 1
        if self.silent:
            raise OutcomeUnknown("no answer")
        return self.orders

    async def get_position(self, symbol: str) -> Decimal:
        return self.position


def test_the_venue_is_read_before_each_close_that_takes_and_before_no_other_order() -> None:
    venue = Venue()

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        clients = {"venue": cast("BaseExchangeClient", venue)}  # the part that is asked
        check = CloseCheck(clients, lambda at, name: name == "c1", clock)
        assert await check.checked("venue", CONTRACT, CLOSE) == replace(CLOSE, quantity=D(1))
        venue.position = D(0)
        refused = await check.checked("venue", CONTRACT, CLOSE)
        assert isinstance(refused, OrderResult)
        assert refused.reason is Reason.REDUCE_ONLY_REJECTED
        assert venue.asked == 2
        rests = replace(CLOSE, price=D(101), order_type=OrderType.LIMIT)
        assert await check.checked("venue", CONTRACT, rests) is rests
        assert venue.asked == 2, "a take-profit is sent the moment its entry fills"
        venue.silent = True
        assert await check.checked("venue", CONTRACT, CLOSE) is CLOSE

    run_virtual(main)


def test_a_reading_counts_for_as_long_as_it_is_allowed_and_until_a_fill_of_ours() -> None:
    venue = Venue()

    async def main(loop: VirtualLoop) -> list[int]:
        clock = VirtualClock(loop)
        clients = {"venue": cast("BaseExchangeClient", venue)}  # the part that is asked
        check = CloseCheck(clients, lambda at, name: True, clock, age_s=5)
        asked = []
        for pause_s, fills in ((0, False), (4, False), (0, True), (6, False)):
            await clock.sleep(pause_s)
            if fills:
                venue.heard(make_fill("c1", "1"))
            await check.checked("venue", CONTRACT, CLOSE)
            asked.append(venue.asked)
        return asked

    assert run_virtual(main) == [1, 1, 2, 3]


def test_less_than_a_step_is_closed_by_the_step_that_the_venue_lists_now() -> None:
    """It may have made it finer again since its list was read last."""
    venue = Venue()
    venue.listed = [replace(MARKET, step=D(5)), MARKET]

    async def main(loop: VirtualLoop) -> OrderParams | OrderResult:
        clients = {"venue": cast("BaseExchangeClient", venue)}  # the part that is asked
        check = CloseCheck(clients, lambda at, name: True, VirtualClock(loop))
        return await check.checked("venue", CONTRACT, CLOSE)

    venue.position, venue.orders = D(2), []
    assert run_virtual(main) == CLOSE
    assert venue.listed == [MARKET]


def test_what_is_left_below_a_step_is_told_as_too_small_and_what_is_covered_as_covered() -> None:
    venue = Venue()
    venue.listed = [replace(MARKET, step=D(5))] * 2

    async def main(loop: VirtualLoop) -> list[Reason | None]:
        clients = {"venue": cast("BaseExchangeClient", venue)}  # the part that is asked
        check = CloseCheck(clients, lambda at, name: True, VirtualClock(loop))
        reasons = []
        for venue.position in (D(2), D(0)):
            result = await check.checked("venue", CONTRACT, CLOSE)
            assert isinstance(result, OrderResult)
            reasons.append(result.reason)
        return reasons

    venue.orders = []
    assert run_virtual(main) == [Reason.BELOW_MINIMUM, Reason.REDUCE_ONLY_REJECTED]
