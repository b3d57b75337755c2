"""Paradex's binary frames, schema 1, as far as they are of interest.

Numbers are hundred-millionths, instants microseconds; the least number of 64 bits stands for none.
Rows of the account are spelt out as JSON has them, and read by the same words.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

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
from exchange_clients.paradex.common import US
from exchange_clients.shared.sbe import SbeFrame

SCHEMA = 1
TRADE, BEST, BOOK = 1, 2, 3
"""Templates that are read as they are; ``ROWS`` holds those that are spelt out."""
VERSIONS = (2, 1, 3)
"""Versions of the schema, in the order in which they are asked for."""
NONE = -(1 << 63)
ONE = 100_000_000
"""What a number of one is sent as."""
SIDES = MappingProxyType({1: Side.BUY, 2: Side.SELL})

_SIDE = (None, "BUY", "SELL")
_STATUS = (None, "NEW", "UNTRIGGERED", "OPEN", "CLOSED")
_TYPE = (None, "LIMIT", "MARKET", "STOP_LIMIT", "STOP_MARKET", "TAKE_PROFIT_LIMIT",
         "TAKE_PROFIT_MARKET", "STOP_LOSS_LIMIT", "STOP_LOSS_MARKET")  # fmt: skip
_FILL_TYPE = (None, "FILL", "LIQUIDATION", "UNWIND_TRANSFER", "SETTLE_MARKET", "RPI",
              "BLOCK_TRADE")  # fmt: skip
_LIQUIDITY = (None, "MAKER", "TAKER")
_POSITION_SIDE = (None, "LONG", "SHORT")
_POSITION_STATUS = (None, "OPEN", "CLOSED", "OPEN")
"""The last one is not said: then the size tells."""
REDUCE_ONLY = 1


_TRADE = struct.Struct("<qqqBqqqB")
_BEST = struct.Struct("<qqqqqq")
_BOOK = struct.Struct("<qqBqqqqqqqqq")
_FUNDING = struct.Struct("<qqqqqqqh")
_ORDER = struct.Struct("<qqBBBBqqqqqqq32sqqBB")
_FILL = struct.Struct("<qqBBBqqqqq32sqq")
_POSITION = struct.Struct("<qqBqqqqqqqq32sqqqqqB")
_ACCOUNT = struct.Struct("<qqqqqqqqq32sqB")


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
            _contract(*_texts(frame, 1)),
            bid / ONE,
            bid_size / ONE,
            ask / ONE,
            ask_size / ONE,
            stamp_us * US,
            local_ns,
            last,
        ),
    )


def trade(frame: SbeFrame, local_ns: int) -> tuple[PublicTrade, str]:
    """Read template 1 and the type of the trade; the number of a trade may be cut, its text not."""
    _, _, number, side, price, size, created_us, kind = frame.fields(_TRADE)
    market, name = _texts(frame, 2)
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
    return event, _word(_FILL_TYPE, kind) or ""


def funding(frame: SbeFrame) -> Mapping[str, object]:
    """Spell template 5 out."""
    _, _, rate, index, created_us, premium, _, hours = frame.fields(_FUNDING)
    return {
        "market": _texts(frame, 1)[0],
        "funding_rate": _text(rate),
        "funding_index": _text(index),
        "funding_premium": _text(premium),
        "funding_period_hours": hours,
        "created_at": created_us // US,
    }


def order(frame: SbeFrame) -> Mapping[str, object]:
    """Spell template 20 out."""
    (_, _, status, side, kind, _, price, _, size, remaining, average, created_us, updated_us,
     *_, flags) = frame.fields(_ORDER)  # fmt: skip
    name, client_id, market, reason = _texts(frame, 4)
    return {
        "id": name,
        "client_id": client_id,
        "market": market,
        "status": _word(_STATUS, status),
        "side": _word(_SIDE, side),
        "type": _word(_TYPE, kind),
        "price": _text(price),
        "size": _text(size),
        "remaining_size": _text(remaining),
        "avg_fill_price": _text(average),
        "created_at": created_us // US,
        "last_updated_at": updated_us // US,
        "cancel_reason": reason,
        "flags": ["REDUCE_ONLY"] if flags & REDUCE_ONLY else [],
    }


def fill(frame: SbeFrame) -> Mapping[str, object]:
    """Spell template 21 out."""
    _, _, kind, side, liquidity, price, size, fee, _, created_us, *_ = frame.fields(_FILL)
    name, order_id, client_id, _, market, currency = _texts(frame, 6)
    return {
        "id": name,
        "order_id": order_id,
        "client_id": client_id,
        "market": market,
        "fill_type": _word(_FILL_TYPE, kind),
        "side": _word(_SIDE, side),
        "liquidity": _word(_LIQUIDITY, liquidity),
        "price": _text(price),
        "size": _text(size),
        "fee": _text(fee),
        "fee_currency": currency,
        "created_at": created_us // US,
    }


def position(frame: SbeFrame) -> Mapping[str, object]:
    """Spell template 22 out."""
    (_, _, side, size, entry, unrealised, _, _, _, _, updated_us, *_, status) = frame.fields(
        _POSITION
    )
    return {
        "market": _texts(frame, 1)[0],
        "side": _word(_POSITION_SIDE, side),
        "size": _text(size),
        "status": _word(_POSITION_STATUS, status),
        "average_entry_price": _text(entry),
        "unrealized_pnl": _text(unrealised),
        "last_updated_at": updated_us // US,
    }


def account(frame: SbeFrame) -> Mapping[str, object]:
    """Spell template 23 out."""
    _, _, _, free, _, _, value, _, updated_us, *_ = frame.fields(_ACCOUNT)
    return {
        "account_value": _text(value),
        "free_collateral": _text(free),
        "settlement_asset": _texts(frame, 1)[0],
        "updated_at": updated_us // US,
    }


ROWS: Mapping[int, tuple[str, Callable[[SbeFrame], Mapping[str, object]]]] = MappingProxyType(
    {
        5: ("funding_data", funding),
        20: ("orders", order),
        21: ("fills", fill),
        22: ("positions", position),
        23: ("account", account),
    }
)
"""By template, the channel whose rows it tells, and who spells them out."""


def spelt(frame: SbeFrame, spell: Callable[[SbeFrame], Mapping[str, object]]) -> msgspec.Raw:
    """Return a row as JSON has it."""
    return msgspec.Raw(msgspec.json.encode(spell(frame)))


def _levels(frame: SbeFrame, at: int) -> tuple[list[FloatLevel], int]:
    """Return one side of a book and where it ends.

    Raises:
        MalformedPayload: a price is not above zero, or a size below it.
    """
    rows, end = frame.rows(at, "<qq", 16)
    if rows and (min(rows)[0] <= 0 or min(size for _, size in rows) < 0):
        raise MalformedPayload("a book has a level that cannot be")
    return [(price / ONE, size / ONE) for price, size in rows], end


def _texts(frame: SbeFrame, count: int) -> list[str]:
    """Return the texts of a message without groups."""
    return frame.texts(count, frame.after_block)


def _contract(name: str) -> ContractId:
    if not name:
        raise MalformedPayload("a frame that names no market")
    return ContractId(name)


def _word(words: Sequence[str | None], number: int) -> str | None:
    """Return what a number means; None, which no row may hold, for one of a newer version."""
    return words[number] if number < len(words) else None


def _text(number: int) -> str:
    return "" if number == NONE else format(Decimal(number).scaleb(-8), "f")
