"""OKX's streams: channels on three paths, numbered by what each frame says came before it.

What is told of conditional orders comes on the business path; it is the topic of fills here, since
fills themselves come with their orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, LiquidationEvent
from exchange_clients.events import (
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    FundingUpdate,
    PositionUpdate,
)
from exchange_clients.okx.client.managers.account_manager import COINS, Balance
from exchange_clients.okx.client.managers.market_data import Book, Trade, in_base
from exchange_clients.okx.client.managers.position_manager import Position
from exchange_clients.okx.client.utils.converters import FILL_IDS, ORDER_IDS, Algo, Order, field_of
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.common import (
    SIDE,
    SWAP,
    WS_BUSINESS,
    WS_PRIVATE,
    WS_PUBLIC,
    contract_size,
    contract_unit,
)
from exchange_clients.okx.funding_adapter.fetchers import Rate
from exchange_clients.okx.websocket.frames import (
    CHANNELS,
    PING,
    PONG,
    Frame,
    Liquidation,
    Traded,
    control,
)
from exchange_clients.shared.amounts import number
from exchange_clients.shared.decimal_grid import UnitOfSize
from exchange_clients.shared.encoding import json_of
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
)

OF_TYPE = ("liquidation-orders", "orders", "orders-algo", "algo-advance", "positions")
"""Channels that are asked for by the type of instrument."""
FORCED = ("full_liquidation", "partial_liquidation", "adl")
UNNUMBERED = "0"
"""The trade's number where an order that the venue has forced tells of a fill."""
_frame = msgspec.json.Decoder(Frame).decode
_books = msgspec.json.Decoder(list[Book], strict=False).decode
_trades = msgspec.json.Decoder(list[Trade], strict=False).decode
_rates = msgspec.json.Decoder(list[Rate]).decode
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_balances = msgspec.json.Decoder(list[Balance]).decode


