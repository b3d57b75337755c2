"""Aster's envelopes, and the table of markets they speak of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exchange_clients.aster.common import V3
from exchange_clients.base_models import ContractId
from exchange_clients.errors import OrderNotFound
from exchange_clients.events import Event
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.dialects.fapi.message_handler import FapiStream
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("aster")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
DATA = SAMPLES.folder
BTC, ETH = ContractId("BTCUSDT"), ContractId("ETHUSDT")
MS = 1_000_000
NOW_MS = 1_795_200_000_000
LOCAL_NS = 99
CONNECTION = ConnectionInfo("market", received_ns=LOCAL_NS)
NOT_FOUND = Response(400, b"", error=OrderNotFound("-2013"))


def table() -> MarketTable:
    """Return the sample list of markets."""
    told = [answer("http_get_exchange_info"), answer("http_get_funding_info")]
    return MarketTable(drive(FapiMarkets(V3).list(), told)[1])


TABLE = table()
STREAM = FapiStream(V3, TABLE)


def decode(frame: bytes) -> Sequence[Event]:
    """Return what a frame says."""
    return STREAM.decode(frame, FrameKind.TEXT, CONNECTION)


def decoded(name: str, **changes: object) -> Sequence[Event]:
    """Return what a sample frame says once fields of it were changed."""
    return decode(msgspec.json.encode({**parsed(name), **changes}))


def order_frame(**changes: object) -> bytes:
    """Return the sample of an order's event with fields of the order changed."""
    frame = parsed("ws_order_trade")
    frame["o"].update(changes)
    return msgspec.json.encode(frame)
