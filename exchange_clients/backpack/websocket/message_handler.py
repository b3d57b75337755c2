"""Backpack's streams: what is asked for and what frames say. They count in microseconds.

Nothing is acknowledged: a symbol that is unknown stays silent, and so does an account in which
nothing happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from exchange_clients import base_models as models
from exchange_clients import events
from exchange_clients.backpack.client.managers import websocket_handlers as private
from exchange_clients.backpack.client.utils.converters import US
from exchange_clients.backpack.client.utils.signing import BackpackSigner
from exchange_clients.backpack.common import SIDE, normalize_symbol
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Session, Signer
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    SubscribeContext,
    Topic,
    TopicKind,
    parted,
)

STREAMS = MappingProxyType(
    {
        TopicKind.BOOK: "depth",
        TopicKind.BEST: "bookTicker",
        TopicKind.TRADES: "trade",
        TopicKind.FUNDING: "markPrice",
        TopicKind.LIQUIDATIONS: "liquidation",
        TopicKind.ORDERS: "account.orderUpdate",
        TopicKind.FILLS: "account.orderUpdate",
        TopicKind.POSITIONS: "account.positionUpdate",
        TopicKind.BALANCES: "account.balanceUpdate",
    }
)


class _Error(msgspec.Struct):
    code: int
    message: str = ""


class _Envelope(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw()
    error: _Error | None = None


class _Frame(msgspec.Struct):
    """What every frame of a market tells: when, and of which contract."""

    T: int
    s: models.ContractId


class _Depth(_Frame):
    U: int
    u: int
    a: Levels
    b: Levels

    def event(self, table: MarketTable, local_ns: int) -> events.BookDelta:
        """Return the delta; ``U`` is always one above the ``u`` before."""
        return events.BookDelta(
            self.s, self.b, self.a, self.U, self.u, self.U - 1, self.T * US, local_ns
        )


class _BookTicker(_Frame):
    a: FloatPrice
    A: FloatSize
    b: FloatPrice
    B: FloatSize
    u: int

    def event(self, table: MarketTable, local_ns: int) -> events.BestBidOffer:
        return events.BestBidOffer(
            self.s, self.b, self.B, self.a, self.A, self.T * US, local_ns, self.u
        )


class _Trade(_Frame):
    p: FloatPrice
    q: FloatSize
    t: int
    m: bool
    """Whether the buyer rested."""

    def event(self, table: MarketTable, local_ns: int) -> events.PublicTrade:
        taker = models.Side.SELL if self.m else models.Side.BUY
        return events.PublicTrade(self.s, self.p, self.q, taker, self.T * US, local_ns, str(self.t))


class _MarkPrice(_Frame):
    p: Positive
    f: Amount
    n: int
    """Milliseconds, unlike its neighbours."""

    def event(self, table: MarketTable, local_ns: int) -> events.FundingUpdate:
        listing = table.of_contract(self.s)
        hours = listing.funding_interval_hours
        assert hours is not None, "the list tells it of every contract"
        symbol, rate, mark = listing.market.symbol, Decimal(self.f), Decimal(self.p)
        return events.FundingUpdate(self.s, symbol, rate, hours, self.n * MS, mark, self.T * US)


class _Liquidation(_Frame):
    """Of any market. Whether ``S`` is the order's side or the position's is unconfirmed."""

    S: str
    p: Positive
    q: Positive

    def event(self, table: MarketTable, local_ns: int) -> models.LiquidationEvent:
        side, size, price = SIDE[self.S], Decimal(self.q), Decimal(self.p)
        symbol = normalize_symbol(self.s)
        return models.LiquidationEvent(self.s, symbol, side, size, price, self.T * US, ours=False)


_Told: TypeAlias = _Depth | _BookTicker | _Trade | _MarkPrice | _Liquidation
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_MARKET: Mapping[str, msgspec.json.Decoder[_Told]] = MappingProxyType(
    {
        # Not strict: prices are text that is read to floats, and ``u`` is text or a number.
        "depth": msgspec.json.Decoder(_Depth, strict=False),
        "bookTicker": msgspec.json.Decoder(_BookTicker, strict=False),
        "trade": msgspec.json.Decoder(_Trade, strict=False),
        "markPrice": msgspec.json.Decoder(_MarkPrice),
        "liquidation": msgspec.json.Decoder(_Liquidation),
    }
)
_PRIVATE = MappingProxyType(
    {
        "orderUpdate": private.order_events,
        "positionUpdate": private.position_events,
        "balanceUpdate": private.balance_events,
    }
)


class BackpackStream:
    """The streams of one environment; private ones need the account's signer."""

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
        frame: dict[str, object] = {"method": "SUBSCRIBE", "params": _params(topics)}
        if any(topic.kind.private for topic in topics):
            assert isinstance(self._signer, BackpackSigner), "private topics need an account"
            frame["signature"] = self._signer.subscription(context.now_ms)
        return [msgspec.json.encode(frame).decode()]

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return one frame."""
        frame = {"method": "UNSUBSCRIBE", "params": _params(topics)}
        return [msgspec.json.encode(frame).decode()]

    def decode(
        self, frame: bytes, kind: FrameKind, connection: ConnectionInfo
    ) -> Sequence[events.Event]:
        """Read one frame."""
        envelope = _ENVELOPE.decode(frame)
        if envelope.error is not None:
            # A refused signature has no form of its own that is known (unconfirmed).
            refused = envelope.error
            return [events.SubscribeRefused(str(refused.code), refused.message)]
        word, _, rest = envelope.stream.partition(".")
        if word == "account":
            read = _PRIVATE.get(rest.partition(".")[0])
            return [] if read is None else read(envelope.data)
        decoder = _MARKET.get(word)
        if decoder is None:
            return []
        return [decoder.decode(envelope.data).event(self._table, connection.received_ns)]


def _params(topics: Sequence[Topic]) -> list[str]:
    """Return each stream once: orders and fills share one."""
    return list(
        dict.fromkeys(
            STREAMS[each.kind] + (f".{each.contract_id}" if each.contract_id else "")
            for each in topics
        )
    )
