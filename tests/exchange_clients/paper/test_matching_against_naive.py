"""The engine and an obvious matcher are given the same random commands and must agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import OrderType, Side, TimeInForce
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.rules import PostOnlyMode, ReduceOnlyMode, SelfTrade, VenueRules
from tests.exchange_clients.paper.matching_stage import BUY, SELL, DisplayedBook, Stage
from tests.exchange_clients.paper.naive_matcher import MARKET, NaiveMatcher, NaiveOrder

OWNERS = ("ann", "bob", "cyd")
STARTING_POSITIONS = {"ann": 12, "bob": -12, "cyd": 0}


@dataclass(frozen=True)
class Command:
    """One step; ``target`` picks an earlier order to cancel or amend, or a client order id."""

    verb: str
    owner: str
    side: Side
    ticks: int
    lots: int
    order_type: OrderType
    time_in_force: TimeInForce
    reduce_only: bool
    target: int


commands = st.lists(
    st.builds(
        Command,
        verb=st.sampled_from(["place"] * 6 + ["cancel", "amend", "again"]),
        owner=st.sampled_from(OWNERS),
        side=st.sampled_from(Side),
        ticks=st.integers(96, 104),
        lots=st.integers(1, 9),
        order_type=st.sampled_from([OrderType.LIMIT] * 5 + [OrderType.MARKET]),
        time_in_force=st.sampled_from([TimeInForce.GTC] * 4 + list(TimeInForce)),
        reduce_only=st.sampled_from([False, False, True]),
        target=st.integers(1, 40),
    ),
    min_size=10,
    max_size=40,
)
displayed = st.tuples(
    st.dictionaries(st.integers(95, 99), st.integers(1, 9), max_size=3),
    st.dictionaries(st.integers(101, 105), st.integers(1, 9), max_size=3),
)
rules = st.builds(
    VenueRules,
    reduce_only=st.sampled_from(ReduceOnlyMode),
    self_trade=st.sampled_from(SelfTrade),
    post_only=st.sampled_from(PostOnlyMode),
)


class Pair:
    """The engine on its stage beside the naive matcher, driven by the same commands."""

    def __init__(self, rules: VenueRules, bids: dict[int, int], asks: dict[int, int]) -> None:
        book = DisplayedBook(bids, asks) if bids or asks else None
        self.stage = Stage(rules, external=book)
        levels = [(BUY, *level) for level in bids.items()]
        self.naive = NaiveMatcher(rules, levels + [(SELL, *level) for level in asks.items()])
        self.stage.keeper.positions.update(STARTING_POSITIONS)
        self.naive.positions.update(STARTING_POSITIONS)

    def assert_agreement_after(self, command: Command) -> None:
        """Give both the command; what they answer and what they then hold must be equal."""
        if command.verb == "cancel":
            answer = self.stage.engine.cancel(command.target, self.stage.tick())
            assert answer == self.naive.cancel(command.target)
        elif command.verb == "amend":
            refusal = self.stage.engine.amend(
                command.target, self.stage.tick(), ticks=command.ticks, lots=command.lots
            )
            assert refusal == self.naive.amend(command.target, command.ticks, command.lots)
        else:
            self._place(command)
        self.assert_agreement()

    def _place(self, command: Command) -> None:
        number = self.stage.now_ns + 1
        name = f"c{command.target}" if command.verb == "again" else f"c{number}"
        ticks = 0 if command.order_type is OrderType.MARKET else command.ticks
        self.stage.place(
            command.owner, command.side, command.lots, ticks, command.order_type,
            command.time_in_force, reduce_only=command.reduce_only, client_order_id=name,
        )  # fmt: skip
        order = NaiveOrder(
            number, command.owner, name, command.side, command.lots, ticks, command.order_type,
            command.time_in_force, command.reduce_only,
        )  # fmt: skip
        self.naive.place(order)

    def assert_agreement(self) -> None:
        assert self.stage.matches() == self.naive.trades
        for order_id, expected in self.naive.orders.items():
            if expected.owner != MARKET:
                assert _state(self.stage.engine.get(order_id)) == (
                    expected.status, expected.reason, expected.filled, expected.lots
                )  # fmt: skip
        for side in Side:
            expected_book = [
                (order.order_id, order.ticks, order.remaining)
                for order in self.naive.resting(side)
                if order.owner != MARKET
            ]
            assert self.stage.resting(side) == expected_book


def _state(order: EngineOrder | None) -> tuple[object, ...]:
    assert order is not None
    return order.status, order.reason, order.filled_lots, order.lots


@settings(deadline=None, derandomize=True, max_examples=150)
@given(rules, commands)
def test_engine_and_naive_matcher_agree_among_owners(
    rules: VenueRules, commands: list[Command]
) -> None:
    pair = Pair(rules, {}, {})
    for command in commands:
        pair.assert_agreement_after(command)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(rules, displayed, commands)
def test_engine_and_naive_matcher_agree_beside_an_external_market(
    rules: VenueRules, displayed: tuple[dict[int, int], dict[int, int]], commands: list[Command]
) -> None:
    pair = Pair(rules, *displayed)
    for command in commands:
        pair.assert_agreement_after(command)


@pytest.mark.parametrize(("mode", "prevention"), list(product(ReduceOnlyMode, SelfTrade)))
@settings(deadline=None, derandomize=True, max_examples=15)
@given(commands)
def test_they_agree_under_every_pair_of_modes(
    mode: ReduceOnlyMode, prevention: SelfTrade, commands: list[Command]
) -> None:
    pair = Pair(VenueRules(reduce_only=mode, self_trade=prevention), {}, {})
    for command in commands:
        pair.assert_agreement_after(command)
