"""Book updates in each venue's own shape, as bytes off a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId
from venue_simulators.paradex.market_frames import DELTA, Best, BookWords

SBE_VERSION = 1
"""Of Paradex's binary frames."""
AT_MS = 1_795_200_000_000
Rows = Sequence[tuple[str, str]]
"""Prices and sizes as text."""
Shape = Callable[[str, int, Rows, Rows], bytes]
"""Makes a frame of a contract, a number that counts, bids and asks."""


def _compact(message: object) -> bytes:
    return msgspec.json.encode(message)


def _labelled(rows: Rows, **more: object) -> list[dict[str, object]]:
    return [{"price": price, "size": size, **more} for price, size in rows]


def _fapi(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    stamps = {"e": "depthUpdate", "E": AT_MS, "T": AT_MS, "s": contract, "U": number}
    return _compact({**stamps, "u": number, "pu": number - 1, "b": bids, "a": asks})


def _backpack(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    stamps = {"e": "depth", "E": AT_MS * 1000, "T": AT_MS * 1000, "s": contract}
    data = {**stamps, "U": number, "u": number, "a": asks, "b": bids}
    return _compact({"stream": f"depth.{contract}", "data": data})


def _bybit(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    data = {"s": contract, "b": bids, "a": asks, "u": number, "seq": number}
    words = {"topic": f"orderbook.50.{contract}", "type": "delta", "ts": AT_MS, "data": data}
    return _compact({**words, "cts": AT_MS})


def _edgex(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    channel = f"depth.{contract}.200"
    data = {
        "startVersion": str(number - 1), "endVersion": str(number), "level": 200,
        "contractId": contract, "contractName": "BTCUSDC", "asks": _labelled(asks),
        "bids": _labelled(bids), "depthType": "CHANGED",
    }  # fmt: skip
    content = {"channel": channel, "dataType": "changed", "data": [data]}
    return _compact({"type": "quote-event", "channel": channel, "content": content})


def _grvt(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    feed = {
        "event_time": str(AT_MS * 1_000_000), "instrument": contract,
        "bids": _labelled(bids, num_orders=1), "asks": _labelled(asks, num_orders=1),
    }  # fmt: skip
    words = {"stream": "v1.book.d", "selector": f"{contract}@50", "sequence_number": str(number)}
    return _compact({**words, "feed": feed, "prev_sequence_number": str(number - 1)})


def _lighter(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    book = {
        "code": 0, "asks": _labelled(asks), "bids": _labelled(bids), "offset": number,
        "nonce": number, "begin_nonce": number - 1, "last_updated_at": AT_MS * 1000,
    }  # fmt: skip
    words = {"channel": f"order_book:{contract}", "offset": number, "order_book": book}
    return _compact({**words, "timestamp": AT_MS, "type": "update/order_book"})


def _okx(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    sides = {"asks": [(*row, "0", "1") for row in asks], "bids": [(*row, "0", "1") for row in bids]}
    data = {**sides, "ts": str(AT_MS), "checksum": 0, "prevSeqId": number - 1, "seqId": number}
    arg = {"channel": "books", "instId": contract}
    return _compact({"arg": arg, "action": "update", "data": [data]})


def _paradex(contract: str, number: int, bids: Rows, asks: Rows) -> bytes:
    sides = [[(Decimal(price), Decimal(size)) for price, size in rows] for rows in (bids, asks)]
    at_ns, nothing = AT_MS * 1_000_000, Best(None, None)
    words = BookWords(ContractId(contract), number, at_ns, DELTA, sides[0], sides[1], nothing)
    return words.frame(SBE_VERSION)


SHAPES: Mapping[str, Shape] = {
    "aster": _fapi, "backpack": _backpack, "binance": _fapi, "bybit": _bybit, "edgex": _edgex,
    "grvt": _grvt, "lighter": _lighter, "okx": _okx, "paradex": _paradex,
}  # fmt: skip
