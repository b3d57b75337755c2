"""Equal parts at equal distances in time, so that the average comes near that of the time (TWAP).

The schedule is of what should have traded by the end of each slot; a part that a slot missed is
added to the next one. In each slot the part rests at the touch first and what is left is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import ZERO
from execution.execution_values import EndReason
from execution.mode_plans import BLIND_PAUSE_S, ended, pausing, resting, taking
from execution.plan_values import (
    Attempt,
    Finish,
    LiveOrder,
    Plan,
    Situation,
    Step,
    Terms,
    Wait,
    Withdraw,
)


@dataclass(frozen=True, slots=True)
class Twap:
    """Trade ``slices`` equal parts over ``duration_s`` seconds."""

    duration_s: float
    slices: int
    resting_share: float = 0.8
    """The share of each slot in which its part rests; in the remainder what is left is taken."""
    name: str = "twap"

    def __post_init__(self) -> None:
        if self.duration_s <= 0:
            raise ValueError(f"duration_s must be above zero, got {self.duration_s}")
        if self.slices < 1:
            raise ValueError(f"slices must be at least 1, got {self.slices}")
        if not 0 <= self.resting_share <= 1:
            raise ValueError(f"resting_share is from 0 to 1, got {self.resting_share}")

    def plan(self, terms: Terms) -> Plan:
        """Return the plan of one execution."""
        return TwapPlan(terms, self.duration_s / self.slices, self.slices, self.resting_share)


@dataclass(frozen=True, slots=True)
class TwapPlan:
    """Follow the schedule of one execution."""

    terms: Terms
    slot_s: float
    slices: int
    resting_share: float
    watches_price: bool = False

    def scheduled(self, slot: int) -> Decimal:
        """Return what should have traded by the end of a slot, in base units on the step."""
        done = min(slot + 1, self.slices)
        if done == self.slices:
            return self.terms.quantity
        return self.terms.market.round_size(self.terms.quantity * done / self.slices)

    def decide(self, situation: Situation) -> Step:
        """Return the next step."""
        slot = int(situation.elapsed_s / self.slot_s)
        if situation.live is not None:
            return self._live(situation, situation.live, slot)
        return ended(situation, self.terms) or self._idle(situation, slot)

    def _live(self, situation: Situation, live: LiveOrder, slot: int) -> Step:
        if live.taking:
            return taking(situation, self.terms)
        of_slot = int(live.sent_s / self.slot_s) == slot
        left_s = (slot + self.resting_share) * self.slot_s - situation.elapsed_s
        return Wait(left_s) if of_slot and left_s > 0 else Withdraw()

    def _idle(self, situation: Situation, slot: int) -> Step:
        late = slot >= self.slices
        slot_ends_s = (slot + 1) * self.slot_s
        due = self._due(situation, slot)
        if not late and due < self.terms.smallest_size(_price(situation)):
            return Wait(slot_ends_s - situation.elapsed_s)
        part = replace(situation, missing=due, attempts=self._attempts(situation, slot))
        if late or situation.elapsed_s >= (slot + self.resting_share) * self.slot_s:
            return self._taking(part, slot_ends_s)
        if part.quote is None:
            return Wait(BLIND_PAUSE_S)
        return pausing(part) or resting(part, self.terms)

    def _taking(self, part: Situation, slot_ends_s: float) -> Step:
        """Take what is due; where a slot cannot, the next one tries, unless it was the last."""
        step = taking(part, self.terms)
        left_s = slot_ends_s - part.elapsed_s
        last = part.elapsed_s >= (self.slices - 1) * self.slot_s
        if isinstance(step, Finish) and step.reason is not EndReason.REFUSED and not last:
            return Wait(left_s)
        return step

    def _due(self, situation: Situation, slot: int) -> Decimal:
        traded = self.terms.quantity - situation.missing
        return min(max(self.scheduled(slot) - traded, ZERO), situation.missing)

    def _attempts(self, situation: Situation, slot: int) -> tuple[Attempt, ...]:
        """Return the attempts of one slot, since each slot has tries of its own."""
        first_s = min(slot, self.slices) * self.slot_s
        return tuple(each for each in situation.attempts if each.sent_s >= first_s)


def _price(situation: Situation) -> Decimal | None:
    return situation.arrival_mid if situation.quote is None else situation.quote.mid
