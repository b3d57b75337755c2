"""Whatever happens in whatever order, pairs keep their laws."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS, ContractId, LiquidationEvent, Purpose, Side, Symbol
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.order_params import OrderParams
from execution.readings import Liquidated
from strategies.base_strategy import Reconciled, StrategyResult, TimerFired
from tests.strategies.arbitrage_stage import D, Stage

QUICK = settings(deadline=None, derandomize=True, max_examples=120)
KINDS = [
    "survey",
    "enter",
    "flip",
    "mend",
    "unread",
    "read",
    "finish",
    "fail",
    "refuse",
    "kill",
    "reconnect",
    "timer",
    "move",
    "liquidate",
]
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 12)), max_size=40)


class Chance:
    """Drives a stage by drawn steps and looks at everything that is asked for."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.pending: dict[str, LegsOrder] = {}
        self.surveyed_low = ""

    def take(self, step: str, amount: int) -> None:
        stage = self.stage
        if step == "survey":
            self.surveyed_low = stage.rates["low"]
            self.check(stage.survey(amount))
        elif step == "enter":
            self.check(stage.enter() or StrategyResult())
        elif step in ("flip", "mend"):
            low, high = ("0.001", "-0.001") if step == "flip" else ("-0.001", "0.001")
            stage.rates = {"low": low, "high": high}
        elif step == "unread":
            stage.unread("low" if amount % 2 else "high")
        elif step == "read":
            stage.changes = {"low": {}, "high": {}}
        elif step == "move":
            stage.held["low" if amount % 2 else "high"] *= D(amount) / 10
        elif step in ("finish", "fail", "refuse"):
            self.finish(step)
        else:
            self.tell(step, amount)

    def tell(self, step: str, amount: int) -> None:
        stage = self.stage
        if step == "kill":
            stage.restart()
        elif step == "reconnect":
            self.check(stage.tell(Reconciled({}, {}, stage.now_ns, restarted=bool(amount % 2))))
        elif step == "timer":
            stage.now_ns += amount * NS
            self.check(stage.tell(TimerFired(stage.now_ns)))
        else:
            assert step == "liquidate"
            self.liquidate(amount)

    def liquidate(self, amount: int) -> None:
        told = LiquidationEvent(
            ContractId("ETH-PERP"), Symbol("ETH"), Side.BUY, D(amount) / 50, D(2100), 1, ours=True
        )
        self.check(self.stage.tell(Liquidated("high", told, self.stage.now_ns)))

    def finish(self, how: str) -> None:
        for key, order in list(self.pending.items()):
            del self.pending[key]
            outcome = {
                "finish": LegsOutcome.COMPLETED,
                "fail": LegsOutcome.INCOMPLETE,
                "refuse": LegsOutcome.REFUSED,
            }[how]
            if outcome is LegsOutcome.COMPLETED:
                self.fill(order)
            self.stage.now_ns += NS
            self.check(self.stage.tell(LegsFinished(key, outcome, self.stage.now_ns)))

    def fill(self, order: LegsOrder) -> None:
        for leg in order.orders:
            assert leg.venue is not None
            change = leg.quantity * leg.side.sign
            held = self.stage.held[leg.venue]
            if leg.reduce_only:
                change = max(min(change, max(-held, D(0))), min(-held, D(0)))
            self.stage.held[leg.venue] = held + change

    def check(self, result: StrategyResult) -> None:
        """Hold every order that is asked for to the laws."""
        state = self.stage.strategy.machine.state
        for order in (*result.orders, *(leg for each in result.legs for leg in each.orders)):
            pair = state.pair_of_key(order.key)
            assert pair is not None, "a pair is remembered before its orders"
            self.check_order(order, pair.long.target)
        for each in result.legs:
            assert each.key not in self.pending
            self.pending[each.key] = each
        markets = [leg.key for pair in state.live() for leg in pair.legs]
        assert len(markets) == len(dict.fromkeys(markets)), "a market belongs to one pair"

    def check_order(self, order: OrderParams, target: Decimal) -> None:
        assert 0 < order.quantity <= target
        assert order.reduce_only is (order.purpose is Purpose.CLOSE)
        if order.purpose is Purpose.ENTRY:
            lower = "high" if self.surveyed_low == "0.001" else "low"
            assert order.side is (Side.BUY if order.venue == lower else Side.SELL)


@QUICK
@given(STEPS)
def test_no_course_of_events_breaks_a_law(steps: list[tuple[str, int]]) -> None:
    chance = Chance()
    for step, amount in steps:
        chance.take(step, amount)
    saved = chance.stage.strategy.state_dict()
    chance.stage.restart()
    assert len(chance.stage.strategy.state_dict()["pairs"]) == len(saved["pairs"])


@QUICK
@given(STEPS)
def test_once_all_is_readable_every_pair_that_should_end_does(
    steps: list[tuple[str, int]],
) -> None:
    chance = Chance()
    for step, amount in steps:
        chance.take(step, amount)
    stage = chance.stage
    stage.changes = {"low": {}, "high": {}}
    stage.rates = {"low": "0", "high": "0"}
    for _ in range(12):
        for key in list(chance.pending):
            chance.fill(chance.pending[key])
        chance.finish("fail")
        # Every order that was sent is told of, at a restart at the latest.
        chance.check(stage.tell(Reconciled({}, {}, stage.now_ns, restarted=True)))
        result = stage.survey(11)
        chance.check(result)
        for order in result.orders:
            assert order.venue is not None
            stage.held[order.venue] = D(0)
    assert stage.strategy.machine.state.live() == []
