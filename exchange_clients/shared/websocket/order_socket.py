"""Orders over a WebSocket: a connection kept open, and calls matched to their answers by an id.

The connection is opened, kept and rotated as those of feeds are. A call goes over it only while it
is logged in; when it ends, the calls under way are lost, and their orders are looked up as after
any other lost answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from exchange_clients.base_models import ContractId
from exchange_clients.events import Event
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.entry import CallAnswer, EntryWords
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.signing import Session, SigningContext
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    SubscribeContext,
    Topic,
)
from exchange_clients.shared.transport.ports import AnswerLost, SocketTransport, Timeouts
from exchange_clients.shared.websocket.book_sync import BookSync
from exchange_clients.shared.websocket.connection_ports import ConnectionPorts
from exchange_clients.shared.websocket.feed_age import AgeLimits
from exchange_clients.shared.websocket.feed_connection import FeedConnection
from exchange_clients.shared.websocket.message_handler import Listeners
from exchange_clients.shared.websocket.supervisor import (
    ConnectionSupervisor,
    Plan,
    SupervisorPorts,
)


class OrderSocket:
    """The order socket of one account.

    Args:
        venue: Names it in logs.
        words: How it is spoken to.
        url_of: Returns the URL of a service.
        sockets: Opens it.
        clock: Time and waiting.
        rng: For waits between attempts.
        now_ms: Venue time.
    """

    def __init__(
        self,
        venue: str,
        words: EntryWords,
        url_of: Callable[[str], str],
        *,
        sockets: SocketTransport,
        clock: Clock,
        rng: Rng,
        now_ms: Callable[[], int],
    ) -> None:
        self._venue = venue
        self._words = words
        self._url_of = url_of
        self._clock = clock
        self._now_ms = now_ms
        self._calls: dict[str, tuple[FeedConnection, asyncio.Future[Response]]] = {}
        self._count = 0
        connection = ConnectionPorts(
            venue=venue,
            words=_Frames(words, self._on_answer),
            listeners=Listeners(),
            clock=clock,
            limits=AgeLimits(),
            venue_ms=now_ms,
            offset_ns=lambda: 0,
            new_book=_no_book,
        )
        self._supervisor = ConnectionSupervisor(
            words.connection(now_ms()),
            SupervisorPorts(
                connection=connection,
                sockets=sockets,
                rng=rng,
                plan=self._plan,
                renew=_no_session,
                renewed_after=_not_renewed,
                on_up=lambda connection: None,
                on_down=self._on_down,
                on_failed=lambda: None,
            ),
        )

    @property
    def ready(self) -> bool:
        """Whether it is logged in, so that a call would go out now."""
        connection = self._supervisor.current
        return connection is not None and connection.ending is None

    async def run(self) -> None:
        """Keep the socket open until this is cancelled."""
        await self._supervisor.run()

    async def call(self, request: Request, context: SigningContext, timeouts: Timeouts) -> Response:
        """Send one call once and return its answer.

        Raises:
            AnswerLost: the socket ended, or nothing came in time; it may have acted.
        """
        connection = self._supervisor.current
        assert connection is not None, "asked while it is ready"
        self._count += 1
        call_id = f"{connection.generation}c{self._count}"
        frame = self._words.frame(request, context, call_id)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._calls[call_id] = (connection, answer)
        timer = self._clock.call_later(timeouts.first_byte_s, lambda: self._late(call_id))
        connection.answer(frame)
        try:
            return await answer
        finally:
            timer.cancel()
            self._calls.pop(call_id, None)

    async def _plan(self, name: str) -> Plan:
        spec = self._words.connection(self._now_ms())
        return Plan(spec, self._url_of(spec.service), None)

    def _on_answer(self, answer: CallAnswer) -> None:
        _, waiting = self._calls.get(answer.call_id, (None, None))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.response)

    def _late(self, call_id: str) -> None:
        _, waiting = self._calls[call_id]
        if not waiting.done():
            waiting.set_exception(AnswerLost(f"{self._venue}: no answer over the order socket"))

    def _on_down(self, connection: FeedConnection) -> None:
        for carrier, waiting in list(self._calls.values()):
            if carrier is connection and not waiting.done():
                waiting.set_exception(
                    AnswerLost(f"{self._venue}: the order socket ended: {connection.detail}")
                )


class _Frames:
    """The words of a connection that has no topics: what comes over it are answers."""

    def __init__(self, words: EntryWords, on_answer: Callable[[CallAnswer], None]) -> None:
        self._words = words
        self._on_answer = on_answer

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        return [self._words.connection(now_ms)]

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        return []

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        return []

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        read = self._words.read(frame, kind)
        if isinstance(read, CallAnswer):
            self._on_answer(read)
            return ()
        return () if read is None else (read,)


def _no_book(contract_id: ContractId, ask_again: Callable[[], None]) -> BookSync:
    raise AssertionError(f"no book of {contract_id} goes over an order socket")


async def _no_session() -> Session | None:
    return None


async def _not_renewed(refused: Session | None) -> bool:
    return False
