"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.events import BookDelta, BookSnapshot, Event
from exchange_clients.paradex.client.managers.account_manager import ParadexAccount
from exchange_clients.paradex.client.managers.order_manager import ParadexOrders
from exchange_clients.paradex.client.managers.position_manager import ParadexPositions
from exchange_clients.shared.flow import Flow, drive
from exchange_clients.shared.stream import FrameKind
from tests.exchange_clients.paradex.paradex_samples import (
    ACCOUNT,
    BTC,
    book_frame,
    decode,
    fill_frame,
    levels,
    order_frame,
    order_row,
    parsed,
    position_frame,
    pushed,
    table,
)
from tests.support.fuzzing import RETYPED, WRONG, changed, read_or_refused
from tests.support.samples import said

NAMES = ("id", "order_id", "market", "fee_currency")
"""Any text but an empty one is a name."""
FACTS = {
    "orders.ALL": "id market side type size remaining_size status created_at last_updated_at",
    "fills.ALL": "id order_id market side liquidity price size fee created_at fill_type",
    "positions": "market side size status last_updated_at",
}
ROWS: dict[str, dict[str, Any]] = {
    "orders.ALL": order_row(status="OPEN"),
    "fills.ALL": parsed("http_get_fills")["results"][0],
    "positions": parsed("http_get_positions")["results"][0],
}
WHOLE = (
    book_frame(1, 8, levels((90000, 1)), levels((90001, 2))),
    order_frame(),
    fill_frame(),
    position_frame(),
)


def events_of(data: bytes, kind: FrameKind = FrameKind.TEXT) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(data, kind))


def plausible(field: str, value: object) -> bool:
    """Say whether a value is another message, and not an unreadable one."""
    if field in NAMES or field == "fill_type":
        return isinstance(value, str)
    return field in ("created_at", "last_updated_at") and type(value) is int


@pytest.mark.parametrize(
    ("channel", "field"), [(name, field) for name, text in FACTS.items() for field in text.split()]
)
def test_nothing_of_an_account_comes_of_a_wrong_fact(channel: str, field: str) -> None:
    for value in WRONG:
        if plausible(field, value):
            continue
        row = changed(ROWS[channel], field, value)
        frame = pushed(channel, row)
        told = [each for each in events_of(frame) if type(each).__name__ != "Unreadable"]
        assert not told, value


@pytest.mark.parametrize(
    ("rows", "facts", "flow"),
    [
        ("orders.ALL", FACTS["orders.ALL"], lambda: ParadexOrders().active(BTC)),
        ("fills.ALL", FACTS["fills.ALL"], lambda: ParadexOrders().fills(BTC, 0, 1 << 62)),
        ("positions", FACTS["positions"], lambda: ParadexPositions().all()),
    ],
)
def test_no_row_comes_of_a_missing_or_retyped_fact(
    rows: str, facts: str, flow: Callable[[], Flow[Any]]
) -> None:
    assert isinstance(_only(flow(), ROWS[rows]), (OrderInfo, Fill, ExchangePositionSnapshot))
    for fact in facts.split():
        for value in RETYPED:
            found = _only(flow(), changed(ROWS[rows], fact, value))
            assert not isinstance(found, (OrderInfo, Fill, ExchangePositionSnapshot)), (fact, value)


@pytest.mark.parametrize("field", ["id", "market", "payment", "created_at"])
def test_no_payment_comes_of_a_wrong_fact(field: str) -> None:
    row = parsed("http_get_funding_payments")["results"][0]
    for value in RETYPED:
        told = [said({"results": [changed(row, field, value)]})]
        flow = ParadexAccount(table(), ACCOUNT).payments(BTC, 0, 1 << 62)
        assert not read_or_refused(lambda: drive(flow, told)[1]), value  # noqa: B023  # at once


@given(st.sampled_from(WHOLE), st.integers(0, 400), st.integers(0, 255))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_changed_byte_is_read_or_refused(frame: bytes, at: int, byte: int) -> None:
    data = bytearray(frame)
    data[at % len(data)] = byte
    assert isinstance(events_of(bytes(data), FrameKind.BINARY), list)


@given(st.sampled_from(WHOLE), st.integers(0, 300))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_frame_cut_short_tells_no_book(frame: bytes, cut: int) -> None:
    events = events_of(frame[: cut % len(frame)], FrameKind.BINARY)
    assert not [each for each in events if isinstance(each, BookDelta | BookSnapshot)]


@given(st.binary(max_size=120), st.sampled_from(FrameKind))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_any_bytes_are_read_or_refused(data: bytes, kind: FrameKind) -> None:
    assert isinstance(events_of(data, kind), list)


def _only(flow: Flow[Any], row: dict[str, Any]) -> object:
    taken = {**row, "liquidity": "TAKER"} if row.get("liquidity") == "MAKER" else row
    found = read_or_refused(lambda: drive(flow, [said({"results": [taken]})])[1])
    return found[0] if found else msgspec.UNSET
