"""Backpack's envelopes, and the table of markets they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.backpack.client.managers.market_data import BackpackMarkets
from exchange_clients.backpack.client.utils.signing import BackpackSigner
from exchange_clients.backpack.websocket.message_handler import BackpackStream
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderStatus,
    Side,
    VenueOrderId,
)
from exchange_clients.errors import OrderNotFound
from exchange_clients.events import Event
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("backpack")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
DATA = SAMPLES.folder
BTC = ContractId("BTC_USDC_PERP")
ETH = ContractId("ETH_USDC_PERP")
SOL = ContractId("SOL_USDC_PERP")
LOCAL_NS = 99
CONNECTION = ConnectionInfo("market", received_ns=LOCAL_NS)


def table() -> MarketTable:
    """Return the sample list of markets."""
    _, listings = drive(BackpackMarkets().list(), [answer("http_get_markets")])
    return MarketTable(listings)


RESTING = OrderInfo(
    order_id=VenueOrderId("4238907375"),
    client_order_id=ClientOrderId("1001"),
    contract_id=SOL,
    side=Side.BUY,
    size=Decimal("1.5"),
    price=Decimal("180.50"),
    status=OrderStatus.OPEN,
    created_ns=1795200000_123000000,
)
NOT_FOUND = Response(404, b"", error=OrderNotFound("RESOURCE_NOT_FOUND"))
TABLE = table()
STREAM = BackpackStream(TABLE, BackpackSigner("public", simulated_seal))


def decode(frame: bytes) -> Sequence[Event]:
    """Return what a frame says."""
    return STREAM.decode(frame, FrameKind.TEXT, CONNECTION)


def decoded(name: str, **changes: object) -> Sequence[Event]:
    """Return what a sample frame says once fields of its data were changed."""
    frame = parsed(name)
    frame["data"].update(changes)
    return decode(msgspec.json.encode(frame))


def history_row(**changes: object) -> dict[str, object]:
    """Return an order as the history tells it."""
    return {**parsed("http_post_order"), "createdAt": "2026-11-20T18:40:01", **changes}
