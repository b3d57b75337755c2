"""Lighter's streams: channels by market and by account, book deltas chained by nonces.

A channel is asked for with slashes and comes back with colons. The first frame of one is a
``subscribed/..`` snapshot, the later ones ``update/..``. The venue's ``offset`` depends on the
server that answers; only ``begin_nonce`` to ``nonce`` is a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, LiquidationEvent, Liquidity, Side
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BestBidOffer,
    BookSnapshot,
    Event,
    FundingUpdate,
    LabelledBookDelta,
    LabelledLevel,
    PositionUpdate,
    PublicTrade,
    ServerClosing,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.lighter.client.managers.market_data import HOUR
from exchange_clients.lighter.client.utils.converters import (
    ORDER_IDS,
    Order,
    Position,
    Trade,
    instant_ns,
)
from exchange_clients.lighter.common import (
    CONNECTION_LIFE_S,
    HOUR_NS,
    PERCENT,
    STREAM_PATH,
    WS,
)
from exchange_clients.lighter.websocket.frames import (
    PrintRow,
    StatsRow,
    StreamError,
    StreamFrame,
    TickerRow,
    UserRow,
    read_frame,
    read_lists,
    read_prints,
)
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import liquidation_of
from exchange_clients.shared.rows import read_rows
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
        TopicKind.BOOK: "order_book",
        TopicKind.BEST: "ticker",
        TopicKind.LIQUIDATIONS: "trade",
        TopicKind.TRADES: "trade",
        TopicKind.FUNDING: "market_stats",
        TopicKind.ORDERS: "account_all_orders",
        TopicKind.FILLS: "account_all_trades",
        TopicKind.POSITIONS: "account_all_positions",
        TopicKind.BALANCES: "user_stats",
    }
)
_KINDS = MappingProxyType({channel: kind for kind, channel in CHANNELS.items()})
PING = PingRule(text='{"type":"ping"}', every_s=20, silence_s=60)
"""The venue cuts a client that sends nothing for two minutes."""
LIQUIDATED = "liquidation"
HARMLESS = (30002, 30003)
"""Not subscribed, already subscribed: what asking for a channel again may bring."""


class LighterStream:
    """The streams of one account, or the public ones alone."""

    def __init__(self, table: MarketTable, account: str | None) -> None:
        self._table = table
        self._account = account
        self._readers: MappingProxyType[str, Callable[[StreamFrame, int], Sequence[Event]]] = (
            MappingProxyType(
                {
                    "update/order_book": _read_delta,
                    "subscribed/order_book": _read_book,
                    "update/ticker": _read_best,
                    "subscribed/ticker": _read_best,
                    "update/trade": self._read_trades,
                    "update/market_stats": self._read_stats,
                    "subscribed/market_stats": self._read_stats,
                    "update/account_all_orders": _read_orders,
                    "subscribed/account_all_orders": _read_orders,
                    "update/account_all_trades": self._read_fills,
                    "update/account_all_positions": _read_positions,
                    "subscribed/account_all_positions": _read_positions,
                    "update/user_stats": _read_user,
                    "subscribed/user_stats": _read_user,
                    "ping": _read_ping,
                    "shutdown": _read_shutdown,
                }
            )
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for markets and one for the account.

        Liquidations have no channel for all markets: they come with the trades of each.
        """
        public = tuple(topic for topic in topics if topic.contract_id is not None)
        private = tuple(topic for topic in topics if topic.kind.private)
        return [
            ConnectionSpec(name, WS, carried, STREAM_PATH, ping=PING, rotate_after_s=life_s)
            for name, carried, life_s in (
                ("market", public, None),
                ("private", private, CONNECTION_LIFE_S),
            )
            if carried
        ]

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Ask for topics, one frame for each channel; private ones carry the token."""
        token = None if context.session is None else context.session.tokens["auth"]
        frames = {}
        for topic in topics:
            channel = self._channel(topic)
            frame = {"type": "subscribe", "channel": channel}
            if topic.kind.private and token is not None:
                frame["auth"] = token
            frames[channel] = json_of(frame).decode()
        return list(frames.values())

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """End topics."""
        channels = dict.fromkeys(self._channel(topic) for topic in topics)
        return [
            json_of({"type": "unsubscribe", "channel": channel}).decode() for channel in channels
        ]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame."""
        message = read_frame(frame)
        reader = self._readers.get(message.type)
        events = () if reader is None else reader(message, connection.received_ns)
        if message.type.startswith("subscribed/"):
            return (*_ack(message.channel), *events)
        if reader is None and (message.error is not None or message.type == "error"):
            return _refusal(message)
        return events

    def _channel(self, topic: Topic) -> str:
        name = self._account if topic.kind.private else topic.contract_id
        return f"{CHANNELS[topic.kind]}/{name}"

    def _read_trades(self, frame: StreamFrame, received_ns: int) -> Sequence[Event]:
        trades = [_trade(row, received_ns) for row in read_prints(frame.trades or b"null") or ()]
        liquidations = [
            self._liquidation(row) for row in read_prints(frame.liquidation_trades or b"null") or ()
        ]
        return [*trades, *liquidations]

    def _liquidation(self, row: PrintRow) -> Event:
        market = self._table.of_contract(ContractId(str(row.market_id))).market
        return LiquidationEvent(
            contract_id=market.contract_id,
            symbol=market.symbol,
            side=Side.BUY if row.is_maker_ask else Side.SELL,
            size=market.size_of(row.size),
            price=market.price_of(row.price),
            venue_ns=instant_ns(row.timestamp),
            ours=False,
        )

    def _read_stats(self, frame: StreamFrame, received_ns: int) -> Sequence[Event]:
        """Return the estimate for the hour that runs, which is percent."""
        stats = msgspec.json.decode(frame.market_stats, type=StatsRow)
        listing = self._table.get(ContractId(str(stats.market_id)))
        if listing is None:
            return ()
        return (
            FundingUpdate(
                contract_id=listing.market.contract_id,
                symbol=listing.market.symbol,
                rate=Decimal(stats.current_funding_rate) / PERCENT,
                interval_hours=HOUR,
                next_funding_ns=instant_ns(stats.funding_timestamp) + HOUR_NS,
                mark_price=stats.mark_price,
                venue_ns=instant_ns(frame.timestamp) if frame.timestamp else received_ns,
            ),
        )

    def _read_fills(self, frame: StreamFrame, received_ns: int) -> Sequence[Event]:
        """Return new fills by market; the list at the subscription is history and not read.

        A liquidation of ours, in which we did not rest, is told beside its fill.
        """
        trades = read_lists(frame.trades or b"null")
        by_market = trades.values() if isinstance(trades, dict) else [trades]
        rows = [row for market in by_market for row in market or ()]
        account = int(self._account or 0)
        events: list[Event] = []
        for told in read_rows(
            rows, Trade, lambda row: (row.fill(account), row.type), ("trade_id",)
        ):
            if isinstance(told, Unreadable):
                events.append(told)
                continue
            fill, kind = told
            events.append(fill)
            if kind == LIQUIDATED and fill.liquidity is Liquidity.TAKER:
                symbol = self._table.of_contract(fill.contract_id).market.symbol
                events.append(liquidation_of(fill, symbol))
        return events


