"""WebSocket connections: pings that want an answer, public channels, and one account's events.

The venue pings in JSON and closes a connection that leaves too many pings unanswered; a client may
ping as well, and is answered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from venue_simulators.agenda import Agenda
from venue_simulators.edgex.account_book import AccountBook, Venue
from venue_simulators.edgex.errors import UNRECOGNIZED, EdgexError
from venue_simulators.edgex.feed_maker import FeedMaker
from venue_simulators.edgex.public_feeds import PublicFeed, Rows
from venue_simulators.edgex.spelling import CAPTURED, DOCUMENTED, documented
from venue_simulators.edgex.topics import Topic, read_topic
from venue_simulators.edgex.wording import Words, ms
from venue_simulators.wire import Connection, Frame
from venue_simulators.world import World

SESSION_LOST = 1008


@dataclass(slots=True, eq=False)
class Socket:
    """One connection."""

    connection: Connection
    account: str = ""
    """Whose it is; a public one is nobody's."""
    topics: dict[str, Topic] = field(default_factory=dict)
    unanswered: int = 0
    """Pings since the last pong."""


class Sockets:
    """All connections of the venue."""

    def __init__(self, venue: Venue, maker: FeedMaker) -> None:
        self._venue = venue
        self._world: World = venue.world
        self._agenda: Agenda = venue.agenda
        self._maker = maker
        self._sockets: dict[int, Socket] = {}
        self._feeds: dict[str, PublicFeed] = {}
        self._listeners: dict[str, dict[int, Connection]] = {}

    # Coming and going -----------------------------------------------------------------------------

    def open_public(self, connection: Connection) -> None:
        """Take a connection of anyone."""
        self._open(Socket(connection), {})

    def open_private(self, connection: Connection, book: AccountBook) -> None:
        """Take a connection of an account; it is told everything without asking."""
        self._open(Socket(connection, book.member.name), {"time": ms(self._world.now_ns)})
        connection.send(book.feed.frame("Snapshot", book.snapshot(), self._world.now_ns))
        book.feed.listeners[connection.number] = connection.send

    def count(self, account: str) -> int:
        """Return how many connections an account has."""
        return sum(socket.account == account for socket in self._sockets.values())

    def close(self, connection: Connection) -> str:
        """Forget a connection and return whose it was."""
        socket = self._sockets.pop(connection.number, None)
        if socket is None:
            return ""
        for name in list(socket.topics):
            self._leave(socket, name)
        return socket.account

    def _open(self, socket: Socket, more: Words) -> None:
        number = socket.connection.number
        self._sockets[number] = socket
        session = f"{self._world.now_ns:x}-{number}"
        _say(socket.connection, {"sid": session, "type": "connected", **more})
        self._plan_ping(socket)

    # Staying alive --------------------------------------------------------------------------------

    def _plan_ping(self, socket: Socket) -> None:
        due_ns = self._world.now_ns + self._venue.terms.ping_interval_ns
        self._agenda.plan(due_ns, lambda: self._ping(socket))

    def _ping(self, socket: Socket) -> None:
        connection = socket.connection
        if self._sockets.get(connection.number) is not socket:
            return
        if socket.unanswered >= self._venue.terms.pongs_missed_max:
            _say(connection, _error("CONNECTION_TIMEOUT", "no pong"))
            connection.close(SESSION_LOST, "no pong")
            return
        socket.unanswered += 1
        _say(connection, {"type": "ping", "time": ms(self._world.now_ns)})
        self._plan_ping(socket)

    # Hearing --------------------------------------------------------------------------------------

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Do what a client says, or tell it what is wrong."""
        socket = self._sockets.get(connection.number)
        if socket is None:
            return
        try:
            self._follow(socket, _read(frame))
        except EdgexError as error:
            _say(connection, _error(error.code, error.message))

    def _follow(self, socket: Socket, words: Words) -> None:
        connection = socket.connection
        match words.get("type"):
            case "ping":
                _say(connection, {"type": "pong", "time": words.get("time")})
            case "pong":
                socket.unanswered = 0
            case "subscribe" if not socket.account:
                self._join(socket, read_topic(_channel(words), self._venue.contracts))
            case "unsubscribe" if not socket.account:
                name = _channel(words)
                self._leave(socket, name)
                _say(connection, {"type": "unsubscribed", "channel": name, "request": "{}"})
            case _:
                raise EdgexError(UNRECOGNIZED, "unrecognized message")

    def _join(self, socket: Socket, topic: Topic) -> None:
        connection, name = socket.connection, topic.name
        acknowledged: Words = {"type": "subscribed", "channel": name, "request": "{}"}
        feed = self._feeds.get(name)
        if feed is None:
            feed = self._feeds[name] = self._maker.make(topic)
        listeners = self._listeners.setdefault(name, {})
        if not listeners:
            feed.start(lambda rows: self._publish(topic, rows))
        if not self._venue.terms.snapshot_before_ack:
            _say(connection, acknowledged)
        connection.send(self._frame(topic, "snapshot", feed.snapshot()))
        if self._venue.terms.snapshot_before_ack:
            _say(connection, acknowledged)
        listeners[connection.number] = connection
        socket.topics[name] = topic

    def _leave(self, socket: Socket, name: str) -> None:
        if socket.topics.pop(name, None) is None:
            return
        listeners = self._listeners[name]
        listeners.pop(socket.connection.number, None)
        if not listeners:
            self._feeds[name].stop()

    # Telling --------------------------------------------------------------------------------------

    def _publish(self, topic: Topic, rows: Rows) -> None:
        frame = self._frame(topic, "changed", rows)
        for connection in list(self._listeners[topic.name].values()):
            connection.send(frame)

    def _frame(self, topic: Topic, kind: str, rows: Rows) -> str:
        words = CAPTURED
        if self._venue.terms.documents_spelling:
            words, rows = dict(DOCUMENTED), [documented(topic.kind, row) for row in rows]
        content = {"channel": topic.name, "dataType": words[kind], "data": list(rows)}
        return _text({"type": "quote-event", "channel": topic.name, "content": content})


def _channel(words: Words) -> str:
    name = words.get("channel")
    if not isinstance(name, str):
        raise EdgexError(UNRECOGNIZED, "channel is required")
    return name


def _read(frame: Frame) -> Words:
    try:
        words = json.loads(frame)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        raise EdgexError(UNRECOGNIZED, "unrecognized message")
    return words


def _error(code: str, message: str) -> Words:
    return {"type": "error", "content": {"code": code, "msg": message}}


def _say(connection: Connection, words: Words) -> None:
    connection.send(_text(words))


def _text(words: Words) -> str:
    return json.dumps(words, separators=(",", ":"), ensure_ascii=False)