class OkxStream(AskedByWord):
    """The streams of one account, or the public ones alone."""

    def __init__(self, table: MarketTable, signer: Signer | None) -> None:
        self._table = table
        self._signer = signer
        self._readers = MappingProxyType(
            {
                "books": self._read_book,
                "bbo-tbt": self._read_best,
                "trades": self._read_trades,
                "funding-rate": self._read_rate,
                "liquidation-orders": self._read_liquidations,
                "orders": self._read_orders,
                "orders-algo": self._read_algos,
                "algo-advance": self._read_algos,
                "positions": self._read_positions,
                "account": self._read_balances,
            }
        )

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return one connection for each path; those of the account log in by a frame."""
        login = self._signer.login(now_ms) if isinstance(self._signer, OkxSigner) else ()
        paths: dict[tuple[str, str], list[Topic]] = {}
        for topic in topics:
            fills = topic.kind is TopicKind.FILLS
            own = ("business", WS_BUSINESS) if fills else ("private", WS_PRIVATE)
            path = own if topic.kind.private else ("market", WS_PUBLIC)
            paths.setdefault(path, []).append(topic)
        return [
            ConnectionSpec(
                name, service, tuple(carried), ping=PING,
                login=login if carried[0].kind.private else (),
            )
            for (name, service), carried in paths.items()
        ]  # fmt: skip

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return one frame for all topics, each of which is answered by itself."""
        args = [arg for topic in topics for arg in _args(topic)]
        return [json_of({"op": word, "args": args}).decode()]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame."""
        if frame == PONG:
            return ()
        message = _frame(frame)
        if message.event:
            return control(message)
        reader = self._readers.get(message.arg.channel)
        return () if reader is None else reader(message, connection.received_ns)

    # Markets --------------------------------------------------------------------------------------

    def _market(self, frame: Frame) -> tuple[ContractId, UnitOfSize]:
        """Return which market a frame is of, and how its sizes become base units."""
        contract_id = ContractId(frame.arg.inst_id)
        return contract_id, contract_unit(self._table, contract_id)

    def _read_book(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        """Return what changed; an update names the one before it, whatever its own number is."""
        contract_id, unit = self._market(frame)
        events: list[Event] = []
        for book in _books(frame.data):
            bids, asks = in_base(book.bids, unit), in_base(book.asks, unit)
            last, stamp = book.seq_id, book.ts * MS
            events.append(
                BookSnapshot(contract_id, bids, asks, last, stamp, received_ns)
                if frame.action == "snapshot"
                else BookDelta(
                    contract_id, bids, asks, last, last, book.prev_seq_id, stamp, received_ns
                )
            )
        return events

    def _read_best(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        contract_id, unit = self._market(frame)
        return [
            BestBidOffer(
                contract_id, book.bids[0][0], unit.base(book.bids[0][1]), book.asks[0][0],
                unit.base(book.asks[0][1]), book.ts * MS, received_ns, book.seq_id,
            )
            for book in _books(frame.data)
            if book.bids and book.asks
        ]  # fmt: skip

    def _read_trades(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        contract_id, unit = self._market(frame)
        return [row.event(contract_id, unit, received_ns) for row in _trades(frame.data)]

    def _read_rate(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        return [
            FundingUpdate(
                contract_id=row.inst_id,
                symbol=listing.market.symbol,
                rate=Decimal(row.funding_rate),
                interval_hours=row.hours,
                next_funding_ns=int(row.funding_time) * MS,
                mark_price=None,
                venue_ns=int(row.ts) * MS,
            )
            for row in _rates(frame.data)
            if (listing := self._table.get(row.inst_id)) is not None
        ]

    def _read_liquidations(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        rows = _rows(frame.data)
        return flattened(read_rows(rows, Liquidation, self._liquidations, ("instId",)))

    def _liquidations(self, row: Liquidation) -> Sequence[Event]:
        listing = self._table.get(row.inst_id)
        if listing is None:
            return []
        unit, symbol = contract_size(self._table, row.inst_id), listing.market.symbol
        return [
            LiquidationEvent(
                row.inst_id, symbol, SIDE[each.side], Decimal(each.sz) * unit,
                Decimal(each.bk_px), int(each.ts) * MS, ours=False,
            )
            for each in row.details
        ]  # fmt: skip

    # The account ----------------------------------------------------------------------------------

    def _read_orders(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        """Return each order after its latest fill, which is told again with later changes."""
        events: list[Event] = []
        for row in _rows(frame.data):
            if field_of(row, "tradeId"):
                events += flattened(read_rows([row], Traded, self._traded, FILL_IDS))
            events += read_rows([row], Order, lambda each: each.info(self._table), ORDER_IDS)
        return events

    def _traded(self, row: Traded) -> Sequence[Event]:
        """Return a fill; of a forced one the number may stand in lists alone."""
        told = with_liquidation(
            row.fill(self._table), self._table.symbol_of, forced=row.category in FORCED
        )
        return told[1:] if row.trade_id == UNNUMBERED else told

    def _read_algos(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        """Return conditional orders until they set an order off, which tells of itself."""
        return flattened(read_rows(_rows(frame.data), Algo, self._algo, ORDER_IDS))

    def _algo(self, row: Algo) -> Sequence[Event]:
        return () if row.child else (row.info(self._table),)

    def _read_positions(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        """Return net positions; of two sides a frame may tell one, which is no net position."""
        return flattened(read_rows(_rows(frame.data), Position, self._position, ("instId",)))

    def _position(self, row: Position) -> Sequence[Event]:
        if row.side is not None or self._table.get(row.inst_id) is None:
            return ()
        held, entry = row.quantity(self._table), number(row.avg_px) or None
        return (PositionUpdate(row.inst_id, held, entry, int(row.u_time) * MS),)

    def _read_balances(self, frame: Frame, received_ns: int) -> Sequence[Event]:
        return [
            BalanceUpdate(coin.ccy, number(coin.cash_bal), coin.available, received_ns)
            for balance in _balances(frame.data)
            for coin in balance.details
            if coin.ccy in COINS
        ]


def _args(topic: Topic) -> Sequence[Mapping[str, str]]:
    narrowed: dict[str, str] = {} if topic.contract_id is None else {"instId": topic.contract_id}
    return [
        {"channel": name, **({"instType": SWAP} if name in OF_TYPE else narrowed)}
        for name in CHANNELS[topic.kind]
    ]
