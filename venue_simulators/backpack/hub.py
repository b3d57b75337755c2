"""Who listens to what: WebSocket connections and the frames that reach them.

There is no acknowledgement of any kind: a subscription that works is known by its first data. A
message with one bad stream changes nothing and is answered with an error frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from venue_simulators.backpack.authentication import Claim
from venue_simulators.backpack.topics import (
    INVALID_STREAM,
    PARSE_ERROR,
    UNPROVEN,
    StreamError,
    Topic,
    read_topic,
)
from venue_simulators.wire import Connection, Frame

Prover: TypeAlias = Callable[[Claim], str]
"""Returns the account that a claim proves; raises StreamError."""
Key: TypeAlias = tuple[str, str]
"""The account, empty for public streams, and the stream's name."""


@dataclass(frozen=True, slots=True)
class Message:
    """A SUBSCRIBE or UNSUBSCRIBE that could be read."""

    subscribe: bool
    topics: list[Topic]
    claim: Claim | None


class Hub:
    """The open connections of the venue.

    Args:
        prove: Checks the signature of a SUBSCRIBE.
        on_private: Called when an account has subscribed to a private stream, with what sends to
            this one connection.
    """

    def __init__(self, prove: Prover, on_private: Callable[[str, Topic, Connection], None]) -> None:
        self._prove = prove
        self._on_private = on_private
        self._connections: dict[int, dict[Key, Topic]] = {}
        self._listeners: dict[Key, dict[int, Connection]] = {}
        self._topics: dict[Key, Topic] = {}
        self.public_topics: tuple[Topic, ...] = ()
        """Every public stream that somebody listens to."""
        self.cadences_ns: tuple[int, ...] = ()
        """How often some of these speak by themselves."""

    def open(self, connection: Connection) -> None:
        """Take a new connection."""
        self._connections[connection.number] = {}

    def close(self, connection: Connection) -> None:
        """Forget a connection and everything it listened to."""
        for key in list(self._connections.pop(connection.number, {})):
            self._drop(connection.number, key)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Do what a client says, or answer with an error frame."""
        message_id: object = None
        try:
            words = _parsed(frame)
            message_id = words.get("id")
            self._follow(connection, _read(words))
        except StreamError as error:
            fault = {"code": error.code, "message": error.message}
            connection.send(_encoded({"id": message_id, "error": fault}))

    def heard(self, name: str) -> bool:
        """Say whether anybody listens to a public stream."""
        return ("", name) in self._listeners

    def publish(self, name: str, data: dict[str, object], account: str = "") -> None:
        """Send data to all who listen to a stream, of an account if it is private."""
        listeners = self._listeners.get((account, name))
        if listeners:
            frame = stream_frame(name, data)
            for connection in list(listeners.values()):
                connection.send(frame)

    def _follow(self, connection: Connection, message: Message) -> None:
        account = ""
        if message.subscribe and any(topic.private for topic in message.topics):
            if message.claim is None:
                raise StreamError(UNPROVEN, "Missing signature")
            account = self._prove(message.claim)
        held = self._connections.setdefault(connection.number, {})
        for topic in message.topics:
            if message.subscribe:
                self._add(connection, held, topic, account if topic.private else "")
            else:
                for key in [key for key in held if key[1] == topic.name]:
                    del held[key]
                    self._drop(connection.number, key)

    def _add(
        self, connection: Connection, held: dict[Key, Topic], topic: Topic, account: str
    ) -> None:
        key = (account, topic.name)
        if key in held:
            return
        held[key] = topic
        self._topics[key] = topic
        self._look_over()
        self._listeners.setdefault(key, {})[connection.number] = connection
        if topic.private:
            self._on_private(account, topic, connection)

    def _drop(self, number: int, key: Key) -> None:
        listeners = self._listeners[key]
        listeners.pop(number, None)
        if not listeners:
            del self._listeners[key]
            del self._topics[key]
            self._look_over()

    def _look_over(self) -> None:
        topics = tuple(topic for (account, _), topic in self._topics.items() if not account)
        cadences = (topic.cadence_ns for topic in topics)
        self.public_topics = topics
        self.cadences_ns = tuple(sorted({one for one in cadences if one is not None}))


def stream_frame(name: str, data: dict[str, object]) -> str:
    """Return the frame in which a stream's data travel."""
    return _encoded({"stream": name, "data": data})


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _parsed(frame: Frame) -> dict[str, object]:
    try:
        words = json.loads(frame)
    except (ValueError, RecursionError):
        raise StreamError(PARSE_ERROR, "Parse error") from None
    if not isinstance(words, dict):
        raise StreamError(PARSE_ERROR, "Parse error")
    return words


def _read(words: dict[str, object]) -> Message:
    method, params = words.get("method"), words.get("params")
    if method not in ("SUBSCRIBE", "UNSUBSCRIBE") or not isinstance(params, list) or not params:
        raise StreamError(PARSE_ERROR, "Parse error")
    topics: list[Topic] = []
    for name in params:
        if not isinstance(name, str):
            raise StreamError(INVALID_STREAM, "Invalid stream")
        topics.append(read_topic(name))
    return Message(method == "SUBSCRIBE", topics, _claim(words.get("signature")))


def _claim(signature: object) -> Claim | None:
    """Return who signs: key, signature, timestamp and window, four texts."""
    if signature is None:
        return None
    if not isinstance(signature, list) or len(signature) != 4:
        raise StreamError(PARSE_ERROR, "Parse error")
    if not all(isinstance(part, str) for part in signature):
        raise StreamError(PARSE_ERROR, "Parse error")
    return Claim(*signature)
