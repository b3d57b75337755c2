"""Connections and what each of them hears; whoever has something to tell tells it here.

Channels with a template are binary, in the version that the connection asked for; channels without
one, and private channels unless the terms say otherwise, are JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.paradex import sbe
from venue_simulators.paradex.channels import INVALID_REQUEST, ChannelRefused, Kind, Topic
from venue_simulators.paradex.market_feeds import Encode
from venue_simulators.paradex.terms import US
from venue_simulators.paradex.tokens import Session
from venue_simulators.paradex.wording import Words, encoded
from venue_simulators.wire import Connection, Frame

HEARTBEAT_NS = 20 * NS


@dataclass(slots=True, eq=False)
class Line:
    """One connection."""

    connection: Connection
    version: int
    """Of the binary schema."""
    private: bool
    """Whether its host knows accounts."""
    sent_ns: int
    session: Session | None = None
    heard: dict[str, Topic] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    """Markets to which a channel of all markets was narrowed."""
    placed: list[int] = field(default_factory=list)
    """Numbers of the orders that were placed here."""
    cancels_on_disconnect: bool = False

    def wants(self, channel: str, market: str) -> bool:
        """Say whether a market of a channel was not left out."""
        chosen = self.chosen.get(channel)
        return chosen is None or market in chosen


class Lines:
    """All connections of the venue.

    Args:
        agenda: Where heartbeats are planned.
        now_ns: The venue's clock.
        private_sbe: Whether private channels that have a template are binary.
    """

    def __init__(self, agenda: Agenda, now_ns: Callable[[], int], *, private_sbe: bool) -> None:
        self._agenda = agenda
        self._now_ns = now_ns
        self._private_sbe = private_sbe
        self._lines: dict[int, Line] = {}
        self._listeners: dict[str, dict[int, Line]] = {}

    # Connections ----------------------------------------------------------------------------------

    def open(self, connection: Connection, version: int, *, private: bool) -> None:
        """Take a connection whose handshake was accepted."""
        line = Line(connection, version, private, self._now_ns())
        self._lines[connection.number] = line
        self._agenda.plan(line.sent_ns + HEARTBEAT_NS, lambda: self._beat(line))

    def close(self, connection: Connection) -> Line | None:
        """Forget a connection and return what it was."""
        line = self._lines.pop(connection.number, None)
        if line is not None:
            for channel in list(line.heard):
                self.unsubscribe(line, channel)
        return line

    def get(self, connection: Connection) -> Line | None:
        """Return the line of a connection, None once it is closed."""
        return self._lines.get(connection.number)

    def connections(self) -> list[Connection]:
        """Return the open connections, oldest first."""
        return [line.connection for line in self._lines.values()]

    def send(self, line: Line, frame: Frame) -> None:
        """Send a frame."""
        line.sent_ns = self._now_ns()
        line.connection.send(frame)

    def _beat(self, line: Line) -> None:
        if self._lines.get(line.connection.number) is not line:
            return
        now_ns = self._now_ns()
        if now_ns >= line.sent_ns + HEARTBEAT_NS:
            self.send(line, sbe.heartbeat(line.version, now_ns // US))
        self._agenda.plan(line.sent_ns + HEARTBEAT_NS, lambda: self._beat(line))

    # Subscriptions --------------------------------------------------------------------------------

    def subscribe(self, line: Line, topic: Topic, markets: list[str]) -> None:
        """Let a connection hear a channel.

        Raises:
            ChannelRefused: it hears it already, or another book of the same market.
        """
        if topic.channel in line.heard:
            raise ChannelRefused(INVALID_REQUEST, f"already subscribed to {topic.channel}")
        rival = _rival(line, topic)
        if rival is not None:
            # Frames do not say which channel of a market they belong to.
            reason = f"{topic.channel} and {rival.channel} cannot share an SBE session"
            raise ChannelRefused(INVALID_REQUEST, reason)
        line.heard[topic.channel] = topic
        if markets:
            line.chosen[topic.channel] = markets
        self._listeners.setdefault(topic.channel, {})[line.connection.number] = line

    def unsubscribe(self, line: Line, channel: str) -> None:
        """Let a connection hear a channel no more.

        Raises:
            ChannelRefused: it does not hear it.
        """
        if line.heard.pop(channel, None) is None:
            raise ChannelRefused(INVALID_REQUEST, f"not subscribed to {channel}")
        line.chosen.pop(channel, None)
        listeners = self._listeners[channel]
        del listeners[line.connection.number]
        if not listeners:
            del self._listeners[channel]

    # Telling --------------------------------------------------------------------------------------

    def heard(self, channel: str) -> bool:
        """Say whether anybody listens to a channel."""
        return channel in self._listeners

    def publish(self, channel: str, encode: Encode, market: str = "") -> None:
        """Send a frame to everybody who listens to a channel and has not left out the market."""
        frames: dict[int, Frame] = {}
        for line in list(self._listeners.get(channel, {}).values()):
            if not line.wants(channel, market):
                continue
            if line.version not in frames:
                frames[line.version] = encode(line.version)
            self.send(line, frames[line.version])

    def tell(
        self, name: str, kind: Kind, market: str, words: Words, encode: Encode | None = None
    ) -> None:
        """Tell an account's connections something; ``encode`` makes it binary."""
        for line, topic in self._concerned(name, kind, market):
            if encode is not None and self._private_sbe:
                self.send(line, encode(line.version))
            else:
                self.send(line, data_frame(topic.channel, words))

    def _concerned(self, name: str, kind: Kind, market: str) -> Iterator[tuple[Line, Topic]]:
        for line in list(self._lines.values()):
            if line.session is None or line.session.member.name != name:
                continue
            for topic in _of_kind(line.heard.values(), kind):
                if topic.market in ("", market):
                    yield line, topic


def data_frame(channel: str, words: Words) -> str:
    """Return what a channel says, as JSON."""
    params: Words = {"channel": channel, "data": words}
    return encoded({"jsonrpc": "2.0", "method": "subscription", "params": params})


def _of_kind(topics: Iterable[Topic], kind: Kind) -> list[Topic]:
    return [topic for topic in topics if topic.kind is kind]


def _rival(line: Line, topic: Topic) -> Topic | None:
    """Return the other book of the same market that a connection hears."""
    if topic.kind is not Kind.BOOK:
        return None
    books = _of_kind(line.heard.values(), Kind.BOOK)
    return next((each for each in books if each.market == topic.market), None)
