"""One gate for all venues of a run: their managers together, and limits on every single entry.

Reads what the managers read last, so that every answer is given at once. Entries that were let
through count as held until positions have been read that were asked for later: between two
readings no limit can be passed twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, OrderInfo, Purpose, Symbol
from exchange_clients.shared.clock import Clock
from helpers.risk_manager import UNREAD, RiskManager
from helpers.risk_rules import (
    NEXT_STATE,
    deny_order,
    deny_portfolio,
    deny_rate,
    gravest,
    together,
    verdict_of,
)
from helpers.risk_values import (
    AccountFacts,
    Denial,
    DenialCode,
    LossScope,
    OrderQuestion,
    RiskAction,
    RiskLimits,
    RiskState,
    RiskVerdict,
)

MINUTE_NS = 60 * NS


@dataclass(frozen=True, slots=True)
class _Admitted:
    """An entry that was let through and is not yet seen in any position."""

    at_ns: int
    venue: str
    symbol: Symbol
    exposure: Decimal


class PortfolioRisk:
    """The gate of a run.

    Args:
        managers: One for each venue that reports a value; none makes a gate of single orders.
        limits: What is allowed.
        clock: Time.
        peak: The highest value of all together that an earlier process saw.
        state: What an earlier process left.
    """

    def __init__(
        self,
        managers: Sequence[RiskManager],
        limits: RiskLimits,
        clock: Clock,
        peak: Decimal = ZERO,
        state: RiskState = RiskState.ACTIVE,
    ) -> None:
        self.managers = tuple(managers)
        self.peak = peak
        self.state = state
        self.denials: dict[DenialCode, int] = {}
        """How many entries were denied, by code."""
        self._limits = limits
        self._clock = clock
        self._admitted: deque[_Admitted] = deque()
        self._sent_ns: deque[int] = deque()
        self._judged: tuple[AccountFacts | None, ...] = ()
        self._fresh_until_ns = 0
        self._standing = UNREAD
        """The verdict on what was judged last, while it is fresh."""

    def adopt(self, limits: RiskLimits) -> None:
        """Go by other limits from now on; what was judged is judged anew."""
        self._limits = limits
        self._fresh_until_ns = 0
        for manager in self.managers:
            manager.adopt(limits)

    def take_readings(self) -> RiskVerdict:
        """Judge what the managers have just read, and move the state accordingly."""
        facts = self._facts()
        if facts is not None:
            self.peak = facts.peak
        verdict = self._verdict(self._clock.now_ns())
        self.state = NEXT_STATE[self.state, verdict.action]
        return verdict

    def check_risk_conditions(self) -> RiskAction:
        """Say what the accounts ask for now."""
        return self.take_readings().action

    def check(self, now_ns: int) -> RiskVerdict:
        """Say whether entries are allowed at this instant."""
        if self.state is RiskState.HALTED:
            return RiskVerdict(RiskAction.EMERGENCY_CLOSE_ALL, "halted until a person starts anew")
        # Asked on every quote: what was judged is judged anew when it was read anew, or is old.
        read = tuple([each.facts for each in self.managers])
        if now_ns > self._fresh_until_ns or read != self._judged:
            self._standing, self._judged = self._verdict(now_ns), read
            oldest_ns = min((each.read_ns for each in read if each is not None), default=now_ns)
            self._fresh_until_ns = oldest_ns + int(self._limits.account_age_s * NS)
        return self._standing

    def admit(self, orders: Sequence[OrderQuestion]) -> Denial | None:
        """Let entries through together, or say why none of them is sent."""
        denial = self._deny(orders)
        now_ns = self._clock.now_ns()
        if denial is not None:
            self.denials[denial.code] = self.denials.get(denial.code, 0) + 1
            return denial
        for each in orders:
            self._sent_ns.append(now_ns)
            if each.exposure is not None:
                self._admitted.append(_Admitted(now_ns, each.venue, each.symbol, each.exposure))
        return None

    def on_order(self, venue: str, purpose: Purpose, order: OrderInfo) -> None:
        """Tell the venue's manager what became of an order."""
        for manager in self.managers:
            if manager.name == venue:
                manager.on_order(purpose, order)

    def forget_failures(self) -> None:
        """Begin new rows of refusals: what was refused was acted on."""
        for manager in self.managers:
            manager.forget_failures()

    def _deny(self, orders: Sequence[OrderQuestion]) -> Denial | None:
        now_ns = self._clock.now_ns()
        verdict = self.check(now_ns)
        if not verdict.entries_allowed:
            return Denial(DenialCode.NOT_ACTIVE, verdict.reason)
        for each in orders:
            denial = deny_order(each, self._limits)
            if denial is not None:
                return denial
        while self._sent_ns and now_ns - self._sent_ns[0] >= MINUTE_NS:
            self._sent_ns.popleft()
        return deny_rate(len(self._sent_ns), len(orders), self._limits) or self._deny_sum(orders)

    def _deny_sum(self, orders: Sequence[OrderQuestion]) -> Denial | None:
        facts = self._facts()
        if facts is None:
            return None
        read_ns = {manager.name: _read_ns(manager) for manager in self.managers}
        while self._admitted and self._admitted[0].at_ns < min(read_ns.values()):
            self._admitted.popleft()
        held = [(each.symbol, each.exposure or ZERO) for each in facts.positions]
        coming = [
            (each.symbol, each.exposure)
            for each in self._admitted
            if each.at_ns >= read_ns.get(each.venue, 0)
        ]
        return deny_portfolio(orders, [*held, *coming], facts.value, self._limits)

    def _verdict(self, now_ns: int) -> RiskVerdict:
        if not self.managers:
            return RiskVerdict()
        facts = self._facts()
        if facts is None:
            return UNREAD
        if self._limits.loss_scope is LossScope.VENUE:
            return gravest([each.verdict(now_ns) for each in self.managers])
        return verdict_of(facts, self._limits, now_ns)

    def _facts(self) -> AccountFacts | None:
        """Return all accounts as one; None while one of them was not read."""
        read = [each.facts for each in self.managers if each.facts is not None]
        if not read or len(read) < len(self.managers):
            return None
        return together(read, self.peak)


def _read_ns(manager: RiskManager) -> int:
    return 0 if manager.facts is None else manager.facts.read_ns
