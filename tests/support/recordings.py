"""Small recordings in the form of the real ones, to be spoilt in one place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

START_NS = 1_723_161_255_000_000_000


def depth_line(
    number: int,
    bids: Sequence[tuple[str, str]] = (),
    asks: Sequence[tuple[str, str]] = (),
    *,
    symbol: str = "BTCUSDT",
    previous: int | None = None,
) -> str:
    """Return the depth update ``number``, 1 ms after the one before."""
    data = {
        "e": "depthUpdate",
        "E": 1_723_161_256_000 + number,
        "T": 1_723_161_255_999 + number,
        "s": symbol,
        "U": number,
        "u": number,
        "pu": number - 1 if previous is None else previous,
        "b": bids,
        "a": asks,
    }
    return stamped(number, {"stream": f"{symbol.lower()}@depth@0ms", "data": data})


def ticker_line(number: int, bid: str, ask: str, *, symbol: str = "BTCUSDT") -> str:
    """Return a best-price frame as of update ``number``."""
    data = {
        "e": "bookTicker",
        "u": number,
        "s": symbol,
        "b": bid,
        "B": "2.500",
        "a": ask,
        "A": "1.250",
        "T": 1_723_161_256_000 + number,
        "E": 1_723_161_256_000 + number,
    }
    return stamped(number, {"stream": f"{symbol.lower()}@bookTicker", "data": data})


def trade_line(number: int, price: str, size: str, *, kind: str = "MARKET") -> str:
    """Return a trade in which the buyer took."""
    data = {
        "e": "trade",
        "E": 1_723_161_256_000 + number,
        "T": 1_723_161_256_000 + number,
        "s": "BTCUSDT",
        "t": 9000 + number,
        "p": price,
        "q": size,
        "X": kind,
        "m": False,
    }
    return stamped(number, {"stream": "btcusdt@trade", "data": data})


def snapshot_line(number: int, at: int | None = None) -> str:
    """Return the REST book as of update ``number``, received with update ``at``."""
    body = {
        "lastUpdateId": number,
        "E": 1_723_161_256_000 + number,
        "T": 1_723_161_255_990 + number,
        "bids": [["61800.20", "2.909"], ["61800.00", "20.004"], ["61799.70", "1.795"]],
        "asks": [["61800.30", "0.510"], ["61800.50", "3.001"]],
    }
    return stamped(number if at is None else at, body)


def stamped(number: int, body: object) -> str:
    """Return a line received ``number`` ms after the start."""
    return f"{START_NS + number * 1_000_000} {json.dumps(body, separators=(',', ':'))}"


def write_lines(path: Path, lines: Sequence[str]) -> Path:
    """Write a text file, compressed where its name says so."""
    data = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
