"""The life of an order: monotone, and the same in whatever order its reports arrive."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
)
from exchange_clients.shared.client.order_tracker import MOVES, OrderTracker, rank
from tests.exchange_clients.shared.client.tracker_stage import (
    BTC,
    OURS,
    SIZE,
    THEIRS,
    a_fill,
    a_report,
    a_tracker,
    an_order,
    state,
)

PROPERTY = settings(deadline=None, derandomize=True, max_examples=150)


# One step at a time ------------------------------------------------------------------------------


def test_an_order_is_pending_from_before_it_is_sent() -> None:
    tracker = a_tracker()
    info = state(tracker)
    assert info.status is OrderStatus.PENDING
    assert info.order_id == ""
    assert info.filled_size == 0
    assert info.created_ns == 5
    assert tracker.pending() == tracker.open_orders(BTC) == [info]
    assert tracker.open_orders(ContractId("ETH-PERP")) == []


def test_a_report_is_returned_once_and_its_repetition_is_not() -> None:
    tracker = a_tracker()
    changed = tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=7))
    assert changed is not None
    assert changed == state(tracker) == state(tracker, THEIRS)
    assert changed.status is OrderStatus.OPEN
    assert tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=7)) is None
    assert tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=8)) is None, "only a new stamp"


def test_either_id_finds_the_order_once_both_are_known() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.OPEN))
    assert tracker.on_report(
        a_report(OrderStatus.PARTIALLY_FILLED, "0.4", "100", client_order_id=None)
    )
    assert tracker.on_fill(a_fill("t1", "0.5", client_order_id=None))
    assert state(tracker).filled_size == Decimal("0.5")


def test_orders_of_others_are_counted_and_change_nothing() -> None:
    tracker = a_tracker()
    assert tracker.on_report(a_report(OrderStatus.OPEN, order_id="x", client_order_id="y")) is None
    assert not tracker.on_fill(replace(a_fill("t1", "1"), client_order_id=None))
    assert tracker.foreign == 2
    assert tracker.get("x") is None
    assert state(tracker).status is OrderStatus.PENDING


def test_a_fill_counts_once_by_its_trade_id() -> None:
    tracker = a_tracker()
    assert tracker.on_fill(a_fill("t1", "0.4"))
    assert not tracker.on_fill(replace(a_fill("t1", "0.4"), replayed=True))
    assert state(tracker).filled_size == Decimal("0.4")
    assert state(tracker).status is OrderStatus.PARTIALLY_FILLED


def test_fills_up_to_the_size_make_the_order_filled_at_their_average() -> None:
    tracker = a_tracker()
    tracker.on_fill(a_fill("t1", "0.4", "100"))
    tracker.on_fill(a_fill("t2", "0.6", "101"))
    info = state(tracker)
    assert (info.status, info.average_price) == (OrderStatus.FILLED, Decimal("100.6"))
    assert tracker.open_orders() == []


def test_a_cumulative_report_and_its_fills_are_not_added_up() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.PARTIALLY_FILLED, "0.4", "99"))
    assert tracker.fills_missing(OURS) == Decimal("0.4")
    assert state(tracker).average_price == Decimal(99)
    tracker.on_fill(a_fill("t1", "0.4", "100"))
    assert tracker.fills_missing(OURS) == 0
    assert state(tracker).filled_size == Decimal("0.4")
    assert state(tracker).average_price == Decimal(100), "fills are exact, a report is rounded"


def test_a_late_fill_on_a_cancelled_order_corrects_the_size_and_leaves_the_status() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.CANCELED, "0.4", "100"))
    tracker.on_fill(a_fill("t1", "0.4"))
    assert tracker.on_fill(a_fill("t2", "0.6"))
    assert state(tracker).status is OrderStatus.CANCELED
    assert state(tracker).filled_size == Decimal("1.0")


def test_a_cancel_that_left_nothing_open_is_a_fill() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.CANCELED, "1.0", "100"))
    assert state(tracker).status is OrderStatus.FILLED


def test_a_venue_that_fills_too_much_is_believed() -> None:
    tracker = a_tracker()
    tracker.on_fill(a_fill("t1", "1.2"))
    assert state(tracker).status is OrderStatus.FILLED
    assert state(tracker).filled_size == Decimal("1.2")
    assert state(tracker).remaining_size == 0


def test_a_rejection_is_believed_only_without_evidence_of_the_contrary() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.OPEN))
    assert tracker.reject(OURS, Reason.OTHER) is None
    assert (state(tracker).status, tracker.contradictions) == (OrderStatus.OPEN, 1)

    fresh = a_tracker()
    changed = fresh.reject(OURS, Reason.INSUFFICIENT_MARGIN)
    assert changed is not None
    assert (changed.status, changed.reason) == (OrderStatus.REJECTED, Reason.INSUFFICIENT_MARGIN)


@pytest.mark.parametrize("status", [status for status in OrderStatus if status.terminal])
def test_a_terminal_status_never_moves(status: OrderStatus) -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(status, "1" if status is OrderStatus.FILLED else "0.1", "100"))
    for other in OrderStatus:
        tracker.on_report(a_report(other, "0.2", "100"))
    assert state(tracker).status is status


def test_the_table_only_moves_forward() -> None:
    assert list(MOVES) == list(OrderStatus)
    for status, next_ones in MOVES.items():
        assert all(rank(each) > rank(status) for each in next_ones)
        assert status.terminal == (not next_ones)


# Lost answers, amendments, memory ----------------------------------------------------------------


def test_an_unknown_outcome_is_remembered_until_the_first_evidence() -> None:
    tracker = a_tracker()
    tracker.mark_unknown(OURS, 100)
    tracker.mark_unknown(OURS, 200)
    assert tracker.outcome_unknown() == {OURS: 100}
    tracker.on_report(a_report(OrderStatus.PENDING))
    assert tracker.unknown_since_ns(OURS) == 100, "an acknowledgement is no evidence"
    tracker.on_fill(a_fill("t1", "0.1"))
    assert tracker.outcome_unknown() == {}
    tracker.mark_unknown(OURS, 300)
    assert tracker.unknown_since_ns(OURS) is None, "what was seen cannot become unknown"


def test_fills_up_to_the_old_size_prove_nothing_while_an_amendment_is_in_flight() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=1))
    tracker.amending(OURS, Decimal(2))
    tracker.on_fill(a_fill("t1", "1"))
    assert state(tracker).status is OrderStatus.PARTIALLY_FILLED
    tracker.on_report(
        replace(a_report(OrderStatus.PARTIALLY_FILLED, "1", "100", updated_ns=2), size=Decimal(2))
    )
    tracker.amending(OURS, None)
    assert (state(tracker).status, state(tracker).size) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal(2),
    )


def test_a_refused_amendment_lets_the_fills_count_as_full() -> None:
    tracker = a_tracker()
    tracker.amending(OURS, Decimal(2))
    tracker.on_fill(a_fill("t1", "1"))
    changed = tracker.amending(OURS, None)
    assert changed is not None
    assert changed.status is OrderStatus.FILLED


def test_an_older_report_does_not_undo_an_amendment() -> None:
    tracker = a_tracker()
    amended = replace(a_report(OrderStatus.OPEN, updated_ns=9), price=Decimal(90))
    tracker.on_report(amended)
    assert tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=3)) is None
    assert state(tracker).price == Decimal(90)


def test_only_the_latest_ended_orders_are_remembered() -> None:
    tracker = OrderTracker(terminal_orders_max=2)
    for number in range(5):
        tracker.track(an_order(f"c{number}"), now_ns=0)
    for number in range(4):
        tracker.on_report(
            a_report(OrderStatus.CANCELED, order_id=f"v{number}", client_order_id=f"c{number}")
        )
    remembered = [tracker.get(f"c{number}") is not None for number in range(5)]
    assert remembered == [False, False, True, True, True]
    assert [tracker.get(f"v{number}") is not None for number in range(4)] == remembered[:4]
    assert [info.client_order_id for info in tracker.open_orders()] == ["c4"]


# Any order of arrival ----------------------------------------------------------------------------


@st.composite
def true_histories(draw: st.DrawFn) -> list[OrderInfo | Fill]:
    """Draw what a venue may truly say of one order: reports in step with fills, and an end."""
    parts = draw(st.lists(st.integers(1, 4), max_size=4))
    lots = [Decimal(part) / 20 for part in parts]  # at most 16 of 20 lots: something is left
    prices = [Decimal(draw(st.integers(99, 101))) for _ in lots]
    history: list[OrderInfo | Fill] = []
    stamp, filled, notional = 1, Decimal(0), Decimal(0)

    def tell(status: OrderStatus, size: Decimal) -> None:
        nonlocal stamp
        average = None if size == 0 else notional / filled
        history.append(
            replace(
                a_report(status, updated_ns=stamp),
                filled_size=size,
                average_price=average if size == filled else None,
            )
        )
        stamp += 1

    tell(OrderStatus.PENDING, filled)
    tell(OrderStatus.OPEN, filled)
    for number, (lot, price) in enumerate(zip(lots, prices, strict=True)):
        history.append(a_fill(f"t{number}", str(lot), str(price)))
        filled, notional = filled + lot, notional + lot * price
        tell(OrderStatus.PARTIALLY_FILLED, filled)
    end = draw(
        st.sampled_from([None, OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED])
    )
    if end is OrderStatus.FILLED:
        history.append(a_fill("last", str(SIZE - filled), "100"))
        notional, filled = notional + (SIZE - filled) * 100, SIZE
        tell(end, filled)
    elif end is not None:
        late: bool = draw(st.booleans())  # the terminal report may not know of the last fill yet
        tell(end, filled - lots[-1] if lots and late else filled)
    return history


@PROPERTY
@given(st.data())
def test_any_order_of_duplicated_and_late_reports_ends_in_the_same_state(
    data: st.DataObject,
) -> None:
    told = data.draw(true_histories())
    lost = data.draw(st.lists(st.sampled_from(told[1:]), max_size=2))
    history = [report for report in told if report not in lost]
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=6))
    arrivals = data.draw(st.permutations(history + repeated))
    in_order, shuffled = a_tracker(), a_tracker()
    for report in history:
        deliver(in_order, report)
    seen = [state(shuffled)]
    for report in arrivals:
        deliver(shuffled, report)
        seen.append(state(shuffled))

    assert state(shuffled) == state(in_order)
    assert lost or shuffled.fills_missing(OURS) == 0
    for before, after in pairwise(seen):
        assert rank(after.status) >= rank(before.status)
        assert after.filled_size >= before.filled_size
        if before.status.terminal:
            assert after.status is before.status


def deliver(tracker: OrderTracker, report: OrderInfo | Fill) -> None:
    before = tracker.get(OURS)
    if isinstance(report, Fill):
        tracker.on_fill(report)
    else:
        changed = tracker.on_report(report)
        assert changed is None or changed != before


@pytest.mark.parametrize("stamp_ns", [5, 7])
def test_a_report_leaves_alone_what_it_cannot_change(stamp_ns: int) -> None:
    tracker = OrderTracker()
    order = replace(an_order(), order_type=OrderType.STOP, reduce_only=True)
    tracker.track(order, 3)
    tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=6))
    before = state(tracker)
    assert before.created_ns == 3
    assert before.order_type is OrderType.STOP
    assert before.reduce_only
    other = replace(
        a_report(OrderStatus.CANCELED, updated_ns=stamp_ns),
        side=Side.SELL,
        contract_id=ContractId("ETH-PERP"),
        reason=Reason.USER_CANCELED,
    )
    assert tracker.on_report(other) == replace(
        before,
        status=OrderStatus.CANCELED,
        reason=Reason.USER_CANCELED,
        updated_ns=max(stamp_ns, 6),
    )
