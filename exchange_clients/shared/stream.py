"""What a venue's streams say and how they are asked for, as words.

A ``StreamWords`` is built with the table of markets, so that it reads sizes and contracts by it,
and for private topics with the account's signer. It holds no state: what differs from connection to
connection comes with the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.events import Event
from exchange_clients.shared.signing import Session

STREAM_NUMBERED = -1
"""``BookSnapshot.last`` of a snapshot that carries no number of its own: it stands at the
``resume_from`` of its topic's ``SubscribeAck``."""


class TopicKind(StrEnum):
    """What a feed is about."""

    BOOK = "book"
    BEST = "best"
    TRADES = "trades"
    FUNDING = "funding"
    LIQUIDATIONS = "liquidations"
    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"
    BALANCES = "balances"
    VOIDED = "voided"
    """Which fills the venue has taken back."""

    @property
    def private(self) -> bool:
        """Whether it is about an account."""
        return self in _PRIVATE


_ACCOUNT = (TopicKind.ORDERS, TopicKind.FILLS, TopicKind.POSITIONS, TopicKind.BALANCES)
_PRIVATE = frozenset({*_ACCOUNT, TopicKind.VOIDED})


@dataclass(frozen=True, slots=True)
class Topic:
    """One feed; ``contract_id`` is None for feeds of all markets and of the account."""

    kind: TopicKind
    contract_id: ContractId | None = None

    @property
    def name(self) -> str:
        """How events name it, ``SubscribeAck.topic`` first: ``"book:BTC_USDT_Perp"``."""
        return f"{self.kind.value}:{self.contract_id or ''}"


class FrameKind(Enum):
    """How a frame was sent."""

    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class PingRule:
    """How a connection is kept alive and when its silence means that it is dead."""

    text: str | None = None
    """The frame that the client sends; None: a protocol ping."""
    every_s: float = 20.0
    silence_s: float = 60.0
    """Without any frame or pong for so long the connection is given up."""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One connection to open, and the topics that go over it."""

    name: str
    """Unique among the venue's connections: ``"market"``, ``"private"``, ``"market-2"``."""
    service: str
    """Which of the environment's URLs."""
    topics: tuple[Topic, ...]
    path: str = ""
    """Appended to the URL, with a query where there is one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the handshake; may hold a session's secrets."""
    login: tuple[str, ...] = ()
    """Frames sent first; subscriptions follow once ``LoginAccepted`` was decoded."""
    ping: PingRule = PingRule()
    rotate_after_s: float | None = None
    """How long before it is replaced by a new one; the venue would cut it later."""
    other_paths: tuple[str, ...] = ()
    """Asked for in turn where a handshake is refused with status 400: other versions of what the
    frames are written in, of which the venue has given up the first."""

    def __repr__(self) -> str:
        return f"ConnectionSpec({self.name}, {self.service}, {len(self.topics)} topics)"


class ConnectionInfo(msgspec.Struct, frozen=True, gc=False):
    """Which connection a frame came over; one is made for each frame, so it must cost little."""

    name: str
    generation: int = 0
    """Counts the openings; events of an older one are dropped."""
    received_ns: int = 0
    schema: str = ""
    """What was negotiated, where a venue has several."""


@dataclass(frozen=True, slots=True)
class SubscribeContext:
    """What a subscription may depend on."""

    now_ms: int
    request_id: int
    """Unique on the connection, ascending; each frame takes one."""
    session: Session | None


def account_topics(*, voids_fills: bool) -> tuple[Topic, ...]:
    """Return what is subscribed of the account; fills that are voided where the venue does that."""
    kinds = (*_ACCOUNT, TopicKind.VOIDED) if voids_fills else _ACCOUNT
    return tuple(Topic(kind) for kind in kinds)


def parted(topics: Iterable[Topic]) -> tuple[tuple[Topic, ...], tuple[Topic, ...]]:
    """Return the topics of markets, and those of the account."""
    listed = tuple(topics)
    return (
        tuple(topic for topic in listed if not topic.kind.private),
        tuple(topic for topic in listed if topic.kind.private),
    )


class AskedByWord:
    """How topics are asked for where they are ended by the same frames with another word."""

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return the frames that ask for topics."""
        return self.frames("subscribe", topics, context)

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return the frames that end topics."""
        return self.frames("unsubscribe", topics, context)

    def frames(
        self, word: str, topics: Sequence[Topic], context: SubscribeContext
    ) -> Sequence[str]:
        """Return the frames that say ``word`` of topics."""
        raise NotImplementedError


class StreamWords(Protocol):
    """The streams of one venue."""

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        """Return the connections that carry ``topics``, each with its share of them.

        Called anew for each opening, so that a login or a handshake may be signed at ``now_ms``,
        which is venue time; names and shares must not depend on it.
        """

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return the frames that ask for topics of one connection."""

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        """Return the frames that end topics of one connection."""

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        """Read one frame; what is of no interest gives no event.

        Events carry ``connection.received_ns`` as their ``local_ns``. Any exception but
        MalformedPayload is turned into one by the caller: words do not catch.

        Raises:
            MalformedPayload: the frame cannot be read.
        """
