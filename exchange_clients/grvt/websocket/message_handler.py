"""GRVT's streams: JSON-RPC subscriptions, and frames numbered for each stream and selector.

Snapshots carry the number 0. Deltas carry the gateway's counter, and the answer to the subscription
says where it stands: the first delta's ``prev`` is the answer's ``latest``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import (
    BestBidOffer,
    BookSnapshot,
    Event,
    FundingUpdate,
    LabelledBookDelta,
    LabelledLevel,
    PositionUpdate,
    PrivateSequence,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.grvt.client.utils.converters import Order, OwnFill, Position
from exchange_clients.grvt.common import MARKET_DATA_WS, TRADES_WS, normalize_symbol
from exchange_clients.grvt.funding_adapter.fetchers import PERCENT, Ticker
from exchange_clients.shared.funding_rows import interval_of
from exchange_clients.shared.json_rpc import RpcError, rpc_call
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import with_liquidation
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import (
    STREAM_NUMBERED,
    AskedByWord,
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    PingRule,
    SubscribeContext,
    Topic,
    TopicKind,
    parted,
)

STREAMS = MappingProxyType(
    {
        TopicKind.BOOK: "v1.book.d",
        TopicKind.BEST: "v1.mini.s",
        TopicKind.TRADES: "v1.trade",
        TopicKind.FUNDING: "v1.ticker.s",
        TopicKind.ORDERS: "v1.order",
        TopicKind.FILLS: "v1.fill",
        TopicKind.POSITIONS: "v1.position",
    }
)
"""Balances and public liquidations have no stream."""
_KINDS = MappingProxyType({stream: kind for kind, stream in STREAMS.items()})
_OWN = tuple(stream for kind, stream in STREAMS.items() if kind.private)
_RATES = MappingProxyType(
    {"v1.book.d": "50", "v1.mini.s": "200", "v1.trade": "50", "v1.ticker.s": "500"}
)
"""Milliseconds between frames; of trades how many old ones are told first."""
NOT_NUMBERED = "0"


class _Subscribed(msgspec.Struct):
    stream: str = ""
    subs: list[str] = []
    latest_sequence_number: list[int] = []
    first_sequence_number: list[int] = []


class _Frame(msgspec.Struct, gc=False):
    stream: str = ""
    sequence_number: str = ""
    prev_sequence_number: str = ""
    feed: msgspec.Raw = msgspec.Raw()
    result: msgspec.Raw = msgspec.Raw()
    error: RpcError | None = None

    def numbered(self) -> Sequence[PrivateSequence]:
        """Return where a frame of the account stands; what is told at first has no number."""
        if self.sequence_number in ("", NOT_NUMBERED):
            return ()
        number, previous = int(self.sequence_number), int(self.prev_sequence_number)
        return (PrivateSequence(self.stream, number, previous),)


class _Book(msgspec.Struct, gc=False):
    event_time: int
    instrument: str
    bids: list[LabelledLevel]
    asks: list[LabelledLevel]


class _Mini(msgspec.Struct, gc=False):
    event_time: int
    instrument: str
    best_bid_price: float
    best_bid_size: float
    best_ask_price: float
    best_ask_size: float


class _Trade(msgspec.Struct, gc=False):
    event_time: int
    instrument: str
    is_taker_buyer: bool
    size: float
    price: float
    trade_id: str


_frame = msgspec.json.Decoder(_Frame).decode
_subscribed = msgspec.json.Decoder(_Subscribed, strict=False).decode
_book = msgspec.json.Decoder(_Book, strict=False).decode
_mini = msgspec.json.Decoder(_Mini, strict=False).decode
_trade = msgspec.json.Decoder(_Trade, strict=False).decode
_ticker = msgspec.json.Decoder(Ticker).decode
_order = msgspec.json.Decoder(Order).decode
_fill = msgspec.json.Decoder(OwnFill).decode
_position = msgspec.json.Decoder(Position).decode


class GrvtStream(AskedByWord):
    """The streams of one sub account, or the public ones alone."""

    def __init__(self, table: MarketTable, account_id: str | None) -> None:
        self._table = table
        self._account = account_id
        self._readers: MappingProxyType[str, Callable[[_Frame, int], Sequence[Event]]] = (
            MappingProxyType(
                {
                    "v1.book.d": _read_book,
                    "v1.mini.s": _read_best,
                    "v1.trade": _read_trade,
                    "v1.ticker.s": self._read_ticker,
                    "v1.order": _read_order,
                    "v1.fill": _read_fill,
                    "v1.position": _read_position,
                }
            )
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for prices and one for the account; the cookie logs the latter in.

        Nothing is documented about keeping alive, so protocol pings and a watchdog do it.
        """
        public, private = parted(topic for topic in topics if topic.kind in STREAMS)
        ping = PingRule(every_s=20, silence_s=50)
        specs = []
        if public:
            specs.append(ConnectionSpec("market", MARKET_DATA_WS, public, ping=ping))
        if private:
            headers = {} if session is None else session.headers
            specs.append(ConnectionSpec("private", TRADES_WS, private, headers=headers, ping=ping))
        return specs

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame."""
        message = _frame(frame)
        if message.stream:
            reader = self._readers.get(message.stream)
            events = () if reader is None else reader(message, connection.received_ns)
            return (*message.numbered(), *events) if message.stream in _OWN else events
        if message.error is not None:
            return (SubscribeRefused(str(message.error.code), message.error.message),)
        return self._acks(_subscribed(message.result)) if message.result else ()

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return a frame for each stream."""
        selectors: dict[str, list[str]] = {}
        for topic in topics:
            stream = STREAMS[topic.kind]
            selectors.setdefault(stream, []).append(self._selector(stream, topic))
        return [
            rpc_call(word, {"stream": stream, "selectors": chosen}, context.request_id + index)
            for index, (stream, chosen) in enumerate(selectors.items())
        ]

    def _selector(self, stream: str, topic: Topic) -> str:
        if topic.kind.private:
            own = self._account or ""
            return own if topic.contract_id is None else f"{own}-{topic.contract_id}"
        return f"{topic.contract_id}@{_RATES[stream]}"

    def _acks(self, reply: _Subscribed) -> Sequence[Event]:
        kind = _KINDS.get(reply.stream)
        if kind is None:
            return ()
        latest = reply.latest_sequence_number or [each - 1 for each in reply.first_sequence_number]
        return [
            SubscribeAck(self._topic(kind, selector).name, latest[at] if at < len(latest) else None)
            for at, selector in enumerate(reply.subs)
        ]

    def _topic(self, kind: TopicKind, selector: str) -> Topic:
        if kind.private:
            contract = selector.partition("-")[2]
            return Topic(kind, ContractId(contract) if contract else None)
        return Topic(kind, ContractId(selector.partition("@")[0]))

    def _read_ticker(self, frame: _Frame, received_ns: int) -> Sequence[Event]:
        ticker = _ticker(frame.feed)
        listing = self._table.get(ContractId(ticker.instrument))
        if listing is None:
            return ()
        return (
            FundingUpdate(
                contract_id=listing.market.contract_id,
                symbol=listing.market.symbol,
                rate=ticker.funding_rate / PERCENT,
                interval_hours=interval_of(listing),
                next_funding_ns=int(ticker.next_funding_time),
                mark_price=ticker.mark_price,
                venue_ns=int(ticker.event_time),
            ),
        )


