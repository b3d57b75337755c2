"""The keeper of one named connection: it is open, or being opened.

===========================  =====================================================================
what happens                 what is done
===========================  =====================================================================
cannot be opened             wait with full jitter, longer each time; ask the session anew, and
                             for another version where this one is not offered
closed, silent               drop it at once, then open another
refused, or its login is     the same, with another session if a login gives one: the venue may
                             have ended the present one before its time
far behind the venue's time  the same: what waits in the old socket is as old
due for rotation, or the     open another beside it; the old one serves until the new one's books
venue will close it          are sound, then it goes
not needed any more          drop it and end
===========================  =====================================================================
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from exchange_clients.base_models import NS
from exchange_clients.errors import AuthenticationFailed, ExchangeError, RateLimited
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import ConnectionSpec, Topic
from exchange_clients.shared.transport.ports import HandshakeNotTaken, SocketTransport
from exchange_clients.shared.websocket.connection_ports import ConnectionPorts, Ending
from exchange_clients.shared.websocket.feed_connection import FeedConnection

OPEN_TIMEOUT_S = 15.0
"""For the handshake and the login together."""
WATCH_S = 1.0
"""How often ages are judged."""
BASE_S, CAP_S = 0.5, 30.0
"""Bounds of the wait before opening again."""
REFUSED_ATTEMPT = 4
"""A refused login waits like this many failures: asking faster does not help."""
STABLE_S = 60.0
"""A connection that lived so long makes the failures before it forgotten."""
OVERLAP_MAX_S = 10.0
"""How long an old connection serves beside its successor at most."""
ALARM_AFTER = 3
"""Failures in a row that a person should know of; told once."""

logger = logging.getLogger(__name__)


def wait_s(failures: int, rng: Rng) -> float:
    """Return the wait before opening again: full jitter below a doubling limit."""
    return rng.uniform(0.0, min(CAP_S, BASE_S * 2.0 ** min(failures, 10)))


def _private(topics: Sequence[Topic]) -> bool:
    return any(topic.kind.private for topic in topics)


def _level(failures: int) -> int:
    return logging.ERROR if failures == ALARM_AFTER else logging.WARNING


@dataclass(frozen=True, slots=True)
class Plan:
    """What to open: where, with what."""

    spec: ConnectionSpec
    url: str
    """Of the service; one of the spec's paths follows."""
    session: Session | None


@dataclass(frozen=True, slots=True)
class SupervisorPorts:
    """What every supervisor of one manager shares."""

    connection: ConnectionPorts
    sockets: SocketTransport
    rng: Rng
    plan: Callable[[str], Awaitable[Plan | None]]
    """Returns the present plan of a named connection, with a valid session; None: not needed."""
    renew: Callable[[], Awaitable[Session | None]]
    """Returns a session that is valid, another one once the present is due."""
    renewed_after: Callable[[Session | None], Awaitable[bool]]
    """Logs in because a session was refused, seldom; says whether there is another one now."""
    on_up: Callable[[FeedConnection], None]
    on_down: Callable[[FeedConnection], None]
    on_failed: Callable[[], None]


