"""The frames of Lighter's streams, as structs: every one has the same envelope."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from exchange_clients.events import LabelledLevel
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize


class StreamError(msgspec.Struct):
    """What went wrong; no channel is named."""

    code: int
    message: str = ""


class BookLevels(msgspec.Struct, gc=False):
    """Levels of a book, and the chain they are a link of."""

    asks: list[LabelledLevel]
    bids: list[LabelledLevel]
    nonce: int
    begin_nonce: int


class StreamFrame(msgspec.Struct, gc=False):
    """Any frame; which fields are set follows from ``type``."""

    type: str = ""
    channel: str = ""
    timestamp: int = 0
    order_book: BookLevels | None = None
    ticker: msgspec.Raw = msgspec.Raw()
    market_stats: msgspec.Raw = msgspec.Raw()
    trades: msgspec.Raw = msgspec.Raw()
    liquidation_trades: msgspec.Raw = msgspec.Raw()
    orders: dict[str, list[msgspec.Raw] | None] | None = None
    positions: dict[str, msgspec.Raw] | None = None
    stats: msgspec.Raw = msgspec.Raw()
    error: StreamError | None = None
    code: int = 0
    message: str = ""
    close_in_ms: int | None = None


class TickerSide(msgspec.Struct):
    """One side of the best prices; empty texts where there is none."""

    price: str
    size: str


class TickerRow(msgspec.Struct):
    """The best prices."""

    a: TickerSide
    b: TickerSide


class StatsRow(msgspec.Struct):
    """The state of a market; the rate is percent for the hour that runs."""

    market_id: int
    mark_price: Decimal
    current_funding_rate: Amount
    funding_timestamp: int


class PrintRow(msgspec.Struct):
    """A trade of the market."""

    trade_id: int
    market_id: int
    size: FloatSize
    price: FloatPrice
    is_maker_ask: bool
    timestamp: int


class UserRow(msgspec.Struct):
    """The money of the account."""

    available_balance: Amount
    portfolio_value: Amount


read_frame = msgspec.json.Decoder(StreamFrame, strict=False).decode
read_prints = msgspec.json.Decoder(list[PrintRow] | None, strict=False).decode
read_lists = msgspec.json.Decoder(
    list[msgspec.Raw] | dict[str, list[msgspec.Raw] | None] | None
).decode
