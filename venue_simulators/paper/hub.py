"""Who listens to what: connections, their topics, and the frames that reach them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import ContractId
from venue_simulators.paper.asked import Message, read_body
from venue_simulators.paper.keys import Claim
from venue_simulators.paper.refusals import Refusal, bad_request
from venue_simulators.paper.rows import Row
from venue_simulators.wire import Connection, Frame

MARKET_TOPICS = ("book", "best", "trades", "funding")
VENUE_TOPICS = ("liquidations",)
PRIVATE_TOPICS = ("orders", "fills", "positions", "balances")
Key: TypeAlias = tuple[str, str]
"""The account, empty for public topics, and the topic's name."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One feed: ``book:BTC-PERP``, or ``orders``."""

    name: str

    @property
    def kind(self) -> str:
        """The word before the market."""
        return self.name.partition(":")[0]

    @property
    def market(self) -> ContractId:
        """The market, empty where there is none."""
        return ContractId(self.name.partition(":")[2])

    @property
    def private(self) -> bool:
        """Whether it is an account's."""
        return self.name in PRIVATE_TOPICS


class Hub:
    """The open connections.

    Args:
        prove: Returns the account that a claim over some text proves; raises Refusal.
        listed: Says whether there is a market.
        begin: Says what a new listener of a topic is told first; account empty if public.
    """

    def __init__(
        self,
        prove: Callable[[Claim, str], str],
        listed: Callable[[ContractId], bool],
        begin: Callable[[Topic, str, Callable[[str, Row], None]], None],
    ) -> None:
        self._prove = prove
        self._listed = listed
        self._begin = begin
        self._held: dict[int, dict[Key, None]] = {}
        self._listeners: dict[Key, dict[int, Connection]] = {}

    def open(self, connection: Connection) -> None:
        """Take a new connection."""
        self._held[connection.number] = {}

    def close(self, connection: Connection) -> None:
        """Forget a connection and everything it listened to."""
        for key in self._held.pop(connection.number, {}):
            self._drop(connection, key)

    def heard(self, name: str, account: str = "") -> bool:
        """Say whether anybody listens to a topic."""
        return (account, name) in self._listeners

    def publish(self, name: str, kind: str, row: Row, account: str = "") -> None:
        """Send a row to all who listen to a topic."""
        listeners = self._listeners.get((account, name))
        if listeners:
            frame = _frame(kind, row)
            for connection in list(listeners.values()):
                connection.send(frame)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Do what a client says; what is refused is said of each topic, or of the frame."""
        topics: list[str] | list[None] = [None]
        try:
            message = read_body(frame.encode() if isinstance(frame, str) else frame, Message)
            topics = message.topics
            self._follow(connection, message)
        except Refusal as refusal:
            for topic in topics:
                connection.send(_frame("refused", {"topic": topic, **refusal.words()}))

    def _follow(self, connection: Connection, message: Message) -> None:
        topics = [self._read(name) for name in message.topics]
        if message.op == "unsubscribe":
            for key in [key for key in self._held[connection.number] if key[1] in message.topics]:
                del self._held[connection.number][key]
                self._drop(connection, key)
            return
        account = ""
        if any(topic.private for topic in topics):
            claim = Claim(message.key, message.timestamp, message.signature)
            account = self._prove(claim, f"SUBSCRIBE{','.join(message.topics)}")
        for topic in topics:
            self._add(connection, topic, account if topic.private else "")

    def _read(self, name: str) -> Topic:
        topic = Topic(name)
        if name in PRIVATE_TOPICS or name in VENUE_TOPICS:
            return topic
        if topic.kind in MARKET_TOPICS and self._listed(topic.market):
            return topic
        raise bad_request(f"there is no topic {name}")

    def _add(self, connection: Connection, topic: Topic, account: str) -> None:
        """Begin a topic; who listens already is told the beginning again."""
        key = (account, topic.name)
        self._held[connection.number][key] = None
        self._listeners.setdefault(key, {})[connection.number] = connection
        connection.send(_frame("subscribed", {"topic": topic.name}))
        self._begin(topic, account, lambda kind, row: connection.send(_frame(kind, row)))

    def _drop(self, connection: Connection, key: Key) -> None:
        listeners = self._listeners[key]
        listeners.pop(connection.number, None)
        if not listeners:
            del self._listeners[key]


def _frame(kind: str, row: Row) -> str:
    return msgspec.json.encode({"type": kind, **row}).decode()
