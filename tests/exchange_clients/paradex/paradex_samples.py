"""Paradex's envelopes, the markets they speak of, and binary frames built by their layout."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.events import Event
from exchange_clients.paradex.client.managers.market_data import ParadexMarkets
from exchange_clients.paradex.websocket.message_handler import ParadexStream
from exchange_clients.shared.flow import drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from tests.support.samples import Samples

SAMPLES = Samples("paradex")
sample, parsed, answer = SAMPLES.sample, SAMPLES.parsed, SAMPLES.answer
BTC, ETH = ContractId("BTC-USD-PERP"), ContractId("ETH-USD-PERP")
ACCOUNT = "0x129f3dc1b8962d8a87abc692424c78fda963ade0e1cd17bf3d1c26f8d41ee7a"
ORDER_ID = "1795200000100201709810860000"
CONNECTION = ConnectionInfo("market", received_ns=99)
MS = 1_000_000
NONE = -(1 << 63)


def order_row(**changed: object) -> dict[str, Any]:
    """Return the sample order with some fields changed."""
    return {**parsed("order"), **changed}


def table() -> MarketTable:
    """Return the list of markets."""
    _, listings = drive(ParadexMarkets().list(), [answer("http_get_markets")])
    return MarketTable(listings)


STREAM = ParadexStream(table())


def decode(frame: bytes, kind: FrameKind = FrameKind.TEXT) -> list[Event]:
    """Return the events of one frame."""
    return list(STREAM.decode(frame, kind, CONNECTION))


def pushed(channel: str, data: object) -> bytes:
    """Return a frame of a channel in JSON."""
    params = {"channel": channel, "data": data}
    return msgspec.json.encode({"jsonrpc": "2.0", "method": "subscription", "params": params})


# Binary frames ------------------------------------------------------------------------------------


def scaled(number: float | str) -> int:
    """Return a number as frames hold it."""
    return round(float(number) * 10**8)


def frame(
    template: int, layout: str, *fields: object, texts: tuple[str, ...] = (), groups: bytes = b"",
    version: int = 2, extra: bytes = b"", schema: int = 1,
) -> bytes:  # fmt: skip
    """Return a frame: header, block with what newer versions append, groups and texts."""
    block = struct.pack(layout, *fields) + extra
    spelt = b"".join(bytes([len(text.encode())]) + text.encode() for text in texts)
    return struct.pack("<HHHH", len(block), template, schema, version) + block + groups + spelt


def levels(*rows: tuple[float, float], appended: bytes = b"") -> bytes:
    """Return one side of a book as a group."""
    head = struct.pack("<HH", 16 + len(appended), len(rows))
    entries = (struct.pack("<qq", scaled(p), scaled(s)) + appended for p, s in rows)
    return head + b"".join(entries)


def book_frame(kind: int, seq: int, bids: bytes, asks: bytes, *, extra: bytes = b"") -> bytes:
    """Return a frame of the book of BTC."""
    return frame(
        3, "<qqBqqqqqqqqq", 1_795_200_000_123_456, seq, kind, *[0] * 9,
        texts=("BTC-USD-PERP",), groups=bids + asks, extra=extra,
    )  # fmt: skip


def order_frame(*, status: int = 1, flags: int = 0, side: int = 1, kind: int = 1) -> bytes:
    """Return the sample order as a frame."""
    return frame(
        20, "<qqBBBBqqqqqqq32sqqBB", 1, 2, status, side, kind, 3, scaled("90000.1"), NONE,
        scaled("0.01"), scaled("0.01"), NONE, 1_795_200_000_100_000, 1_795_200_000_101_000,
        b"\1" * 32, 1, 1, 2, flags, texts=(ORDER_ID, "abc1", "BTC-USD-PERP", "", "", ""),
        extra=b"\0\0",
    )  # fmt: skip


def fill_frame(*, kind: int = 1) -> bytes:
    """Return the sample fill as a frame."""
    return frame(
        21, "<qqBBBqqqqq32sqq", 1, 2, kind, 1, 1, scaled("90000.1"), scaled("0.004"),
        scaled("-0.0072"), 0, 1_795_200_000_700_000, b"\1" * 32, scaled(90010), 0,
        texts=("1795200000700201709810860009", ORDER_ID, "abc1", "77", "BTC-USD-PERP", "USDC"),
        extra=struct.pack("<BQ", 0, 14127820),
    )  # fmt: skip


def position_frame(*, side: int = 2, size: str = "0.01", status: int = 1) -> bytes:
    """Return the sample position as a frame: its size is absolute."""
    return frame(
        22, "<qqBqqqqqqqq32sqqqqqB", 1, 2, side, scaled(size), scaled("90000.1"),
        scaled("-1.25"), 0, NONE, scaled(120000), scaled(10), 1_795_200_000_900_000, b"\1" * 32,
        scaled("90000.1"), 0, 0, 0, 0, status, texts=("BTC-USD-PERP", "17"),
    )  # fmt: skip
