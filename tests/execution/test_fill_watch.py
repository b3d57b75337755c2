"""Fills reach whom their order belongs to, at the right venue, for a bounded number of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from exchange_clients.base_client import BaseExchangeClient, FillHandler
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Side,
    TradeId,
    VenueOrderId,
)
from execution import fill_watch
from execution.fill_watch import FillWatch


class Client:
    """As much of a client as a watch touches."""

    handler: FillHandler

    def setup_fill_handler(self, handler: FillHandler) -> None:
        self.handler = handler


def fill(order: str | None) -> Fill:
    return Fill(
        TradeId("t"),
        VenueOrderId("v"),
        None if order is None else ClientOrderId(order),
        ContractId("BTC"),
        Side.BUY,
        Decimal(1),
        Decimal(1),
        Decimal(0),
        "USD",
        Liquidity.MAKER,
        0,
    )


def watched() -> tuple[FillWatch, Client, Client]:
    one, two = Client(), Client()
    clients = {"one": one, "two": two}
    return FillWatch(cast("dict[str, BaseExchangeClient]", clients)), one, two


def test_a_fill_is_heard_by_the_listener_of_its_order_at_its_venue() -> None:
    watch, one, two = watched()
    heard: list[Fill] = []
    watch.follow("one", ClientOrderId("7"), heard.append)
    for client in (one, two):
        for order in ("7", "8", None):
            client.handler(fill(order))
    assert heard == [fill("7")]


def test_the_oldest_order_is_let_go_when_there_are_too_many() -> None:
    watch, one, _ = watched()
    heard: list[Fill] = []
    for number in range(fill_watch.FOLLOWED_MAX + 1):
        watch.follow("one", ClientOrderId(str(number)), heard.append)
    one.handler(fill("0"))
    one.handler(fill("1"))
    assert heard == [fill("1")]
