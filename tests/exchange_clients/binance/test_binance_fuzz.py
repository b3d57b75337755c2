"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.binance.client.managers.order_manager import BinanceOrders
from exchange_clients.binance.common import DIALECT
from exchange_clients.events import Event, PositionUpdate
from exchange_clients.shared.dialects.fapi.account_manager import FapiPositions
from exchange_clients.shared.flow import drive
from tests.exchange_clients.binance.binance_samples import BTC, TABLE, decode, parsed
from tests.support.fuzzing import TEXTS, changed, read_or_refused, wrong
from tests.support.samples import answers

COUNTS = ("i", "T", "aid", "algoId", "createTime", "updateTime")
ANY: Mapping[str, tuple[object, ...]] = {
    # Any text is a name, either word a flag, any whole number above zero an id or an instant.
    **dict.fromkeys(("s", "caid", "symbol", "clientAlgoId", "f"), TEXTS),
    **dict.fromkeys(("R", "reduceOnly"), (True,)),
    **dict.fromkeys(COUNTS, (7,)),
}
"""Values that make another message of a field, and not an unreadable one."""


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(msgspec.json.encode(frame)))


@pytest.mark.parametrize("field", ["caid", "aid", "o", "s", "S", "q", "X", "p", "R"])
def test_no_waiting_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_algo")
    for value in wrong(field, ANY):
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", ["S", "f", "q", "p", "X", "i", "z", "T"])
def test_no_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_trade")
    for value in wrong(field, ANY):
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo | Fill)], value


@pytest.mark.parametrize("field", ["s", "pa", "ep", "ps"])
def test_no_position_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_account")
    (row,) = frame["a"]["P"]
    for value in wrong(field, ANY):
        events = events_of({**frame, "a": {"B": [], "P": [changed(row, field, value)]}})
        assert not [each for each in events if isinstance(each, PositionUpdate)], value


@pytest.mark.parametrize(
    "field",
    ["algoId", "clientAlgoId", "orderType", "symbol", "side", "quantity", "algoStatus", "price",
     "createTime", "updateTime"],
)  # fmt: skip
def test_no_row_of_a_waiting_order_comes_of_a_wrong_fact(field: str) -> None:
    for value in wrong(field, ANY):
        row = changed(parsed("http_post_algo_order"), field, value)
        _, rows = drive(BinanceOrders(DIALECT).active(BTC), answers([], [row]))
        assert not [each for each in rows if isinstance(each, OrderInfo)], value


@pytest.mark.parametrize("field", ["symbol", "positionAmt", "entryPrice", "positionSide"])
def test_no_row_of_a_position_comes_of_a_wrong_fact(field: str) -> None:
    (row,) = parsed("http_get_position_risk")
    for value in wrong(field, ANY):
        told = answers([changed(row, field, value)])
        _, rows = drive(FapiPositions(DIALECT, TABLE).all(), told)
        assert not [each for each in rows if isinstance(each, ExchangePositionSnapshot)], value
