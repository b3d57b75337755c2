"""Who listens to what: WebSocket connections and the frames that reach them.

Streams are named by the handshake, ``/ws/a/b`` or ``/stream?streams=a/b``, and by SUBSCRIBE later
on. On ``/ws`` an event comes as it is, on ``/stream`` it is wrapped with its stream's name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from exchange_clients.base_models import NS
from venue_simulators.fapi.topics import PRIVATE, Topic, read_topic
from venue_simulators.fapi.wording import Row
from venue_simulators.wire import Connection, Frame, HttpRequest

POLICY_VIOLATION = 1008
ROTATED = 1001
DAY_NS = 86_400 * NS
REQUEST_ID_MAX = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class StreamRules:
    """What connections may do."""

    roots: Mapping[str, Sequence[str] | None] = field(default_factory=lambda: {"": None})
    """The kinds of stream that speak below each first word of a path; None is every kind."""
    topic: Callable[[str], Topic | None] = read_topic
    """Returns the public stream of a name."""
    streams_max: int = 200
    messages_a_second: int = 10
    text_id_max: int = 0
    """Characters of a request's id where it may be a text, zero where it has to be a number."""
    lifetime_ns: int = DAY_NS


class Keys(Protocol):
    """The listen keys, by which accounts are listened to."""

    def account_of(self, key: str) -> str | None:
        """Return whose key it is, None where it is not, or no longer, valid."""


