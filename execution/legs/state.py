"""The state of one execution: every order of every leg, and the sums that decisions read.

A leg's *net* is what the execution has changed of its position so far, in the leg's own direction:
fills of entries and hedges, less fills of unwinds. The leg stands at its baseline when the net is
zero. All values are frozen and are written into the record as they are.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    Reason,
    Rounding,
    Side,
    round_to_increment,
)
from execution.legs.values import Leg, Plan

IMBALANCE = Decimal("0.01")
"""The part of what is filled by which legs may differ and still count as even."""
_EXACT = Decimal("1e-12")
"""Beyond the steps of all venues: what a division leaves below it is not a quantity."""


class Phase(StrEnum):
    """Where an execution stands."""

    PLANNED = "planned"
    OPENING = "opening"
    """The first orders are out and none has traded."""
    STOPPING = "stopping"
    """None has traded and none shall: they are being cancelled."""
    COVERING = "covering"
    """Something has traded: the other legs follow."""
    UNWINDING = "unwinding"
    """What was traded is being undone."""
    DONE = "done"


class Outcome(StrEnum):
    """How an execution ended."""

    HEDGED = "hedged"
    """The legs are even, and something was traded."""
    UNWOUND = "unwound"
    """Every leg is back where it was before."""
    EVENED = "evened"
    """What could not be matched was undone; the rest is even."""
    NOTHING = "nothing"
    """Nothing was traded."""
    LEFT = "left"
    """All that the venues take orders for is closed; less than that stays where it is."""
    STRANDED = "stranded"
    """Time is up with something left: an order not proven to be over, or legs not even."""


class Job(StrEnum):
    """What an order of an execution is for."""

    ENTRY = "entry"
    HEDGE = "hedge"
    UNWIND = "unwind"


class Stage(StrEnum):
    """What is known of an order."""

    SENDING = "sending"
    """In the record; whether it was sent shows the client's journal."""
    LIVE = "live"
    ENDING = "ending"
    """Its cancellation was asked for."""
    UNKNOWN = "unknown"
    """An answer was lost: it may be live, or over, or never have been."""
    ENDED = "ended"
    """Proven to be over."""


OWED = (Stage.SENDING, Stage.ENDING, Stage.UNKNOWN)
"""Stages in which the venue owes an answer."""
ANSWER_NS = 1 * NS
"""How long an answer may take before its venue counts as away."""
NOT_TAKEN = (Reason.DENIED_LOCALLY, Reason.RATE_LIMITED, Reason.MARKET_UNAVAILABLE)
"""Why an order was not taken that nothing is wrong with: not connected, no budget, halted."""


class LegOrder(msgspec.Struct, frozen=True):
    """One order of a leg."""

    client_order_id: ClientOrderId
    job: Job
    side: Side
    quantity: Decimal
    price: Decimal | None
    reduce_only: bool
    at_ns: int
    """When it was decided on."""
    post_only: bool = False
    stage: Stage = Stage.SENDING
    filled: Decimal = ZERO
    """Cumulative; it never shrinks."""
    voided: Decimal = ZERO
    """How much of that its venue has taken back; it never shrinks either."""
    reason: Reason | None = None
    """Why it was refused, or ended."""

    @property
    def kept(self) -> Decimal:
        """What it has changed of the position: what was filled and is not taken back."""
        return self.filled - self.voided


class Decision(msgspec.Struct, frozen=True):
    """One choice between finishing and turning back, with what it was made of."""

    at_ns: int
    choice: str
    finish_usd: Decimal | None
    """Expected cost; None where it cannot be done, or not be told."""
    unwind_usd: Decimal | None
    why: str


