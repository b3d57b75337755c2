"""A bot hears of fills that its venues have voided, those of earlier processes first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import cast

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Purpose,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.bot_ports import BotObserver
from execution.bot_state import FillStore, remember_name
from execution.key_book import KeyedOrder
from execution.order_desk import OrderDesk
from execution.readings import FillVoided
from execution.void_watch import VoidWatch

D = Decimal
BTC = ContractId("BTC-PERP")


class Store(MemoryJournal):
    """A journal that keeps states as well."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, str] = {}

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        self.states[key] = value_json

    def load_state(self, key: str) -> str | None:
        return self.states.get(key)


class Heard:
    """Client, desk and observer in one: remembers what it is told."""

    def __init__(self) -> None:
        self.handlers: list[Callable[[Fill], None]] = []
        self.booked: list[tuple[str, str, Purpose, Fill]] = []
        self.positions: list[Fill] = []
        self.notes: list[str] = []

    def setup_fill_handler(self, handler: Callable[[Fill], None]) -> None:
        self.handlers.append(handler)

    def on_voided(self, venue: str, fill: Fill) -> None:
        self.positions.append(fill)

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        self.booked.append((venue, key, purpose, fill))

    def on_note(self, now_ns: int, text: str) -> None:
        self.notes.append(text)


def traded(number: str, order: str) -> Fill:
    return Fill(
        trade_id=TradeId(number),
        order_id=VenueOrderId("1"),
        client_order_id=ClientOrderId(order),
        contract_id=BTC,
        side=Side.BUY,
        price=D(100),
        size=D(1),
        fee=D(0),
        fee_asset="USDC",
        liquidity=Liquidity.TAKER,
        venue_ns=5,
    )


def test_what_was_voided_before_is_told_at_the_start_and_what_is_voided_then_at_once() -> None:
    store, heard, told = Store(), Heard(), list[FillVoided]()
    for number in ("1", "2"):
        order = KeyedOrder(
            f"entry-{number}", ClientOrderId(number), "paradex", BTC, Purpose.ENTRY, Side.BUY, D(1)
        )
        remember_name(cast("FillStore", store), order, 0)
    before, now, strange = (traded(each, each).taken_back(9) for each in ("1", "2", "3"))
    for fill in (traded("1", "1"), before):
        store.record_fill("paradex", fill)

    async def main(loop: VirtualLoop) -> None:
        VoidWatch(
            {"paradex": cast("BaseExchangeClient", heard)},
            cast("FillStore", store),
            cast("OrderDesk", heard),
            cast("BotObserver", heard),
            told.append,
            VirtualClock(loop),
        ).open()
        for fill in (traded("2", "2"), now, strange):
            heard.handlers[0](fill)

    run_virtual(main, epoch_ns=1_000)
    assert [(each.key, each.fill) for each in told] == [("entry-1", before), ("entry-2", now)]
    assert [fill for *_, fill in heard.booked] == heard.positions == [now], "once"
    assert len(heard.notes) == 2, "an order of nobody's is told to a person as well"