def _market(frame: StreamFrame) -> ContractId:
    return ContractId(frame.channel.partition(":")[2])


def _ack(channel: str) -> Sequence[Event]:
    name, _, market = channel.partition(":")
    kind = _KINDS.get(name)
    if kind is None:
        return ()
    return (SubscribeAck(Topic(kind, None if kind.private else ContractId(market)).name),)


def _refusal(frame: StreamFrame) -> Sequence[Event]:
    """Return a refusal; errors do not say which channel they speak of."""
    error = frame.error or StreamError(frame.code, frame.message)
    return () if error.code in HARMLESS else (SubscribeRefused(str(error.code), error.message),)


def _read_delta(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    book = frame.order_book
    if book is None:
        raise MalformedPayload("a book frame without a book")
    return (
        LabelledBookDelta(
            _market(frame),
            book.bids,
            book.asks,
            book.nonce,
            book.begin_nonce,
            frame.timestamp * 1_000_000,
            received_ns,
        ),
    )


def _read_book(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    book = frame.order_book
    if book is None:
        raise MalformedPayload("a book frame without a book")
    bids = [(level.price, level.size) for level in book.bids]
    asks = [(level.price, level.size) for level in book.asks]
    stamp = frame.timestamp * 1_000_000
    return (BookSnapshot(_market(frame), bids, asks, book.nonce, stamp, received_ns),)


def _read_best(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    """Return the best prices; an empty side comes as empty text and gives no event."""
    ticker = msgspec.json.decode(frame.ticker, type=TickerRow)
    if not (ticker.b.price and ticker.a.price):
        return ()
    bid, ask = (
        msgspec.convert(side, LabelledLevel, strict=False, from_attributes=True)
        for side in (ticker.b, ticker.a)
    )
    stamp = frame.timestamp * 1_000_000
    return (
        BestBidOffer(_market(frame), bid.price, bid.size, ask.price, ask.size, stamp, received_ns),
    )


def _trade(row: PrintRow, received_ns: int) -> Event:
    return PublicTrade(
        ContractId(str(row.market_id)),
        row.price,
        row.size,
        Side.BUY if row.is_maker_ask else Side.SELL,
        instant_ns(row.timestamp),
        received_ns,
        str(row.trade_id),
    )


def _read_orders(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    """Return orders by market; nothing is concluded from one that is missing."""
    rows = [row for market in (frame.orders or {}).values() for row in market or ()]
    return read_rows(rows, Order, Order.info, ORDER_IDS)


def _read_positions(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    """Return the positions that are told; one that is missing is not flat (unconfirmed)."""
    rows = list((frame.positions or {}).values())

    def update(row: Position) -> PositionUpdate:
        entry = Decimal(row.avg_entry_price) or None
        at_ns = instant_ns(frame.timestamp) if frame.timestamp else received_ns
        return PositionUpdate(ContractId(str(row.market_id)), row.quantity, entry, at_ns)

    return read_rows(rows, Position, update, ("market_id",))


def _read_user(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    user = msgspec.json.decode(frame.stats, type=UserRow)
    at_ns = instant_ns(frame.timestamp) if frame.timestamp else received_ns
    total, available = Decimal(user.portfolio_value), Decimal(user.available_balance)
    return (BalanceUpdate("USDC", total, available, at_ns),)


def _read_ping(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    return (AnswerFrame('{"type":"pong"}'),)


def _read_shutdown(frame: StreamFrame, received_ns: int) -> Sequence[Event]:
    within = frame.close_in_ms
    return (ServerClosing(None if within is None else within / 1000),)