def _read_book(frame: _Frame, received_ns: int) -> Sequence[Event]:
    book = _book(frame.feed)
    contract_id = ContractId(book.instrument)
    if frame.sequence_number == NOT_NUMBERED:
        bids = [(level.price, level.size) for level in book.bids]
        asks = [(level.price, level.size) for level in book.asks]
        stamp = book.event_time
        return (BookSnapshot(contract_id, bids, asks, STREAM_NUMBERED, stamp, received_ns),)
    return (
        LabelledBookDelta(
            contract_id,
            book.bids,
            book.asks,
            int(frame.sequence_number),
            int(frame.prev_sequence_number),
            book.event_time,
            received_ns,
        ),
    )


def _read_best(frame: _Frame, received_ns: int) -> Sequence[Event]:
    mini = _mini(frame.feed)
    return (
        BestBidOffer(
            ContractId(mini.instrument),
            mini.best_bid_price,
            mini.best_bid_size,
            mini.best_ask_price,
            mini.best_ask_size,
            mini.event_time,
            received_ns,
        ),
    )


def _read_trade(frame: _Frame, received_ns: int) -> Sequence[Event]:
    """Return a trade that is new: those told at the subscription are not numbered."""
    if frame.sequence_number == NOT_NUMBERED:
        return ()
    row = _trade(frame.feed)
    side = Side.BUY if row.is_taker_buyer else Side.SELL
    contract_id = ContractId(row.instrument)
    return (
        PublicTrade(
            contract_id, row.price, row.size, side, row.event_time, received_ns, row.trade_id
        ),
    )


def _read_order(frame: _Frame, received_ns: int) -> Sequence[Event]:
    return (_order(frame.feed).info(),)


def _read_fill(frame: _Frame, received_ns: int) -> Sequence[Event]:
    """Return the fill; a liquidation of ours is told by it alone."""
    own = _fill(frame.feed)
    return with_liquidation(own.fill(), normalize_symbol, forced=own.is_liquidation)


def _read_position(frame: _Frame, received_ns: int) -> Sequence[Event]:
    row = _position(frame.feed)
    return (
        PositionUpdate(
            ContractId(row.instrument),
            Decimal(row.size),
            Decimal(row.entry_price) or None,
            int(row.event_time),
        ),
    )
