"""What must hold of a run on a simulated venue, whatever went wrong: one sentence for each breach.

Nothing that the bot says of itself is believed where the venue's own books can tell.
"""

from __future__ import annotations

import logging
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator

from exchange_clients.base_models import NS
from tests.support.venue_books import breaches_of
from tests.support.venue_evidence import REFUSED_NONCE
from tests.support.venue_survival import Survival
from venue_simulators.faults import Fault
from venue_simulators.request_log import ANSWERED, Logged

KNOWN_S = 10.0
"""How long after the last fault an order may rest at the venue that is not known to us."""
SETTLE_S = 30.0
"""How long everything may take to agree, beyond the venue's visibility time, before which it cannot
be told that an order never arrived: a request that hangs as the trouble ends (15 s), a pause before
the next question (5 s), and the order that goes on from there (10 s)."""
AGREE_S = 60.0
"""Orders are under way most of the time, but some time within this everything agrees."""
EXPLAINED = (
    "event=connect_failed",
    "event=connection_lost",
    "event=outcome_unknown",
    "event=fills_missing",
)
"""Errors that a venue out of reach does cause; none of them once it is back."""
NUMBERED = "/sendTx"
"""How the path ends of a request that bears a number."""
IN_DOUBT_NS = 60 * NS
"""How long a lost sending may leave a number in doubt: until it is given up, or arrives late."""
THROTTLED = 429
THROTTLED_MAX = 3
"""How many requests of a young process may be on their way when it hears of it."""
WINDOW_NS = 60 * NS
STANDSTILL_NS = 10 * NS
"""How long the venue's clock may stand after it was put back, and its limits after that."""


def breaches(survival: Survival) -> list[str]:
    """Return a sentence for everything that ought not to be; nothing when the run survived."""
    return [
        *_of_orders(survival),
        *_of_books(survival),
        *_of_recovery(survival),
        *_of_requests(survival),
        *_of_program(survival),
    ]


def unexplained_numbers(
    log: Iterable[Logged], refused_ns: Iterable[int], deaths: int
) -> Iterator[int]:
    """Yield when a number was refused (epoch ns) that nothing explains.

    A sending that went wrong explains one within a minute, and a death explains one.

    Args:
        log: All that reached the venue, or was to.
        refused_ns: When it refused a number, ascending.
        deaths: Of processes.
    """
    lost_ns = [each.at_ns for each in log if each.path.endswith(NUMBERED) and _went_wrong(each)]
    for at_ns in refused_ns:
        while lost_ns and lost_ns[0] < at_ns - IN_DOUBT_NS:
            del lost_ns[0]
        if lost_ns and lost_ns[0] <= at_ns:
            del lost_ns[0]
        elif deaths:
            deaths -= 1
        else:
            yield at_ns


def _went_wrong(entry: Logged) -> bool:
    return entry.verdict != ANSWERED


def _of_orders(survival: Survival) -> Iterator[str]:
    books, evidence = survival.books, survival.stage.evidence
    assert books is not None, "the run came to its end"
    yield from breaches_of(books.orders)
    for order in evidence.unannounced:
        yield f"{order} went out with no intent in the journal"
    if books.position or books.open_orders:
        yield f"{books.open_orders} orders and {books.position} were left after closing everything"


def _of_books(survival: Survival) -> Iterator[str]:
    books = survival.books
    assert books is not None, "the run came to its end"
    if books.cash != books.own_cash:
        yield f"the venue has {books.cash} in cash, our ledger {books.own_cash}"
    if books.own_payments is not None and books.payments != books.own_payments:
        yield f"funding was {books.payments}, we were told {books.own_payments}"


def _of_recovery(survival: Survival) -> Iterator[str]:
    # A process that is born after the last fault has its time from then on.
    late_s = max(survival.stage.evidence.births[-1] - survival.healed_ns, 0) / NS
    settle_s = survival.stage.words.visibility_s + SETTLE_S
    if survival.missing_s > KNOWN_S + late_s:
        yield f"{survival.missing_s:g} s after the last fault an order was not known"
    if survival.settled_s is None or survival.settled_s > settle_s + late_s:
        yield f"{settle_s:g} s after the last fault: {'; '.join(survival.unsettled)}"
    if survival.ended_ns - survival.agreed_ns > AGREE_S * NS:
        yield f"at the end: {'; '.join(survival.unsettled)}"
    if not survival.cycles_after:
        yield "no round trip was completed after the last fault"


def _of_requests(survival: Survival) -> Iterator[str]:
    stage = survival.stage
    log, births = stage.venue.log, stage.evidence.births
    throttled = Counter(
        # A process does not know what the one before it had asked for within the last minute.
        bisect(births, entry.at_ns) if entry.at_ns - since_ns < WINDOW_NS else 0
        for entry in log
        if entry.status == THROTTLED and entry.verdict == ANSWERED
        if not _stands_still(survival, entry.at_ns)
        for since_ns in births[bisect(births, entry.at_ns) - 1 :][:1]
    )
    if throttled.pop(0, 0) or (len(births) == 1 and throttled):
        yield f"the venue answered {THROTTLED} to a process that knew what it had sent"
    for number, count in throttled.items():
        if count > THROTTLED_MAX:
            yield f"process {number} was answered {THROTTLED} {count} times"
    nonces = sum(REFUSED_NONCE in answer.body for answer in stage.evidence.refusals)
    lost = sum(entry.verdict != ANSWERED and entry.path.endswith("/sendTx") for entry in log)
    if nonces > lost + len(births):
        yield f"{nonces} numbers were refused, of {lost} sendings that went wrong"


def _stands_still(survival: Survival, at_ns: int) -> bool:
    """Say whether the venue's clock may stand, so that its limits fill up no more."""
    since_ns = at_ns - survival.stage.plan.start_ns
    edges = [
        edge_ns
        for row in survival.faults
        if row.kind is Fault.SKEW
        for edge_ns in (row.from_ns, row.from_ns + (row.for_ns or 0))
    ]
    return any(0 <= since_ns - edge_ns < STANDSTILL_NS for edge_ns in edges)


def _of_program(survival: Survival) -> Iterator[str]:
    evidence = survival.stage.evidence
    for text in evidence.unretrieved:
        yield f"nobody took the exception {text}"
    for text in evidence.ends:
        yield f"the bot ended by itself at {text}"
    for line in evidence.lines:
        calm = line.at_ns > survival.healed_ns + 60 * NS
        if line.level >= logging.ERROR and (calm or not line.text.startswith(EXPLAINED)):
            since_s = (line.at_ns - survival.healed_ns) / NS
            yield f"{since_s:.1f} s after the last fault: {line.text}"
