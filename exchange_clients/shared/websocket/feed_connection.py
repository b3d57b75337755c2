"""One opened WebSocket from its login to its end: frames in, subscriptions out.

A connection is never used again once it has ended; its successor is another object with a higher
generation. So a frame that an old socket still delivers finds nobody, and no event is told twice.

Frames are handled where the socket calls, with no queue in between that could grow.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence

from exchange_clients.base_models import NS, ContractId
from exchange_clients.errors import AuthenticationFailed, MalformedPayload
from exchange_clients.events import (
    LoginRefused,
    PrivateSequence,
    ServerClosing,
    Signal,
    SubscribeAck,
    SubscribeRefused,
    Unreadable,
)
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    Topic,
    TopicKind,
)
from exchange_clients.shared.transport.ports import Socket
from exchange_clients.shared.websocket.book_sync import BookSync
from exchange_clients.shared.websocket.connection_ports import ConnectionPorts, Ending
from exchange_clients.shared.websocket.feed_age import Verdict, judge
from exchange_clients.shared.websocket.message_handler import MessageHandler
from exchange_clients.shared.websocket.private_sequence import SequenceWatch
from exchange_clients.shared.websocket.subscriptions import Subscriptions

SETTLE_S = 1.0
"""How long a venue that acknowledges nothing may take to refuse a subscription."""
ACKNOWLEDGED_S = 15.0
"""How long one that acknowledges may take: a subscription that it never heard is silent for good,
as an account is to which nothing happens."""
CROSSED_LOOKS_MAX = 3
"""Seen crossed so often in a row, about a second apart, a book is not put right by itself."""

logger = logging.getLogger(__name__)


class FeedConnection:
    """One socket, its books and its state.

    ``ready`` means that everything is subscribed: what is of the account was acknowledged, or was
    not refused for a while at a venue that acknowledges nothing.
    """

    def __init__(
        self, spec: ConnectionSpec, generation: int, session: Session | None, ports: ConnectionPorts
    ) -> None:
        self.spec = spec
        self.generation = generation
        self.books: dict[ContractId, BookSync] = {}
        self.current = False
        self.ready = False
        self.ending: Ending | None = None
        self.detail = ""
        self.changed = asyncio.Event()
        """Set when it became ready, ended, or is told to end."""
        self.malformed = 0
        """Frames that could not be read."""
        self._ports = ports
        self._clock_ns = ports.clock.monotonic_ns
        self._socket: Socket | None = None
        self._subscriptions = Subscriptions(
            lambda: ports.words, ports.venue_ms, session, self._send
        )
        self._handler = MessageHandler(self.books, ports.listeners, self)
        self._sequence = SequenceWatch(ports.clock, self._on_missed)
        self._login: asyncio.Future[None] | None = None
        self._signs = 0
        """Frames and pongs so far: what the watchdog compares, so that no frame pays for it."""
        self._signs_seen = 0
        self._sign_ns = self._ping_ns = self.opened_ns = self._clock_ns()

    @property
    def private(self) -> bool:
        """Whether it carries anything of an account."""
        return self._subscriptions.private

    @property
    def session(self) -> Session | None:
        """The session that its subscriptions were last said with."""
        return self._subscriptions.session

    @property
    def silence_s(self) -> float:
        """Seconds since the last frame or pong, to about a second."""
        since_ns = self._sign_ns if self._signs == self._signs_seen else self._clock_ns()
        return (self._clock_ns() - since_ns) / NS

    @property
    def sound(self) -> bool:
        """Whether everything is subscribed and every book is the one that listeners see."""
        return self.ready and all(sync.feed.shown is sync for sync in self.books.values())

    @property
    def ending_gracefully(self) -> bool:
        """Whether it is to be replaced, and serves until it is."""
        return self.ending is not None and self.ending.graceful

    # Opening --------------------------------------------------------------------------------------

    async def log_in(self, socket: Socket) -> None:
        """Take the open socket and log in where the venue wants it; the caller bounds the time.

        Raises:
            AuthenticationFailed: the venue refused.
        """
        self._socket = socket
        self.opened_ns = self._sign_ns = self._ping_ns = self._clock_ns()
        if not self.spec.login or self.ending is not None:
            return
        self._login = asyncio.get_running_loop().create_future()
        for frame in self.spec.login:
            self._send(frame)
        await self._login

    def on_login(self, refusal: LoginRefused | None) -> None:
        """Let ``log_in`` go on, or raise; a login that is refused later is over."""
        login = self._login
        if login is None or login.done():
            if refusal is not None:
                self.end(Ending.REFUSED, f"login refused: {refusal.code}")
        elif refusal is None:
            login.set_result(None)
        else:
            login.set_exception(
                AuthenticationFailed(
                    f"{self._ports.venue} refused the login of {self.spec.name}: "
                    f"{refusal.code} {refusal.message}"
                )
            )

    # Subscriptions --------------------------------------------------------------------------------

    def carry(self, topics: Sequence[Topic]) -> None:
        """Subscribe what is new among ``topics`` and unsubscribe what is no longer."""
        gone, new = self._subscriptions.change(topics)
        for topic in gone:
            self._drop_book(topic)
        for topic in new:
            self._add_book(topic)
        self._subscriptions.unsubscribe(gone)
        if not new:
            return
        if self._subscriptions.subscribe(new):
            self.ready = False
            self._ports.clock.call_later(SETTLE_S, self._settle)
            self._ports.clock.call_later(ACKNOWLEDGED_S, self._judge_silence)
        else:
            self._settle()  # whether a market's feed works shows by its own data

    def resubscribe(self, contract_id: ContractId) -> None:
        """Ask for a contract's book from its beginning."""
        sync = self.books.get(contract_id)
        if sync is None or self.ending is not None:
            return
        sync.restart(self._ports.clock.now_ns())
        topics = [Topic(TopicKind.BOOK, contract_id)]
        self._subscriptions.unsubscribe(topics)
        self._subscriptions.subscribe(topics)

    def renew(self, session: Session) -> None:
        """Repeat the subscriptions that carry a token, before it expires."""
        self._subscriptions.renew(session)

    def _add_book(self, topic: Topic) -> None:
        if topic.kind is TopicKind.BOOK and topic.contract_id is not None:
            contract_id = topic.contract_id
            sync = self._ports.new_book(contract_id, lambda: self.resubscribe(contract_id))
            sync.is_late = self._is_late
            self.books[contract_id] = sync

    def _drop_book(self, topic: Topic) -> None:
        if topic.kind is TopicKind.BOOK and topic.contract_id is not None:
            sync = self.books.pop(topic.contract_id, None)
            if sync is not None:
                sync.retire("unsubscribed")

    def on_acknowledged(self, ack: SubscribeAck) -> None:
        """Count an accepted subscription; a book may learn its number from it."""
        kind, _, contract_id = ack.topic.partition(":")
        sync = self.books.get(ContractId(contract_id)) if kind == TopicKind.BOOK else None
        if sync is not None and ack.resume_from is not None:
            sync.on_resume(ack.resume_from)
        self._ports.acknowledged[ack.topic] = None
        if self._subscriptions.acknowledge(ack.topic):
            self._settle()

    def on_refused(self, refusal: SubscribeRefused) -> None:
        """Give up where the account is not heard; a silent market is asked for again anyway."""
        logger.warning(
            "event=subscription_refused venue=%s connection=%s topic=%s code=%s",
            self._ports.venue,
            self.spec.name,
            refusal.topic,
            refusal.code,
        )
        if self._subscriptions.concerns_account(refusal):
            self.end(Ending.REFUSED, f"subscription refused: {refusal.code}")

    def _judge_silence(self) -> None:
        """Give up where a subscription of the account went unheard: nothing else would show it."""
        ignored = [name for name in self._subscriptions.owed if name in self._ports.acknowledged]
        if self.ending is None and ignored:
            self.end(Ending.SILENT, f"{', '.join(ignored)} not acknowledged")

    def _settle(self) -> None:
        self._subscriptions.settle()
        if self.ending is None and not self.ready:
            self.ready = True
            self.changed.set()

    # Frames ---------------------------------------------------------------------------------------

    def on_frame(self, frame: bytes, kind: FrameKind) -> None:
        """Handle one frame, whatever is in it."""
        if self.ending is not None and not self.ending.graceful:
            return
        self._signs += 1
        ports = self._ports
        now_ns = ports.clock.now_ns()
        try:
            events = ports.words.decode(
                frame, kind, ConnectionInfo(self.spec.name, self.generation, now_ns)
            )
        except Exception as error:  # noqa: BLE001  # words do not catch: any error is of the frame
            self._on_malformed(frame, error)
            return
        for event in events:
            try:
                self._handler.handle(event)
            except Exception:
                # A listener's mistake must not end the feed of all the others.
                logger.exception(
                    "event=listener_failed venue=%s connection=%s next=the_next_event",
                    ports.venue,
                    self.spec.name,
                )

    def _on_malformed(self, frame: bytes, error: Exception) -> None:
        """Count a frame, and doubt the books that it names; its content is not logged.

        A book that it does not name finds the hole itself, by the next delta's number. An order has
        no such number: what the account was told must be asked for.
        """
        self.malformed += 1
        logger.warning(
            "event=malformed_frame venue=%s connection=%s bytes=%d error=%s count=%d",
            self._ports.venue,
            self.spec.name,
            len(frame),
            type(error).__name__ if not isinstance(error, MalformedPayload) else error,
            self.malformed,
        )
        named = _words_of(frame.decode("utf-8", "replace"))
        for contract_id, sync in self.books.items():
            if contract_id in named:
                sync.doubt(Signal.GAP, "a frame could not be read")
        if self.private:
            self._handler.handle(Unreadable((), f"a frame of {self.spec.name} could not be read"))

    def on_pong(self) -> None:
        """Note a sign of life."""
        self._signs += 1

    def on_close(self, code: int, reason: str) -> None:
        """Note that the socket is gone."""
        self.end(Ending.CLOSED, f"code {code} {reason}".rstrip())

    def answer(self, text: str) -> None:
        """Send a frame back."""
        self._send(text)

    def on_closing(self, closing: ServerClosing) -> None:
        """Look for a successor while this one still serves."""
        within = "" if closing.within_s is None else f"within {closing.within_s} s"
        self.end(Ending.CLOSING, within)

    def on_number(self, event: PrivateSequence) -> None:
        """Note where a frame of the account stands; a hole is logged, and filled by reading."""
        if self._sequence.on_number(event):
            logger.warning(
                "event=events_missed venue=%s connection=%s before=%d next=reconcile",
                self._ports.venue,
                self.spec.name,
                event.number,
            )

    def _on_missed(self) -> None:
        if self.ending is None or self.ending.graceful:
            for listener in self._ports.listeners.missed:
                listener()

    def _send(self, text: str) -> None:
        if self._socket is None or self.ending is Ending.CLOSED:
            return
        try:
            self._socket.send(text)
        except OverflowError:
            self.end(Ending.SILENT, "what we send is not taken")

    # Watching -------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Ping where due, and judge every age; called about once a second."""
        now_ns = self._clock_ns()
        rule = self.spec.ping
        if self._signs != self._signs_seen:
            self._signs_seen, self._sign_ns = self._signs, now_ns
        elif now_ns - self._sign_ns > rule.silence_s * NS:
            self.end(Ending.SILENT, f"no sign of life for {rule.silence_s} s")
            return
        if now_ns - self._ping_ns >= rule.every_s * NS:
            self._ping_ns = now_ns
            self._ping(rule.text)
        for sync in self.books.values():
            self._watch_book(sync)

    def _ping(self, text: str | None) -> None:
        if text is not None:
            self._send(text)
        elif self._socket is not None:
            self._socket.ping()

    def _watch_book(self, sync: BookSync) -> None:
        ports = self._ports
        sync.measure(ports.offset_ns(), ports.limits)
        if sync.pending and not sync.book.ready:
            return  # a book that the stream has seeded meanwhile is shown, and judged
        sync.crossed_looks = sync.crossed_looks + 1 if sync.crossed else 0
        if sync.crossed_looks >= CROSSED_LOOKS_MAX:
            sync.doubt(Signal.GAP, "it stays crossed")
            return
        verdict = judge(
            sync.asked_ns, sync.known_ns, sync.delay.behind_ns, ports.clock.now_ns(), ports.limits
        )
        if verdict is Verdict.BEHIND:
            self.end(Ending.BEHIND, f"{sync.delay.behind_ns / NS:.1f} s")
        elif verdict is Verdict.QUIET:
            if sync.book.ready:
                sync.prove(sync)
        elif verdict is not Verdict.FINE:
            sync.doubt(Signal.STALE, verdict.value)

    def _is_late(self, sync: BookSync) -> bool:
        """Tell whether a book hears what is too old to be shown, and give up then.

        The frames that wait in the socket are as old: only a new one starts at the present.
        """
        beyond_ns = sync.measure(self._ports.offset_ns(), self._ports.limits)
        if beyond_ns > 0:
            self.end(Ending.BEHIND, f"by {beyond_ns / NS:.1f} s more than is believed")
        return beyond_ns > 0

    # Ending ---------------------------------------------------------------------------------------

    def end(self, ending: Ending, detail: str) -> None:
        """Say why this connection is given up; a graceful reason yields to a hard one."""
        if self.ending is not None and (ending.graceful or not self.ending.graceful):
            return
        self.ending, self.detail = ending, detail
        self.ready = self.ready and ending.graceful  # otherwise nothing is heard by it any more
        if self._login is not None and not self._login.done():
            self._login.set_exception(
                ConnectionError(f"{self.spec.name} ended before it was logged in: {detail}")
            )
        self.changed.set()

    def retire(self, detail: str) -> None:
        """Close the socket and let go of every book; frames that still come are dropped."""
        self.end(Ending.DROPPED, detail)
        self.current = self.ready = False
        for sync in self.books.values():
            sync.retire(detail)
        self.books.clear()
        if self._socket is not None:
            self._socket.close()


_WORD = re.compile(r"[A-Za-z0-9_-]+")


def _words_of(text: str) -> Mapping[str, None]:
    """Return the words of a text: a contract is named where it stands alone as one."""
    return dict.fromkeys(_WORD.findall(text))
