"""Watches the value of one account: how much was lost, and whether margin is still to be had.

The account is read by ``refresh``, which a timer calls; everything else answers at once from what
was read last. The baseline and the highest value are of the run, not of the process: ``memory`` is
kept by the owner and given back after a restart, or a restart would forgive the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import msgspec

from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    OrderInfo,
    OrderStatus,
    Purpose,
    Reason,
)
from exchange_clients.shared.clock import Clock
from helpers.risk_rules import NEXT_STATE, after_verdict, verdict_of, worst_positions
from helpers.risk_values import (
    AccountFacts,
    HeldPosition,
    MarginFailures,
    RiskAction,
    RiskLimits,
    RiskState,
    RiskVerdict,
)

UNREAD = RiskVerdict(RiskAction.PAUSE_TRADING, "the value of the account was not read yet")
BY_MARGIN = (Purpose.ENTRY, Purpose.HEDGE)
"""Orders that margin is needed for; that an exit was taken says nothing of it."""


class ValuedClient(Protocol):
    """As much of a client as its value is told by."""

    def get_exchange_name(self) -> str:
        """Return the venue's name."""

    def supports_risk_management(self) -> bool:
        """Tell whether the account's value can be read."""

    async def get_total_asset_value(self) -> Decimal:
        """Return balance plus unrealised profit (USD)."""

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        """Return every open position."""


class RiskMemory(msgspec.Struct, frozen=True):
    """What a restart must know of an account."""

    baseline: Decimal
    peak: Decimal
    state: RiskState = RiskState.ACTIVE


class RiskManager:
    """The risk of one account; also a gate for a bot that trades on it alone.

    Args:
        exchange_client: Reports the account's value; connected by its owner.
        config: The limits.
        clock: Time.
        memory: What an earlier process of the same run kept.
        name: As the run names the venue, where that is not the client's own name.
    """

    def __init__(
        self,
        exchange_client: ValuedClient,
        config: RiskLimits,
        clock: Clock,
        memory: RiskMemory | None = None,
        name: str = "",
    ) -> None:
        assert exchange_client.supports_risk_management(), "its value cannot be read"
        self.name = name or exchange_client.get_exchange_name()
        self.state = RiskState.ACTIVE if memory is None else memory.state
        self.facts: AccountFacts | None = None
        """As read last; None before ``initialize``."""
        self._client = exchange_client
        self._limits = config
        self._clock = clock
        self._memory = memory
        self._failures = MarginFailures()

    @property
    def memory(self) -> RiskMemory | None:
        """What is to be kept; None before ``initialize``."""
        if self.facts is None:
            return None
        return RiskMemory(self.facts.baseline, self.facts.peak, self.state)

    def adopt(self, limits: RiskLimits) -> None:
        """Go by other limits from now on."""
        self._limits = limits

    async def initialize(self) -> None:
        """Take the baseline, unless an earlier process took it.

        Raises:
            ExchangeError: the value could not be read.
        """
        await self.refresh()

    async def refresh(self) -> None:
        """Read the account's value and positions.

        Raises:
            ExchangeError: they could not be read; what was known stays, and grows old.
        """
        read_ns = self._clock.now_ns()
        value = await self._client.get_total_asset_value()
        positions = await self._client.get_detailed_positions()
        kept = self.memory or self._memory or RiskMemory(value, value)
        self.facts = AccountFacts(
            baseline=kept.baseline,
            peak=max(kept.peak, value),
            value=value,
            read_ns=read_ns,
            positions=tuple(held_position(self.name, each) for each in positions),
            failures=self._failures,
        )

    def check_risk_conditions(self) -> RiskAction:
        """Say what the account asks for now, and move the state accordingly."""
        verdict = self.verdict(self._clock.now_ns())
        self.state = NEXT_STATE[self.state, verdict.action]
        return verdict.action

    def check(self, now_ns: int) -> RiskVerdict:
        """Say whether entries are allowed at this instant."""
        if self.state is RiskState.HALTED:
            return RiskVerdict(RiskAction.EMERGENCY_CLOSE_ALL, "halted until a person starts anew")
        return self.verdict(now_ns)

    def verdict(self, now_ns: int) -> RiskVerdict:
        """Return what the account asks for, with the reason."""
        if self.facts is None:
            return UNREAD
        return verdict_of(self.facts, self._limits, now_ns)

    def worst_positions(self) -> tuple[HeldPosition, ...]:
        """Return the positions that CLOSE_WORST_POSITIONS is about, worst first."""
        positions = () if self.facts is None else self.facts.positions
        return worst_positions(positions, self._limits.worst_share)

    def on_order(self, purpose: Purpose, order: OrderInfo) -> None:
        """Count refusals for want of margin; an order that the venue took ends the row."""
        refused = order.status is OrderStatus.REJECTED
        margin = order.reason is Reason.INSUFFICIENT_MARGIN
        sent = order.status is not OrderStatus.PENDING
        if purpose in BY_MARGIN and sent and (margin or not refused):
            self._count(refused=margin)

    def forget_failures(self) -> None:
        """Begin a new row: what was refused was acted on."""
        self._failures = MarginFailures()
        self._tell_facts()

    def _count(self, *, refused: bool) -> None:
        self._failures = after_verdict(self._failures, refused=refused, now_ns=self._clock.now_ns())
        self._tell_facts()

    def _tell_facts(self) -> None:
        if self.facts is not None and self.facts.failures != self._failures:
            self.facts = replace(self.facts, failures=self._failures)


def held_position(venue: str, position: ExchangePositionSnapshot) -> HeldPosition:
    """Return a position as risk speaks of it."""
    return HeldPosition(
        venue=venue,
        symbol=position.symbol,
        contract_id=position.contract_id,
        quantity=position.quantity,
        mark=position.mark_price,
        unrealised=position.unrealized_pnl,
        liquidation=position.liquidation_price,
    )
