"""One account, and several behind one gate: what is read, what is remembered, what is denied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    ExchangePositionSnapshot,
    OrderInfo,
    OrderStatus,
    Purpose,
    Reason,
    Side,
    Symbol,
    VenueOrderId,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual
from helpers.portfolio_risk import PortfolioRisk
from helpers.risk_manager import RiskManager
from helpers.risk_values import (
    DenialCode,
    LossScope,
    OrderQuestion,
    RiskAction,
    RiskLimits,
    RiskState,
)

LIMITS = RiskLimits()
BTC = Symbol("BTC")


class Account:
    """A client whose value the test sets; None for a venue that does not answer."""

    def __init__(self, name: str, value: int | None) -> None:
        self.name = name
        self.value = value
        self.positions: list[ExchangePositionSnapshot] = []

    def get_exchange_name(self) -> str:
        return self.name

    def supports_risk_management(self) -> bool:
        return True

    async def get_total_asset_value(self) -> Decimal:
        if self.value is None:
            raise OutcomeUnknown("no answer")
        return Decimal(self.value)

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        return self.positions


def order(status: OrderStatus, reason: Reason | None = None) -> OrderInfo:
    return OrderInfo(
        VenueOrderId("1"),
        None,
        ContractId("BTC"),
        Side.BUY,
        Decimal(1),
        None,
        status,
        reason=reason,
    )


REFUSED = order(OrderStatus.REJECTED, Reason.INSUFFICIENT_MARGIN)


def question(venue: str = "one") -> OrderQuestion:
    return OrderQuestion(venue, BTC, Side.BUY, Decimal(1), Decimal(100), Decimal(100), 0.0)


def read(*managers: RiskManager) -> None:
    async def main(loop: VirtualLoop) -> None:
        del loop
        for each in managers:
            await each.refresh()

    run_virtual(main)


def test_thresholds_count_from_the_baseline_that_initialize_took() -> None:
    """A1: 14 refusals ask for nothing, the 15th for closing, and more loss for closing all."""
    clock, account = ManualClock(NS), Account("one", 10_000)
    manager = RiskManager(account, LIMITS, clock)
    run_virtual(lambda _: manager.initialize())
    for _ in range(14):
        manager.on_order(Purpose.ENTRY, REFUSED)
    clock.advance(600)
    account.value = 8_999
    read(manager)
    assert manager.check_risk_conditions() is RiskAction.NONE
    manager.on_order(Purpose.ENTRY, REFUSED)
    assert manager.check_risk_conditions() is RiskAction.CLOSE_WORST_POSITIONS
    assert manager.state is RiskState.REDUCING
    account.value = 8_499
    read(manager)
    assert manager.check_risk_conditions() is RiskAction.EMERGENCY_CLOSE_ALL
    account.value = 20_000
    read(manager)
    assert manager.check_risk_conditions() is RiskAction.NONE
    assert not manager.check(clock.now_ns()).entries_allowed, "only a person lifts a halt"


def test_an_exit_that_is_taken_does_not_end_a_row_of_refusals() -> None:
    manager = RiskManager(Account("one", 10_000), LIMITS, ManualClock(NS))
    read(manager)
    manager.on_order(Purpose.ENTRY, REFUSED)
    manager.on_order(Purpose.CLOSE, order(OrderStatus.OPEN))
    manager.on_order(Purpose.ENTRY, order(OrderStatus.PENDING))
    manager.on_order(Purpose.ENTRY, order(OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS))
    assert manager.facts is not None
    assert manager.facts.failures.count == 1
    manager.on_order(Purpose.HEDGE, order(OrderStatus.OPEN))
    assert manager.facts.failures.count == 0


def test_a_restart_forgives_no_loss() -> None:
    account = Account("one", 10_000)
    before = RiskManager(account, LIMITS, ManualClock())
    read(before)
    account.value = 8_400
    after = RiskManager(account, LIMITS, ManualClock(), before.memory)
    read(after)
    assert after.check_risk_conditions() is RiskAction.EMERGENCY_CLOSE_ALL


def test_a_value_that_cannot_be_read_is_not_known_and_grows_old() -> None:
    clock, account = ManualClock(NS), Account("one", None)
    manager = RiskManager(account, LIMITS, clock)
    with pytest.raises(OutcomeUnknown):
        read(manager)
    assert manager.check(clock.now_ns()).action is RiskAction.PAUSE_TRADING
    account.value = 10_000
    read(manager)
    assert manager.check(clock.now_ns()).entries_allowed
    clock.advance(121)
    assert manager.check(clock.now_ns()).action is RiskAction.PAUSE_TRADING


@pytest.mark.parametrize(
    ("scope", "action"),
    [
        (LossScope.PORTFOLIO, RiskAction.NONE),
        (LossScope.VENUE, RiskAction.EMERGENCY_CLOSE_ALL),
    ],
)
def test_what_one_leg_loses_and_the_other_makes_is_no_loss_of_the_portfolio(
    scope: LossScope, action: RiskAction
) -> None:
    limits, clock = replace(LIMITS, loss_scope=scope), ManualClock()
    accounts = [Account("one", 10_000), Account("two", 10_000)]
    managers = [RiskManager(each, limits, clock) for each in accounts]
    gate = PortfolioRisk(managers, limits, clock)
    read(managers[0])
    assert not gate.check(0).entries_allowed, "one of the accounts was not read"
    read(managers[1])
    accounts[0].value, accounts[1].value = 8_000, 12_000
    read(*managers)
    assert gate.check_risk_conditions() is action


def test_entries_count_as_held_until_positions_are_read_that_were_asked_for_later() -> None:
    clock, account = ManualClock(NS), Account("one", 10_000)
    limits = replace(LIMITS, gross_exposure=Decimal(250))
    manager = RiskManager(account, limits, clock)
    gate = PortfolioRisk([manager], limits, clock)
    read(manager)
    assert gate.admit([question(), question()]) is None
    denial = gate.admit([question()])
    assert denial is not None
    assert denial.code is DenialCode.GROSS_EXPOSURE
    clock.advance(1)
    read(manager)
    assert gate.admit([question()]) is None, "neither order became a position"
    assert gate.denials == {DenialCode.GROSS_EXPOSURE: 1}


def test_entries_beyond_the_rate_are_denied_until_a_minute_has_passed() -> None:
    clock = ManualClock(NS)
    gate = PortfolioRisk([], replace(LIMITS, orders_per_minute=2), clock)
    assert gate.admit([question(), question("two")]) is None
    denial = gate.admit([question()])
    assert denial is not None
    assert denial.code is DenialCode.ORDER_RATE
    clock.advance(60)
    assert gate.admit([question()]) is None


def test_a_gate_that_is_shut_denies_every_entry_with_its_reason() -> None:
    clock, account = ManualClock(), Account("one", 10_000)
    manager = RiskManager(account, LIMITS, clock)
    gate = PortfolioRisk([manager], LIMITS, clock)
    read(manager)
    account.value = 8_000
    read(manager)
    gate.take_readings()
    denial = gate.admit([question()])
    assert denial is not None
    assert denial.code is DenialCode.NOT_ACTIVE
    assert gate.state is RiskState.HALTED