class ConnectionSupervisor:
    """Keeps one named connection open; ``run`` is its only task."""

    def __init__(self, spec: ConnectionSpec, ports: SupervisorPorts) -> None:
        self.name = spec.name
        self._topics = spec.topics
        self.private = _private(spec.topics)
        """Whether it carries anything of an account; every order asks for it."""
        self.current: FeedConnection | None = None
        self.refused: AuthenticationFailed | None = None
        """The last refusal of a login, until one is accepted."""
        self._ports = ports
        self._clock: Clock = ports.connection.clock
        self._rng = ports.rng.stream(spec.name)
        self._failures = 0
        self._generation = 0
        self._way = 0
        """Counts the paths that were not taken: the next one is asked for."""

    @property
    def ready(self) -> bool:
        """Whether the connection is up and everything is subscribed."""
        return self.current is not None and self.current.ready

    def carries(self, topic: Topic) -> bool:
        """Whether a topic goes, or will go, over this connection."""
        return topic in self._topics

    def silence_s(self) -> float:
        """Return seconds since the connection was last heard; without end while there is none."""
        return math.inf if self.current is None else self.current.silence_s

    def carry(self, topics: Sequence[Topic]) -> None:
        """Change what the connection carries; one that is being opened asks for its plan itself."""
        self._topics = tuple(topics)
        self.private = _private(self._topics)
        if self.current is not None:
            self.current.carry(topics)

    def drop(self) -> None:
        """End: nothing goes over this connection any more."""
        self._topics = ()
        self.private = False
        if self.current is not None:
            self.current.end(Ending.DROPPED, "not needed")

    async def run(self) -> None:
        """Keep the connection open until it is not needed or this is cancelled."""
        try:
            while not await self._keep():
                self._drop("failed")
                self._failures += 1
                await self._clock.sleep(wait_s(self._failures, self._rng))
        finally:
            self._drop("disconnected")

    async def _keep(self) -> bool:
        """Keep the connection open; True when it is not needed, False when the program failed."""
        try:
            while await self._open():
                await self._serve()
        except Exception:
            logger.exception(
                "event=supervisor_failed venue=%s connection=%s next=open_again",
                self._ports.connection.venue,
                self.name,
            )
            return False
        return True

    # Opening --------------------------------------------------------------------------------------

    async def _open(self) -> bool:
        """Open until it succeeds; False when the connection is not needed any more."""
        while True:
            try:
                connection = await self._try_open()
            except (ExchangeError, OSError) as error:  # a timeout is an OSError
                await self._clock.sleep(self._note_failure(error))
                continue
            if connection is None:
                return False
            self._take(connection)
            return True

    async def _try_open(self) -> FeedConnection | None:
        """Open once; an exception or a cancellation leaves nothing behind."""
        async with self._clock.deadline(OPEN_TIMEOUT_S):
            plan = await self._ports.plan(self.name)
            if plan is None:
                return None
            self._generation += 1
            ports = self._ports.connection
            connection = FeedConnection(plan.spec, self._generation, plan.session, ports)
            try:
                await self._log_in(connection, plan)
            except AuthenticationFailed as error:
                if not await self._ports.renewed_after(plan.session):
                    raise
                raise ExchangeError(f"{error}; another session is tried") from error
        self.refused = None
        connection.carry(self._topics)  # which may have changed since the plan was made
        return connection

    async def _log_in(self, connection: FeedConnection, plan: Plan) -> None:
        """Open the socket and log in; whoever fails leaves nothing behind."""
        paths = (plan.spec.path, *plan.spec.other_paths)
        try:
            socket = await self._ports.sockets.open(
                plan.url + paths[self._way % len(paths)],
                plan.spec.headers,
                connection.on_frame,
                connection.on_close,
                connection.on_pong,
            )
            await connection.log_in(socket)
        except BaseException as error:
            self._way += isinstance(error, HandshakeNotTaken)
            connection.retire("not opened")
            raise

    def _take(self, connection: FeedConnection) -> None:
        """Let a connection serve."""
        self.current = connection
        connection.current = True

    def _note_failure(self, error: Exception) -> float:
        """Log why nothing was opened; return the seconds to wait before the next attempt."""
        self._failures += 1
        self._ports.on_failed()
        if isinstance(error, AuthenticationFailed):
            self.refused = error
            self._failures = max(self._failures, REFUSED_ATTEMPT)
        pause_s = wait_s(self._failures, self._rng)
        if isinstance(error, RateLimited):
            pause_s += error.retry_after_s or 0.0
        logger.log(
            _level(self._failures),
            "event=connect_failed venue=%s connection=%s failures=%d error=%r next=open in %.1f s",
            self._ports.connection.venue,
            self.name,
            self._failures,
            error,
            pause_s,
        )
        return pause_s

    # Serving --------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Watch the connection, and its successors, until one is lost."""
        while True:
            connection = self.current
            assert connection is not None
            await self._watch(connection)
            if not connection.ending_gracefully:
                break
            await self._replace(connection)
        self._drop(connection.detail)
        if connection.ending is Ending.REFUSED:
            await self._ports.renewed_after(connection.session)
        if connection.ending is not Ending.DROPPED:
            await self._clock.sleep(self._note_loss(connection))

    async def _watch(self, connection: FeedConnection) -> None:
        """Return when the connection ended, or is due to be replaced."""
        ports = self._ports
        lifetime_ns = self._lifetime_ns(connection.spec)
        told = False
        while connection.ending is None:
            if connection.ready and not told:
                told = True
                ports.on_up(connection)
            await self._next_look(connection)
            connection.watch()
            await self._renew_if_due(connection)
            age_ns = self._clock.monotonic_ns() - connection.opened_ns
            if lifetime_ns is not None and age_ns >= lifetime_ns:
                connection.end(Ending.AGED, f"{age_ns / NS:.0f} s old")

    def _lifetime_ns(self, spec: ConnectionSpec) -> int | None:
        """Draw when the connection is rotated, so that not all of them are in one instant."""
        if spec.rotate_after_s is None:
            return None
        return round(spec.rotate_after_s * self._rng.uniform(0.75, 0.95) * NS)

    async def _next_look(self, connection: FeedConnection) -> None:
        connection.changed.clear()
        # A deadline would cancel and wake this task each time that nothing has changed.
        timer = self._clock.call_later(WATCH_S, connection.changed.set)
        try:
            await connection.changed.wait()
        finally:
            timer.cancel()

    async def _renew_if_due(self, connection: FeedConnection) -> None:
        """Repeat subscriptions that carry a token while the token is still valid."""
        session = connection.session
        if session is None or session.refresh_at_ms is None or not connection.private:
            return
        if self._ports.connection.venue_ms() < session.refresh_at_ms:
            return
        try:
            async with self._clock.deadline(OPEN_TIMEOUT_S):
                fresh = await self._ports.renew()
        except (ExchangeError, OSError) as error:
            logger.warning(
                "event=session_not_renewed venue=%s error=%r next=ask_again",
                self._ports.connection.venue,
                error,
            )
            return
        if fresh is not None and fresh is not session:
            connection.renew(fresh)

    async def _replace(self, old: FeedConnection) -> None:
        """Open a successor while ``old`` serves, and change over once it is sound."""
        try:
            successor = await self._try_open()
        except (ExchangeError, OSError) as error:
            await self._linger(old, self._note_failure(error), old)
            return
        if successor is None:
            old.end(Ending.DROPPED, "not needed")
            return
        try:
            await self._linger(old, OVERLAP_MAX_S, successor)
        except BaseException:
            successor.retire("disconnected")
            raise
        if successor.ending is not None:
            self._failures += 1
            successor.retire(successor.detail)
            return
        if not successor.ready or not old.ending_gracefully:
            self._drop(old.detail)  # what was told in between was told to nobody
        self._take(successor)
        old.retire("replaced")

    async def _linger(self, old: FeedConnection, seconds: float, awaited: FeedConnection) -> None:
        """Keep ``old`` alive until ``awaited``, another one, is sound, or one of them ends."""
        until_ns = self._clock.monotonic_ns() + round(seconds * NS)
        while self._clock.monotonic_ns() < until_ns:
            if awaited is not old and (awaited.sound or awaited.ending is not None):
                return
            if not old.ending_gracefully:
                return
            await self._next_look(awaited)
            old.watch()

    # Ending ---------------------------------------------------------------------------------------

    def _drop(self, detail: str) -> None:
        connection, self.current = self.current, None
        if connection is not None:
            connection.retire(detail)
            self._ports.on_down(connection)

    def _note_loss(self, connection: FeedConnection) -> float:
        """Log why the connection was lost; return the seconds to wait before opening another."""
        lived_ns = self._clock.monotonic_ns() - connection.opened_ns
        self._failures = 0 if lived_ns >= STABLE_S * NS else self._failures + 1
        pause_s = wait_s(self._failures, self._rng)
        logger.log(
            _level(self._failures),
            "event=connection_lost venue=%s connection=%s reason=%s detail=%s next=open in %.1f s",
            self._ports.connection.venue,
            self.name,
            connection.ending.value if connection.ending else "",
            connection.detail,
            pause_s,
        )
        return pause_s
