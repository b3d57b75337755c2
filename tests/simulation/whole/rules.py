"""By which rules a venue takes orders at each instant of a run, and which ones a client may go by.

A venue announces other rules of a market by its list alone, from one instant on, and refuses
whatever does not meet them. Nobody can know before the list is read again: a client reads it every
15 minutes, and soon after a refusal that may mean so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Market, VenueOrderId
from tests.simulation.plan import Trouble
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import World

D = Decimal
TICK, STEP, LEAST, LEVERAGE = "tick", "step", "least", "leverage"
CHANGES = (TICK, STEP, LEAST, LEVERAGE)
"""What of a market changes: it gets as many times coarser, larger, or smaller as a row says."""
CANCELLED = " cancelled"
"""Behind what changes, where the venue cancels what rests and does not meet the new rules."""
TARGETS = (*CHANGES, f"{TICK}{CANCELLED}", f"{STEP}{CANCELLED}")
ON_THE_WIRE = ("lighter",)
"""Venues that count orders in ticks and steps: by another one each number would mean another order,
so that they list a market of another name instead."""
NOTIONAL_ALONE = ("grvt", "paradex")
"""Venues that list no least size beside the step."""
CLOSES_BY_VALUE = ("grvt",)
"""Where an order that reduces must be worth as much as any other."""
READ_S = 15 * 60 + 60.0
"""Within which a client has read the list, if the venue answers: the usual pause, and a look."""
NOTICED_S = 120.0 + 60.0
"""Within which a client that sees such prices has read it: the longest pause, and a look."""


class AnnouncedRules:
    """The rules of one venue's markets.

    Args:
        venue: Its name.
        world: The venue itself.
        traded: The markets whose rules change, as they are at first.
        ours: Tells whether an order is the bot's.
    """

    def __init__(
        self,
        venue: str,
        world: World,
        traded: Mapping[ContractId, Market],
        ours: Callable[[VenueOrderId], bool],
    ) -> None:
        self._venue = venue
        self._world = world
        self._first = traded
        self._ours = ours
        self._standing: list[Trouble] = []
        self._past: dict[ContractId, list[tuple[int, Market]]] = {
            contract_id: [(0, market)] for contract_id, market in world.markets.items()
        }
        """From when on which rules were in force (epoch ns), the latest last."""
        self._off_ns: dict[ContractId, int] = {}
        """When an order was first decided that does not meet the present ones (epoch ns)."""

    def begin(self, trouble: Trouble) -> int:
        """Announce what a row says; return how many markets have other rules now."""
        self._standing.append(trouble)
        return self._announce(cancels=CANCELLED in trouble.target)

    def end(self, trouble: Trouble) -> None:
        """Take it back."""
        self._standing.remove(trouble)
        self._announce(cancels=False)

    def present(self, contract_id: ContractId) -> Market:
        """Return the rules that are in force."""
        return self._past[contract_id][-1][1]

    def off_since_ns(self, contract_id: ContractId) -> int:
        """Take it that an order is off the rules; return when the first one was (epoch ns)."""
        return self._off_ns.setdefault(contract_id, self._world.now_ns)

    def known(self, contract_id: ContractId) -> list[Market]:
        """Return the rules that a client may go by: those in force, or lately so."""
        rows = self._past[contract_id]
        ends = [at_ns for at_ns, _ in rows[1:]]
        latest_ns = self._world.now_ns - round(READ_S * NS)
        lately = [
            rules for (_, rules), end_ns in zip(rows, ends, strict=False) if end_ns >= latest_ns
        ]
        return [*lately, self.present(contract_id)]

    def least(self, contract_id: ContractId) -> Decimal:
        """Return the largest of the least sizes that a client may go by."""
        return max(max(rules.min_size, rules.step) for rules in self.known(contract_id))

    def coarsest(self, contract_id: ContractId) -> Decimal:
        """Return the largest of the least sizes that were ever in force; zero while none changed.

        What these have left stays, though finer rules have come again.
        """
        rows = self._past[contract_id]
        sizes = (max(rules.min_size, rules.step) for _, rules in rows)
        return max(sizes) if len(rows) > 1 else D(0)

    def in_transition(self, contract_id: ContractId) -> bool:
        """Tell whether a market has other rules than its book, or had until lately.

        Its book shows prices between the ticks then, as of orders that were placed before: where
        the spread is less than a tick no order can rest within it.
        """
        other = self.present(contract_id) != self._first[contract_id]
        since_ns = self._past[contract_id][-1][0]
        return other or self._world.now_ns - since_ns < round(NOTICED_S * NS)

    def step(self, contract_id: ContractId) -> Decimal:
        """Return the coarsest step that a client may go by."""
        return max(rules.step for rules in self.known(contract_id))

    def _announce(self, *, cancels: bool) -> int:
        changed = 0
        for contract_id, first in self._first.items():
            rules = first
            for trouble in self._standing:
                rules = self._changed(rules, trouble)
            if rules == self.present(contract_id):
                continue
            changed += 1
            self._off_ns.pop(contract_id, None)
            self._world.deeds.announce(rules)
            self._past[contract_id].append((self._world.now_ns, rules))
            if cancels:
                self._cancel(rules)
        return changed

    def _changed(self, rules: Market, trouble: Trouble) -> Market:
        what, times = trouble.target.removesuffix(CANCELLED), D(str(trouble.strength))
        if what in (TICK, STEP) and self._venue in ON_THE_WIRE:
            what = LEAST
        if what == TICK:
            return replace(rules, tick=rules.tick * times)
        if what == STEP:
            step = rules.step * times
            return replace(rules, step=step, min_size=max(rules.min_size, step))
        if what == LEVERAGE:
            return replace(rules, max_leverage=max(rules.max_leverage // times, D(1)))
        least = replace(rules, min_notional=rules.min_notional * times)
        if self._venue in NOTIONAL_ALONE:
            return least
        return replace(least, min_size=rules.min_size * times)

    def _cancel(self, rules: Market) -> None:
        """Cancel what rests of the bot's off the new grid."""
        for order in self._world.open_orders(ACCOUNT, rules.contract_id):
            off = order.price is not None and order.price % rules.tick
            if self._ours(order.order_id) and (off or order.remaining_size % rules.step):
                self._world.cancel(ACCOUNT, order.order_id)
