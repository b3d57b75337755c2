"""Aster's envelopes, and the table of markets they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

DATA = Path(__file__).parents[2] / "data" / "aster"
BTC, ETH = ContractId("BTCUSDT"), ContractId("ETHUSDT")
MS = 1_000_000
NOW_MS = 1_795_200_000_000
LOCAL_NS = 99
CONNECTION = ConnectionInfo("market", received_ns=LOCAL_NS)
NOT_FOUND = Response(400, b"", error=OrderNotFound("-2013"))


def sample(name: str) -> bytes:
    """Return one whole body or frame."""
    return (DATA / f"{name}.json").read_bytes()


def parsed(name: str) -> Any:
    """Return one body or frame as plain values, to be changed."""
    return msgspec.json.decode(sample(name))


def answer(name: str) -> Response:
    """Return one body as an answer."""
    return Response(200, sample(name))


def answers(*bodies: object) -> list[Response]:
    """Return answers with these bodies."""
    return [Response(200, msgspec.json.encode(body)) for body in bodies]


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
