"""How what became of a request is told to whoever asked for it."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderResult, OrderStatus, Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    NotConnectedError,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.client.order_rules import canceled, lost, not_ours, placed, refused
from tests.exchange_clients.shared.client.tracker_stage import a_report

HALF = replace(
    a_report(OrderStatus.CANCELED, "0.5", "100"), reason=Reason.USER_CANCELED, updated_ns=7
)


def test_a_result_tells_all_that_is_known_of_the_order() -> None:
    result = placed(HALF)
    for field in fields(OrderResult):
        if hasattr(HALF, field.name):
            assert getattr(result, field.name) == getattr(HALF, field.name), field.name
    assert placed(a_report(OrderStatus.PENDING, order_id="")).order_id is None


@pytest.mark.parametrize(
    ("status", "filled", "success"),
    [
        (OrderStatus.PENDING, "0", True),
        (OrderStatus.OPEN, "0", True),
        (OrderStatus.FILLED, "1", True),
        (OrderStatus.CANCELED, "0.5", True),
        (OrderStatus.CANCELED, "0", False),
        (OrderStatus.EXPIRED, "0", False),
        (OrderStatus.REJECTED, "0", False),
    ],
)
def test_a_placement_succeeded_that_rests_or_traded(
    status: OrderStatus, filled: str, success: bool
) -> None:
    assert placed(a_report(status, filled)).success is success


def test_a_cancel_of_what_was_filled_first_says_so() -> None:
    over = canceled(HALF)
    assert (over.success, over.filled_size) == (True, Decimal("0.5"))
    assert (over.reason, over.error_message) == (Reason.USER_CANCELED, None)
    late = canceled(a_report(OrderStatus.FILLED, "1"))
    assert (late.success, late.reason) == (False, Reason.ALREADY_TERMINAL)
    assert late.error_message == "the order was filled first"
    assert canceled(a_report(OrderStatus.EXPIRED)).success
    assert not canceled(a_report(OrderStatus.OPEN)).success


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VenueRejected("no", reason=Reason.INSUFFICIENT_MARGIN), Reason.INSUFFICIENT_MARGIN),
        (RateLimited("no"), Reason.RATE_LIMITED),
        (AuthenticationFailed("no"), Reason.AUTHENTICATION_FAILED),
        (NotConnectedError("no"), Reason.DENIED_LOCALLY),
    ],
)
def test_a_refusal_names_its_reason_and_changes_nothing(
    error: ExchangeError, reason: Reason
) -> None:
    told = refused(a_report(OrderStatus.PENDING), OrderStatus.REJECTED, error)
    assert (told.success, told.status, told.reason) == (False, OrderStatus.REJECTED, reason)
    assert (told.error_message, told.outcome_known) == ("no", True)


def test_a_lost_answer_is_neither_success_nor_known() -> None:
    told = lost(a_report(OrderStatus.PENDING), "no answer in time")
    assert (told.success, told.outcome_known) == (False, False)
    assert (told.reason, told.error_message) == (Reason.OUTCOME_UNKNOWN, "no answer in time")


def test_an_order_of_somebody_else_is_named_and_not_touched() -> None:
    told = not_ours("x")
    assert (told.success, told.status) == (False, OrderStatus.REJECTED)
    assert told.reason is Reason.ORDER_NOT_FOUND
    assert told.error_message == "'x' is not an order that this client placed"
