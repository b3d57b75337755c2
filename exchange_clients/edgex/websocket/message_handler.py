"""edgeX's streams: channels of markets, and a socket of the account that is asked for nothing.

A book's first frame is a snapshot; a change begins where the one before ended, or one above as the
documents have it. The account's socket is logged in by its handshake, greets, tells everything that
is open, and goes on with what changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LiquidationEvent,
    OrderInfo,
    Side,
    VenueOrderId,
)
from exchange_clients.edgex.client.managers.market_data import Depth, pairs
from exchange_clients.edgex.client.managers.position_manager import Position
from exchange_clients.edgex.client.utils.converters import (
    FILL_IDS,
    FILL_WORDS,
    FUNDING,
    ORDER_IDS,
    ORDER_WORDS,
    Order,
    OwnFill,
    Settlement,
    Whole,
    respelt,
    told,
)
from exchange_clients.edgex.client.utils.signing import EdgexSigner
from exchange_clients.edgex.common import PUBLIC_PATH, QUOTE, QUOTE_COIN, WS_PRIVATE, WS_PUBLIC
from exchange_clients.edgex.funding_adapter.fetchers import Rate
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    Event,
    LoginRefused,
    PositionUpdate,
    PrivateSequence,
    PublicTrade,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.shared.amounts import FloatPrice, FloatSize
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import with_liquidation
from exchange_clients.shared.rows import flattened, read_rows
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    PingRule,
    SubscribeContext,
    Topic,
    TopicKind,
)

CHANNELS = MappingProxyType(
    {
        TopicKind.BOOK: "depth.{}.200",
        TopicKind.BEST: "bookTicker.all.1s",
        TopicKind.TRADES: "trades.{}",
        TopicKind.FUNDING: "fundingRate.{}",
    }
)
"""Best prices come of all markets together: the channel of one sends its first frame alone."""
CHANNELS_MAX = 50
"""Of one socket; the venue's own limit is not published."""
ACCOUNT = (TopicKind.ORDERS, TopicKind.FILLS, TopicKind.POSITIONS, TopicKind.BALANCES)
SNAPSHOT = "SNAPSHOT"
"""A frame that tells everything and not what changed; its letter case differs."""
PRIVATE = "private"


class _Frame(msgspec.Struct, gc=False):
    type: str = ""
    channel: str = ""
    content: msgspec.Raw = msgspec.Raw()
    time: Whole = 0


class _Quote(msgspec.Struct, rename="camel", gc=False):
    channel: str
    data: list[msgspec.Raw]
    data_type: str = ""


class _Best(msgspec.Struct, rename="camel", gc=False):
    contract_id: str | int
    time: int
    best_bid_price: float
    best_bid_size: FloatSize
    best_ask_price: float
    best_ask_size: FloatSize


class _Trade(msgspec.Struct, rename="camel", gc=False):
    ticket_id: str | int
    contract_id: str | int
    time: int
    price: FloatPrice
    size: FloatSize
    is_buyer_maker: bool


class _Trading(msgspec.Struct):
    """Whatever an event of the account changed, by group."""

    data: dict[str, msgspec.Raw]
    time: Whole = 0
    event: str = ""
    version: Whole = 0
    """Rises by one with each event of the account."""

    def numbered(self) -> Sequence[PrivateSequence]:
        """Return where the event stands; the first one tells everything, whatever was before."""
        version = int(self.version)
        previous = None if self.event.upper() == SNAPSHOT else version - 1
        return (PrivateSequence("", version, previous),) if version else ()

    def rows(self, group: str) -> list[msgspec.Raw]:
        """Return the rows of a group, none where nothing of it changed."""
        raw = self.data.get(group, b"null")
        return msgspec.json.decode(raw, type=list[msgspec.Raw] | None) or []


_frame = msgspec.json.Decoder(_Frame).decode
_quote = msgspec.json.Decoder(_Quote).decode
_trading = msgspec.json.Decoder(_Trading).decode
# Not strict: prices are text that is read to floats.
_depth = msgspec.json.Decoder(Depth, strict=False).decode
_best = msgspec.json.Decoder(_Best, strict=False).decode
_trade = msgspec.json.Decoder(_Trade, strict=False).decode
_rate = msgspec.json.Decoder(Rate).decode


