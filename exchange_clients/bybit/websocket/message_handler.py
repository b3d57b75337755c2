"""Bybit's streams: topics by name, each asked for by a frame whose ``req_id`` is the topic's.

A book begins with a snapshot, and any later one replaces it. Its deltas are numbered by one;
``u`` 1 says that the service began anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, LiquidationEvent, Symbol
from exchange_clients.bybit.client.managers.account_manager import Wallet
from exchange_clients.bybit.client.managers.position_manager import Position
from exchange_clients.bybit.client.utils.converters import (
    FILL_IDS,
    FORCED,
    ORDER_IDS,
    Execution,
    Order,
)
from exchange_clients.bybit.client.utils.entry import PING, ROTATE_S
from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.common import SETTLED_IN, SIDE, WS_PRIVATE, WS_PUBLIC, normalize_symbol
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    FundingUpdate,
    LoginAccepted,
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.shared.amounts import (
    FloatPrice,
    FloatSize,
    Levels,
    Optional,
    Positive,
    number,
)
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.funding_rows import next_boundary
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import with_liquidation
from exchange_clients.shared.rows import flattened, read_rows
from exchange_clients.shared.signing import Session, Signer
from exchange_clients.shared.stream import (
    AskedByWord,
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    SubscribeContext,
    Topic,
    TopicKind,
    parted,
)

TOPICS = MappingProxyType(
    {
        TopicKind.BOOK: "orderbook.50",
        TopicKind.BEST: "orderbook.1",
        TopicKind.TRADES: "publicTrade",
        TopicKind.FUNDING: "tickers",
        TopicKind.LIQUIDATIONS: "allLiquidation",
        TopicKind.ORDERS: "order.linear",
        TopicKind.FILLS: "execution.linear",
        TopicKind.POSITIONS: "position.linear",
        TopicKind.BALANCES: "wallet",
    }
)
BEST_PREFIX = "orderbook.1."


class _Frame(msgspec.Struct, gc=False):
    topic: str = ""
    type: str = ""
    ts: int = 0
    cts: int = 0
    data: msgspec.Raw = msgspec.Raw()
    op: str = ""
    success: bool | None = None
    ret_msg: str = ""
    req_id: str = ""


class _Book(msgspec.Struct, gc=False):
    s: ContractId
    b: Levels
    a: Levels
    u: int


class _Trade(msgspec.Struct, gc=False):
    T: int
    s: ContractId
    S: str
    v: FloatSize
    p: FloatPrice
    i: str


class _Ticker(msgspec.Struct, rename="camel", gc=False):
    """After the first frame only what has changed is told."""

    symbol: ContractId
    funding_rate: Optional = ""
    next_funding_time: str = ""
    mark_price: Optional = ""


class _Liquidation(msgspec.Struct):
    T: int
    s: ContractId
    S: str
    v: Positive
    p: Positive


_frame = msgspec.json.Decoder(_Frame).decode
_book = msgspec.json.Decoder(_Book, strict=False).decode
_trades = msgspec.json.Decoder(list[_Trade], strict=False).decode
_ticker = msgspec.json.Decoder(_Ticker).decode
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_wallets = msgspec.json.Decoder(list[Wallet]).decode


class BybitStream(AskedByWord):
    """The streams of one account, or the public ones alone."""

    def __init__(self, table: MarketTable, signer: Signer | None) -> None:
        self._table = table
        self._signer = signer
        self._readers = MappingProxyType(
            {
                "orderbook": _read_book,
                "publicTrade": _read_trades,
                "tickers": self._read_ticker,
                "allLiquidation": self._read_liquidations,
                "order": _read_orders,
                "execution": self._read_executions,
                "position": _read_positions,
                "wallet": _read_wallet,
            }
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for markets and one for the account, which logs in by a frame."""
        # Nothing public is told of all markets at once.
        told = (each for each in topics if each.kind.private or each.contract_id)
        public, private = parted(told)
        specs = []
        if public:
            specs.append(
                ConnectionSpec("market", WS_PUBLIC, public, ping=PING, rotate_after_s=ROTATE_S)
            )
        if private:
            assert isinstance(self._signer, BybitSigner), "private topics need an account"
            login = self._signer.login(now_ms)
            specs.append(
                ConnectionSpec(
                    "private", WS_PRIVATE, private, login=login, ping=PING,
                    rotate_after_s=ROTATE_S,
                )
            )  # fmt: skip
        return specs

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return a frame for each topic: of several in one, one bad topic fails all."""
        return [_asking(word, topic) for topic in topics]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame."""
        message = _frame(frame)
        if message.topic:
            reader = self._readers.get(message.topic.partition(".")[0])
            return () if reader is None else reader(message, connection.received_ns)
        return _control(message)

    def _read_ticker(self, frame: _Frame, received_ns: int) -> Sequence[Event]:
        """Return the rate, where it is told: at the beginning and when it changes."""
        ticker = _ticker(frame.data)
        listing = self._table.get(ticker.symbol)
        if listing is None or not ticker.funding_rate or listing.funding_interval_hours is None:
            return ()
        # Settlements are aligned to midnight UTC.
        hours = listing.funding_interval_hours
        told = ticker.next_funding_time
        next_ns = int(told) * MS if told.isdigit() else next_boundary(frame.ts * MS, hours)
        return (
            FundingUpdate(
                contract_id=ticker.symbol,
                symbol=listing.market.symbol,
                rate=Decimal(ticker.funding_rate),
                interval_hours=hours,
                next_funding_ns=next_ns,
                mark_price=number(ticker.mark_price) or None,
                venue_ns=frame.ts * MS,
            ),
        )

    def _read_executions(self, frame: _Frame, received_ns: int) -> Sequence[Event]:
        """Return fills; what the venue closed is a liquidation of ours as well."""
        return flattened(read_rows(_rows(frame.data), Execution, self._executed, FILL_IDS))

    def _executed(self, row: Execution) -> Sequence[Event]:
        forced = row.exec_type in FORCED
        told = [with_liquidation(fill, self._symbol, forced=forced) for fill in row.fills()]
        return flattened(told)

    def _read_liquidations(self, frame: _Frame, received_ns: int) -> Sequence[Event]:
        return read_rows(_rows(frame.data), _Liquidation, self._liquidated, ("s",))

    def _liquidated(self, row: _Liquidation) -> LiquidationEvent:
        """Return it; ``S`` is the side of the position, not of the order that closes it."""
        symbol, closing = self._symbol(row.s), SIDE[row.S].opposite
        size, price = Decimal(row.v), Decimal(row.p)
        return LiquidationEvent(row.s, symbol, closing, size, price, row.T * MS, ours=False)

    def _symbol(self, contract_id: ContractId) -> Symbol:
        """Return the plain symbol; markets that are not listed are heard of as well."""
        listing = self._table.get(contract_id)
        return normalize_symbol(contract_id) if listing is None else listing.market.symbol


