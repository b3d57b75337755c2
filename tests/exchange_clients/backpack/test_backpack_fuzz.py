"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from exchange_clients.backpack.client.managers.account_manager import BackpackAccount
from exchange_clients.backpack.client.managers.order_manager import BackpackOrders
from exchange_clients.backpack.client.managers.position_manager import BackpackPositions
from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.events import BookDelta, Event, FundingPayment
from exchange_clients.shared.flow import Flow, drive
from tests.exchange_clients.backpack.backpack_samples import (
    ETH,
    SOL,
    TABLE,
    decode,
    parsed,
)
from tests.support.fuzzing import LEVELS, RETYPED, TEXTS, changed, read_or_refused, wrong
from tests.support.samples import answers

ORDER_FACTS = ("s", "S", "o", "q", "p", "X", "i", "z", "Z", "T")
FILL_FACTS = ("s", "S", "i", "t", "l", "L", "n", "N", "m", "T")
BOOK_FACTS = ("s", "U", "u", "a", "b", "T")
PLAUSIBLE: dict[str, tuple[object, ...]] = {
    # Any text is a name, any whole number an id or an instant, and a spelling less strict does
    # not change a number: these are other messages, not unreadable ones.
    "s": TEXTS,
    "i": TEXTS,
    "N": TEXTS,
    "t": (7,),
    "T": (7, "1e5"),
    "U": (7, "1e5"),
    "u": (7, "1e5"),
    "m": (True,),
    "a": ([],),
    "b": ([],),
}


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(msgspec.json.encode(frame)))


@pytest.mark.parametrize("field", ORDER_FACTS)
def test_no_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_fill")
    for value in wrong(field, PLAUSIBLE):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", FILL_FACTS)
def test_no_fill_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_fill")
    for value in wrong(field, PLAUSIBLE):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not [each for each in events if isinstance(each, Fill)], value


@pytest.mark.parametrize("field", BOOK_FACTS)
def test_no_delta_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_depth")
    for value in wrong(field, PLAUSIBLE):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not events, value


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize("level", LEVELS)
def test_no_delta_comes_of_a_wrong_level(side: str, level: object) -> None:
    frame = parsed("ws_depth")
    frame["data"][side] = [level]
    assert not [each for each in events_of(frame) if isinstance(each, BookDelta)]


def rows_of(flow: Flow[Any], row: object) -> list[object]:
    """Return what can be read of a list of one row."""
    return read_or_refused(lambda: drive(flow, answers([row]))[1])


@pytest.mark.parametrize(
    ("name", "facts", "kind"),
    [
        (
            "http_get_history_fills",
            "tradeId orderId symbol side price quantity fee feeSymbol isMaker timestamp",
            Fill,
        ),
        ("http_get_position", "symbol netQuantity entryPrice markPrice", ExchangePositionSnapshot),
        (
            "http_get_history_orders",
            "id symbol side status executedQuantity executedQuoteQuantity orderType createdAt",
            OrderInfo,
        ),
        ("http_get_history_funding", "symbol quantity fundingRate intervalEndTimestamp",
         FundingPayment),
    ],
)  # fmt: skip
def test_no_row_comes_of_a_missing_or_retyped_fact(name: str, facts: str, kind: type) -> None:
    row = parsed(name)[0]
    flows: dict[type, Callable[[], Flow[Any]]] = {
        Fill: lambda: BackpackOrders().fills(ETH, 0, 1 << 62),
        OrderInfo: lambda: BackpackOrders().active(SOL),
        ExchangePositionSnapshot: BackpackPositions(TABLE).all,
        FundingPayment: lambda: BackpackAccount().payments(ETH, 0, 1 << 62),
    }
    assert [type(each) for each in rows_of(flows[kind](), row)] == [kind]
    for fact in facts.split():
        for value in RETYPED:
            if (fact, value) == ("isMaker", True):
                continue
            found = rows_of(flows[kind](), changed(row, fact, value))
            assert not [each for each in found if isinstance(each, kind)], (fact, value)
