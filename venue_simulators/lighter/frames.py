"""What clients say over a WebSocket, and what is answered to it.

A refusal is a bare error without any correlation; only those about subscriptions name the channel,
in their text.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exchange_clients.base_models import NS
from venue_simulators.lighter.channels import Channel, read_channel
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.rate_limits import Window
from venue_simulators.lighter.sending import chain_of, read_batch
from venue_simulators.lighter.sessions import SUBSCRIPTIONS_MAX, Session
from venue_simulators.lighter.state import State
from venue_simulators.lighter.streams import Streams
from venue_simulators.lighter.transactions import ApiServer
from venue_simulators.wire import Connection, Frame, HttpResponse

STREAM_PATH = "/stream"
CONNECTIONS_MAX = 200
MESSAGES_A_MINUTE = 200
_SEND, _SEND_BATCH = "jsonapi/sendtx", "jsonapi/sendtxbatch"


class FrameDesk:
    """Reads frames of all connections."""

    def __init__(self, state: State, streams: Streams, server: ApiServer) -> None:
        self._state = state
        self._streams = streams
        self._server = server
        self._messages = Window(MESSAGES_A_MINUTE)
        self._opened = 0

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Greet a connection, or refuse it."""
        if connection.request.path.rstrip("/") != STREAM_PATH:
            return Refusal(Code.NOT_FOUND).response()
        if len(self._streams.sessions) >= CONNECTIONS_MAX:
            return Refusal(Code.TOO_MANY_CONNECTIONS).response()
        self._opened += 1
        self._streams.open(Session(connection, self._opened, self._state.now_ns))
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame; one of a connection that was just ended is no matter."""
        session = self._streams.sessions.get(connection.number)
        if session is None:
            return
        session.heard_ns = self._state.now_ns
        try:
            self._read(session, frame)
        except Refusal as refusal:
            session.send({"error": refusal.body})

    def _read(self, session: Session, frame: Frame) -> None:
        try:
            message = msgspec.json.decode(frame)
        except msgspec.DecodeError:
            raise Refusal(Code.MALFORMED_FRAME) from None
        kind = message.get("type") if isinstance(message, dict) else None
        if kind in (_SEND, _SEND_BATCH):
            # Transactions have limits of their own.
            self._send(session, kind, message.get("data"))
            return
        if not self._messages.take(self._state.now_ns):
            raise Refusal(Code.TOO_MANY_MESSAGES)
        match kind:
            case "ping":
                session.send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(session, message)
            case "unsubscribe":
                self._unsubscribe(session, message)
            case _:
                raise Refusal(Code.MALFORMED_FRAME)

    def _subscribe(self, session: Session, message: dict[str, Any]) -> None:
        channel = self._channel(message)
        if channel.private:
            self._check_token(channel, message.get("auth"))
        if channel in session.channels:
            raise Refusal(Code.ALREADY_SUBSCRIBED, str(message["channel"]))
        if len(session.channels) >= SUBSCRIPTIONS_MAX:
            raise Refusal(Code.TOO_MANY_SUBSCRIPTIONS)
        self._streams.subscribe(session, channel)

    def _unsubscribe(self, session: Session, message: dict[str, Any]) -> None:
        channel = self._channel(message)
        if channel not in session.channels:
            raise Refusal(Code.NOT_SUBSCRIBED, str(message["channel"]))
        self._streams.unsubscribe(session, channel)

    def _channel(self, message: dict[str, Any]) -> Channel:
        channel = read_channel(message.get("channel"))
        if channel.market is not None and self._state.market(channel.market) is None:
            raise Refusal(Code.INVALID_CHANNEL)
        return channel

    def _check_token(self, channel: Channel, token: object) -> None:
        if not isinstance(token, str):
            raise Refusal(Code.INVALID_AUTH, "auth is required")
        owner = self._state.accounts.check_token(token, self._state.now_ns // NS)
        if owner != channel.account:
            raise Refusal(Code.INVALID_AUTH, "token of another account")

    # Transactions ---------------------------------------------------------------------------------

    def _send(self, session: Session, kind: str, data: object) -> None:
        """Send transactions; the answer repeats the client's id."""
        data = data if isinstance(data, dict) else {}
        answer: dict[str, object] = {"id": data.get("id"), "type": kind}
        try:
            sent = _transactions(kind, data)
            accepted = self._server.send(sent, chain_of(session.request))
        except Refusal as refusal:
            session.send(answer | refusal.body)
            return
        hashes = list(accepted.hashes)
        answer |= {
            "code": 200,
            "predicted_execution_time_ms": accepted.execution_ms,
            "tx_hash": hashes if kind == _SEND_BATCH else hashes[0],
            "volume_quota_remaining": accepted.quota_left,
        }
        session.send(answer)


def _transactions(kind: str, data: dict[str, Any]) -> list[tuple[int, str]]:
    """Read what is sent: a single one is an object, a batch is text as in a form."""
    if kind == _SEND_BATCH:
        return read_batch(data.get("tx_types"), data.get("tx_infos"))
    tx_type, info = data.get("tx_type"), data.get("tx_info")
    if type(tx_type) is not int or not isinstance(info, dict):
        raise Refusal(Code.INVALID_PARAMETER, "tx_type or tx_info")
    return [(tx_type, msgspec.json.encode(info).decode())]
