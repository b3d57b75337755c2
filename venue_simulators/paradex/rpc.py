"""JSON-RPC over a WebSocket: login, subscriptions, and order entry with the bodies of REST.

Control traffic is text whatever the channels speak. Refusals of order entry come as error 100 with
the venue's code in ``data``; which form they take is not published. A private channel or call
before the login is refused as lacking permission.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from venue_simulators.paradex.channels import ChannelRefused, Topic, parse
from venue_simulators.paradex.errors import RATE_LIMITED, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.gate import Gate
from venue_simulators.paradex.lines import Line, Lines
from venue_simulators.paradex.market_feeds import MarketFeeds
from venue_simulators.paradex.order_api import OrderApi
from venue_simulators.paradex.order_record import OrderRecord
from venue_simulators.paradex.terms import MS, US
from venue_simulators.paradex.tokens import Session, Tokens, well_formed
from venue_simulators.paradex.wording import Json, Words, encoded
from venue_simulators.wire import Connection, Frame
from venue_simulators.world import World

PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
METHOD_ERROR, MALFORMED_BEARER, INVALID_BEARER = 100, 40110, 40111
NO_PERMISSION, TOO_MANY = 40300, 42901
_MESSAGES: Mapping[int, str] = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    UNKNOWN_METHOD: "Method not found",
    INVALID_PARAMS: "Invalid params",
    METHOD_ERROR: "method error",
    MALFORMED_BEARER: "malformed bearer token",
    INVALID_BEARER: "invalid bearer token",
    NO_PERMISSION: "permission denied",
    TOO_MANY: "rate limit exceeded",
}
Params: TypeAlias = Fields
Method: TypeAlias = Callable[[Line, Params], Words]
OrderMethod: TypeAlias = Callable[[Line, Session, Params], Words]


class RpcError(Exception):
    """A call that is refused."""

    def __init__(self, code: int, data: str = "", message: str = "") -> None:
        super().__init__(data)
        self.code = code
        self.data = data
        self.message = message or _MESSAGES[code]

    def words(self) -> Words:
        """Return the error as an answer holds it."""
        return {"code": self.code, "message": self.message, "data": self.data}


class Rpc:
    """Answers the frames of clients.

    Args:
        world: The truth, for its time and markets.
        lines: The connections.
        feeds: What public channels say.
        api: Order entry.
        gate: Whose budget for orders is shared with REST.
        tokens: Who is logged in.
    """

    def __init__(
        self,
        world: World,
        lines: Lines,
        feeds: MarketFeeds,
        api: OrderApi,
        gate: Gate,
        tokens: Tokens,
    ) -> None:
        self._world = world
        self._lines = lines
        self._feeds = feeds
        self._api = api
        self._gate = gate
        self._tokens = tokens
        self._methods: Mapping[str, Method] = {
            "auth": self._auth,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "modify_subscription": self._modify_subscription,
        }
        self._order_methods: Mapping[str, OrderMethod] = {
            "order.create": self._create,
            "order.create_batch": self._create_batch,
            "order.modify": self._modify,
            "order.cancel": self._cancel,
            "order.cancel_all": self._cancel_all,
            "order.cancel_batch": self._cancel_batch,
            "order.cancel_on_disconnect": self._cancel_on_disconnect,
        }

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Answer a frame; a book channel begins right behind its answer."""
        line = self._lines.get(connection)
        if line is None:
            return
        request_id: Json = None
        topics: list[Topic] = []
        try:
            call = _parsed(frame)
            request_id = call.get("id")
            before = list(line.heard)
            answer: Words = {"result": self._answer(line, call)}
            topics = [topic for channel, topic in line.heard.items() if channel not in before]
        except RpcError as error:
            answer = {"error": error.words()}
        now_us = self._world.now_ns // US
        times: Words = {"usIn": now_us, "usOut": now_us, "usDiff": 0}
        self._lines.send(line, encoded({"jsonrpc": "2.0", **answer, **times, "id": request_id}))
        for topic in topics:
            begins = self._feeds.begin(topic)
            if begins is not None:
                self._lines.send(line, begins(line.version))

    def _answer(self, line: Line, call: Mapping[str, Any]) -> Words:
        name = call.get("method")
        if call.get("jsonrpc") != "2.0" or not isinstance(name, str):
            raise RpcError(INVALID_REQUEST, "jsonrpc must be 2.0 and method a string")
        params = call.get("params")
        fields = Fields(params) if isinstance(params, dict) else Fields({"orders": params})
        try:
            if name in self._order_methods and line.private:
                session = self._session(line)
                self._gate.spend_order(session)
                return self._order_methods[name](line, session, fields)
            method = self._methods.get(name)
            if method is None or (name == "auth" and not line.private):
                raise RpcError(UNKNOWN_METHOD, f"unknown method: {name}")
            return method(line, fields)
        except ChannelRefused as refused:
            raise RpcError(refused.code, refused.data) from None
        except Refusal as refusal:
            raise _worded(refusal) from None

    def _session(self, line: Line) -> Session:
        if line.session is None or line.session.read_only:
            raise RpcError(NO_PERMISSION, "not authenticated")
        return line.session

    # Login and subscriptions ----------------------------------------------------------------------

    def _auth(self, line: Line, params: Params) -> Words:
        bearer = params.text("bearer") or ""
        if not well_formed(bearer):
            raise RpcError(MALFORMED_BEARER)
        try:
            line.session = self._tokens.require(bearer, self._world.now_ns)
        except Refusal as refusal:
            raise RpcError(INVALID_BEARER, refusal.message) from None
        return {"node_id": f"node-{line.connection.number % 7}"}

    def _subscribe(self, line: Line, params: Params) -> Words:
        topic = parse(params.required("channel"), self._world.markets)
        if topic.private and (line.session is None or not line.private):
            raise RpcError(NO_PERMISSION, f"{topic.channel} is private")
        self._lines.subscribe(line, topic, params.texts("markets"))
        return {"channel": topic.channel}

    def _unsubscribe(self, line: Line, params: Params) -> Words:
        channel = params.required("channel")
        self._lines.unsubscribe(line, channel)
        return {"channel": channel}

    def _modify_subscription(self, line: Line, params: Params) -> Words:
        channel = params.required("channel")
        chosen = line.chosen.get(channel)
        if chosen is None:
            raise RpcError(INVALID_REQUEST, f"{channel} has no filter")
        removed = params.texts("remove")
        kept = [each for each in chosen if each not in removed]
        added = [each for each in params.texts("add") if each not in kept]
        line.chosen[channel] = [*kept, *added]
        return {"channel": channel, "markets": line.chosen[channel]}

    # Orders ---------------------------------------------------------------------------------------

    def _create(self, line: Line, session: Session, params: Params) -> Words:
        return self._taken(line, self._api.place(session, params))

    def _create_batch(self, line: Line, session: Session, params: Params) -> Words:
        outcomes = self._api.place_many(session, _rows(params))
        rows: list[Json] = []
        for each in outcomes:
            if isinstance(each, Refusal):
                rows.append({"error": {"error": each.code, "message": each.message}})
            else:
                line.placed.append(each.number)
                rows.append({"order": each.words()})
        return {"results": rows}

    def _modify(self, line: Line, session: Session, params: Params) -> Words:
        del line
        record = self._api.modify(session, params.required("id"), params)
        return {"order": record.words()}

    def _taken(self, line: Line, record: OrderRecord) -> Words:
        line.placed.append(record.number)
        at_ms = record.created_ns // MS
        return {"order": record.words(), "created_at": at_ms, "received_at": at_ms}

    def _cancel(self, line: Line, session: Session, params: Params) -> Words:
        del line
        order_id = params.text("id")
        if order_id is not None:
            record = self._api.cancel(session, order_id)
        else:
            client_id, market = params.required("client_id"), params.text("market")
            record = self._api.cancel_by_client_id(session, client_id, market)
        return {"order_id": record.order_id, "status": "QUEUED_FOR_CANCELLATION"}

    def _cancel_all(self, line: Line, session: Session, params: Params) -> Words:
        del line
        self._api.cancel_all(session, params.text("market"))
        return {"status": "ok"}

    def _cancel_batch(self, line: Line, session: Session, params: Params) -> Words:
        del line
        return {"results": self._api.cancel_many(session, params)}

    def _cancel_on_disconnect(self, line: Line, session: Session, params: Params) -> Words:
        del session
        line.cancels_on_disconnect = params.flag("enabled", default=False)
        return {"enabled": line.cancels_on_disconnect}


def _rows(params: Params) -> Sequence[Fields]:
    """Return the orders of a batch: under ``orders``, or as a bare array."""
    rows = params.values.get("orders")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise params.fault("orders", "must be a list of orders")
    return [Fields(row) for row in rows]


def _worded(refusal: Refusal) -> RpcError:
    codes = {RATE_LIMITED: TOO_MANY, "REQUEST_NOT_ALLOWED": NO_PERMISSION}
    code = codes.get(refusal.code, METHOD_ERROR)
    return RpcError(code, refusal.code, f"{_MESSAGES[code]}: {refusal.message}")


def _parsed(frame: Frame) -> Mapping[str, Any]:
    if isinstance(frame, bytes):
        raise RpcError(PARSE_ERROR, "control traffic is text")
    try:
        call = json.loads(frame)
    except (ValueError, RecursionError):
        raise RpcError(PARSE_ERROR, "the frame is not JSON") from None
    if not isinstance(call, dict):
        raise RpcError(INVALID_REQUEST, "the frame is not an object")
    return call