class LegState(msgspec.Struct, frozen=True):
    """One leg so far."""

    baseline: Decimal
    """Signed position (base units) before the execution."""
    orders: tuple[LegOrder, ...] = ()
    failures: int = 0
    """How many tries in a row have traded nothing."""
    retry_at_ns: int = 0
    """Nothing is tried again before."""
    weighed: int = 0
    """At which of those tries it was last read what is held; it is read once for each."""
    settled: Decimal = ZERO
    """What has changed of the position by no order of ours, in the leg's direction: liquidated,
    settled by the venue, or closed by the account's owner."""
    too_small: Decimal = ZERO
    """So much of what is to be closed whole its venue has refused as too small an order: it stays
    where it is."""

    @property
    def live(self) -> LegOrder | None:
        """The order that may still trade; a leg has one at most."""
        last = self.orders[-1] if self.orders else None
        return None if last is None or last.stage is Stage.ENDED else last

    @property
    def waits_for_venue(self) -> bool:
        """Whether its venue owes an answer, or did not take the latest order."""
        if self.live is not None:
            return self.live.stage in OWED
        return bool(self.failures and self.orders and self.orders[-1].reason in NOT_TAKEN)

    @property
    def net(self) -> Decimal:
        """What is changed of the position, in the leg's direction (base units)."""
        return sum(
            (-one.kept if one.job is Job.UNWIND else one.kept for one in self.orders),
            self.settled,
        )


class Exposure(msgspec.Struct, frozen=True):
    """What was unhedged, and how long."""

    usd_seconds: Decimal = ZERO
    peak_usd: Decimal = ZERO
    uneven_ns: int = 0
    """For how long anything at all was unhedged."""
    away_ns: int = 0
    """How much of that a venue was away: nobody could have hedged there."""
    stretch_ns: int = 0
    """For how long it is unhedged now, from when every venue answered the last time."""
    longest_ns: int = 0
    """The longest such stretch: this is what is bounded."""
    waits_since_ns: tuple[int, ...] = ()
    """Since when each leg's venue is waited for; 0 while it is not."""
    at_ns: int = 0
    """Up to when it is counted."""


