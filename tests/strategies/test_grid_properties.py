"""What a one-sided grid keeps true, whatever quotes, fills, refusals and losses come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import OrderResult, OrderStatus, Purpose, Reason
from strategies.implementations.grid.cycle_grid import CycleGrid
from strategies.implementations.grid.exits import CLOSES_PER_CYCLE
from tests.strategies.grid_driver import FakeBot, a_grid

D = Decimal
Step = tuple[str, int, int]

QUICK = settings(deadline=None, derandomize=True, max_examples=80)
TICK = D("0.1")

KINDS = ["quote", "quote", "fill", "part", "time", "end", "refuse", "lose", "late"]

steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 7),
        st.integers(-40, 40),
    ),
    min_size=20,
    max_size=60,
)
settings_drawn = st.fixed_dictionaries(
    {
        "take_profit": st.just("0.1"),
        "quantity": st.just("0.010"),
        "direction": st.sampled_from(["buy", "sell"]),
        "grid_step": st.sampled_from([None, "0.05", "0.2"]),
        "wait_time": st.sampled_from(["0", "8", "60"]),
        "max_orders": st.sampled_from([1, 2, 5]),
        "entry_timeout_s": st.sampled_from(["1", "10"]),
        "stop_loss_pct": st.sampled_from([None, "0.2"]),
        "boost": st.sampled_from([False, False, True]),
    },
)


class Walk:
    """A run of steps on one bot; prices walk in ticks from 2000."""

    def __init__(self, parameters: dict[str, object], *, honour_bands: bool = False) -> None:
        parameters = {**parameters, **self._prices(parameters)}
        self.bot = FakeBot(a_grid(parameters), honour_bands=honour_bands)
        self.max_orders = int(str(parameters["max_orders"]))
        self.bid = D(2000)

    @staticmethod
    def _prices(parameters: dict[str, object]) -> dict[str, object]:
        if parameters["direction"] == "buy":
            return {"stop_price": "1985", "pause_price": "2010", "ceiling_price": "2015"}
        return {"stop_price": "2015", "pause_price": "1990", "ceiling_price": "1985"}

    def take(self, step: Step) -> None:
        kind, index, amount = step
        if self.bot.halted:
            return
        live = list(self.bot.live())
        key = live[index % len(live)] if live else None
        if kind == "quote":
            self.bid += amount * TICK
            self.bot.quote(self.bid, self.bid + TICK * (1 + index % 3))
        elif kind == "time":
            self.bot.pass_time(abs(amount) / 2)
        elif kind == "late":
            self._late_fill(index)
        elif key is not None:
            self._touch(kind, key, index)

    def _touch(self, kind: str, key: str, index: int) -> None:
        order = self.bot.orders[key]
        price = None if order.params.price is not None else self.bid
        if kind == "fill":
            self.bot.fill(key, None, price)
        elif kind == "part":
            self.bot.fill(key, min(order.remaining, D("0.001") * (index + 1)), price)
        elif kind == "end" or (kind == "refuse" and order.filled):
            self.bot.end(key, OrderStatus.CANCELED)
        elif kind == "refuse":
            crossing = Reason.POST_ONLY_WOULD_CROSS
            self.bot.refuse(key, crossing if index % 2 else Reason.INSUFFICIENT_MARGIN)
        else:
            lost = OrderResult(success=False, status=OrderStatus.PENDING, outcome_known=False)
            self.bot.outcome(key, lost, cancel=bool(index % 2))

    def _late_fill(self, index: int) -> None:
        """Let a cancelled entry turn out to have traded more than it said."""
        ended = [
            key
            for key, order in self.bot.orders.items()
            if order.status is OrderStatus.CANCELED and order.remaining and "entry" in key
        ]
        if ended:
            self.bot.fill(ended[index % len(ended)], "0.001")


def groups(state: dict[str, Any]) -> list[list[dict[str, str]]]:
    """Return the lots of a saved state, by the place they are in."""
    closes = [close["lots"] for close in state["active_close_orders"].values()]
    return [state["residual"], *closes, *(retry["lots"] for retry in state["retries"])]


def saved(bot: FakeBot) -> dict[str, Any]:
    return bot.strategy.state_dict()


@QUICK
@given(settings_drawn, steps)
def test_lots_closes_and_position_always_agree(
    parameters: dict[str, object], path: list[Step]
) -> None:
    walk = Walk(parameters)
    for step in path:
        walk.take(step)
        bot, report = walk.bot, walk.bot.strategy.report()
        assert report["held"] == abs(bot.position)
        state = saved(bot)
        retried = [lot for retry in state["retries"] for lot in retry["lots"]]
        waiting = sum((D(lot["size"]) for lot in [*state["residual"], *retried]), start=D(0))
        assert bot.covered() + waiting == abs(bot.position)


@QUICK
@given(settings_drawn, steps)
def test_gates_hold_entries_but_never_exits(
    parameters: dict[str, object], path: list[Step]
) -> None:
    walk = Walk(parameters)
    bot = walk.bot
    for step in path:
        walk.take(step)
        entries = list(bot.live("entry"))
        assert len(entries) <= 1
        late = sum(kind == "late" for kind, *_ in path)
        assert len(saved(bot)["cycles"]) <= walk.max_orders + late, "only a late fill opens more"
        assert len(bot.live("close")) <= CLOSES_PER_CYCLE * walk.max_orders
        if bot.state() in ("stopping", "halted"):
            before = len(bot.sent)
            bot.quote(walk.bid, walk.bid + TICK)
            assert all(order.purpose is not Purpose.ENTRY for order in bot.sent[before:])
    for order in bot.sent:
        assert order.reduce_only is (order.purpose is not Purpose.ENTRY)


@QUICK
@given(settings_drawn, steps)
def test_profit_is_what_the_fills_paid(parameters: dict[str, object], path: list[Step]) -> None:
    walk = Walk(parameters)
    for step in path:
        walk.take(step)
    bot = walk.bot
    state = saved(bot)
    held = [lot for group in groups(state) for lot in group]
    value = sum((D(lot["size"]) * D(lot["price"]) for lot in held), start=D(0))
    entry = D(1) if parameters["direction"] == "buy" else D(-1)
    assert bot.strategy.report()["gross_profit"] == bot.cash + value * entry
    cycles = bot.strategy.report()["cycles"]
    assert isinstance(cycles, Sequence)
    assert all(cycle["quantity"] > 0 for cycle in cycles)


@QUICK
@given(settings_drawn, steps)
def test_a_saved_state_continues_identically(
    parameters: dict[str, object], path: list[Step]
) -> None:
    walk, twin = Walk(parameters), Walk(parameters)
    for step in path:
        walk.take(step)
        twin.take(step)
        text = json.dumps(saved(twin.bot))
        context = twin.bot.strategy.context
        names = [p.name for p in twin.bot.strategy.get_required_parameters()]
        fresh = a_grid({n: twin.bot.strategy.get_parameter(n) for n in names}, context.market)
        fresh.load_state({**json.loads(text), "awaiting_reconciliation": False})
        twin.bot.strategy = fresh
        waiting = {**saved(twin.bot), "awaiting_reconciliation": False}
        assert waiting == json.loads(text)
        assert isinstance(fresh.machine, CycleGrid)
        fresh.machine.state.awaiting_reconciliation = False
    assert walk.bot.decisions == twin.bot.decisions
    assert saved(walk.bot) == saved(twin.bot)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(settings_drawn, steps)
def test_skipping_quotes_inside_the_band_changes_no_decision(
    parameters: dict[str, object], path: list[Step]
) -> None:
    every, banded = Walk(parameters), Walk(parameters, honour_bands=True)
    for step in path:
        every.take(step)
        banded.take(step)
        assert banded.bot.decisions == every.bot.decisions
        assert banded.bot.halted == every.bot.halted
    assert banded.bot.calls <= every.bot.calls


@QUICK
@given(settings_drawn, steps, st.integers(0, 59))
def test_a_restart_anywhere_leaves_the_position_covered(
    parameters: dict[str, object], path: list[Step], cut: int
) -> None:
    walk = Walk(parameters)
    for step in path[:cut]:
        walk.take(step)
    bot = walk.bot
    bot.restart()
    assert bot.strategy.report()["held"] == abs(bot.position)
    waiting = sum((D(lot["size"]) for lot in saved(bot)["residual"]), start=D(0))
    assert bot.covered() + waiting == abs(bot.position)
    for step in path[cut:]:
        walk.take(step)
        assert bot.strategy.report()["held"] == abs(bot.position)
