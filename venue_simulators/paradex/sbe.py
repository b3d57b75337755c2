"""Binary frames: an 8-byte header, a fixed block, groups, then texts; all of it little-endian.

A version appends to the block or to the texts of the version before; what an older version cannot
express is left out. Prices, sizes and money are integers of 1e-8, instants are microseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

SCHEMA_ID = 1
TRADE, BBO, BOOK, SUMMARY, FUNDING, COMPARISON = 1, 2, 3, 4, 5, 6
ORDER, FILL, POSITION, ACCOUNT, HEARTBEAT = 20, 21, 22, 23, 40
NULL = -(1 << 63)
SCALE = 10**8
PRECISE_SCALE = 10**12
BEYOND = 254
"""What an enumeration says for a value that the version cannot express."""

SIDES: Mapping[str, int] = {"BUY": 1, "SELL": 2}
TRADE_TYPES: Mapping[str, int] = {"FILL": 1, "LIQUIDATION": 2, "RPI": 5}
ORDER_STATUSES: Mapping[str, int] = {"NEW": 1, "UNTRIGGERED": 2, "OPEN": 3, "CLOSED": 4}
INSTRUCTIONS: Mapping[str, int] = {"GTC": 1, "IOC": 2, "POST_ONLY": 3, "RPI": 4}
ORDER_TYPES: Mapping[str, int] = {
    "LIMIT": 1,
    "MARKET": 2,
    "STOP_LIMIT": 3,
    "STOP_MARKET": 4,
    "TAKE_PROFIT_LIMIT": 5,
    "TAKE_PROFIT_MARKET": 6,
    "STOP_LOSS_LIMIT": 7,
    "STOP_LOSS_MARKET": 8,
}
LIQUIDITIES: Mapping[str, int] = {"MAKER": 1, "TAKER": 2}
SELF_TRADES: Mapping[str, int] = {"EXPIRE_MAKER": 1, "EXPIRE_TAKER": 2, "EXPIRE_BOTH": 3}
REQUEST_STATUSES: Mapping[str, int] = {"PENDING": 1, "PROCESSED": 2, "REJECTED": 3, "SUCCESS": 4}
MODIFY_REQUEST = 1
REDUCE_ONLY_BIT, INTERACTIVE_BIT = 1, 8

Levels: TypeAlias = Sequence[tuple[Decimal, Decimal]]


def scaled(value: Decimal | None, scale: int = SCALE) -> int:
    """Return a number as frames hold it; what is not there is the smallest integer."""
    return NULL if value is None else int(value * scale)


def frame(
    template: int,
    version: int,
    block: bytes,
    texts: Sequence[str] = (),
    groups: Sequence[Levels] = (),
) -> bytes:
    """Return a whole frame."""
    parts = [struct.pack("<HHHH", len(block), template, SCHEMA_ID, version), block]
    parts += [_group(levels) for levels in groups]
    parts += [_text(text) for text in texts]
    return b"".join(parts)


def account_bytes(address: int) -> bytes:
    """Return an address as the 32 bytes that frames hold, the highest first."""
    return address.to_bytes(32, "big")


def heartbeat(version: int, at_us: int) -> bytes:
    """Return what is sent to a connection that hears nothing else."""
    return frame(HEARTBEAT, version, struct.pack("<qq", at_us, 0))


def _group(levels: Levels) -> bytes:
    rows = (struct.pack("<qq", scaled(price), scaled(size)) for price, size in levels)
    return struct.pack("<HH", 16, len(levels)) + b"".join(rows)


def _text(text: str) -> bytes:
    raw = text.encode()[:255]
    return bytes([len(raw)]) + raw
