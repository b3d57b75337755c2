"""Binance's envelopes, and the table of markets they speak of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.binance.common import DIALECT
from exchange_clients.binance.websocket.message_handler import BinanceStream
from exchange_clients.errors import OrderNotFound
from exchange_clients.events import Event
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("binance")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
DATA = SAMPLES.folder
BTC, ETH = ContractId("BTCUSDT"), ContractId("ETHUSDT")
MS = 1_000_000
NOW_MS = 1_795_200_000_000
LOCAL_NS = 99
CONNECTION = ConnectionInfo("public", received_ns=LOCAL_NS)
NOT_FOUND = Response(400, b"", error=OrderNotFound("-2013"))


def table() -> MarketTable:
    """Return the sample list of markets."""
    told = [answer("http_get_exchange_info"), answer("http_get_funding_info")]
    return MarketTable(drive(FapiMarkets(DIALECT).list(), told)[1])


TABLE = table()
STREAM = BinanceStream(TABLE)


def decode(frame: bytes) -> Sequence[Event]:
    """Return what a frame says."""
    return STREAM.decode(frame, FrameKind.TEXT, CONNECTION)


def decoded(name: str, **changes: object) -> Sequence[Event]:
    """Return what a sample frame says once fields of it were changed."""
    return decode(msgspec.json.encode({**parsed(name), **changes}))


def inner(name: str, **changes: object) -> Sequence[Event]:
    """Return what a sample frame says once fields of its object ``o`` were changed."""
    frame = parsed(name)
    frame["o"].update(changes)
    return decode(msgspec.json.encode(frame))
