"""What a client may say on each kind of socket: ping, auth, subscribe; orders on the trade one."""

from __future__ import annotations

from collections.abc import Callable

from venue_simulators.bybit import errors
from venue_simulators.bybit.authentication import Gatekeeper, check_window
from venue_simulators.bybit.errors import Refusal, invalid
from venue_simulators.bybit.fields import Fields, fields_of
from venue_simulators.bybit.market_streams import MarketStreams
from venue_simulators.bybit.rate_limits import Standing
from venue_simulators.bybit.sockets import (
    ARGS_MAX,
    PRIVATE,
    PUBLIC,
    TRADE,
    Hub,
    Socket,
    answer_row,
    named,
    trade_row,
)
from venue_simulators.bybit.topics import BadTopic, check_private, read_topic
from venue_simulators.bybit.trading import Answer
from venue_simulators.bybit.wording import MS_NS, Row
from venue_simulators.world import World

UNKNOWN_OPERATION = 10404
REPEATED_AUTH = 20001
DUPLICATE_REQUEST_ID = 20006
REQUEST_ID_MAX = 36
_COMMANDS = {
    f"order.{name}": f"/v5/order/{name}"
    for name in ("create", "amend", "cancel", "create-batch", "amend-batch", "cancel-batch")
}


class Operations:
    """Does what frames say.

    Args:
        world: Whose time it is.
        gate: Knows the keys.
        command: Does an order's command for an account: (account, path, fields) to its answer and
            what is left of the budget.
        demo: Whether this is demo trading.
    """

    hub: Hub
    streams: MarketStreams

    def __init__(
        self,
        world: World,
        gate: Gatekeeper,
        command: Callable[[str, str, Fields], tuple[Answer, Standing]],
        *,
        demo: bool,
    ) -> None:
        self._world = world
        self._gate = gate
        self._command = command
        self._demo = demo

    def on_words(self, socket: Socket, words: Row) -> None:
        """Answer one frame."""
        if socket.kind == TRADE:
            self._trade(socket, words)
            return
        op = words.get("op")
        if op == "ping":
            socket.send(self._pong(socket, words))
        elif op == "auth" and socket.kind == PRIVATE:
            self._log_in(socket, words)
        elif op in ("subscribe", "unsubscribe"):
            self._subscribe(socket, words, on=op == "subscribe")
        else:
            message = "unknown operation"
            socket.send(answer_row(socket, words, success=False, message=message))

    def _pong(self, socket: Socket, words: Row) -> Row:
        if socket.kind == PUBLIC:
            return answer_row(socket, words, success=True, message="pong")
        pong: Row = {
            "op": "pong",
            "args": [str(self._world.now_ns // MS_NS)],
            "conn_id": socket.conn_id,
        }
        return named(pong, words, "req_id")

    def _log_in(self, socket: Socket, words: Row) -> None:
        try:
            socket.account = self._admitted(words)
        except Refusal:
            socket.send(answer_row(socket, words, success=False, message="Params Error"))
            return
        socket.send(answer_row(socket, words, success=True, message=""))

    def _admitted(self, words: Row) -> str:
        args = words.get("args")
        if not isinstance(args, list):
            raise invalid("args is a list")
        return self._gate.admit_socket(args, self._world.now_ns)

    # Topics ---------------------------------------------------------------------------------------

    def _subscribe(self, socket: Socket, words: Row, *, on: bool) -> None:
        """Add or drop all topics of a request, or none of them."""
        try:
            names = self._topics(socket, words, on=on)
        except BadTopic as bad:
            socket.send(answer_row(socket, words, success=False, message=str(bad)))
            return
        socket.send(answer_row(socket, words, success=True, message=""))
        for name in names:
            if not on:
                self.hub.drop(socket, name)
                continue
            first = None
            if socket.kind == PUBLIC:
                first = self.streams.first_frame(read_topic(name, self._world.markets))
            self.hub.add(socket, name)
            if first is not None:
                socket.send(first)

    def _topics(self, socket: Socket, words: Row, *, on: bool) -> list[str]:
        args = words.get("args")
        if not isinstance(args, list) or not args:
            raise BadTopic("error:args is empty")
        names = [name for name in args if isinstance(name, str)]
        if len(names) < len(args):
            raise BadTopic("error:topics are strings")
        if socket.kind == PRIVATE:
            if socket.account is None:
                raise BadTopic("Request not authorized")
            check_private(names, demo=self._demo)
        else:
            for name in names:
                read_topic(name, self._world.markets)
        if not on:
            return names
        known = [name for name in names if name in socket.topics]
        if known or len(dict.fromkeys(names)) < len(names):
            raise BadTopic(f"error:already subscribed,topic:{(known or names)[0]}")
        if sum(map(len, [*socket.topics, *names])) > ARGS_MAX:
            raise BadTopic("error:args are too long")
        return names

    # Orders ---------------------------------------------------------------------------------------

    def _trade(self, socket: Socket, words: Row) -> None:
        op = words.get("op")
        try:
            if op == "ping":
                stamp = [str(self._world.now_ns // MS_NS)]
                pong = trade_row(socket, {**words, "op": "pong"}, None, stamp)
                socket.send(pong)
            elif op == "auth":
                if socket.account is not None:
                    raise Refusal(REPEATED_AUTH, "Repeat auth")
                socket.account = self._admitted(words)
                socket.send(trade_row(socket, words, None))
            else:
                self._order(socket, words)
        except Refusal as refusal:
            socket.send(trade_row(socket, words, refusal))

    def _order(self, socket: Socket, words: Row) -> None:
        path = _COMMANDS.get(str(words.get("op")))
        if path is None:
            raise Refusal(UNKNOWN_OPERATION, "op type is not found")
        if socket.account is None:
            raise Refusal(errors.USER_AUTH, "User authentication failed.")
        self._check_name(socket, words)
        header = words.get("header")
        stamps = header if isinstance(header, dict) else {}
        check_window(
            str(stamps.get("X-BAPI-TIMESTAMP", "")),
            str(stamps.get("X-BAPI-RECV-WINDOW", "")),
            self._world.now_ns // MS_NS,
        )
        args = words.get("args")
        if not isinstance(args, list) or len(args) != 1:
            raise invalid("args holds exactly one element")
        answer, standing = self._command(socket.account, path, fields_of(args[0]))
        row = trade_row(socket, words, None, answer.result)
        row["header"] = {
            "X-Bapi-Limit": str(standing.limit),
            "X-Bapi-Limit-Status": str(standing.left),
            "X-Bapi-Limit-Reset-Timestamp": str(standing.reset_ns // MS_NS),
            "Timenow": str(self._world.now_ns // MS_NS),
        }
        if path.endswith("-batch"):
            row["retExtInfo"] = answer.ext
        socket.send(row)

    def _check_name(self, socket: Socket, words: Row) -> None:
        name = words.get("reqId")
        if name in (None, ""):
            return
        if not isinstance(name, str) or len(name) > REQUEST_ID_MAX:
            raise invalid("reqId has at most 36 characters")
        if name in socket.request_ids:
            raise Refusal(DUPLICATE_REQUEST_ID, "Duplicate reqId")
        socket.request_ids.add(name)
