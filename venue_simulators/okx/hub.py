"""What clients say over WebSocket: pings, logins, subscriptions and orders, and how it is answered.

A connection without traffic for half a minute is closed. Login on the public path is refused, by
the error code that the venue has for it, although its documents name a public channel that needs
one; that channel is for higher tiers and refused as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from venue_simulators.okx.errors import OkxError
from venue_simulators.okx.ground import Ground
from venue_simulators.okx.market_feeds import MarketFeeds
from venue_simulators.okx.private_feeds import PrivateFeeds
from venue_simulators.okx.sessions import Session, named_arg
from venue_simulators.okx.signatures import Gatekeeper
from venue_simulators.okx.socket_orders import OPERATIONS, SocketOrders
from venue_simulators.okx.topics import BUSINESS, PRIVATE, PUBLIC, Topic, read_topic
from venue_simulators.okx.wording import Row, encoded
from venue_simulators.wire import Connection, Frame, HttpResponse

PATHS = {f"/ws/v5/{name}": name for name in (PUBLIC, PRIVATE, BUSINESS)}
FRAME_MAX = 65_536
LISTENERS_MAX = 30
"""Connections of an account on one of its channels."""
NO_TRAFFIC_CODE = 4004
NOTICE_NS = 60_000_000_000
_CONN_IDS = 0x5C2D_41A8
_ID = re.compile(r"[A-Za-z0-9]{1,32}")


class Hub:
    """The WebSocket side of the venue.

    Args:
        ground: What it stands on.
        gate: Knows the keys.
        market: The public channels.
        private: The accounts' channels.
        orders: Takes orders that come over WebSocket.
    """

    def __init__(
        self,
        ground: Ground,
        gate: Gatekeeper,
        market: MarketFeeds,
        private: PrivateFeeds,
        orders: SocketOrders,
    ) -> None:
        self._world = ground.world
        self._listing = ground.listing
        self._sessions = ground.sessions
        self._agenda = ground.agenda
        self._terms = ground.terms
        self._gate = gate
        self._market = market
        self._private = private
        self._orders = orders

    # Connections ----------------------------------------------------------------------------------

    def open(self, connection: Connection) -> HttpResponse | None:
        """Take a connection; a response refuses it."""
        path = PATHS.get(connection.request.path)
        if path is None:
            return HttpResponse(404, b'{"code":"60017","msg":"Invalid URL path"}')
        now_ns = self._world.now_ns
        if not self._sessions.may_open(now_ns):
            return HttpResponse(429, b'{"code":"60014","msg":"Requests too frequent"}')
        session = Session(connection, path, conn_id_of(connection), now_ns)
        self._sessions.add(session)
        self._watch(session)
        return None

    def close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self._sessions.remove(connection.number)

    def announce_end(self) -> None:
        """Tell all connections that they are closed in a minute, and do it then."""
        for session in list(self._sessions.all.values()):
            self._sessions.send(session, closing_notice(session.connection))
            self._plan_end(session)

    def _plan_end(self, session: Session) -> None:
        self._agenda.plan(self._world.now_ns + NOTICE_NS, lambda: self._hang_up(session, 1001, ""))

    def _watch(self, session: Session) -> None:
        at_ns = session.heard_ns + self._terms.silence_ns
        self._agenda.plan(at_ns, lambda: self._check_silence(session))

    def _check_silence(self, session: Session) -> None:
        if session.over:
            return
        if self._world.now_ns - session.heard_ns < self._terms.silence_ns:
            self._watch(session)
            return
        why = "Connection closed as there was no data transmission in the last 30 seconds."
        self._fail(session, OkxError("60015", why))
        self._hang_up(session, NO_TRAFFIC_CODE, "No data received in 30s")

    def _hang_up(self, session: Session, code: int, why: str) -> None:
        if not session.over:
            self._sessions.remove(session.connection.number)
            session.connection.close(code, why)

    # Frames ---------------------------------------------------------------------------------------

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Do what a client says."""
        session = self._sessions.all.get(connection.number)
        if session is None:
            return
        session.heard_ns = self._world.now_ns
        if frame == "ping":
            self._sessions.send_text(session, "pong")
            return
        try:
            words = _parsed(frame)
        except OkxError as error:
            self._fail(session, error)
            return
        try:
            self._do(session, words)
        except OkxError as error:
            self._fail(session, error, words)

    def _do(self, session: Session, words: Mapping[str, object]) -> None:
        operation, args = words.get("op"), words.get("args")
        message_id = words.get("id")
        if message_id is not None and not _is_id(message_id):
            raise OkxError("60012", f"Invalid request: {encoded(words)}")
        if not isinstance(args, list) or not args or not all(isinstance(a, dict) for a in args):
            raise OkxError("60013", "Invalid args")
        if operation in OPERATIONS:
            self._order(session, words, args)
            return
        if operation not in ("login", "subscribe", "unsubscribe"):
            raise OkxError("60019", f"Invalid op: {operation}")
        if not self._sessions.may_operate(session, self._world.now_ns):
            raise OkxError("60014", "Requests too frequent")
        if operation == "login":
            self._login(session, args)
        else:
            for arg in args:
                self._change(session, arg, words, subscribe=operation == "subscribe")

    def _login(self, session: Session, args: Sequence[Mapping[str, object]]) -> None:
        if session.path == PUBLIC:
            raise OkxError("60008", "Login is not supported on the public path")
        if len(args) > 1:
            raise OkxError("60031", "Multiple account login is not supported here")
        keys = self._gate.admit_login(args[0], self._world.now_ns)
        if session.keys is not None:
            raise OkxError("60010", "User already logged in")
        session.keys = keys
        self._sessions.send(
            session, {"event": "login", "code": "0", "msg": "", "connId": session.conn_id}
        )

    def _order(
        self, session: Session, words: Mapping[str, object], args: list[dict[str, object]]
    ) -> None:
        if session.path != PRIVATE:
            raise OkxError("60028", "The current operation is not supported by this URL.")
        if session.keys is None:
            raise OkxError("60011", "Please log in")
        reply = self._orders.answer(self._private.books[session.account], words, args)
        self._sessions.send(session, reply)

    # Subscriptions --------------------------------------------------------------------------------

    def _change(
        self,
        session: Session,
        arg: Mapping[str, object],
        words: Mapping[str, object],
        *,
        subscribe: bool,
    ) -> None:
        try:
            named = {name: str(value) for name, value in arg.items()}
            topic = read_topic(
                named, session.path, self._listing, logged_in=session.keys is not None
            )
        except OkxError as error:
            self._fail(session, error, words)
            return
        event = "subscribe" if subscribe else "unsubscribe"
        reply: Row = {} if words.get("id") is None else {"id": words["id"]}
        reply |= {"event": event, "arg": named_arg(session, topic), "connId": session.conn_id}
        self._sessions.send(session, reply)
        if not subscribe:
            self._sessions.unfollow(session, session.topics.get(topic.key, topic))
            return
        self._follow(session, topic)

    def _follow(self, session: Session, topic: Topic) -> None:
        self._sessions.unfollow(session, topic)
        if topic.own and not self._counted(session, topic):
            session.topics[topic.key] = topic
            session.muted[topic.key] = None
            return
        self._sessions.follow(session, topic)
        if topic.own:
            self._private.join((session, topic))
        else:
            self._market.join((session, topic))

    def _counted(self, session: Session, topic: Topic) -> bool:
        """Tell how many connections listen to a channel of the account; False when too many."""
        numbers = {
            other.connection.number: None
            for other, _ in self._sessions.own(topic.kind, session.account)
        }
        numbers[session.connection.number] = None
        fits = len(numbers) <= LISTENERS_MAX
        words: Row = {
            "event": "channel-conn-count" if fits else "channel-conn-count-error",
            "channel": topic.channel,
            "connCount": str(min(len(numbers), LISTENERS_MAX)),
            "connId": session.conn_id,
        }
        self._sessions.send(session, words)
        return fits

    def _fail(
        self, session: Session, error: OkxError, words: Mapping[str, object] | None = None
    ) -> None:
        reply: Row = {} if words is None or words.get("id") is None else {"id": words["id"]}
        reply |= {
            "event": "error",
            "code": error.code,
            "msg": error.message,
            "connId": session.conn_id,
        }
        self._sessions.send(session, reply)


def _parsed(frame: Frame) -> Mapping[str, object]:
    if len(frame) > FRAME_MAX:
        raise OkxError("60013", "Invalid args")
    try:
        words = json.loads(frame, parse_float=Decimal)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        raise OkxError("60012", f"Invalid request: {text}")
    return words


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def conn_id_of(connection: Connection) -> str:
    """Return what the venue calls a connection."""
    return f"{(connection.number * _CONN_IDS) % (1 << 32):08x}"


def closing_notice(connection: Connection) -> Row:
    """Return what a connection is told that is closed soon."""
    return {
        "event": "notice",
        "code": "64008",
        "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
        "connId": conn_id_of(connection),
    }
