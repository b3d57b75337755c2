"""No field of edgeX's that is missing or of another type becomes money, an order or a fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.edgex.client.managers.account_manager import EdgexAccount
from exchange_clients.edgex.client.managers.order_manager import EdgexOrders
from exchange_clients.edgex.client.managers.position_manager import EdgexPositions
from exchange_clients.edgex.websocket.message_handler import EdgexStream
from exchange_clients.errors import ExchangeError
from exchange_clients.events import BookDelta, Event, PositionUpdate
from exchange_clients.shared.flow import Flow, drive
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.outcome import UNREADABLE
from tests.exchange_clients.edgex.edgex_samples import (
    ACCOUNT,
    BTC,
    MARKET,
    PRIVATE,
    sample,
    signer,
    table,
)
from tests.support.fuzzing import read_or_refused
from tests.support.samples import said

STREAM = EdgexStream(table(), signer())
WRONG: tuple[object, ...] = ("missing", None, "x", "NaN", "1e5", "", {}, [1], True, 7.5, -7)

ORDER = ("id", "contractId", "side", "size", "price", "type", "status", "cumMatchSize",
         "cumMatchValue", "createdTime", "updatedTime")  # fmt: skip
FILL = ("id", "orderId", "contractId", "orderSide", "fillSize", "fillPrice", "fillFee", "direction",
        "fillValue", "matchTime")  # fmt: skip
POSITION = ("contractId", "openSize", "openValue")
MAY_BE_MISSING = {"createdTime", "updatedTime", "fillValue", "matchTime"}
"""What only describes; of a fill the value confirms the price, and another instant is there too."""


def altered(fields: dict[str, Any], name: str, wrong: object) -> None:
    """Put something wrong into a row."""
    fields.pop(name)
    if wrong != "missing":
        fields[name] = wrong


def harmless(name: str, wrong: object) -> bool:
    """Say whether a field may be so: flags take the place of words, what describes may lack."""
    lacks = wrong in ("missing", None) and name in MAY_BE_MISSING
    return lacks or (name == "direction" and wrong is True)


def rows_told(flow: Callable[[], Flow[Sequence[object]]], envelope: object) -> Sequence[object]:
    return read_or_refused(lambda: drive(flow(), [said(envelope)])[1])


def events_told(frame: object) -> list[Event]:
    data = msgspec.json.encode(frame)
    return read_or_refused(lambda: STREAM.decode(data, FrameKind.TEXT, PRIVATE))


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ORDER)
def test_a_wrong_order_is_no_order(name: str, wrong: object) -> None:
    envelope = msgspec.json.decode(sample("http_get_order_page"))
    altered(envelope["data"]["dataList"][0], name, wrong)
    orders = EdgexOrders(table(), ACCOUNT)
    told = rows_told(lambda: orders.active(BTC), envelope)
    assert harmless(name, wrong) or not any(isinstance(each, OrderInfo) for each in told)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", FILL)
def test_a_wrong_fill_is_no_fill(name: str, wrong: object) -> None:
    envelope = msgspec.json.decode(sample("http_get_fill_page"))
    altered(envelope["data"]["dataList"][0], name, wrong)
    orders = EdgexOrders(table(), ACCOUNT)
    told = rows_told(lambda: orders.fills(BTC, 0, 2**62), envelope)
    assert harmless(name, wrong) or not any(isinstance(each, Fill) for each in told)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", POSITION)
def test_a_wrong_position_is_no_position(name: str, wrong: object) -> None:
    envelope = msgspec.json.decode(sample("http_get_account_asset"))
    altered(envelope["data"]["positionList"][0], name, wrong)
    told = rows_told(EdgexPositions(table(), ACCOUNT).all, envelope)
    assert not any(isinstance(each, ExchangePositionSnapshot) for each in told)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["totalEquity", "availableAmount", "coinId"])
def test_a_wrong_balance_is_none(name: str, wrong: object) -> None:
    envelope = msgspec.json.decode(sample("http_get_account_asset"))
    altered(envelope["data"]["collateralAssetModelList"][0], name, wrong)
    with pytest.raises((ExchangeError, *UNREADABLE)):
        drive(EdgexAccount(table(), ACCOUNT).balance(), [said(envelope)])


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    ("group", "name", "kind"),
    [
        *(("order", name, OrderInfo) for name in ORDER),
        *(("orderFillTransaction", name, Fill) for name in FILL if name != "contractId"),
        *(("position", name, PositionUpdate) for name in POSITION),
    ],
)
def test_a_wrong_row_of_the_account_is_no_event(
    group: str, name: str, kind: type[object], wrong: object
) -> None:
    source = "ws_account_snapshot" if group == "position" else "ws_order_update"
    frame = msgspec.json.decode(sample(source))
    row = frame["content"]["data"][group][0]
    row.setdefault(name, "BUY")
    altered(row, name, wrong)
    told = events_told(frame)
    completed = name == "orderSide" and wrong in ("missing", None)
    assert harmless(name, wrong) or completed or not any(isinstance(each, kind) for each in told)


@pytest.mark.parametrize("wrong", ["missing", None, "x", "NaN", {}, [1], True, "-1"])
@pytest.mark.parametrize(
    "name", ["startVersion", "endVersion", "asks", "bids", "contractId", "price", "size"]
)
def test_a_wrong_book_is_no_change(name: str, wrong: object) -> None:
    frame = msgspec.json.decode(sample("ws_depth_changed"))
    book = frame["content"]["data"][0]
    altered(book["asks"][0] if name in ("price", "size") else book, name, wrong)
    data = msgspec.json.encode(frame)
    told = read_or_refused(lambda: STREAM.decode(data, FrameKind.TEXT, MARKET))
    known = [each for each in told if isinstance(each, BookDelta) and each.contract_id == BTC]
    assert not known or (name, wrong) in [("startVersion", "-1"), ("endVersion", "-1")]
