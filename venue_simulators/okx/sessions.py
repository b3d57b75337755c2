"""The open WebSocket connections, what each has subscribed to, and when it last said something."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from exchange_clients.base_models import NS
from venue_simulators.okx.signatures import KeySet
from venue_simulators.okx.topics import Topic
from venue_simulators.okx.wording import Row, encoded
from venue_simulators.wire import Connection

CONNECTS_PER_S = 3
OPERATIONS_MAX = 480
"""Subscriptions, their ends and logins of one connection in an hour."""
HOUR_NS = 3600 * NS
TopicKey: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Session:
    """One connection."""

    connection: Connection
    path: str
    conn_id: str
    heard_ns: int
    """When anything passed, in either direction."""
    keys: KeySet | None = None
    topics: dict[TopicKey, Topic] = field(default_factory=dict)
    muted: dict[TopicKey, None] = field(default_factory=dict)
    """Subscriptions that get no data: one connection too many listens to the channel."""
    operations: deque[int] = field(default_factory=deque)
    over: bool = False

    @property
    def account(self) -> str:
        """Whose login this is; empty before."""
        return "" if self.keys is None else self.keys.account


Follower: TypeAlias = tuple[Session, Topic]


class Sessions:
    """All connections and who follows which channel."""

    def __init__(self) -> None:
        self.all: dict[int, Session] = {}
        self._followers: dict[str, dict[tuple[int, TopicKey], Follower]] = {}
        """By the channel's kind."""
        self._opened: deque[int] = deque()
        self.now_ns = 0

    def may_open(self, now_ns: int) -> bool:
        """Count an attempt to connect; False when there were too many within a second."""
        while self._opened and self._opened[0] <= now_ns - NS:
            self._opened.popleft()
        if len(self._opened) >= CONNECTS_PER_S:
            return False
        self._opened.append(now_ns)
        return True

    def may_operate(self, session: Session, now_ns: int) -> bool:
        """Count a subscription or login; False when there were too many within an hour."""
        done = session.operations
        while done and done[0] <= now_ns - HOUR_NS:
            done.popleft()
        if len(done) >= OPERATIONS_MAX:
            return False
        done.append(now_ns)
        return True

    def add(self, session: Session) -> None:
        """Take in a connection."""
        self.all[session.connection.number] = session

    def remove(self, number: int) -> None:
        """Forget a connection and all that it followed."""
        session = self.all.pop(number, None)
        if session is not None:
            session.over = True
            for topic in list(session.topics.values()):
                self.unfollow(session, topic)

    def follow(self, session: Session, topic: Topic) -> None:
        """Let a connection hear of a topic."""
        session.topics[topic.key] = topic
        followers = self._followers.setdefault(topic.kind, {})
        followers[session.connection.number, topic.key] = (session, topic)

    def unfollow(self, session: Session, topic: Topic) -> None:
        """Let a connection hear of a topic no more."""
        session.topics.pop(topic.key, None)
        session.muted.pop(topic.key, None)
        self._followers.get(topic.kind, {}).pop((session.connection.number, topic.key), None)

    def followers(self, kind: str) -> list[Follower]:
        """Return who follows a kind of channel."""
        return list(self._followers.get(kind, {}).values())

    def of(self, kind: str, inst_id: str, bar: str = "") -> Iterator[Follower]:
        """Yield who follows a channel of one instrument."""
        for session, topic in self.followers(kind):
            if topic.bar == bar and topic.chooses(inst_id):
                yield session, topic

    def own(self, kind: str, account: str) -> Iterator[Follower]:
        """Yield who follows a channel of an account."""
        for session, topic in self.followers(kind):
            if session.account == account and topic.key not in session.muted:
                yield session, topic

    # Sending --------------------------------------------------------------------------------------

    def send(self, session: Session, words: Mapping[str, object]) -> None:
        """Send a frame."""
        self.send_text(session, encoded(words))

    def send_text(self, session: Session, text: str) -> None:
        """Send a text as it is."""
        if not session.over:
            session.heard_ns = self.now_ns
            session.connection.send(text)

    def push(self, follower: Follower, rows: list[Row], **more: object) -> None:
        """Send the data of a channel."""
        session, topic = follower
        self.send(session, {"arg": named_arg(session, topic), **more, "data": rows})


def named_arg(session: Session, topic: Topic) -> Mapping[str, str]:
    """Return how a channel is named to a connection: an account's with its number."""
    if topic.own and session.keys is not None:
        return {**topic.arg, "uid": session.keys.uid}
    return topic.arg