class Execution(msgspec.Struct, frozen=True):
    """One execution, whole: what a restart needs to finish it."""

    execution_id: str
    plan: Plan
    legs: tuple[LegState, ...]
    mids: tuple[Decimal, ...]
    """Of each leg's market when its book was last seen."""
    started_ns: int
    phase: Phase = Phase.PLANNED
    outcome: Outcome | None = None
    first_fill_ns: int | None = None
    since_ns: int = 0
    """From when the time for covering counts: the first fill, or the restart after it."""
    stopping: bool = False
    """Whether no entry shall be sent any more: asked for, or after a restart."""
    turned: bool = False
    """Whether it was chosen to turn back."""
    exposure: Exposure = Exposure()
    decisions: tuple[Decision, ...] = ()
    restarts: int = 0

    @property
    def busy(self) -> bool:
        """Whether any order may still trade."""
        return any(state.live is not None for state in self.legs)

    @property
    def traded(self) -> bool:
        """Whether any order has traded at all."""
        return any(one.filled for state in self.legs for one in state.orders)

    @property
    def unhedged_tokens(self) -> Decimal:
        """Signed sum over the legs of what the execution has changed.

        Where it closes the whole of legs, which need not be even: of what is left to close.
        """
        return sum(
            (
                leg.side.sign * self._counted(leg, state) * leg.multiplier
                for leg, state in zip(self.plan.legs, self.legs, strict=True)
            ),
            ZERO,
        )

    def _counted(self, leg: Leg, state: LegState) -> Decimal:
        return min(state.net - leg.quantity, ZERO) if self.plan.whole else state.net

    @property
    def unhedged_usd(self) -> Decimal:
        """What is unhedged now (USD, not signed)."""
        return abs(self.unhedged_tokens) * self.mids[0] / self.plan.legs[0].multiplier

    def needed(self, index: int, *, most: bool = True) -> Decimal:
        """Return the net that puts a leg even with the leg that is furthest along.

        No further than the plan: what a venue filled beyond an order is not followed.

        Args:
            index: Which leg.
            most: Even with the one that is least far along instead, where False.
        """
        nets = [
            (state.net / leg.quantity, state.net, leg.quantity)
            for leg, state in zip(self.plan.legs, self.legs, strict=True)
        ]
        _, net, quantity = max(nets) if most else min(nets)
        net = min(net, quantity)
        return (net * self.plan.legs[index].quantity / quantity).quantize(_EXACT)

    def missing(self, index: int) -> Decimal:
        """Return what a leg lacks to be even with the furthest, on its step (base units)."""
        lacks = _on_step(self.plan.legs[index], self.needed(index) - self.legs[index].net)
        return ZERO if lacks <= self.legs[index].too_small else lacks

    def left(self, index: int) -> Decimal:
        """Return what stays of a leg that was to be closed whole: less than may be ordered."""
        if not self.legs[index].too_small:
            return ZERO
        return _on_step(self.plan.legs[index], self.needed(index) - self.legs[index].net)

    def surplus(self, index: int) -> Decimal:
        """Return what a leg has beyond the plan, on its step (base units)."""
        leg = self.plan.legs[index]
        return max(_on_step(leg, self.legs[index].net - leg.quantity), ZERO)

    def excess(self, index: int) -> Decimal:
        """Return what a leg must undo to be where turning back ends, on its step (base units)."""
        leg, net = self.plan.legs[index], self.legs[index].net
        end = ZERO if self.plan.rollback else self.needed(index, most=False)
        return max(_on_step(leg, net - end), ZERO)

    @property
    def furthest_tokens(self) -> Decimal:
        """What the leg with the most tokens has traded."""
        return max(
            leg.multiplier * state.net for leg, state in zip(self.plan.legs, self.legs, strict=True)
        )

    @property
    def step_tokens(self) -> Decimal:
        """The coarsest step of the legs, in tokens."""
        return max(leg.step * leg.multiplier for leg in self.plan.legs)

    @property
    def even(self) -> bool:
        """Whether every leg has traded, and all by as much, but for the tolerance."""
        return all(self.level(index) for index in range(len(self.legs)))

    def level(self, index: int) -> bool:
        """Tell whether a leg lacks, or has too much, within the tolerance.

        One that has traded nothing is not level with one that has, unless the legs close what is
        held: then there is no way back, and the less is left the better. What its venue has closed
        beyond an order stays closed: nothing that reduces only could open it again.
        """
        leg, net = self.plan.legs[index], self.legs[index].net
        lacks = (self.needed(index) - net) * leg.multiplier
        if leg.reduce_only and lacks < 0:
            return True
        if not net and not self.plan.closes:
            return False
        if self.plan.whole and lacks > 0:
            return not self.missing(index)
        return abs(lacks) <= IMBALANCE * self.furthest_tokens or abs(lacks) < self.step_tokens


def exposed(execution: Execution, now_ns: int, *, dead: bool = False) -> Exposure:
    """Return the exposure counted up to now, by what was unhedged since it was last counted.

    Args:
        execution: As it has stood since then.
        now_ns: The instant.
        dead: Whether no process was there meanwhile.
    """
    before, usd = execution.exposure, execution.unhedged_usd
    span_ns = max(now_ns - before.at_ns, 0) if before.at_ns else 0
    known = before.waits_since_ns or (0,) * len(execution.legs)
    waits_since_ns = tuple(
        (since_ns or before.at_ns or now_ns) if state.waits_for_venue else 0
        for since_ns, state in zip(known, execution.legs, strict=True)
    )
    begun_ns = min((each for each in waits_since_ns if each), default=now_ns)
    away_ns = span_ns if dead else min(max(now_ns - begun_ns - ANSWER_NS, 0), span_ns)
    stretch_ns = before.stretch_ns + span_ns - away_ns if usd else 0
    return Exposure(
        usd_seconds=before.usd_seconds + usd * span_ns / NS,
        peak_usd=max(before.peak_usd, usd),
        uneven_ns=before.uneven_ns + (span_ns if usd else 0),
        away_ns=before.away_ns + (away_ns if usd else 0),
        stretch_ns=0 if away_ns else stretch_ns,
        longest_ns=max(before.longest_ns, stretch_ns),
        waits_since_ns=waits_since_ns,
        at_ns=now_ns,
    )


def _on_step(leg: Leg, quantity: Decimal) -> Decimal:
    return round_to_increment(quantity, leg.step, Rounding.DOWN)
