"""Keys and client order ids stay joined over ends and restarts."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import ClientOrderId, ContractId, OrderStatus, Purpose, Side
from execution.key_book import ENDED_KEPT, KeyBook, KeyedOrder


def keyed(number: int) -> KeyedOrder:
    return KeyedOrder(
        key=f"entry-{number}",
        client_order_id=ClientOrderId(f"c{number}"),
        venue="test",
        contract_id=ContractId("BTC"),
        purpose=Purpose.ENTRY,
        side=Side.BUY,
        size=Decimal("0.1"),
    )


def test_an_order_is_found_by_its_key_and_by_its_id_at_its_venue() -> None:
    book = KeyBook()
    order = keyed(1)
    book.add(order)
    assert book.by_key("entry-1") is order
    assert book.by_id("test", ClientOrderId("c1")) is order
    assert book.by_id("other", ClientOrderId("c1")) is None
    assert book.by_id("test", None) is None


def test_a_key_cannot_be_used_twice() -> None:
    book = KeyBook()
    book.add(keyed(1))
    with pytest.raises(AssertionError, match="used the key entry-1 twice"):
        book.add(keyed(1))


def test_an_ended_order_is_no_longer_live_but_still_known_for_late_fills() -> None:
    book = KeyBook()
    order = keyed(1)
    book.add(order)
    book.end(order, OrderStatus.CANCELED)
    assert book.live() == []
    assert book.by_id("test", ClientOrderId("c1")) is order


def test_only_the_latest_ended_orders_are_kept() -> None:
    book = KeyBook()
    for number in range(ENDED_KEPT + 5):
        order = keyed(number)
        book.add(order)
        book.end(order, OrderStatus.FILLED)
        book.end(order, OrderStatus.FILLED)
    assert [order.key for order in book] == [f"entry-{n}" for n in range(5, ENDED_KEPT + 5)]


def test_saved_rows_bring_the_same_book_back() -> None:
    book = KeyBook()
    for number in range(3):
        book.add(keyed(number))
    book.end(keyed_in(book, "entry-1"), OrderStatus.CANCELED)
    keyed_in(book, "entry-2").cancel_sent = True
    again = KeyBook()
    again.load(msgspec.json.decode(msgspec.json.encode(book.rows()), type=list[KeyedOrder]))
    keyed_in(book, "entry-2").cancel_sent = False  # a restart knows of no request of its own
    assert list(again) == list(book)
    assert [order.key for order in again.live()] == ["entry-0", "entry-2"]


def test_a_fill_that_a_report_told_of_before_counts_once() -> None:
    order = keyed(1)
    order.on_filled(Decimal("0.04"))
    order.on_fill(Decimal("0.04"))
    assert order.filled == Decimal("0.04")
    order.on_fill(Decimal("0.06"))
    order.on_filled(Decimal("0.04"))
    assert order.filled == Decimal("0.10")


def keyed_in(book: KeyBook, key: str) -> KeyedOrder:
    order = book.by_key(key)
    assert order is not None
    return order
