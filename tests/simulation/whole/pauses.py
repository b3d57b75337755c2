"""I31: pauses that were asked for, or promised, are kept.

A venue that refuses a request as one too many may say when to come again; of that kind none comes
before. A grid whose entry would have crossed tries again at once, three times, and then waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeAlias

from exchange_clients.base_models import NS, OrderStatus, Reason, TimeInForce
from tests.conformance.venues import Deed
from tests.simulation.whole.calm import DRIFT, OF_THE_MACHINE
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue
from venue_simulators.wire import HttpRequest, Reply
from venue_simulators.world import Outcome, Wanted

READS = (Deed.ACTIVE, Deed.FILLS, Deed.POSITIONS, Deed.BALANCE)
"""What is asked of the account alone, and by nobody but the process: each is a kind of request. So
are orders that may open; those that reduce have a reserve."""
NUMBERED = ("lighter",)
"""Where orders wait for their numbers after they were let through."""
THROTTLED = 429
ON_ITS_WAY_NS = NS
"""How long a request may be signed, or wait for its number, after it was let through."""
TOLERANCE = 0.99
"""Of a span that a quartz measures which runs too fast."""
CROSSING_MAX = 3
"""How many entries in a row may be refused as crossing before a pause."""
PAUSE_S = 5.0

Answer: TypeAlias = Callable[[HttpRequest], Reply]
Place: TypeAlias = Callable[[str, Wanted], Outcome]
Kind: TypeAlias = tuple[Deed, tuple[str, ...]]
"""What is asked, and which of the traded markets are named."""


@dataclass(slots=True)
class Asked:
    """What a venue has asked a process, and what became of its entries."""

    closed: dict[Kind, tuple[float, float]] = field(default_factory=dict)
    """From when, until when no request of a kind may be sent (epoch ns)."""
    crossing_ns: dict[Decimal | None, list[int]] = field(default_factory=dict)
    """When the latest entries were refused as crossing, by their level, none taken since."""


class Pauses:
    """What every venue has refused, and when it is asked again.

    Args:
        scenario: Says how long answers travel.
        venues: All of them.
        found: Takes a sentence for each pause that was not kept.
        now_ns: Returns the present instant.
    """

    def __init__(
        self,
        scenario: Scenario,
        venues: Mapping[str, WorldVenue],
        found: Callable[[str], None],
        now_ns: Callable[[], int],
    ) -> None:
        self._scenario = scenario
        self._latency_ns = scenario.latency_ms * NS // 1000
        self._found = found
        self._now_ns = now_ns
        self._asked: dict[str, Asked] = {}
        self._by_level = scenario.settings.get("strategy.grid_kind") == "fixed_range"
        for name, venue in venues.items():
            asked = self._asked[name] = Asked()
            outside = venue.venue
            outside.answer = partial(self._answered, outside.answer, venue, asked)  # type: ignore[method-assign]
            venue.world.place = partial(self._placed, venue.world.place, asked)  # type: ignore[method-assign]

    def forget(self) -> None:
        """Take it that another process begins, which does not know of any of this."""
        for asked in self._asked.values():
            asked.closed.clear()
            asked.crossing_ns.clear()

    def hurried(self, venue: str, price: Decimal | None) -> Iterator[str]:
        """Yield that an entry comes too soon behind those that were refused.

        Each third refusal in a row is followed by a pause, so that of three one was.
        """
        since_ns = self._asked[venue].crossing_ns.get(self._level(price), [])
        if len(since_ns) < CROSSING_MAX or self._moves(venue, since_ns[-CROSSING_MAX]):
            return
        since_s = (self._now_ns() - since_ns[-CROSSING_MAX]) / NS
        if since_s < PAUSE_S * TOLERANCE:
            yield f"I31: an entry, {CROSSING_MAX} were refused as crossing within {since_s:.1f} s"

    def _level(self, price: Decimal | None) -> Decimal | None:
        """Return what entries have in common that are tried again; all of cycles are one."""
        return price if self._by_level else None

    def _moves(self, venue: str, since_ns: int) -> bool:
        """Tell whether clocks were set since then, or rules of the venue's markets changed."""
        since_s, now_s = ((each - BEGIN_NS) / NS for each in (since_ns, self._now_ns()))
        return any(
            since_s <= edge_s <= now_s
            for row in self._scenario.troubles
            if row.kind in (*OF_THE_MACHINE, DRIFT) or (row.kind, row.venue) == ("v.rules", venue)
            for edge_s in (row.at_s, row.at_s + row.for_s)
        )

    # What a venue sees ----------------------------------------------------------------------------

    def _answered(
        self, answer: Answer, venue: WorldVenue, asked: Asked, request: HttpRequest
    ) -> Reply:
        known, now_ns = len(venue.evidence.placements), self._now_ns()
        reply = answer(request)
        kind = kind_of(venue, request) or _entry_of(venue, known)
        if kind is None:
            return reply
        from_ns, until_ns = asked.closed.get(kind, (0, 0))
        if from_ns + ON_ITS_WAY_NS < now_ns - self._latency_ns < until_ns:
            early_s = (until_ns - now_ns + self._latency_ns) / NS
            self._found(f"I31: {kind[0].value} were asked of {venue.name} {early_s:.1f} s too soon")
        told = reply.response
        if told is not None and told.status == THROTTLED and "retry-after" in told.headers:
            heard_ns = now_ns + self._latency_ns + reply.delay_ns + reply.trickle_ns
            pause_s = float(told.headers["retry-after"]) * TOLERANCE
            asked.closed[kind] = (heard_ns, max(heard_ns + round(pause_s * NS), until_ns))
        return reply

    def _placed(self, place: Place, asked: Asked, account: str, wanted: Wanted) -> Outcome:
        outcome = place(account, wanted)
        if wanted.reduce_only or wanted.time_in_force is not TimeInForce.GTX:
            return outcome
        level = self._level(wanted.price)
        order = outcome.order
        reason = outcome.reason if order is None else outcome.reason or order.reason
        if reason is Reason.POST_ONLY_WOULD_CROSS:
            times_ns = asked.crossing_ns.setdefault(level, [])
            times_ns.append(self._now_ns())
            del times_ns[:-CROSSING_MAX]
        elif order is not None and order.status is not OrderStatus.REJECTED:
            asked.crossing_ns.pop(level, None)
        return outcome


def kind_of(venue: WorldVenue, request: HttpRequest) -> Kind | None:
    """Return which kind of request it is; None where others may ask for the same."""
    for deed in READS:
        terms = venue.facts.deeds[deed]
        if request.method == terms["method"] and fnmatchcase(request.path, terms["path"]):
            text = f"{request.query}\n{request.body.decode('utf-8', 'replace')}"
            return deed, tuple(each for each in venue.traded if each in text)
    return None


def _entry_of(venue: WorldVenue, known: int) -> Kind | None:
    """Return the kind of an order that may open, where one more than was known has arrived."""
    placements = venue.evidence.placements
    if len(placements) == known or venue.name in NUMBERED:
        return None
    order = placements[-1][1]
    intent = venue.evidence.intents.get(order.client_order_id)
    if order.reduce_only or intent is None:
        return None
    return Deed.CREATE, (intent.contract_id,)
