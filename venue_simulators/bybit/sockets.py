"""The sockets of the venue: what they speak, who is behind them, what they listen to.

Every frame of a client is one operation and is answered once, by its ``req_id`` if it has one. Each
kind of socket words its answers in its own way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from venue_simulators.agenda import Agenda
from venue_simulators.bybit.errors import Refusal
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.bybit.wording import MS_NS, Row, encoded, uuid_of
from venue_simulators.wire import Connection, Frame, HttpRequest
from venue_simulators.world import World

PUBLIC, PRIVATE, TRADE = "ws_public", "ws_private", "ws_trade"
PATHS = {"/v5/public/linear": PUBLIC, "/v5/private": PRIVATE, "/v5/trade": TRADE}
ARGS_MAX = 21_000
"""Characters of all topics of one connection."""
ACTIVE_S = (30, 600)
"""From ``max_active_time=30s`` to ``600s``."""


@dataclass(slots=True, eq=False)
class Socket:
    """One open connection."""

    connection: Connection
    kind: str
    conn_id: str
    heard_ns: int
    idle_cut_ns: int
    account: str | None = None
    topics: dict[str, None] = field(default_factory=dict)
    """In the order of their subscription."""
    request_ids: set[str] = field(default_factory=set)
    """Names of trade commands that were used."""

    def send(self, row: Row) -> None:
        """Send a frame."""
        self.connection.send(encoded(row).decode())


def kind_of(request: HttpRequest) -> str | None:
    """Return what kind of socket a handshake asks for: by its path, else by its service alone."""
    if request.path in PATHS:
        return PATHS[request.path]
    return request.service if request.path in ("", "/") else None


class Hub:
    """The open sockets.

    Args:
        world: Whose time it is.
        agenda: Where the end of silent sockets is planned.
        terms: How long they may be silent.
        operate: Does what a frame says and answers it.
    """

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        terms: BybitTerms,
        operate: Callable[[Socket, Row], None],
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._terms = terms
        self._operate = operate
        self._sockets: dict[int, Socket] = {}
        self._listeners: dict[str, dict[int, Socket]] = {}

    def open(self, connection: Connection, kind: str) -> None:
        """Take a new connection."""
        now_ns = self._world.now_ns
        conn_id = uuid_of("connection", now_ns, connection.number)
        cut_ns = self._idle_cut_ns(connection.request.params.get("max_active_time", ""))
        socket = Socket(connection, kind, conn_id, now_ns, cut_ns)
        self._sockets[connection.number] = socket
        self._agenda.plan(now_ns + cut_ns, lambda: self._look_after(socket))

    def close(self, connection: Connection) -> Socket | None:
        """Forget a connection and everything it listened to; return what it was."""
        socket = self._sockets.pop(connection.number, None)
        if socket is not None:
            for topic in list(socket.topics):
                self.drop(socket, topic)
        return socket

    def topics_of(self, connection: Connection) -> list[str]:
        """Return what a connection listens to."""
        socket = self._sockets.get(connection.number)
        return [] if socket is None else list(socket.topics)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a client's frame; what is not an operation is answered with a failure."""
        socket = self._sockets.get(connection.number)
        if socket is None:
            return
        socket.heard_ns = self._world.now_ns
        try:
            words = json.loads(frame)
        except (ValueError, RecursionError):
            words = None
        self._operate(socket, words if isinstance(words, dict) else {})

    # Topics ---------------------------------------------------------------------------------------

    def add(self, socket: Socket, topic: str) -> None:
        """Let a socket listen to a topic."""
        socket.topics[topic] = None
        self._listeners.setdefault(topic, {})[socket.connection.number] = socket

    def drop(self, socket: Socket, topic: str) -> None:
        """Let a socket listen no more."""
        socket.topics.pop(topic, None)
        listeners = self._listeners.get(topic, {})
        listeners.pop(socket.connection.number, None)
        if not listeners:
            self._listeners.pop(topic, None)

    def heard(self, topic: str) -> bool:
        """Say whether anybody listens to a topic."""
        return topic in self._listeners

    def publish(self, topic: str, row: Row, account: str | None = None) -> None:
        """Send a frame to all who listen to a topic, of one account if it is private."""
        listeners = self._listeners.get(topic)
        if not listeners:
            return
        frame = encoded(row).decode()
        for socket in list(listeners.values()):
            if socket.account == account or account is None:
                socket.connection.send(frame)

    def listens(self, topic: str, account: str) -> bool:
        """Say whether a socket of an account listens to a topic."""
        listeners = self._listeners.get(topic, {}).values()
        return any(socket.account == account for socket in listeners)

    # Silence --------------------------------------------------------------------------------------

    def _idle_cut_ns(self, asked: str) -> int:
        least, most = ACTIVE_S
        if asked.endswith("s") and asked[:-1].isdigit() and least <= int(asked[:-1]) <= most:
            return int(asked[:-1]) * 1000 * MS_NS
        return self._terms.idle_cut_ns

    def _look_after(self, socket: Socket) -> None:
        """Cut a socket whose client has been silent for too long."""
        if self._sockets.get(socket.connection.number) is not socket:
            return
        due_ns = socket.heard_ns + socket.idle_cut_ns
        if due_ns > self._world.now_ns:
            self._agenda.plan(due_ns, lambda: self._look_after(socket))
            return
        # The carrier tells of the end, as of any other.
        socket.connection.close(1006, "idle")


def answer_row(socket: Socket, words: Row, *, success: bool, message: str) -> Row:
    """Return the answer to an operation of a public or private socket."""
    row: Row = {
        "success": success,
        "ret_msg": message,
        "conn_id": socket.conn_id,
        "op": words.get("op", ""),
    }
    return named(row, words, "req_id")


def trade_row(socket: Socket, words: Row, refusal: Refusal | None, data: object = None) -> Row:
    """Return the answer to an operation of a trade socket."""
    row: Row = {
        "retCode": 0 if refusal is None else refusal.code,
        "retMsg": "OK" if refusal is None else refusal.message,
        "op": words.get("op", ""),
        "connId": socket.conn_id,
    }
    if data is not None:
        row["data"] = data
    return named(row, words, "reqId")


def named(row: Row, words: Row, name: str) -> Row:
    """Return an answer with the name that its question had, if it had one."""
    value = words.get(name)
    return row if value in (None, "") else row | {name: value}
