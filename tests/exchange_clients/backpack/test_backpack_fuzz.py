"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.backpack.client.managers.account_manager import BackpackAccount
from exchange_clients.backpack.client.managers.order_manager import BackpackOrders
from exchange_clients.backpack.client.managers.position_manager import BackpackPositions
from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.errors import ExchangeError
from exchange_clients.events import BookDelta, Event, FundingPayment
from exchange_clients.shared.flow import Flow, drive
from exchange_clients.shared.transport.outcome import UNREADABLE
from tests.exchange_clients.backpack.backpack_samples import (
    DATA,
    ETH,
    SOL,
    TABLE,
    decode,
    parsed,
    sample,
)
from tests.support.samples import answers

FRAMES = sorted(path.stem for path in DATA.glob("ws_*.json"))
WRONG: tuple[object, ...] = (None, True, 7, -1.5, "", "NaN", "garbage", "1e5", "-", [], {})
GONE = object()

ORDER_FACTS = ("s", "S", "o", "q", "p", "X", "i", "z", "Z", "T")
FILL_FACTS = ("s", "S", "i", "t", "l", "L", "n", "N", "m", "T")
BOOK_FACTS = ("s", "U", "u", "a", "b", "T")
PLAUSIBLE: dict[str, tuple[object, ...]] = {
    # Any text is a name, any whole number an id or an instant, and a spelling less strict does
    # not change a number: these are other messages, not unreadable ones.
    "s": ("", "NaN", "garbage", "1e5", "-"),
    "i": ("", "NaN", "garbage", "1e5", "-"),
    "N": ("", "NaN", "garbage", "1e5", "-"),
    "t": (7,),
    "T": (7, "1e5"),
    "U": (7, "1e5"),
    "u": (7, "1e5"),
    "m": (True,),
    "a": ([],),
    "b": ([],),
}


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame; nothing where it is refused as a whole."""
    with contextlib.suppress(*UNREADABLE, ExchangeError):
        return list(decode(msgspec.json.encode(frame)))
    return []


def mutations(field: str) -> Iterator[object]:
    """Return wrong values for a field of a frame."""
    yield GONE
    for value in WRONG:
        if not any(
            type(value) is type(each) and value == each for each in PLAUSIBLE.get(field, ())
        ):
            yield value


def changed(message: Any, field: str, value: object) -> Any:
    """Return a copy of a message with one field replaced or left out."""
    copied = copy.deepcopy(message)
    if value is GONE:
        copied.pop(field)
    else:
        copied[field] = value
    return copied


@pytest.mark.parametrize("field", ORDER_FACTS)
def test_no_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_fill")
    for value in mutations(field):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", FILL_FACTS)
def test_no_fill_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_fill")
    for value in mutations(field):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not [each for each in events if isinstance(each, Fill)], value


@pytest.mark.parametrize("field", BOOK_FACTS)
def test_no_delta_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_depth")
    for value in mutations(field):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not events, value


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize(
    "level",
    [
        ["NaN", "1"], ["1", "NaN"], ["inf", "1"], ["1", "inf"], ["-1", "1"], ["1", "-1"],
        ["0", "1"], [None, "1"], ["1", None], [True, "1"], ["1"], ["1", "1", "1"], [], {}, "1",
        None,
    ],
)  # fmt: skip
def test_no_delta_comes_of_a_wrong_level(side: str, level: object) -> None:
    frame = parsed("ws_depth")
    frame["data"][side] = [level]
    assert not [each for each in events_of(frame) if isinstance(each, BookDelta)]


def rows_of(flow: Flow[Any], row: object) -> list[object]:
    """Return what can be read of a list of one row."""
    with contextlib.suppress(*UNREADABLE, ExchangeError):
        return list(drive(flow, answers([row]))[1])
    return []


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
        for value in (GONE, None, [], {}, -1.5, *(() if fact == "isMaker" else (True,))):
            found = rows_of(flows[kind](), changed(row, fact, value))
            assert not [each for each in found if isinstance(each, kind)], (fact, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(list("sSUuabTeiXq")), children, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from(FRAMES), st.data())
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_frame_with_any_field_replaced_is_read_or_refused(name: str, data: st.DataObject) -> None:
    frame = parsed(name)
    target = frame.get("data", frame)
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    assert isinstance(events_of(frame), list)


@given(st.binary(max_size=80) | st.sampled_from(FRAMES).map(sample), st.integers(0, 400))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_any_bytes_are_read_or_refused(frame: bytes, cut: int) -> None:
    for each in (frame, frame[:cut], frame[cut:]):
        with contextlib.suppress(*UNREADABLE, ExchangeError):
            assert isinstance(decode(each), list)
