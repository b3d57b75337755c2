"""What a venue's public streams said of one market, as lines of a file that can be replayed.

The first line says what the file is; each other line is one row, a JSON array that begins with its
kind and the instant (epoch ns) at which it was heard:

    {"recording":"stream 1","venue":"backpack prod","contract_id":"BTC_USDC_PERP","symbol":"BTC"}
    ["book",1767225600000000000,1767225599990000000,[[62000.0,1.5]],[[62000.1,0.2]]]
    ["change",1767225600050000000,null,[[62000.0,0.0]],[]]
    ["trade",1767225600060000000,null,62000.1,0.01,"buy","4711"]
    ["funding",1767225600070000000,"0.0000125","1",1767229200000000000,"62000.05"]
    ["gap",1767225600080000000,"missing before update 815"]

``book`` is the whole book and comes first, and again after each ``gap``; ``change`` states levels
anew, a size of zero removes one. Updates carry no numbers: what was not heard is a ``gap``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import BookDelta, BookSnapshot, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import SourceEvent

FORMAT = "stream 1"
MARK = b'{"recording":"stream '
"""How the first line of such a file begins, of whichever version."""
Levels: TypeAlias = list[tuple[float, float]]


class Header(msgspec.Struct, frozen=True):
    """The first line."""

    recording: str
    venue: str
    contract_id: str
    symbol: str


class BookRow(msgspec.Struct, frozen=True, array_like=True, tag="book", gc=False):
    """The whole book."""

    local_ns: int
    venue_ns: int | None
    bids: Levels
    asks: Levels


class ChangeRow(msgspec.Struct, frozen=True, array_like=True, tag="change", gc=False):
    """Levels stated anew."""

    local_ns: int
    venue_ns: int | None
    bids: Levels
    asks: Levels


class TradeRow(msgspec.Struct, frozen=True, array_like=True, tag="trade", gc=False):
    """One public trade."""

    local_ns: int
    venue_ns: int | None
    price: float
    size: float
    aggressor: Side
    trade_id: str = ""


class FundingRow(msgspec.Struct, frozen=True, array_like=True, tag="funding"):
    """The rate as it stands, a fraction per ``interval_hours``."""

    local_ns: int
    rate: Decimal
    interval_hours: Decimal
    next_funding_ns: int | None
    mark_price: Decimal | None = None


class GapRow(msgspec.Struct, frozen=True, array_like=True, tag="gap"):
    """The book is not known from here to the next one."""

    local_ns: int
    detail: str = ""


Row: TypeAlias = BookRow | ChangeRow | TradeRow | FundingRow | GapRow

_encode = msgspec.json.Encoder().encode
_decode: Callable[[bytes], Row] = msgspec.json.Decoder(Row).decode
_decode_header = msgspec.json.Decoder(Header).decode


def header_line(venue: str, contract_id: str, symbol: str) -> bytes:
    """Return the first line of a file."""
    return _encode(Header(FORMAT, venue, contract_id, symbol)) + b"\n"


def row_line(row: Row) -> bytes:
    """Return a row as a line."""
    return _encode(row) + b"\n"


def read_header(line: bytes) -> Header:
    """Read the first line.

    Raises:
        ValueError: it is not of this format.
    """
    header = _decode_header(line)
    if header.recording != FORMAT:
        raise ValueError(f"recording {header.recording!r} is not {FORMAT!r}, which is read here")
    return header


def read_row(line: bytes) -> Row:
    """Read any other line.

    Raises:
        ValueError: it is no row, or a price or size in it cannot be.
    """
    row = _decode(line)
    if isinstance(row, TradeRow):
        _check([(row.price, row.size)])
    elif isinstance(row, BookRow | ChangeRow):
        _check(row.bids)
        _check(row.asks)
    return row


class RowReader:
    """Turns rows into market events; it numbers the updates, so that each joins the one before.

    Args:
        contract_id: The market that the rows are of.
    """

    def __init__(self, contract_id: ContractId) -> None:
        self._contract_id = contract_id
        self._number = 0

    def event(self, row: Row) -> SourceEvent | None:
        """Return what happened; None for a row that is not of the market's book or trades."""
        contract_id = self._contract_id
        if isinstance(row, ChangeRow):
            before = self._number
            self._number = now = before + 1
            return BookDelta(
                contract_id, row.bids, row.asks, now, now, before, row.venue_ns, row.local_ns
            )
        if isinstance(row, TradeRow):
            return PublicTrade(
                contract_id,
                row.price,
                row.size,
                row.aggressor,
                row.venue_ns,
                row.local_ns,
                row.trade_id,
            )
        if isinstance(row, BookRow):
            self._number += 1
            return BookSnapshot(
                contract_id, row.bids, row.asks, self._number, row.venue_ns, row.local_ns
            )
        if isinstance(row, GapRow):
            return StreamSignal(Signal.GAP, contract_id, row.local_ns, row.detail)
        return None


def _check(levels: Levels) -> None:
    for price, size in levels:
        if price <= 0:
            raise ValueError(f"price {price!r} is not above zero")
        if size < 0:
            raise ValueError(f"size {size!r} is below zero")
