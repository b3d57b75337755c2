"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.binance.client.managers.account_manager import BinancePositions
from exchange_clients.binance.client.managers.order_manager import BinanceOrders
from exchange_clients.binance.common import DIALECT
from exchange_clients.errors import ExchangeError
from exchange_clients.events import Event, PositionUpdate
from exchange_clients.shared.flow import drive
from exchange_clients.shared.transport.outcome import UNREADABLE
from tests.exchange_clients.binance.binance_samples import BTC, DATA, TABLE, decode, parsed, sample
from tests.support.samples import answers

FRAMES = sorted(path.stem for path in DATA.glob("ws_*.json"))
GONE = object()
WRONG: tuple[object, ...] = (GONE, None, -1.5, [], {}, "NaN", "1e5", "-", "", True)
TEXTS = ("NaN", "1e5", "-", "")
NAMES = ("s", "caid", "symbol", "clientAlgoId")
FLAGS = ("R", "reduceOnly")


def wrong(field: str) -> list[object]:
    """Return what a field cannot be: a name is any text, a flag either word."""
    fine: tuple[object, ...] = ()
    if field in NAMES:
        fine = TEXTS
    elif field in FLAGS:
        fine = (True,)
    return [
        each
        for each in WRONG
        if each is GONE or (type(each), each) not in [(type(one), one) for one in fine]
    ]


def changed(message: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    """Return a copy of a message with one field replaced or left out."""
    copied = copy.deepcopy(message)
    copied.pop(field)
    return copied if value is GONE else {**copied, field: value}


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame; nothing where it is refused as a whole."""
    with contextlib.suppress(*UNREADABLE, ExchangeError):
        return list(decode(msgspec.json.encode(frame)))
    return []


@pytest.mark.parametrize("field", ["caid", "aid", "o", "s", "S", "q", "X", "p", "R"])
def test_no_waiting_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_algo")
    for value in wrong(field):
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", ["S", "f", "q", "p", "X", "i", "z", "T"])
def test_no_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_trade")
    for value in wrong(field):
        if field == "f" and isinstance(value, str):
            continue
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo | Fill)], value


@pytest.mark.parametrize("field", ["s", "pa", "ep", "ps"])
def test_no_position_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_account")
    (row,) = frame["a"]["P"]
    for value in wrong(field):
        events = events_of({**frame, "a": {"B": [], "P": [changed(row, field, value)]}})
        assert not [each for each in events if isinstance(each, PositionUpdate)], value


@pytest.mark.parametrize(
    "field",
    ["algoId", "clientAlgoId", "orderType", "symbol", "side", "quantity", "algoStatus", "price",
     "createTime", "updateTime"],
)  # fmt: skip
def test_no_row_of_a_waiting_order_comes_of_a_wrong_fact(field: str) -> None:
    for value in wrong(field):
        row = changed(parsed("http_post_algo_order"), field, value)
        _, rows = drive(BinanceOrders(DIALECT).active(BTC), answers([], [row]))
        assert not [each for each in rows if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", ["symbol", "positionAmt", "entryPrice", "positionSide"])
def test_no_row_of_a_position_comes_of_a_wrong_fact(field: str) -> None:
    (row,) = parsed("http_get_position_risk")
    for value in wrong(field):
        told = answers([changed(row, field, value)])
        _, rows = drive(BinancePositions(DIALECT, TABLE).all(), told)
        assert not [each for each in rows if isinstance(each, ExchangePositionSnapshot)], value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(list("sSUuabTeixXqo")), children, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from(FRAMES), st.data())
@settings(deadline=None, derandomize=True, max_examples=300)
def test_a_frame_with_any_field_replaced_is_read_or_refused(name: str, data: st.DataObject) -> None:
    frame = parsed(name)
    target = frame["o"] if isinstance(frame.get("o"), dict) else frame
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    assert isinstance(events_of(frame), list)


@given(st.binary(max_size=80) | st.sampled_from(FRAMES).map(sample), st.integers(0, 400))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_bytes_are_read_or_refused(frame: bytes, cut: int) -> None:
    for each in (frame, frame[:cut], frame[cut:]):
        with contextlib.suppress(*UNREADABLE, ExchangeError):
            assert isinstance(decode(each), list | tuple)
