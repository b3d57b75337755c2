"""Paradex's binary frames, schema 1, as far as they are of interest.

Numbers are hundred-millionths, instants microseconds; the least number of 64 bits stands for none.
Rows of the account are spelt out as JSON has them, and read by the same words.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from exchange_clients.base_models import ContractId, Side
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    FloatLevel,
    PublicTrade,
)
from exchange_clients.paradex.common import ORDER_TYPE, US
from exchange_clients.shared.sbe import SbeFrame, SbeRow, decimals, words

SCHEMA = 1
TRADE, BEST, BOOK = 1, 2, 3
"""Templates that are read as they are; ``ROWS`` holds those that are spelt out."""
VERSIONS = (2, 1, 3)
"""Versions of the schema, in the order in which they are asked for."""
ONE = 100_000_000
"""What a number of one is sent as."""
SIDES = MappingProxyType({1: Side.BUY, 2: Side.SELL})

_number = decimals(8)
_side = words("BUY", "SELL")
_fill_type = words("FILL", "LIQUIDATION", "UNWIND_TRANSFER", "SETTLE_MARKET", "RPI", "BLOCK_TRADE")
_TRADE = struct.Struct("<qqqBqqqB")
_BEST = struct.Struct("<qqqqqq")
_BOOK = struct.Struct("<qqBqqqqqqqqq")


def _ms(stamp_us: int) -> int:
    return stamp_us // US


def _flags(bits: int) -> Sequence[str]:
    return ["REDUCE_ONLY"] if bits & 1 else []


def book(frame: SbeFrame, local_ns: int) -> Event:
    """Read template 3: a whole book, or the levels that changed; size zero removes one."""
    stamp_us, last, kind, *_ = frame.fields(_BOOK)
    bids, at = _levels(frame, frame.after_block)
    asks, at = _levels(frame, at)
    contract_id, stamp_ns = _contract(*frame.texts(1, at)), stamp_us * US
    if kind == 0:
        return BookSnapshot(contract_id, bids, asks, last, stamp_ns, local_ns)
    if kind != 1:
        raise MalformedPayload(f"a book of kind {kind}")
    return BookDelta(contract_id, bids, asks, last, last, last - 1, stamp_ns, local_ns)


def best(frame: SbeFrame, local_ns: int) -> Sequence[BestBidOffer]:
    """Read template 2; a book that has only one side has no best prices."""
    stamp_us, last, bid, bid_size, ask, ask_size = frame.fields(_BEST)
    if min(bid, bid_size, ask, ask_size) <= 0:
        return ()
    return (
        BestBidOffer(
            _contract(*frame.texts(1)),
            bid / ONE,
            bid_size / ONE,
            ask / ONE,
            ask_size / ONE,
            stamp_us * US,
            local_ns,
            last,
        ),
    )


def trade(frame: SbeFrame, local_ns: int) -> tuple[PublicTrade, bool]:
    """Read template 1, and whether it liquidates; a trade's number may be cut, its text not."""
    _, _, number, side, price, size, created_us, kind = frame.fields(_TRADE)
    market, name = frame.texts(2)
    if price <= 0 or size <= 0:
        raise MalformedPayload("a trade that cannot be")
    event = PublicTrade(
        _contract(market),
        price / ONE,
        size / ONE,
        SIDES[side],
        created_us * US,
        local_ns,
        name or str(number),
    )
    return event, _fill_type(kind) == "LIQUIDATION"


ROWS: Mapping[int, tuple[str, SbeRow]] = MappingProxyType(
    {
        5: (
            "funding_data",
            SbeRow(
                struct.Struct("<qqqqqqqh"),
                "_ _ funding_rate funding_index created_at funding_premium _ funding_period_hours",
                "market",
                _number,
                {"created_at": _ms, "funding_period_hours": int},
            ),
        ),
        20: (
            "orders",
            SbeRow(
                struct.Struct("<qqBBBBqqqqqqq32sqqBB"),
                "_ _ status side type _ price _ size remaining_size avg_fill_price created_at"
                " last_updated_at _ _ _ _ flags",
                "id client_id market cancel_reason",
                _number,
                {
                    "status": words("NEW", "UNTRIGGERED", "OPEN", "CLOSED"),
                    "side": _side,
                    "type": words(*ORDER_TYPE),
                    "created_at": _ms,
                    "last_updated_at": _ms,
                    "flags": _flags,
                },
            ),
        ),
        21: (
            "fills",
            SbeRow(
                struct.Struct("<qqBBBqqqqq32sqq"),
                "_ _ fill_type side liquidity price size fee _ created_at _ _ _",
                "id order_id client_id _ market fee_currency",
                _number,
                {
                    "fill_type": _fill_type,
                    "side": _side,
                    "liquidity": words("MAKER", "TAKER"),
                    "created_at": _ms,
                },
            ),
        ),
        22: (
            "positions",
            SbeRow(
                struct.Struct("<qqBqqqqqqqq32sqqqqqB"),
                "_ _ side size average_entry_price unrealized_pnl _ _ _ _ last_updated_at"
                " _ _ _ _ _ _ status",
                "market",
                _number,
                {
                    "side": words("LONG", "SHORT"),
                    # The last one is not said: then the size tells.
                    "status": words("OPEN", "CLOSED", "OPEN"),
                    "last_updated_at": _ms,
                },
            ),
        ),
        23: (
            "account",
            SbeRow(
                struct.Struct("<qqqqqqqqq32sqB"),
                "_ _ _ free_collateral _ _ account_value _ updated_at _ _ _",
                "settlement_asset",
                _number,
                {"updated_at": _ms},
            ),
        ),
    }
)
"""By template, the channel whose rows it tells, and how they are spelt out."""


def _levels(frame: SbeFrame, at: int) -> tuple[list[FloatLevel], int]:
    """Return one side of a book and where it ends.

    Raises:
        MalformedPayload: a price is not above zero, or a size below it.
    """
    rows, end = frame.rows(at, "<qq", 16)
    if rows and (min(rows)[0] <= 0 or min(size for _, size in rows) < 0):
        raise MalformedPayload("a book has a level that cannot be")
    return [(price / ONE, size / ONE) for price, size in rows], end


def _contract(name: str) -> ContractId:
    if not name:
        raise MalformedPayload("a frame that names no market")
    return ContractId(name)
