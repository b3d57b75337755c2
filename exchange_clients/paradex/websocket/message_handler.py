"""Paradex's streams: JSON-RPC around them, binary frames or JSON within them.

Prices and trades are binary, and the venue refuses who does not ask for that; what is said of an
account may be either, and is read by how it was sent. A book begins with a snapshot, and each frame
after it is numbered one higher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.events import (
    BalanceUpdate,
    Event,
    FundingUpdate,
    LoginAccepted,
    LoginRefused,
    PositionUpdate,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.paradex.client.managers.account_manager import Account
from exchange_clients.paradex.client.utils.converters import (
    FILL_IDS,
    ORDER_IDS,
    Bust,
    Order,
    OwnFill,
    Position,
    perpetual,
)
from exchange_clients.paradex.common import WS, WS_PUBLIC, normalize_symbol
from exchange_clients.paradex.funding_adapter.fetchers import FundingData
from exchange_clients.paradex.websocket import sbe
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.funding_rows import interval_of
from exchange_clients.shared.instants import MS
from exchange_clients.shared.json_rpc import RpcError, rpc_call
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import liquidation_in, with_liquidation
from exchange_clients.shared.rows import flattened, read_rows
from exchange_clients.shared.sbe import sbe_frame
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import (
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

CHANNELS = MappingProxyType(
    {
        TopicKind.BOOK: "order_book.{}.deltas",
        TopicKind.BEST: "bbo.{}",
        TopicKind.TRADES: "trades.{}",
        TopicKind.FUNDING: "funding_data.{}",
        TopicKind.ORDERS: "orders.ALL",
        TopicKind.FILLS: "fills.ALL",
        TopicKind.POSITIONS: "positions",
        TopicKind.BALANCES: "account",
        TopicKind.VOIDED: "tradebusts",
    }
)
"""Liquidations of others are told among the trades."""
_KINDS = MappingProxyType({name.partition(".")[0]: kind for kind, name in CHANNELS.items()})
LOGIN_ID = 0
"""The request that logs in; subscriptions are numbered from one."""
PING = PingRule(every_s=20.0, silence_s=60.0)


class _Result(msgspec.Struct):
    channel: str = ""


class _Params(msgspec.Struct):
    channel: str
    data: msgspec.Raw


class _Frame(msgspec.Struct):
    id: int | None = None
    params: _Params | None = None
    result: _Result | None = None
    error: RpcError | None = None


_frame = msgspec.json.Decoder(_Frame).decode
_funding = msgspec.json.Decoder(FundingData).decode


class ParadexStream(AskedByWord):
    """The streams of one account, or the public ones alone."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table
        self._readers: Mapping[str, Callable[[msgspec.Raw], Sequence[Event]]] = MappingProxyType(
            {
                "funding_data": self._read_funding,
                "orders": _read_order,
                "fills": _read_fill,
                "positions": _read_position,
                "account": lambda row: read_rows([row], Account, _balance),
                "tradebusts": lambda row: read_rows([row], Bust, Bust.event),
            }
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for prices and one for the account, which a token logs in.

        The venue pings every 55 s, which the socket answers; ours tell that the way is whole.
        """
        public, private = parted(topic for topic in topics if topic.kind in CHANNELS)
        specs = []
        if public:
            specs.append(_spec("market", WS_PUBLIC, public))
        if private:
            token = "" if session is None else session.headers["authorization"]
            params = {"bearer": token.removeprefix("Bearer ")}
            specs.append(_spec("private", WS, private, rpc_call("auth", params, LOGIN_ID)))
        return specs

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return a frame for each topic."""
        return [
            rpc_call(word, {"channel": channel_of(topic)}, context.request_id + at)
            for at, topic in enumerate(topics)
        ]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame; templates and channels of no interest are passed over."""
        if kind is FrameKind.BINARY:
            return self._binary(frame, connection.received_ns)
        message = _frame(frame)
        if message.params is not None:
            reader = self._readers.get(message.params.channel.partition(".")[0])
            return () if reader is None else reader(message.params.data)
        return _answer(message)

    def _binary(self, data: bytes, received_ns: int) -> Sequence[Event]:
        frame = sbe_frame(data, sbe.SCHEMA)
        if frame.template == sbe.BOOK:
            return (sbe.book(frame, received_ns),)
        if frame.template == sbe.BEST:
            return sbe.best(frame, received_ns)
        if frame.template == sbe.TRADE:
            return self._traded(*sbe.trade(frame, received_ns))
        if frame.template not in sbe.ROWS:
            return ()
        channel, row = sbe.ROWS[frame.template]
        return self._readers[channel](msgspec.Raw(json_of(row.spelt(frame))))

    def _traded(self, trade: PublicTrade, liquidates: bool) -> Sequence[Event]:
        """Return a trade, and the liquidation that it was."""
        listing = self._table.get(trade.contract_id) if liquidates else None
        return (trade,) if listing is None else (trade, liquidation_in(listing.market, trade))

    def _read_funding(self, row: msgspec.Raw) -> Sequence[Event]:
        """Read a rate, which accrues: nothing is due at an hour of its own."""
        told = _funding(row)
        listing = self._table.get(ContractId(told.market))
        if listing is None:
            return ()
        return (
            FundingUpdate(
                contract_id=listing.market.contract_id,
                symbol=listing.market.symbol,
                rate=Decimal(told.funding_rate),
                interval_hours=told.funding_period_hours or interval_of(listing),
                next_funding_ns=None,
                mark_price=None,
                venue_ns=told.created_at * MS,
            ),
        )


PATHS = tuple(f"?sbeSchemaId={sbe.SCHEMA}&sbeSchemaVersion={each}" for each in sbe.VERSIONS)
"""How binary frames are asked for; a version that is not offered is refused at the handshake."""


def _spec(name: str, service: str, topics: tuple[Topic, ...], *login: str) -> ConnectionSpec:
    first, *others = PATHS
    return ConnectionSpec(
        name, service, topics, first, other_paths=tuple(others), login=login, ping=PING
    )


def channel_of(topic: Topic) -> str:
    """Return the venue's name of a topic: ``"order_book.BTC-USD-PERP.deltas"``."""
    return CHANNELS[topic.kind].format(topic.contract_id)


def _answer(message: _Frame) -> Sequence[Event]:
    """Read what answers a request; only the login's number is known."""
    if message.error is not None:
        code, told = str(message.error.code), message.error.message
        detail = f"{told} {message.error.data}" if message.error.data else told
        login = message.id == LOGIN_ID
        return (LoginRefused(code, told) if login else SubscribeRefused(code, detail),)
    if message.id == LOGIN_ID:
        return (LoginAccepted(),)
    name, _, rest = ("" if message.result is None else message.result.channel).partition(".")
    kind = _KINDS.get(name)
    if kind is None:
        return ()
    contract = None if kind.private else ContractId(rest.partition(".")[0])
    return (SubscribeAck(Topic(kind, contract).name),)


def _read_order(row: msgspec.Raw) -> Sequence[Event]:
    return read_rows([row], Order, Order.info, ORDER_IDS)


def _read_fill(row: msgspec.Raw) -> Sequence[Event]:
    return flattened(read_rows([row], OwnFill, _filled, FILL_IDS))


def _filled(row: OwnFill) -> Sequence[Event]:
    return with_liquidation(row.fill(), normalize_symbol, forced=row.fill_type == "LIQUIDATION")


def _read_position(row: msgspec.Raw) -> Sequence[Event]:
    rows = read_rows([row], Position, _position, ("market",))
    return [each for each in rows if isinstance(each, Unreadable) or perpetual(each.contract_id)]


def _position(row: Position) -> PositionUpdate:
    entry_price = Decimal(row.average_entry_price or 0) or None
    stamp_ns = row.last_updated_at * MS
    return PositionUpdate(ContractId(row.market), row.quantity, entry_price, stamp_ns)


def _balance(row: Account) -> BalanceUpdate:
    total, free = Decimal(row.account_value), Decimal(row.free_collateral)
    return BalanceUpdate(row.settlement_asset, total, free, row.updated_at * MS)
