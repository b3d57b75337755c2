"""One contract's book as one connection tells it: seeded, joined, doubted.

Nothing here waits. What is needed from outside, a snapshot or a new subscription, is asked for by a
callback and comes back as another call.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from exchange_clients.base_models import NS, Side
from exchange_clients.events import BookDelta, BookSnapshot, LabelledBookDelta, Signal
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.websocket.book_feed import BookFeed
from exchange_clients.shared.websocket.feed_age import AgeLimits, Delay
from exchange_clients.shared.websocket.order_book import Applied, OrderBook, SyncState

STALE_RUN_MAX = 20
"""Old deltas in a row after which a joined book is not continued any more: the venue began to count
anew. Repeated and swapped frames come in much shorter runs."""

_APPLIED = Applied.APPLIED  # an enum's member is slow to look up on Python 3.11


class BookSync:
    """One contract's book over one connection.

    Args:
        feed: The contract.
        seeded_apart: Whether snapshots are fetched and not part of the stream.
        want: Called when the book needs a snapshot.
        prove: Called when it is to be asked whether the book is still right.
        ask_again: Subscribes its topic anew.
        now_ns: When the subscription goes out.
    """

    __slots__ = (
        "_answered",
        "_numberless",
        "_reached",
        "_resume_from",
        "_seeded_apart",
        "_stale_run",
        "_want",
        "ask_again",
        "asked_ns",
        "book",
        "crossed_looks",
        "delay",
        "feed",
        "heard_ns",
        "is_late",
        "late_ns",
        "next_proof_ns",
        "pending",
        "prove",
        "proven_ns",
        "proving",
        "resubscribe",
        "resync_ns",
        "resyncs",
        "retired",
        "right_ns",
        "seeded_ns",
        "venue_ns",
    )

    def __init__(
        self,
        feed: BookFeed,
        *,
        seeded_apart: bool,
        want: Callable[[BookSync], None],
        prove: Callable[[BookSync], None],
        ask_again: Callable[[], None],
        now_ns: int,
    ) -> None:
        self.feed = feed
        self.book = OrderBook(feed.market)
        self.delay = Delay()
        self.heard_ns: int | None = None
        """Local receipt of the last frame that counts as a sign of life of this channel."""
        self.venue_ns: int | None = None
        self.is_late: Callable[[BookSync], bool] = _never
        """Tells whether what was heard last is too old to be shown, and sees to what follows."""
        self.late_ns = 0
        """What comes later than that may be too old: after its stamp, or after ``right_ns`` where
        it has none. ``is_late`` sets it."""
        self.right_ns = now_ns
        """When the book was last right, or was asked for in vain since: no snapshot is older."""
        self.asked_ns = now_ns
        self.ask_again = ask_again
        self.pending = False
        """Whether a resync is waiting or being done."""
        self.resubscribe = not seeded_apart
        """Whether the next resync begins with a new subscription."""
        self.crossed_looks = 0
        """How often in a row the watch found it crossed."""
        self.resyncs = 0
        """How many resyncs followed each other closely."""
        self.resync_ns: int | None = None
        """When the last one began, of the monotonic clock."""
        self.seeded_ns: int | None = None
        """Local receipt of the last snapshot."""
        self.proven_ns: int | None = None
        """When the venue was last asked, apart from the stream, and showed the same book."""
        self.prove = prove
        self.proving = False
        """Whether the venue is being asked."""
        self.next_proof_ns = 0
        """Before that instant of the monotonic clock it is not asked again."""
        self.retired = False
        self._seeded_apart = seeded_apart
        self._want = want
        self._resume_from: int | None = None
        self._numberless: BookSnapshot | None = None
        self._stale_run = 0
        self._answered = False
        """Whether the stream has told a snapshot since it was subscribed last."""
        self._reached = -1
        """The newest update that was known since then, though the book was given up."""

    @property
    def crossed(self) -> bool:
        """Whether it is seeded, and yet not sound."""
        return not self.book.ready and self.book.last_update >= 0

    @property
    def known_ns(self) -> int | None:
        """When the book was last known to be right: by a frame, a snapshot or a proof."""
        instants = (self.heard_ns, self.seeded_ns, self.proven_ns)
        return max((each for each in instants if each is not None), default=None)

    def on_delta(self, delta: BookDelta | LabelledBookDelta) -> None:
        """Apply one delta of the stream."""
        if type(delta) is LabelledBookDelta:  # a frame's commonest way, one call shorter
            outcome = self.book.apply_labelled(delta)
        else:
            outcome = self.book.apply(delta)
        if outcome is _APPLIED:
            self.heard_ns = heard_ns = delta.local_ns
            self.venue_ns = stamp_ns = delta.venue_ns
            if heard_ns - (stamp_ns or self.right_ns) > self.late_ns and self._leave_if_late():
                return
            self.right_ns = heard_ns
            self._stale_run = 0
            self.feed.on_book(self)
            if self.feed.depth_listeners:
                self.feed.on_depth(self, delta)
        else:
            self._on_unapplied(delta, outcome)

    def on_snapshot(self, snapshot: BookSnapshot) -> None:
        """Restart from a snapshot of the stream, once its number is known."""
        if snapshot.last == STREAM_NUMBERED:
            if self._resume_from is None:
                self._numberless = snapshot
                return
            snapshot = msgspec.structs.replace(snapshot, last=self._resume_from)
        self.heard_ns = heard_ns = snapshot.local_ns
        self.venue_ns = stamp_ns = snapshot.venue_ns
        if heard_ns - (stamp_ns or self.right_ns) > self.late_ns and self._leave_if_late():
            return
        reached = max(self._reached, self.book.last_update)
        if stamp_ns is None and self._answered and snapshot.last < reached:
            self.doubt(Signal.GAP, "an older state than was known, for which nobody asked")
            return
        self._answered = True
        self.seed(snapshot)

    def on_resume(self, resume_from: int) -> None:
        """Learn the number at which the stream's snapshot stands."""
        self._resume_from = resume_from
        if self._numberless is not None:
            snapshot, self._numberless = self._numberless, None
            self.on_snapshot(snapshot)

    def seed(self, snapshot: BookSnapshot) -> bool:
        """Restart from a snapshot; say whether what was buffered joins it."""
        self._stale_run = 0
        self.seeded_ns = snapshot.local_ns
        self.right_ns = max(self.right_ns, snapshot.local_ns)
        if self.book.apply(snapshot) is Applied.GAP:
            self._lose("the snapshot is older than the stream")
            return False
        self.feed.on_book(self)
        if self.feed.depth_listeners:
            self.feed.on_depth(self, None)
        return True

    def whole(self) -> BookSnapshot:
        """Return the book as a snapshot; it must be ready and have both sides."""
        top = self.book.bbo()
        assert top is not None, "only a sound book is shown"
        return BookSnapshot(
            top.contract_id,
            list(self.book.walk(Side.BUY)),
            list(self.book.walk(Side.SELL)),
            top.sequence,
            top.venue_ns,
            top.local_ns,
        )

    def restart(self, now_ns: int) -> None:
        """Forget the book: the topic is being subscribed anew."""
        if self.known_ns is not None:
            self.right_ns = now_ns  # otherwise what comes may be the answer to an earlier question
        self.book.reset()
        self._answered, self._reached = False, -1
        self.heard_ns = self.seeded_ns = self.proven_ns = None
        self._resume_from = self._numberless = None
        self.resubscribe = not self._seeded_apart
        self.asked_ns = now_ns
        self._stale_run = 0

    def doubt(self, signal: Signal, reason: str) -> None:
        """Show the book no more until it was seeded anew."""
        self._reached = max(self._reached, self.book.last_update)
        self.book.reset()
        self.resubscribe = self.resubscribe or signal is Signal.STALE
        if self.feed.shown is self:
            self.feed.lose(signal, reason)
        self._want(self)

    def measure(self, offset_ns: int, limits: AgeLimits) -> int:
        """Learn how late frames come, and from when on one is too late.

        Args:
            offset_ns: Venue time minus local time.
            limits: Bounds.

        Returns:
            By how much the last frame came too late, in ns; 0 or less if it did not.
        """
        if self.heard_ns is None:
            return 0
        if self.venue_ns is None:
            self.late_ns = round(limits.silence_s * NS)
        else:
            self.delay.measure(self.heard_ns, self.venue_ns, offset_ns)
            self.late_ns = self.delay.late_ns(offset_ns, limits)
        return self.heard_ns - (self.venue_ns or self.right_ns) - self.late_ns

    def _leave_if_late(self) -> bool:
        """Show the book no more if what was just heard is too old to be shown."""
        if not self.is_late(self):
            return False
        self.book.reset()
        if self.feed.shown is self:
            self.feed.lose(Signal.STALE, "it is told too late")
        return True

    def retire(self, detail: str) -> None:
        """Leave: the connection is over."""
        self.retired = True
        self.feed.detach(self, detail)

    def _on_unapplied(self, delta: BookDelta | LabelledBookDelta, outcome: Applied) -> None:
        if outcome is Applied.GAP:
            self._lose(f"missing before update {delta.last}")
        elif outcome is Applied.STALE:
            # That it is old news is part of how far behind the channel is.
            self.heard_ns, self.venue_ns = delta.local_ns, delta.venue_ns
            self._stale_run += 1
            if self._stale_run > STALE_RUN_MAX and self.book.state is not SyncState.JOINING:
                self.doubt(Signal.GAP, "the venue began to count anew")
        elif self._seeded_apart:
            self.heard_ns = delta.local_ns
            self._want(self)

    def _lose(self, reason: str) -> None:
        """Ask for a snapshot; what was buffered since the hole stays, to be joined to it."""
        if self.feed.shown is self:
            self.feed.lose(Signal.GAP, reason)
        self._want(self)


def _never(_: BookSync) -> bool:
    return False
