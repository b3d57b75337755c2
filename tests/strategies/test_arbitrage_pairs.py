"""The life of a pair: opened within its limits, closed until flat, over restarts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ContractId,
    OrderResult,
    OrderStatus,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from execution.legs_order import LegsFinished, LegsOutcome
from execution.order_params import OrderParams
from execution.overruled import overruling
from execution.readings import PositionReading, Surveyed
from strategies.base_strategy import (
    OrderFilled,
    OrderOutcome,
    ParameterError,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyContext,
)
from strategies.driver import drive
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.state import CLOSED_KEPT, PairStatus
from tests.strategies.arbitrage_stage import D, Stage, book, fill, market


def test_a_pair_is_long_the_lower_rate_and_short_the_higher_in_equal_tokens() -> None:
    stage = Stage()
    stage.survey()
    result = stage.enter()
    assert result is not None
    assert result.action is StrategyAction.EXECUTE_LEGS
    (order,) = result.legs
    # 100 USD of margin at 3x are 300 USD; 300 / 2000.0 is 0.15.
    long, short = order.orders
    assert (long.venue, long.side, long.quantity, long.price) == (
        "low", Side.BUY, D("0.15"), D("2000.0")
    )  # fmt: skip
    assert (short.venue, short.side, short.quantity, short.price) == (
        "high", Side.SELL, D("0.15"), D("2000.0")
    )  # fmt: skip
    assert long.post_only
    assert short.post_only
    assert (order.leverage, order.price_gap_max, order.purpose) == (D(3), D(1), Purpose.ENTRY)


def test_a_pair_is_saved_before_its_first_order_is_asked_for() -> None:
    stage = Stage()
    stage.survey()
    before = stage.strategy.revision
    result = stage.enter()
    assert result is not None
    assert stage.strategy.revision > before
    (saved,) = stage.strategy.state_dict()["pairs"]
    assert (saved["status"], saved["busy_key"]) == ("opening", result.legs[0].key)


def test_entries_are_looked_for_once_a_survey() -> None:
    stage = Stage()
    assert stage.enter() is None
    stage.survey()
    assert stage.enter() is not None
    assert stage.enter() is None


def test_a_market_belongs_to_one_pair_at_a_time() -> None:
    stage = Stage()
    stage.opened()
    result = stage.enter()
    assert result is not None
    assert not result.legs
    held = stage.strategy.machine.held["ETH", "low", "high"]
    assert held == "low: a pair has a leg in ETH already"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"position": None}, "its position is not known"),
        ({"position": PositionReading(D("0.5"), 1)}, "holds 0.5 of another's"),
        ({"available": None}, "available balance is not known"),
        ({"leverage": None}, "leverage it allows is not known"),
        ({"collateral_price": D("0.97")}, "its collateral is at 0.9700 USD, max_depeg 2.0000 %"),
    ],
)
def test_an_entry_needs_a_flat_and_known_account(change: dict[str, Any], why: str) -> None:
    stage = Stage()
    stage.changes["high"] = change
    stage.survey()
    result = stage.enter()
    assert result is not None
    assert not result.legs
    assert why in stage.strategy.machine.held["ETH", "low", "high"]


def test_prices_that_the_basis_does_not_allow_are_told_with_both_numbers() -> None:
    stage = Stage()
    stage.changes["low"]["book"] = book("2001.9", "2002.1")
    stage.survey()
    result = stage.enter()
    assert result is not None
    assert not result.legs
    assert stage.strategy.machine.held["ETH", "low", "high"] == (
        "no two resting prices keep max_entry_basis 0.0500 %: "
        "each at its own touch, the long costs 0.0900 % more"
    )


def test_what_an_opening_left_is_closed_reduce_only() -> None:
    stage = Stage()
    stage.survey()
    result = stage.enter()
    assert result is not None
    stage.execute(result.legs[0], LegsOutcome.INCOMPLETE)
    stage.held["low"] = D("0.1")
    (order,) = stage.survey().orders
    assert order == OrderParams(
        Side.SELL,
        D("0.1"),
        None,
        OrderType.MARKET,
        "pair-1-close-1-sell",
        Purpose.CLOSE,
        reduce_only=True,
        venue="low",
        contract_id=ContractId("ETH-PERP"),
    )
    assert stage.reason is ExitReason.NOT_OPENED


def test_an_unwound_opening_is_over_once_both_legs_were_read_flat() -> None:
    stage = Stage()
    stage.survey()
    result = stage.enter()
    assert result is not None
    stage.execute(result.legs[0], LegsOutcome.UNWOUND)
    stage.unread("low")
    stage.survey()
    assert stage.pair.live
    stage.changes["low"] = {}
    stage.survey()
    assert not stage.pair.live


def test_a_closing_is_over_when_both_legs_were_read_flat() -> None:
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    (order,) = stage.survey(10).legs
    stage.execute(order)
    assert stage.status() is PairStatus.CLOSING
    stage.survey()
    assert stage.status() is PairStatus.CLOSED
    assert stage.strategy.machine.state.ended == 1


def test_what_a_closing_left_is_closed_again_after_a_pause() -> None:
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    (order,) = stage.survey(10).legs
    stage.execute(order, LegsOutcome.INCOMPLETE)
    assert not stage.survey(5 / 60).legs
    (again,) = stage.survey(6 / 60).legs
    assert again.key == "pair-1-close-2"
    assert not stage.survey().legs, "one execution of a pair is under way at most"


def test_a_closing_that_sent_nothing_is_tried_again_within_half_a_minute() -> None:
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    (order,) = stage.survey(10).legs
    for _ in range(6):
        stage.execute(order, LegsOutcome.REFUSED)
        (order,) = stage.survey(0.5).legs
    assert order.key == "pair-1-close-7"


def test_a_refused_single_close_is_tried_again() -> None:
    stage = Stage(parameters={"max_imbalance": "100"})
    stage.opened()
    stage.held["high"] = D(0)
    stage.survey()
    (order,) = stage.survey().orders
    refused = OrderResult(success=False, status=OrderStatus.REJECTED)
    stage.tell(OrderOutcome(order.key, refused, cancel=False, now_ns=stage.now_ns))
    (again,) = stage.survey().orders
    assert again.key != order.key


def test_a_single_close_that_trades_nothing_is_tried_again_within_half_a_minute() -> None:
    """However often before: what is left stands alone, and whatever kept it may be over."""
    stage = Stage(parameters={"max_imbalance": "100"})
    stage.opened()
    stage.held["high"] = D(0)
    stage.survey()
    (order,) = stage.survey().orders
    never = OrderResult(success=False, status=OrderStatus.REJECTED, reason=Reason.ORDER_NOT_FOUND)
    for _ in range(6):
        stage.tell(OrderOutcome(order.key, never, cancel=False, now_ns=stage.now_ns))
        (order,) = stage.survey(0.5).orders
    assert order.key.startswith("pair-1-close-7-")


@pytest.mark.parametrize(("left", "over"), [("0.01", True), (None, False)])
def test_a_rest_that_its_venue_refuses_as_too_small_ends_its_pair(
    left: str | None, over: bool
) -> None:
    """A whole leg is too small for a while at most: it is tried again."""
    stage = Stage(parameters={"max_imbalance": "100"})
    pair = stage.opened()
    stage.held["high"] = D(0)
    stage.held["low"] = D(left) if left else stage.held["low"]
    stage.survey()
    (order,) = stage.survey().orders
    result = OrderResult(success=False, status=OrderStatus.REJECTED, reason=Reason.BELOW_MINIMUM)
    stage.tell(OrderOutcome(order.key, result, cancel=False, now_ns=stage.now_ns))
    again = stage.survey(0.6).orders
    assert pair.status is (PairStatus.CLOSED if over else PairStatus.CLOSING)
    assert len(again) == (0 if over else 1)
    assert pair.long.too_small == (D("0.01") if over else 0)


def test_a_reconnection_trusts_no_earlier_position() -> None:
    stage = Stage()
    stage.opened()
    stage.tell(Reconciled({}, {}, stage.now_ns, restarted=False))
    assert not stage.strategy.machine.view(stage.pair, stage.now_ns).verified
    stage.survey()
    assert stage.strategy.machine.view(stage.pair, stage.now_ns).verified


def test_a_close_from_above_that_died_with_its_process_holds_no_pair_up() -> None:
    stage = Stage()
    stage.opened()
    leg = stage.pair.long
    closing = OrderParams(
        leg.side.opposite, leg.target, venue=leg.venue, contract_id=leg.contract_id
    )
    stage.tell(overruling([closing], (), "risk", stage.now_ns))
    assert not stage.survey().legs, "the close from above is under way"
    stage.tell(Reconciled({}, {}, stage.now_ns, restarted=True))
    assert stage.survey().legs, "both legs stand: what it was to close is closed"


def test_a_single_close_that_was_never_sent_is_asked_for_again_after_a_restart() -> None:
    stage = Stage(parameters={"max_imbalance": "100"})
    stage.opened()
    stage.held["high"] = D(0)
    stage.survey()
    assert stage.survey().orders
    stage.restart()
    stage.tell(Reconciled({}, {}, stage.now_ns, restarted=True))
    assert len(stage.survey().orders) == 1


def test_an_opening_that_died_with_its_process_is_waited_for_until_it_is_told() -> None:
    stage = Stage()
    stage.survey()
    assert stage.enter() is not None
    stage.restart()
    stage.survey(60)
    assert stage.status() is PairStatus.OPENING
    stage.tell(LegsFinished(stage.pair.key, LegsOutcome.REFUSED, stage.now_ns))
    assert stage.status() is PairStatus.CLOSED


def test_more_than_the_pair_opened_is_never_closed() -> None:
    stage = Stage()
    stage.opened()
    stage.held = {"low": D("0.5"), "high": D("-0.5")}
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    (order,) = stage.survey(10).legs
    assert [leg.quantity for leg in order.orders] == [D("0.15"), D("0.15")]


def test_a_fill_told_twice_is_booked_once() -> None:
    stage = Stage()
    pair = stage.opened()
    event = OrderFilled(
        "pair-1-open-buy", fill("x1", Side.BUY, "0.01", "2000"), D("0.01"), stage.now_ns
    )
    before = pair.long.ledger.quantity
    stage.tell(event)
    stage.tell(event)
    assert pair.long.ledger.quantity == before + D("0.01")


def test_nothing_is_opened_once_a_stop_was_asked_for() -> None:
    stage = Stage()
    stage.survey()
    stage.tell(StopRequested(stage.now_ns))
    assert stage.enter() is None


def test_a_saved_state_is_the_state() -> None:
    stage = Stage()
    stage.opened()
    saved = stage.strategy.state_dict()
    stage.restart()
    for pair in saved["pairs"]:
        for leg in (pair["long"], pair["short"]):
            leg["seen"] = None
    assert stage.strategy.state_dict() == saved


def test_new_pairs_a_cycle_and_pairs_in_all_are_limited() -> None:
    stage = Stage(parameters={"max_positions": "3"})
    symbols = ("AAA", "BBB", "CCC", "DDD")

    def told() -> Surveyed:
        readings = [
            replace(each, market=market(symbol)) for symbol in symbols for each in stage.readings()
        ]
        return Surveyed(readings, stage.now_ns)

    opened: list[int] = []
    for _ in range(3):
        stage.tell(told())
        result = stage.enter()
        assert result is not None
        opened.append(len(result.legs))
    assert opened == [2, 1, 0]
    held = stage.strategy.machine.held["DDD", "low", "high"]
    assert held == "max_positions 3 are held"


def test_the_report_tells_the_result_in_three_views() -> None:
    stage = Stage()
    stage.opened()
    report = stage.strategy.report()
    venues = report["per_venue"]
    assert isinstance(venues, dict)
    total = sum((each["total"] for each in venues.values()), start=Decimal(0))
    realised = report["realised"]
    assert isinstance(realised, dict)
    assert report["combined"] == total == sum(realised.values()) == D("-0.2")


def test_ended_pairs_are_banked_once_too_many_are_remembered() -> None:
    stage = Stage(parameters={"cooldown_minutes": "0"})
    for _ in range(CLOSED_KEPT + 2):
        pair = stage.opened()
        (fee,) = pair.long.ledger.fees.values()
        stage.rates = {"low": "0.001", "high": "-0.001"}
        stage.survey()
        (order,) = stage.survey(10).legs
        stage.execute(order)
        stage.rates = {"low": "-0.001", "high": "0.001"}
        stage.survey()
    state = stage.strategy.machine.state
    assert (state.ended, len(state.pairs)) == (CLOSED_KEPT + 2, CLOSED_KEPT)
    assert state.banked["low"].fees == 2 * 2 * fee
    report = stage.strategy.report()
    assert report["combined"] == -4 * fee * (CLOSED_KEPT + 2)


def test_an_exit_that_no_venue_gives_the_numbers_for_is_said_to_be_off() -> None:
    stage = Stage()
    stage.opened()
    stage.survey()
    assert stage.strategy.report()["depeg_off"] == ["high", "low"]
    stage.changes["high"]["collateral_price"] = D(1)
    stage.survey()
    assert stage.strategy.report()["depeg_off"] == ["low"]


def test_the_sheet_tells_what_two_venues_cost_and_one_alone_is_refused() -> None:
    strategy = Stage().strategy
    venues = {(name, ContractId("ETH-PERP")): market() for name in ("low", "high")}
    drive(strategy.initialize(StrategyContext.of("ETH", venues)))
    rows = {row.label: (row.value, row.note) for row in strategy.sheet(D(1), D(2))}
    # Four orders at 0.05 % are 0.2 %; with 0.05 % to earn, in 24 of 8 hours.
    assert rows["fees low / high"] == (
        "0.2000 %",
        "rates must differ by 0.0833 % in 8 h, before slippage and basis",
    )
    assert rows["each leg"] == ("300.00 USD", "margin 100.00 USD on each venue")
    alone = StrategyContext.of("ETH", {("low", ContractId("ETH-PERP")): market()})
    with pytest.raises(ParameterError, match="low alone makes no pair"):
        drive(strategy.initialize(alone))
