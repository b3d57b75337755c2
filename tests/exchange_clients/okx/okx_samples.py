"""OKX's envelopes, the markets they speak of, and values that many tests share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import Event
from exchange_clients.okx.client.managers.market_data import OkxMarkets
from exchange_clients.okx.client.utils.converters import ALGO
from exchange_clients.okx.websocket.message_handler import OkxStream
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("okx")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
BTC = ContractId("BTC-USDT-SWAP")
BTC_USDC = ContractId("BTC-USDC-SWAP")
CONNECTION = ConnectionInfo("market", received_ns=99)
MS = 1_000_000
D = Decimal
OURS = ClientOrderId("a1")
ORDER_ID = VenueOrderId("2497956918703120384")
UNIT = D("0.01")
"""Of bitcoin in one contract."""


def said(*rows: object, code: str = "0", status: int = 200) -> Response:
    """Return rows as an answer."""
    return Response(status, msgspec.json.encode({"code": code, "msg": "", "data": rows}))


def row_of(name: str, **changed: object) -> dict[str, Any]:
    """Return the first row of a sample with some fields changed."""
    return {**parsed(name)["data"][0], **changed}


def instruments() -> list[dict[str, Any]]:
    """Return the list's rows: in USDT, in USDC, one that stands still, one that is inverse."""
    btc = row_of("http_get_instruments")
    in_usdc = {
        "instId": "BTC-USDC-SWAP", "instFamily": "BTC-USDC", "uly": "BTC-USDC",
        "settleCcy": "USDC", "ctVal": "0.0001", "instIdCode": 20002,
    }  # fmt: skip
    resting = {"instId": "ETH-USDT-SWAP", "instFamily": "ETH-USDT", "state": "suspend"}
    inverse = {"instId": "BTC-USD-SWAP", "instFamily": "BTC-USD", "ctType": "inverse"}
    return [btc, {**btc, **in_usdc}, {**btc, **resting}, {**btc, **inverse, "settleCcy": "BTC"}]


def table() -> MarketTable:
    """Return the list of markets."""
    _, listings = drive(OkxMarkets().list(), [said(*instruments())])
    return MarketTable(listings)


TABLE = table()
STREAM = OkxStream(TABLE, None)


def decode(frame: bytes) -> list[Event]:
    """Return the events of one frame."""
    return list(STREAM.decode(frame, FrameKind.TEXT, CONNECTION))


def pushed(name: str, **changed: object) -> bytes:
    """Return a sampled frame with some fields of its only row changed."""
    frame = parsed(name)
    return msgspec.json.encode({**frame, "data": [{**frame["data"][0], **changed}]})


NEW = NewOrder(OURS, BTC, Side.BUY, UNIT, D("90000"), time_in_force=TimeInForce.GTX)
PENDING = OrderInfo(
    order_id=ORDER_ID,
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    size=UNIT,
    price=D("90000"),
    status=OrderStatus.PENDING,
)
PARTLY = OrderInfo(
    order_id=ORDER_ID,
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    size=UNIT,
    price=D("90000"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=D("0.004"),
    average_price=D("90000"),
    created_ns=1_795_200_000_000 * MS,
    updated_ns=1_795_200_000_003 * MS,
)
FILL = Fill(
    trade_id=TradeId("1518905529"),
    order_id=ORDER_ID,
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    price=D("90000"),
    size=D("0.004"),
    fee=D("0.072"),
    fee_asset="USDT",
    liquidity=Liquidity.MAKER,
    venue_ns=1_795_200_000_003 * MS,
)
WAITING = OrderInfo(
    order_id=VenueOrderId(f"{ALGO}123456789"),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.SELL,
    size=D("0.01"),
    price=None,
    status=OrderStatus.OPEN,
    order_type=OrderType.STOP_MARKET,
    reduce_only=True,
    created_ns=1_795_200_000_000 * MS,
    updated_ns=1_795_200_000_000 * MS,
)
