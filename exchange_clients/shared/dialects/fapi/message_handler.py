"""The dialect's streams: plain frames that name their event, asked for over one connection.

    {"method": "SUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 1}
    {"result": null, "id": 1}

What an account hears needs no subscription: the listen key in the path says it all. Its frames may
come out of order under load; ``E`` orders them, and sizes are cumulative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from exchange_clients.events import Event, SubscribeRefused
from exchange_clients.shared.dialects.fapi.account_manager import LISTEN_KEY
from exchange_clients.shared.dialects.fapi.dialect import Fapi
from exchange_clients.shared.dialects.fapi.frames import FRAMES, Frame, Known
from exchange_clients.shared.encoding import json_of
from exchange_clients.shared.market_table import MarketTable
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
)

STREAMS_MAX = 200
"""Of one connection."""
ROTATE_AFTER_S = 23 * 3600.0
"""The venue cuts a connection that is a day old."""
PING = PingRule(every_s=60, silence_s=150)
"""The venue pings too seldom for a watchdog, and counts what it is sent: so we do it, seldom."""
STREAMS = MappingProxyType(
    {
        TopicKind.BOOK: "@depth@100ms",
        TopicKind.BEST: "@bookTicker",
        TopicKind.TRADES: "@aggTrade",
        TopicKind.FUNDING: "@markPrice@1s",
        TopicKind.LIQUIDATIONS: "@forceOrder",
    }
)
ALL_LIQUIDATIONS = "!forceOrder@arr"


class _Head(msgspec.Struct):
    """What every frame may hold: the name of its event, or a refusal."""

    e: str = ""
    code: int | str = ""
    msg: str = ""


_HEAD = msgspec.json.Decoder(_Head)


class FapiStream(AskedByWord):
    """The streams of one venue, and of one account where a session holds its listen key.

    Args:
        dialect: The venue.
        table: Its markets.
        frames: How frames are read, by the event that they name.
    """

    def __init__(
        self,
        dialect: Fapi,
        table: MarketTable,
        frames: Mapping[str, msgspec.json.Decoder[Frame]] = FRAMES,
    ) -> None:
        self._known = Known(dialect, table)
        self._frames = frames

    def market_path(self, kind: TopicKind) -> tuple[str, str]:
        """Return the name and the path of the connection that carries a kind of market feed."""
        return "market", "/ws"

    def private_path(self, listen_key: str) -> str:
        """Return the path at which an account is heard."""
        return f"/ws/{listen_key}"

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return the connections of markets, full ones first, and that of the account."""
        shares: dict[tuple[str, str], list[Topic]] = {}
        for topic in topics:
            if stream_of(topic):
                shares.setdefault(self.market_path(topic.kind), []).append(topic)
        specs = [
            _spec(f"{name}-{at // STREAMS_MAX + 1}" if at else name, path, share[at:][:STREAMS_MAX])
            for (name, path), share in shares.items()
            for at in range(0, len(share), STREAMS_MAX)
        ]
        own = [topic for topic in topics if topic.kind.private]
        if own and session is not None:
            specs.append(_spec("private", self.private_path(session.tokens[LISTEN_KEY]), own))
        return specs

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return one frame for all market feeds; those of the account come by themselves."""
        streams = list(filter(None, map(stream_of, topics)))
        frame = {"method": word.upper(), "params": streams, "id": context.request_id}
        return [json_of(frame).decode()] if streams else []

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame; acknowledgements carry a number alone and are of no interest."""
        head = _HEAD.decode(frame)
        decoder = self._frames.get(head.e)
        if decoder is not None:
            return decoder.decode(frame).events(self._known, connection.received_ns)
        return (SubscribeRefused(str(head.code), head.msg),) if head.code else ()


def stream_of(topic: Topic) -> str:
    """Return a market feed's stream: ``"btcusdt@bookTicker"``; empty where there is none."""
    if topic.contract_id is None:
        return ALL_LIQUIDATIONS if topic.kind is TopicKind.LIQUIDATIONS else ""
    word = STREAMS.get(topic.kind)
    return f"{topic.contract_id.lower()}{word}" if word else ""


def _spec(name: str, path: str, share: Sequence[Topic]) -> ConnectionSpec:
    return ConnectionSpec(
        name, "ws", tuple(share), path=path, ping=PING, rotate_after_s=ROTATE_AFTER_S
    )
