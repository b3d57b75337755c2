"""JSON-RPC over a WebSocket: subscriptions, and calls that REST would take as well.

A subscribe is answered with the number of snapshots that follow and the number of the first delta.
Subscribing a market again with another rate replaces the earlier subscription of the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from venue_simulators.grvt.body import Body, parse_object
from venue_simulators.grvt.channels import Channel, Feed, first_count
from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.grvt.replies import encoded
from venue_simulators.grvt.wording import Json, Words
from venue_simulators.wire import Connection, Frame


class Host(Protocol):
    """What one WebSocket host offers to a connection."""

    private: bool

    def primary(self, selector: str) -> str:
        """Return the part of a selector that a connection can hear once only, per stream."""

    def feed(self, connection: Connection, stream: str, selector: str) -> Feed:
        """Return a new feed, or refuse."""

    def may_hear(self, connection: Connection, channel: Channel) -> None:
        """Refuse a connection that another's channel is not for."""

    def call(self, connection: Connection, method: str, params: Body) -> Json:
        """Answer a call that is not about subscriptions, as REST would."""


@dataclass(slots=True, eq=False)
class _Line:
    """One connection with what it hears, by stream and primary selector."""

    connection: Connection
    heard: dict[tuple[str, str], Channel] = field(default_factory=dict)


class RpcEndpoint:
    """All connections of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lines: dict[int, _Line] = {}
        self._channels: dict[tuple[str, str], Channel] = {}
        self._restarts = 0
        self._methods: Mapping[str, Callable[[_Line, Body], tuple[Json, _Greeting]]] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "unsubscribe_all": self._unsubscribe_all,
            "list_streams": self._list_streams,
        }

    def open(self, connection: Connection) -> None:
        """Take a connection whose handshake was accepted."""
        self._lines[connection.number] = _Line(connection)

    def close(self, connection: Connection) -> None:
        """Forget a connection."""
        line = self._lines.pop(connection.number, None)
        for channel in line.heard.values() if line else ():
            channel.leave(connection)

    def connections(self) -> list[Connection]:
        """Return the open connections, oldest first."""
        return [line.connection for line in self._lines.values()]

    def restart(self) -> None:
        """Restart the gateway: connections are lost and every counter begins elsewhere."""
        for connection in self.connections():
            connection.close(1012, "service restart")
            self.close(connection)
        self._restarts += 1
        for (stream, selector), channel in self._channels.items():
            channel.latest = self._first_count(stream, selector)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Answer a frame, then send what the answer promised."""
        line = self._lines[connection.number]
        request_id: Json = 0
        method = ""
        greeting: _Greeting = ()
        try:
            body = Body(parse_object(frame))
            request_id, method = body.fields.get("id", 0), body.text("method", "")
            result, greeting = self._answer(line, method, body)
        except GrvtError as error:
            answer: Words = {"error": error.words()}
        else:
            answer = {"result": result}
        connection.send(encoded({"jsonrpc": "2.0", **answer, "id": request_id, "method": method}))
        for channel, snapshots in greeting:
            channel.greet(connection, snapshots)

    def _answer(self, line: _Line, method: str, body: Body) -> tuple[Json, _Greeting]:
        own = self._methods.get(method)
        params = body.part("params") if body.has("params") else Body({})
        if own is not None:
            return own(line, params)
        if not method:
            raise GrvtError(MALFORMED)
        return self._host.call(line.connection, method, params), ()

    # Subscriptions --------------------------------------------------------------------------------

    def _subscribe(self, line: _Line, params: Body) -> tuple[Json, _Greeting]:
        stream, selectors = _named(params)
        channels = [self._channel(line.connection, stream, each) for each in selectors]
        replaced = [self._replace(line, channel) for channel in channels]
        greeting = [(channel, channel.feed.snapshots()) for channel in channels]
        result = _subscription(
            stream,
            subs=selectors,
            unsubs=[each for each in replaced if each],
            snapshots=[len(words) for _, words in greeting],
            latest=[channel.latest if channel.feed.numbered else 0 for channel in channels],
        )
        return result, greeting

    def _channel(self, connection: Connection, stream: str, selector: str) -> Channel:
        known = self._channels.get((stream, selector))
        if known is None:
            feed = self._host.feed(connection, stream, selector)
            known = Channel(stream, selector, feed, self._first_count(stream, selector))
            self._channels[stream, selector] = known
        self._host.may_hear(connection, known)
        return known

    def _replace(self, line: _Line, channel: Channel) -> str:
        """Let a connection hear a channel; return the selector it hears no longer for that."""
        key = (channel.stream, self._host.primary(channel.selector))
        before = line.heard.get(key)
        if before is not None:
            before.leave(line.connection)
        line.heard[key] = channel
        channel.join(line.connection)
        return before.selector if before is not None and before is not channel else ""

    def _unsubscribe(self, line: _Line, params: Body) -> tuple[Json, _Greeting]:
        stream, selectors = _named(params)
        left: list[str] = []
        for selector in selectors:
            key = (stream, self._host.primary(selector))
            channel = line.heard.get(key)
            if channel is not None and channel.selector == selector:
                del line.heard[key]
                channel.leave(line.connection)
                left.append(selector)
        return _subscription(stream, unsubs=left), ()

    def _unsubscribe_all(self, line: _Line, params: Body) -> tuple[Json, _Greeting]:
        del params
        heard = list(line.heard.values())
        line.heard.clear()
        for channel in heard:
            channel.leave(line.connection)
        return {"stream_reference": _by_stream(heard, "unsubs")}, ()

    def _list_streams(self, line: _Line, params: Body) -> tuple[Json, _Greeting]:
        del params
        return {"stream_reference": _by_stream(line.heard.values(), "subs")}, ()

    def _first_count(self, stream: str, selector: str) -> int:
        return first_count(stream, selector, self._restarts, private=self._host.private)


_Greeting = Sequence[tuple[Channel, Sequence[Words]]]
"""Snapshots that follow an answer."""


def _named(params: Body) -> tuple[str, Sequence[str]]:
    selectors = params.texts("selectors")
    if not selectors:
        raise GrvtError(MALFORMED, "selectors must name at least one feed")
    return params.text("stream"), selectors


def _subscription(
    stream: str,
    *,
    subs: Sequence[str] = (),
    unsubs: Sequence[str] = (),
    snapshots: Sequence[int] = (),
    latest: Sequence[int] = (),
) -> Words:
    return {
        "stream": stream,
        "subs": list(subs),
        "unsubs": list(unsubs),
        "num_snapshots": list(snapshots),
        "first_sequence_number": [str(each + 1) for each in latest],
        "latest_sequence_number": [str(each) for each in latest],
    }


def _by_stream(channels: Iterable[Channel], name: str) -> list[Json]:
    streams: dict[str, list[str]] = {}
    for channel in channels:
        streams.setdefault(channel.stream, []).append(channel.selector)
    return [{"stream": stream, name: selectors} for stream, selectors in streams.items()]
