"""What must hold at every event, by the venues' own truth: nothing that the bot says is asked.

One listener at each venue; each event costs a constant amount of work. What is found is a sentence
that begins with the number of its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, Fill, OrderInfo, VenueOrderId
from exchange_clients.events import PrivateEvent
from tests.simulation.sites import Site
from tests.support.wire_orders import ACCOUNT

IMBALANCE = Decimal("0.01")
"""The part by which legs may differ and still count as even."""
GRACE_S = 1.0
"""For what is on its way when the time is up."""
BREACHES_MAX = 20

Span = tuple[int, int]
"""From an instant to another (ns)."""


@dataclass
class Book:
    """What orders of ours have done at one venue."""

    site: Site
    net: Decimal = ZERO
    """Signed, of all executions."""
    before: Decimal = ZERO
    """The same when the present execution began."""
    wanted: Decimal = ZERO
    """Signed: what the present execution wants."""
    seized: Decimal = ZERO
    """Signed: what the venue has traded of its own accord, as a liquidation."""
    open: dict[VenueOrderId, Decimal] = field(default_factory=dict)
    """What remains of each open order of ours."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one execution left unhedged, by the venues' truth."""

    usd_seconds: float
    peak_usd: float
    uneven_s: float
    """For how long it was uneven while every venue answered."""
    left_usd: float
    """What is uneven now; zero within the tolerance, and where a venue has taken a leg itself."""


