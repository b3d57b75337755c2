"""A close at market waits for a book that has lost a side, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ContractId, OrderType, Purpose, Side
from exchange_clients.events import BestBidOffer
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.fair_books import FairBooks
from execution.guarded_orders import needs_a_price
from execution.order_params import OrderParams
from tests.support.bot_stage import CONTRACT

CLOSE = OrderParams(
    Side.SELL, Decimal(2), order_type=OrderType.MARKET, purpose=Purpose.CLOSE, reduce_only=True
)


class Venue:
    """Shows the book that the test says."""

    def __init__(self) -> None:
        self.bid: float | None = 100.0

    @property
    def stream(self) -> Venue:
        return self

    def best_bid_offer(self, contract_id: ContractId) -> BestBidOffer | None:
        if self.bid is None:
            return None
        return BestBidOffer(contract_id, self.bid, 1.0, 101.0, 1.0, None, 0)


def test_a_close_at_market_is_held_back_while_a_side_is_gone_for_a_minute_at_most() -> None:
    async def main(loop: VirtualLoop) -> list[bool]:
        venue, clock = Venue(), VirtualClock(loop)
        books = FairBooks({"venue": cast("BaseExchangeClient", venue)}, clock)  # what is asked
        held_back = []
        for pause_s, bid in (
            (0, 100.0), (1, 80.0), (59, 80.0), (1, 80.0), (1, 80.0),  # the market has gone there
            (1, 100.0), (1, 80.0),  # another time
            (400, 80.0),  # and yet another, as nobody has asked since
            (1, None),
        ):  # fmt: skip
            await clock.sleep(pause_s)
            venue.bid = bid
            held_back.append(bool(books.refusal("venue", CONTRACT)))
        return held_back

    assert run_virtual(main) == [False, True, True, False, False, False, True, True, False]


def test_only_what_reduces_at_any_price_needs_one() -> None:
    assert needs_a_price(CLOSE)
    assert not needs_a_price(replace(CLOSE, reduce_only=False, purpose=Purpose.ENTRY))
    at_a_price = replace(CLOSE, price=Decimal(100), order_type=OrderType.LIMIT)
    assert not needs_a_price(at_a_price)
