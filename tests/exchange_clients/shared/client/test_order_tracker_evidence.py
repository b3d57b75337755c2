"""What counts as evidence of an order, and which of two reports is believed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    VenueOrderId,
)
from exchange_clients.shared.client.order_tracker import NO_VENUE_ID, OrderTracker
from tests.exchange_clients.shared.client.tracker_stage import (
    OURS,
    THEIRS,
    a_fill,
    a_report,
    a_tracker,
    an_order,
    state,
)


def test_an_order_that_is_taken_up_is_told_as_it_was_sent() -> None:
    order = replace(an_order(), order_type=OrderType.STOP, reduce_only=True)
    tracker = OrderTracker()
    info = tracker.track(order, now_ns=5)
    assert info == state(tracker) == tracker.get(OURS)
    assert (info.order_type, info.reduce_only) == (OrderType.STOP, True)
    assert tracker.order(OURS) is order


def test_only_what_the_venue_has_not_shown_is_pending() -> None:
    tracker = a_tracker()
    tracker.track(an_order("c2"), now_ns=6)
    tracker.on_report(a_report(OrderStatus.OPEN))
    assert [info.client_order_id for info in tracker.pending()] == ["c2"]
    assert [info.client_order_id for info in tracker.open_orders()] == [OURS, "c2"]


@pytest.mark.parametrize(
    ("averages", "believed"),
    [
        ((None, "99"), "99"),  # told later
        (("99", None), "99"),  # a report without it takes nothing back
        (("99", "98"), "99"),  # the first one stays
    ],
)
def test_the_first_average_that_is_told_of_a_size_stays(
    averages: tuple[str | None, str | None], believed: str
) -> None:
    tracker = a_tracker()
    for average in averages:
        tracker.on_report(a_report(OrderStatus.PARTIALLY_FILLED, "0.4", average))
    assert state(tracker).average_price == Decimal(believed)


def test_the_average_of_a_smaller_size_is_not_that_of_the_greater() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.PARTIALLY_FILLED, "0.4", None))
    tracker.on_report(a_report(OrderStatus.PARTIALLY_FILLED, "0.3", "99"))
    assert state(tracker).average_price is None


def test_a_report_and_a_rejection_end_what_is_unknown() -> None:
    shown, refused = a_tracker(), a_tracker()
    for tracker in (shown, refused):
        tracker.mark_unknown(OURS, 100)
    shown.on_report(a_report(OrderStatus.OPEN))
    refused.reject(OURS, Reason.OTHER)
    assert shown.unknown_since_ns(OURS) is None
    assert refused.unknown_since_ns(OURS) is None
    assert shown.unknown_since_ns(ClientOrderId("never sent")) is None


def test_a_fill_names_an_order_that_no_report_has_named() -> None:
    tracker = a_tracker()
    tracker.on_fill(a_fill("t1", "0.1"))
    assert state(tracker).order_id == THEIRS
    assert tracker.get(THEIRS) == state(tracker)


def test_a_fill_under_another_name_finds_the_order_and_leaves_its_name() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.OPEN))
    tracker.on_fill(replace(a_fill("t1", "0.1"), order_id=VenueOrderId("v2")))
    assert state(tracker).order_id == THEIRS
    assert tracker.get("v2") == state(tracker)


def test_a_report_that_names_no_order_is_of_nobody() -> None:
    tracker = a_tracker()
    tracker.on_report(a_report(OrderStatus.PENDING, order_id=NO_VENUE_ID))
    nameless = a_report(OrderStatus.OPEN, order_id=NO_VENUE_ID, client_order_id=None)
    assert tracker.on_report(nameless) is None
    assert tracker.foreign == 1


def test_orders_whose_fills_do_not_add_up_are_told_ended_ones_too() -> None:
    tracker = a_tracker()
    tracker.track(an_order("c2"), now_ns=6)
    assert tracker.with_fills_missing() == []
    tracker.on_report(a_report(OrderStatus.CANCELED, "0.4", "100"))
    assert tracker.with_fills_missing() == [state(tracker)]
    tracker.on_fill(a_fill("t1", "0.4"))
    assert tracker.with_fills_missing() == []


def test_a_report_without_a_time_is_older_than_any_with_one() -> None:
    tracker = a_tracker()
    assert tracker.on_report(replace(a_report(OrderStatus.OPEN), price=Decimal(90)))
    tracker.on_report(a_report(OrderStatus.OPEN, updated_ns=0))
    tracker.on_report(replace(a_report(OrderStatus.OPEN), price=Decimal(80)))
    assert state(tracker).price == Decimal(100)
    assert state(tracker).updated_ns == 0


def test_the_venue_knows_better_when_it_made_an_order() -> None:
    tracker = a_tracker()
    changed = tracker.on_report(replace(a_report(OrderStatus.OPEN), created_ns=7))
    assert isinstance(changed, OrderInfo)
    assert changed.created_ns == 7