class EdgexStream:
    """The streams of one account, or the public ones alone."""

    def __init__(self, table: MarketTable, signer: EdgexSigner | None) -> None:
        self._table = table
        self._signer = signer
        self._readers: Mapping[str, Callable[[_Quote, int], Sequence[Event]]] = MappingProxyType(
            {
                "depth": _read_book,
                "bookTicker": _read_best,
                "trades": _read_trades,
                "fundingRate": self._read_rates,
            }
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return sockets of so many channels each, and the account's, which its headers log in.

        The venue pings when it likes, so that we do as well.
        """
        ping = PingRule(json_of({"type": "ping", "time": str(now_ms)}).decode(), silence_s=50)
        markets = [topic for topic in topics if topic.kind in CHANNELS]
        own = tuple(topic for topic in topics if topic.kind in ACCOUNT)
        specs = [
            ConnectionSpec(
                "market" if start == 0 else f"market-{start // CHANNELS_MAX + 1}",
                WS_PUBLIC,
                tuple(markets[start : start + CHANNELS_MAX]),
                PUBLIC_PATH,
                ping=ping,
            )
            for start in range(0, len(markets), CHANNELS_MAX)
        ]
        if own and self._signer is not None:
            path, headers = self._signer.handshake(now_ms)
            specs.append(ConnectionSpec(PRIVATE, WS_PRIVATE, own, path, headers=headers, ping=ping))
        return specs

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Ask for the channels of markets; those of all markets once."""
        return [_ask("subscribe", channel) for channel in dict.fromkeys(_channels(topics))]

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """End channels of one market each; one of all markets may still be wanted for another."""
        single = [channel for channel in _channels(topics) if channel not in CHANNELS.values()]
        return [_ask("unsubscribe", channel) for channel in single]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame."""
        message = _frame(frame)
        if message.type == "quote-event":
            quote = _quote(message.content)
            reader = self._readers.get(quote.channel.partition(".")[0])
            return () if reader is None else reader(quote, connection.received_ns)
        if message.type == "trade-event":
            return self._read_account(_trading(message.content))
        if message.type == "ping":
            pong = json_of({"type": "pong", "time": str(message.time)})
            return (AnswerFrame(pong.decode()),)
        if message.type == "error":
            # It names no channel; whatever the account is refused is its login.
            said = _described(message.content or frame)
            refused = LoginRefused if connection.name == PRIVATE else SubscribeRefused
            return (refused(str(said.get("code")), str(said.get("msg"))),)
        if message.type == "connected" and connection.name == PRIVATE:
            return [SubscribeAck(Topic(each).name) for each in ACCOUNT]
        return ()

    def _read_rates(self, quote: _Quote, received_ns: int) -> Sequence[Event]:
        rates = [_rate(row) for row in quote.data]
        listed = [(rate, self._table.get(rate.contract)) for rate in rates]
        return [rate.update(listing) for rate, listing in listed if listing is not None]

    def _read_account(self, trading: _Trading) -> Sequence[Event]:
        """Read every group: fills before the orders as they left them."""
        now_ms = int(trading.time)
        orders = read_rows(
            respelt(trading.rows("order"), ORDER_WORDS), Order, Order.info, ORDER_IDS
        )
        known = {row.order_id: row for row in orders if isinstance(row, OrderInfo)}
        fills = read_rows(
            respelt(trading.rows("orderFillTransaction"), FILL_WORDS),
            OwnFill,
            lambda row: self._fill(row, known),
            FILL_IDS,
        )
        settled = (
            row
            for row in trading.rows("positionTransaction")
            if FUNDING in _described(row).values()
        )
        return [
            *trading.numbered(),
            *flattened(fills),
            *orders,
            *read_rows(
                trading.rows("position"),
                Position,
                lambda row: _position(row, now_ms),
                ("contractId",),
            ),
            *_balances(trading.rows("collateral"), now_ms),
            *read_rows(settled, Settlement, Settlement.payment),
        ]

    def _fill(
        self, row: OwnFill, orders: Mapping[VenueOrderId, OrderInfo]
    ) -> Sequence[Fill | LiquidationEvent]:
        fill = row.fill(orders)
        return with_liquidation(fill, self._table.symbol_of, forced=row.is_liquidate)


def _channels(topics: Sequence[Topic]) -> Sequence[str]:
    return [
        CHANNELS[topic.kind].format(topic.contract_id) for topic in topics if topic.kind in CHANNELS
    ]


def _ask(word: str, channel: str) -> str:
    return json_of({"type": word, "channel": channel}).decode()


def _read_book(quote: _Quote, received_ns: int) -> Sequence[Event]:
    """Return a book, or changes that each begin at the version at which the one before ended.

    So V2 was captured. A sample of V1 begins them one above it; to take that as well would be to
    miss nothing where a change of a single version was lost.
    """
    return [
        row.snapshot(None, received_ns)
        if (row.depth_type or quote.data_type).upper() == SNAPSHOT
        else BookDelta(
            ContractId(str(row.contract_id)),
            pairs(row.bids),
            pairs(row.asks),
            row.start_version,
            row.end_version,
            row.start_version,
            None,
            received_ns,
        )
        for row in map(_depth, quote.data)
    ]


def _read_best(quote: _Quote, received_ns: int) -> Sequence[Event]:
    """Return every market that has both sides; an empty one is told as zero."""
    return [
        BestBidOffer(
            ContractId(str(row.contract_id)),
            row.best_bid_price,
            row.best_bid_size,
            row.best_ask_price,
            row.best_ask_size,
            row.time * MS,
            received_ns,
        )
        for row in map(_best, quote.data)
        if row.best_bid_price > 0 and row.best_ask_price > 0
    ]


def _read_trades(quote: _Quote, received_ns: int) -> Sequence[Event]:
    """Return trades that are new: the first frame tells old ones."""
    if quote.data_type.upper() == SNAPSHOT:
        return ()
    return [
        PublicTrade(
            ContractId(str(row.contract_id)),
            row.price,
            row.size,
            Side.SELL if row.is_buyer_maker else Side.BUY,
            row.time * MS,
            received_ns,
            str(row.ticket_id),
        )
        for row in map(_trade, quote.data)
    ]


def _position(row: Position, now_ms: int) -> PositionUpdate:
    stamp_ms = int(row.updated_time) or now_ms
    contract_id = ContractId(str(row.contract_id))
    return PositionUpdate(contract_id, Decimal(row.open_size), row.entry_price, stamp_ms * MS)


def _balances(rows: Sequence[msgspec.Raw], now_ms: int) -> Sequence[Event]:
    """Return the balance in USDC where a row tells it.

    ``amount`` is none, since a buy deducts all that it costs; what is available no row tells.
    """
    balances = []
    for row in map(_described, rows):
        total = told(row.get("legacyAmount"), row.get("totalAmount"))
        if total is not None and str(row.get("coinId")) == QUOTE_COIN:
            balances.append(BalanceUpdate(QUOTE, total, None, now_ms * MS))
    return balances


_described = msgspec.json.Decoder(dict[str, object]).decode