class Truth:
    """Follows every venue of a run.

    Args:
        sites: The venues.
        now_ns: Returns the present instant.
        excused: When nothing can be asked of an executor: a fault stands, or the process is dead.
        judged: Whether the rules of an executor hold; a naive one is only measured.
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        now_ns: Callable[[], int],
        excused: Sequence[Span],
        *,
        judged: bool = True,
    ) -> None:
        self.books = {name: Book(site) for name, site in sites.items()}
        self.breaches: list[str] = []
        self.events = 0
        self.excused = list(excused)
        self.bound_s = float("inf")
        self.bound_usd = Decimal("Infinity")
        self._judged = judged
        self._now_ns = now_ns
        self._at_ns = now_ns()
        self._usd_ns = 0.0
        self._uneven_ns = 0
        self._peak = 0.0
        self._longest_ns = 0
        for book in self.books.values():
            book.site.world.listen_private(ACCOUNT, self._listener(book))

    # Executions -----------------------------------------------------------------------------------

    def begin(self, wanted: Mapping[str, Decimal], bound_usd: Decimal, bound_s: float) -> None:
        """Let an execution begin that wants so much at each venue, signed, within its bound."""
        self._count(self._now_ns())
        self._usd_ns, self._uneven_ns, self._peak, self._longest_ns = 0.0, 0, 0.0, 0
        self.bound_usd, self.bound_s = bound_usd, bound_s
        for name, book in self.books.items():
            book.before, book.wanted = book.net, wanted.get(name, ZERO)

    def measured(self) -> Measured:
        """Return what the present execution has left unhedged until now."""
        self._count(self._now_ns())
        uneven = self.unhedged() > self.tolerance and not self.seized
        left = self._usd() if uneven else ZERO
        return Measured(self._usd_ns / NS, self._peak, self._longest_ns / NS, float(left))

    def unhedged(self) -> Decimal:
        """Return what all executions together have left uneven, in tokens, without a sign."""
        return abs(
            sum((book.net * book.site.traded.multiplier for book in self.books.values()), ZERO)
        )

    @property
    def seized(self) -> bool:
        """Whether a venue has taken anything of its own accord."""
        return any(book.seized for book in self.books.values())

    @property
    def tolerance(self) -> Decimal:
        """By how many tokens legs may differ: a part of what is traded, or the coarsest step."""
        traded = [(book.wanted, book.site.traded) for book in self.books.values()]
        largest = max((abs(wanted) * market.multiplier for wanted, market in traded), default=ZERO)
        steps = [market.step * market.multiplier for _, market in traded]
        return max(IMBALANCE * largest, *steps) * max(len(steps) - 1, 1)

    def found(self, text: str) -> None:
        """Note a breach."""
        if len(self.breaches) < BREACHES_MAX:
            at_s = (self._now_ns() - min(b.site.start_ns for b in self.books.values())) / NS
            self.breaches.append(f"{text} ({at_s:.3f} s)")

    # Events ---------------------------------------------------------------------------------------

    def _listener(self, book: Book) -> Callable[[PrivateEvent], None]:
        def hear(event: PrivateEvent) -> None:
            self.events += 1
            if isinstance(event, OrderInfo):
                self._on_order(book, event)
            elif isinstance(event, Fill):
                self._on_fill(book, event)

        return hear

    def _on_order(self, book: Book, info: OrderInfo) -> None:
        name = book.site.name
        if info.order_id in book.site.by_hand:
            if info.order_id in book.site.own_orders and info.status.terminal:
                self.found(f"I18: an order of the user ended as {info.status} at {name}")
            return
        if not book.site.is_ours(info.order_id):
            return
        if info.status.terminal:
            book.open.pop(info.order_id, None)
        else:
            book.open[info.order_id] = info.remaining_size
        if self._judged and len(book.open) > 1:
            self.found(f"I9: {len(book.open)} orders of one leg are open at {name}")
        self._check_leg(book)

    def _on_fill(self, book: Book, fill: Fill) -> None:
        if fill.order_id in book.site.by_hand:
            return
        if fill.contract_id != book.site.contract_id:
            self.found(f"I18: another market was traded at {book.site.name}: {fill}")
            return
        # After a process's death the venue is told of the time that has passed all at once.
        self._count(book.site.world.now_ns)
        signed = fill.side.sign * fill.size
        if not book.site.is_ours(fill.order_id):
            book.seized += signed
            self.bound_s = float("inf")  # what a venue takes, no executor can keep even
            return
        reduces = (book.net + book.seized) * signed < 0
        if self._judged and reduces and self._may_open(book, fill):
            self.found(f"I14: an order that may open has reduced the leg at {book.site.name}")
        book.net += signed
        self._check_leg(book)
        self._check_bound()

    @staticmethod
    def _may_open(book: Book, fill: Fill) -> bool:
        return not book.site.world.wanted(ACCOUNT, fill.order_id).reduce_only

    # Rules ----------------------------------------------------------------------------------------

    def _check_leg(self, book: Book) -> None:
        """Check that a leg lies between where it began and what it wants, what is open included."""
        if not self._judged:
            return
        moved = book.net - book.before
        along = moved if book.wanted >= 0 else -moved
        step, name = book.site.traded.step, book.site.name
        if along < 0:
            self.found(f"I17: the leg at {name} was unwound beyond its beginning, to {moved}")
        if along > abs(book.wanted):
            self.found(f"I10: the leg at {name} traded {moved} of {book.wanted}")
        ahead = sum(book.open.values(), ZERO)
        # What unwinds is open on the other side, and no more than has traded.
        if ahead > abs(book.wanted) + step:
            self.found(f"I10: {ahead} is open at {name}, of {book.wanted}")

    def _check_bound(self) -> None:
        usd = self._usd()
        self._peak = max(self._peak, float(usd))
        if self._judged and usd > self.bound_usd:
            self.found(f"I16: {usd:.2f} USD are unhedged, the bound is {self.bound_usd:.2f}")

    def _usd(self) -> Decimal:
        book = next(iter(self.books.values()))
        return self.unhedged() * book.site.mid() / book.site.traded.multiplier

    def _count(self, now_ns: int) -> None:
        """Add up what was unhedged since this was last called."""
        span_ns = now_ns - self._at_ns
        if span_ns <= 0:
            return
        self._usd_ns += float(self._usd()) * span_ns
        if self.unhedged() > self.tolerance:
            self._uneven_ns += span_ns - _overlap(self.excused, (self._at_ns, now_ns))
        else:
            self._uneven_ns = 0
        self._longest_ns = max(self._longest_ns, self._uneven_ns)
        self._at_ns = now_ns
        if self._judged and self._uneven_ns > (self.bound_s + GRACE_S) * NS:
            self.found(
                f"I16: uneven for {self._uneven_ns / NS:.1f} s while every venue answered, "
                f"the bound is {self.bound_s:g} s"
            )
            self.bound_s = float("inf")  # once is enough


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return spans without overlaps, ascending."""
    whole: list[Span] = []
    for begin, end in sorted(spans):
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((begin, end))
    return whole


def _overlap(spans: Sequence[Span], span: Span) -> int:
    """Return how much of a span lies within others that do not overlap (ns)."""
    begin, end = span
    return sum(max(min(end, until) - max(begin, since), 0) for since, until in spans)
