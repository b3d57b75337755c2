"""Bybit's envelopes, and the table of markets they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.bybit.client.managers.market_data import BybitMarkets
from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.websocket.message_handler import BybitStream
from exchange_clients.events import Event
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import hmac_seal
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("bybit")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
DATA = SAMPLES.folder
BTC, PEPE = ContractId("BTCUSDT"), ContractId("1000PEPEUSDT")
MS = 1_000_000
NOW_MS = 1_795_200_000_000
LOCAL_NS = 99
ORDER_ID = "5cf98598-39a7-459e-97bf-76ca765ee020"
SIGNER = BybitSigner("test_api_key", hmac_seal("test_secret"))
"""Dummies that stand in the published vector."""


def row_of(name: str, at: int = 0, /, **changes: object) -> dict[str, Any]:
    """Return a row of a sample's list with fields changed."""
    told = parsed(name)
    rows = told["data"] if "data" in told else told["result"]["list"]
    return {**rows[at], **changes}


def page(*rows: object, cursor: str = "") -> Response:
    """Return a page of a list as an answer."""
    result = {"category": "linear", "nextPageCursor": cursor, "list": rows}
    return Response(200, msgspec.json.encode({"retCode": 0, "retMsg": "", "result": result}))


def done(**result: object) -> Response:
    """Return an acknowledgement."""
    return Response(200, msgspec.json.encode({"retCode": 0, "retMsg": "OK", "result": result}))


TABLE = MarketTable(drive(BybitMarkets().list(), [answer("http_get_instruments_info")])[1])
STREAM = BybitStream(TABLE, SIGNER)


def decode(frame: bytes) -> Sequence[Event]:
    """Return what a frame says."""
    return STREAM.decode(frame, FrameKind.TEXT, ConnectionInfo("market", received_ns=LOCAL_NS))


def decoded(name: str) -> Sequence[Event]:
    """Return what a sample frame says."""
    return decode(sample(name))


def told(name: str, /, **changes: object) -> Sequence[Event]:
    """Return what a sample frame of one row says once fields of the row were changed."""
    return decode(msgspec.json.encode({**parsed(name), "data": [row_of(name, **changes)]}))


PARTLY = OrderInfo(
    order_id=VenueOrderId(ORDER_ID),
    client_order_id=ClientOrderId("x1"),
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal(90000),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.004"),
    average_price=Decimal(90000),
    created_ns=NOW_MS * MS,
    updated_ns=(NOW_MS + 4) * MS,
)
BOUGHT = Fill(
    trade_id=TradeId("e1"),
    order_id=VenueOrderId(ORDER_ID),
    client_order_id=ClientOrderId("x1"),
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal(90000),
    size=Decimal("0.004"),
    fee=Decimal("0.072"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    venue_ns=(NOW_MS + 4) * MS,
)
