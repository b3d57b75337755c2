"""Binance's streams: three roots, by class of traffic, and the events of orders that wait.

    /public   books and best prices
    /market   trades, mark prices, liquidations
    /private  the account

A stream that is asked for at another root is acknowledged, and never heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import OrderInfo, OrderStatus
from exchange_clients.binance.client.utils.converters import AlgoUpdate
from exchange_clients.binance.common import DIALECT, EXPIRY_REASON
from exchange_clients.events import Event, ServerClosing
from exchange_clients.shared.dialects.fapi.converters import Number
from exchange_clients.shared.dialects.fapi.frames import (
    FRAMES,
    ForceOrder,
    Frame,
    Known,
    OrderFrame,
)
from exchange_clients.shared.dialects.fapi.message_handler import FapiStream
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import ConnectionSpec, Topic, TopicKind

COIN_MARGINED = 2
ALGO_FRAME_IDS = ("aid", "caid")
PUBLIC = (TopicKind.BOOK, TopicKind.BEST)


class _ForceOrder(ForceOrder):
    st: int = 1
    """Which of the venue's markets it is of; feeds of all markets tell both."""

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        return () if self.st == COIN_MARGINED else super().events(known, received_ns)


class _Expiry(msgspec.Struct):
    er: str = "0"


class _OrderFrame(OrderFrame):
    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        """Return what the order did, and why where it expired."""
        told = super().events(known, received_ns)
        return [_explained(each, self.o) if _expired(each) else each for each in told]


def _expired(event: Event) -> bool:
    return isinstance(event, OrderInfo) and event.status is OrderStatus.EXPIRED


def _explained(event: Event, row: msgspec.Raw) -> Event:
    """Return an expired order with the venue's reason, where it tells one."""
    assert isinstance(event, OrderInfo), "asked of orders"
    (told,) = read_rows([row], _Expiry, as_is)
    reason = EXPIRY_REASON.get(told.er) if isinstance(told, _Expiry) else None
    return replace(event, reason=reason or event.reason)


class _AlgoFrame(msgspec.Struct):
    E: Number
    o: msgspec.Raw = msgspec.Raw()
    ao: msgspec.Raw = msgspec.Raw()
    """Where some of the venue's servers put it instead."""

    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        rows = [each for each in (self.o, self.ao) if bytes(each)]
        return read_rows(rows, AlgoUpdate, lambda row: row.info(self.E), ALGO_FRAME_IDS)


class _Shutdown(msgspec.Struct):
    def events(self, known: Known, received_ns: int) -> Sequence[Event]:
        return (ServerClosing(),)


BINANCE_FRAMES: Mapping[str, msgspec.json.Decoder[Frame]] = MappingProxyType(
    {
        **FRAMES,
        "forceOrder": msgspec.json.Decoder(_ForceOrder),
        "ORDER_TRADE_UPDATE": msgspec.json.Decoder(_OrderFrame),
        "ALGO_UPDATE": msgspec.json.Decoder(_AlgoFrame),
        "serverShutdown": msgspec.json.Decoder(_Shutdown),
    }
)


class BinanceStream(FapiStream):
    """The streams of Binance, each at the root of its class."""

    def __init__(self, table: MarketTable) -> None:
        super().__init__(DIALECT, table, BINANCE_FRAMES)

    def market_path(self, kind: TopicKind) -> tuple[str, str]:
        """Return the name and the path of the connection that carries a kind of market feed."""
        return ("public", "/ws") if kind in PUBLIC else ("market", "/ws")

    def private_path(self, listen_key: str) -> str:
        """Return the path at which an account is heard."""
        return f"/ws?listenKey={listen_key}"

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return the connections of each root, which is a service of its own."""
        return [
            replace(spec, service=f"ws_{spec.name.partition('-')[0]}")
            for spec in super().connections(topics, session, now_ms)
        ]