def _asking(operation: str, topic: Topic) -> str:
    word = TOPICS[topic.kind]
    name = word if topic.contract_id is None else f"{word}.{topic.contract_id}"
    return json_of({"req_id": topic.name, "op": operation, "args": [name]}).decode()


def _control(message: _Frame) -> Sequence[Event]:
    if message.op == "auth":
        return (LoginAccepted() if message.success else LoginRefused("auth", message.ret_msg),)
    if message.op == "subscribe":
        if message.success:
            return (SubscribeAck(message.req_id),)
        return (SubscribeRefused("subscribe", message.ret_msg, message.req_id or None),)
    return ()


def _read_book(frame: _Frame, received_ns: int) -> Sequence[Event]:
    book = _book(frame.data)
    stamp = (frame.cts or frame.ts) * MS
    if frame.topic.startswith(BEST_PREFIX):
        if not book.b or not book.a:
            return ()
        (bid, bid_size), (ask, ask_size) = book.b[0], book.a[0]
        return (BestBidOffer(book.s, bid, bid_size, ask, ask_size, stamp, received_ns, book.u),)
    if frame.type == "snapshot" or book.u == 1:
        return (BookSnapshot(book.s, book.b, book.a, book.u, stamp, received_ns),)
    return (BookDelta(book.s, book.b, book.a, book.u, book.u, book.u - 1, stamp, received_ns),)


def _read_trades(frame: _Frame, received_ns: int) -> Sequence[Event]:
    return [
        PublicTrade(row.s, row.p, row.v, SIDE[row.S], row.T * MS, received_ns, row.i)
        for row in _trades(frame.data)
    ]


def _read_orders(frame: _Frame, received_ns: int) -> Sequence[Event]:
    return read_rows(_rows(frame.data), Order, Order.info, ORDER_IDS)


def _read_positions(frame: _Frame, received_ns: int) -> Sequence[Event]:
    """Return positions; in hedge mode a frame tells one side, which is no net position."""
    return flattened(read_rows(_rows(frame.data), Position, _position, ("symbol",)))


def _position(row: Position) -> Sequence[PositionUpdate]:
    if row.position_idx:
        return ()
    return [PositionUpdate(row.symbol, row.quantity, row.entry, int(row.updated_time) * MS)]


def _read_wallet(frame: _Frame, received_ns: int) -> Sequence[Event]:
    return [
        BalanceUpdate(coin.coin, number(coin.wallet_balance), None, received_ns)
        for wallet in _wallets(frame.data)
        for coin in wallet.coin
        if coin.coin in SETTLED_IN
    ]
