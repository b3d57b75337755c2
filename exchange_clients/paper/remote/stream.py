"""The venue's streams: what is asked for and what frames say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from exchange_clients import events
from exchange_clients.base_models import ContractId, LiquidationEvent, Side
from exchange_clients.paper.remote.account import Balance, Payment
from exchange_clients.paper.remote.converters import ORDER_IDS, Fill, Order, decimal
from exchange_clients.paper.remote.markets import Book, Trade
from exchange_clients.paper.remote.signing import PaperSigner
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.signing import Session, Signer
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    SubscribeContext,
    Topic,
    parted,
)


class _Frame(msgspec.Struct):
    type: str


class _Topic(msgspec.Struct):
    """What is said of a topic, or of a frame that could not be read."""

    topic: str | None
    code: str = ""
    message: str = ""

    @property
    def name(self) -> str | None:
        """How events name it: ``orders:``."""
        return self.topic if self.topic is None or ":" in self.topic else f"{self.topic}:"


class _Delta(msgspec.Struct):
    market: ContractId
    first: int
    last: int
    bids: Levels
    asks: Levels
    time: int


class _Best(msgspec.Struct):
    market: ContractId
    number: int
    bid: tuple[FloatPrice, FloatSize]
    ask: tuple[FloatPrice, FloatSize]
    time: int


class _Funding(msgspec.Struct):
    market: ContractId
    rate: Amount
    interval_hours: Positive
    next_time: int
    mark: Positive
    time: int


class _Liquidation(msgspec.Struct):
    market: ContractId
    side: Side
    size: Positive
    price: Positive
    time: int
    ours: bool


class _Position(msgspec.Struct):
    market: ContractId
    size: Amount
    entry_price: Amount | None
    time: int

    def update(self) -> events.PositionUpdate:
        entry_price = decimal(self.entry_price)
        return events.PositionUpdate(self.market, Decimal(self.size), entry_price, self.time)


_FRAME = msgspec.json.Decoder(_Frame)
_TOPIC = msgspec.json.Decoder(_Topic)
# Not strict: prices are text that is read to floats.
_BOOK = msgspec.json.Decoder(Book, strict=False)
_DELTA = msgspec.json.Decoder(_Delta, strict=False)
_BEST = msgspec.json.Decoder(_Best, strict=False)
_TRADE = msgspec.json.Decoder(Trade, strict=False)
_FUNDING = msgspec.json.Decoder(_Funding)
_LIQUIDATION = msgspec.json.Decoder(_Liquidation)
Read: TypeAlias = Callable[[bytes, MarketTable, int], Sequence[events.Event]]


class PaperStream:
    """The streams of one venue; private ones need the account's signer."""

    def __init__(self, table: MarketTable, signer: Signer | None) -> None:
        self._table = table
        self._signer = signer

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for markets and one for the account."""
        shares = zip(("market", "private"), parted(topics), strict=True)
        return [ConnectionSpec(name, "ws", share) for name, share in shares if share]

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return one frame, signed where a topic is private."""
        names = _names(topics)
        frame: dict[str, object] = {"op": "subscribe", "topics": names}
        if any(topic.kind.private for topic in topics):
            assert isinstance(self._signer, PaperSigner), "private topics need an account"
            frame |= self._signer.subscription(names, context.now_ms)
        return [msgspec.json.encode(frame).decode()]

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return one frame."""
        return [msgspec.json.encode({"op": "unsubscribe", "topics": _names(topics)}).decode()]

    def decode(
        self, frame: bytes, kind: FrameKind, connection: ConnectionInfo
    ) -> Sequence[events.Event]:
        """Read one frame; a type that is not known here is of no interest."""
        read = _READ.get(_FRAME.decode(frame).type)
        return [] if read is None else read(frame, self._table, connection.received_ns)


def _names(topics: Sequence[Topic]) -> list[str]:
    return [topic.name.removesuffix(":") for topic in topics]


def _subscribed(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    return [events.SubscribeAck(_TOPIC.decode(frame).name or "")]


def _refused(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    refused = _TOPIC.decode(frame)
    return [events.SubscribeRefused(refused.code, refused.message, refused.name)]


def _delta(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    row = _DELTA.decode(frame)
    before = row.first - 1
    return [
        events.BookDelta(
            row.market, row.bids, row.asks, row.first, row.last, before, row.time, local_ns
        )
    ]


def _best(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    row = _BEST.decode(frame)
    return [events.BestBidOffer(row.market, *row.bid, *row.ask, row.time, local_ns, row.number)]


def _funding(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    row = _FUNDING.decode(frame)
    symbol = table.of_contract(row.market).market.symbol
    rate, hours, mark = Decimal(row.rate), Decimal(row.interval_hours), Decimal(row.mark)
    return [events.FundingUpdate(row.market, symbol, rate, hours, row.next_time, mark, row.time)]


def _liquidation(frame: bytes, table: MarketTable, local_ns: int) -> Sequence[events.Event]:
    row = _LIQUIDATION.decode(frame)
    symbol = table.of_contract(row.market).market.symbol
    size, price = Decimal(row.size), Decimal(row.price)
    return [LiquidationEvent(row.market, symbol, row.side, size, price, row.time, row.ours)]


def _rows(frame: bytes) -> list[msgspec.Raw]:
    return [msgspec.Raw(frame)]


_READ: Mapping[str, Read] = MappingProxyType(
    {
        "subscribed": _subscribed,
        "refused": _refused,
        "book_snapshot": lambda frame, _, local_ns: [_BOOK.decode(frame).snapshot(local_ns)],
        "book_delta": _delta,
        "best": _best,
        "trade": lambda frame, _, local_ns: [_TRADE.decode(frame).event(local_ns)],
        "funding": _funding,
        "liquidation": _liquidation,
        "order": lambda frame, *_: read_rows(_rows(frame), Order, Order.info, ORDER_IDS),
        "fill": lambda frame, *_: read_rows(_rows(frame), Fill, Fill.fill, ORDER_IDS),
        "position": lambda frame, *_: read_rows(_rows(frame), _Position, _Position.update),
        "balance": lambda frame, *_: read_rows(_rows(frame), Balance, Balance.update),
        "payment": lambda frame, *_: read_rows(_rows(frame), Payment, Payment.payment),
    }
)