@dataclass(slots=True, eq=False)
class _Line:
    """One connection with what it listens to."""

    connection: Connection
    kinds: Sequence[str] | None
    wrapped: bool
    ends_ns: int
    names: dict[str, None] = field(default_factory=dict)
    second: int = 0
    heard: int = 0

    def hears(self, kind: str) -> bool:
        """Say whether streams of a kind speak here."""
        return self.kinds is None or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a path asks for."""

    root: str
    wrapped: bool
    names: Sequence[str]


class Hub:
    """The open connections of the venue."""

    def __init__(self, rules: StreamRules, keys: Keys) -> None:
        self._rules = rules
        self._keys = keys
        self._lines: dict[int, _Line] = {}
        self._listeners: dict[str, dict[int, _Line]] = {}
        """Lines by stream, those that speak there alone."""
        self._topics: dict[str, Topic] = {}
        self.topics: tuple[Topic, ...] = ()
        """Every public stream that somebody hears."""

    # Connections ----------------------------------------------------------------------------------

    def open(self, connection: Connection, now_ns: int) -> bool:
        """Take a connection; False where its path is none of the venue's."""
        shaken = read_handshake(connection.request, tuple(self._rules.roots))
        if shaken is None or len(shaken.names) > self._rules.streams_max:
            return False
        kinds = self._rules.roots[shaken.root]
        # Where no account is ever heard, a word that is no stream's can be no key either.
        private = kinds is None or PRIVATE in kinds
        if private and not all(self._known(name) for name in shaken.names):
            return False
        line = _Line(connection, kinds, shaken.wrapped, now_ns + self._rules.lifetime_ns)
        self._lines[connection.number] = line
        for name in shaken.names:
            self._add(line, name)
        return True

    def close(self, connection: Connection) -> None:
        """Forget a connection and everything it listened to."""
        line = self._lines.pop(connection.number, None)
        if line is not None:
            for name in list(line.names):
                self._drop(line, name)

    def next_ns(self) -> int | None:
        """Return when the oldest connection has lived its day."""
        oldest = next(iter(self._lines.values()), None)  # each lives as long as the others
        return None if oldest is None else oldest.ends_ns

    def rotate(self, now_ns: int) -> None:
        """End the connections that have lived their day."""
        for line in list(self._lines.values()):
            if line.ends_ns <= now_ns:
                self._end(line, ROTATED, "connection lifetime reached")

    def _end(self, line: _Line, code: int, reason: str) -> None:
        self.close(line.connection)
        line.connection.close(code, reason)

    def _known(self, name: str) -> bool:
        """Say whether a path may name a stream; a listen key must be valid, any other word speaks.

        Of a key that has expired nothing would ever be heard, so the handshake says so.
        """
        return "@" in name or name.startswith("!") or self._keys.account_of(name) is not None

    # Frames of clients ----------------------------------------------------------------------------

    def on_frame(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        """Do what a client says; one that says too much is cut off."""
        line = self._lines.get(connection.number)
        if line is None:
            return
        second = now_ns // NS
        line.heard = line.heard + 1 if second == line.second else 1
        line.second = second
        if line.heard > self._rules.messages_a_second:
            self._end(line, POLICY_VIOLATION, "Too many requests")
            return
        connection.send(_encoded(self._answer(line, frame)))

    def _answer(self, line: _Line, frame: Frame) -> Row:
        try:
            words = json.loads(frame)
        except (ValueError, RecursionError):
            return _fault("JSON is invalid", None)
        if not isinstance(words, dict):
            return _fault("request must be an object", None)
        number = words.get("id")
        if number is not None and not self._is_id(number):
            return _fault("property id must be an unsigned integer", None)
        if words.get("method") == "LIST_SUBSCRIPTIONS":
            return {"result": list(line.names), "id": number}
        return self._follow(line, words.get("method"), words.get("params"), number)

    def _is_id(self, value: object) -> bool:
        if isinstance(value, str):
            return 0 < len(value) <= self._rules.text_id_max
        return isinstance(value, int) and 0 <= value <= REQUEST_ID_MAX

    def _follow(self, line: _Line, method: object, names: object, number: object) -> Row:
        """Add or drop streams; a word that no stream has is taken as any other."""
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return _fault(f"unknown variant {method}", number)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return _fault("params must be an array of strings", number)
        if method == "SUBSCRIBE" and len({*line.names, *names}) > self._rules.streams_max:
            return _fault(f"more than {self._rules.streams_max} streams", number)
        for name in names:
            if method == "SUBSCRIBE":
                self._add(line, name)
            else:
                self._drop(line, name)
        return {"result": None, "id": number}

    # Listening ------------------------------------------------------------------------------------

    def heard(self, name: str) -> bool:
        """Say whether anybody hears a stream."""
        return name in self._listeners

    def publish(self, name: str, data: object) -> None:
        """Send an event to all who hear a stream."""
        listeners = self._listeners.get(name)
        if not listeners:
            return
        bare = _encoded(data)
        for line in list(listeners.values()):
            wrapped = f'{{"stream":"{name}","data":{bare}}}'
            line.connection.send(wrapped if line.wrapped else bare)

    def _add(self, line: _Line, name: str) -> None:
        if name in line.names:
            return
        line.names[name] = None
        private = self._keys.account_of(name) is not None
        topic = None if private else self._rules.topic(name)
        kind = PRIVATE if private else "" if topic is None else topic.kind
        # A stream that has no such name, or speaks elsewhere, is taken down and never heard.
        if not kind or not line.hears(kind):
            return
        self._listeners.setdefault(name, {})[line.connection.number] = line
        if topic is not None:
            self._topics[name] = topic
            self.topics = tuple(self._topics.values())

    def _drop(self, line: _Line, name: str) -> None:
        line.names.pop(name, None)
        listeners = self._listeners.get(name)
        if listeners is None or listeners.pop(line.connection.number, None) is None or listeners:
            return
        del self._listeners[name]
        if self._topics.pop(name, None) is not None:
            self.topics = tuple(self._topics.values())

    def forget(self, name: str) -> None:
        """Let nobody hear a stream any more; connections stay."""
        self._listeners.pop(name, None)


def read_handshake(request: HttpRequest, roots: Sequence[str]) -> Handshake | None:
    """Return what a path asks for, None where the venue has no such path."""
    for root in roots:
        prefix = f"/{root}" if root else ""
        if not request.path.startswith(f"{prefix}/"):
            continue
        rest = request.path[len(prefix) :].rstrip("/")
        keys = [value for name, value in request.params.items() if name == "listenKey"]
        if rest == "/stream":
            named = request.params.get("streams", "")
            return Handshake(root, True, [*filter(None, named.split("/")), *keys])
        if rest == "/ws" or rest.startswith("/ws/"):
            return Handshake(root, False, [*filter(None, rest[len("/ws/") :].split("/")), *keys])
    return None


def _fault(why: str, number: object) -> Row:
    fault: Row = {"code": 2, "msg": f"Invalid request: {why}"}
    return fault if number is None else fault | {"id": number}


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
