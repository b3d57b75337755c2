"""What orders have traded, whichever is heard first: their fills or their end."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    OrderStatus,
    Side,
    TradeId,
    VenueOrderId,
)
from execution.execution_account import Course, End, ExecutionAccount, report_of
from execution.execution_values import (
    EndReason,
    ExecutionMode,
    ExecutionOutcome,
    ExecutionReport,
    ExecutionRequest,
)
from execution.plan_values import Finish, LiveOrder, Send

D = Decimal
ONE, TWO = ClientOrderId("1"), ClientOrderId("2")
REQUEST = ExecutionRequest("here", ContractId("BTC"), Side.SELL, D(1), execution_id="x")
COURSE = Course(
    "x", REQUEST, ExecutionMode.LIMIT_ONLY, "", D(100), 5, 2.5, Finish(EndReason.TIMED_OUT, "why")
)


def fill(
    trade: str, size: str, price: str = "100", order: ClientOrderId = ONE, asset: str = "USD"
) -> Fill:
    return Fill(
        TradeId(trade),
        VenueOrderId("v"),
        order,
        ContractId("BTC"),
        Side.SELL,
        D(price),
        D(size),
        D(size) / 100,
        asset,
        Liquidity.TAKER,
        0,
    )


def account_of(*fills: Fill, end: End | None = None) -> ExecutionAccount:
    account = ExecutionAccount(D(1))
    account.sent(ONE, Send(D(1), D(100)), 0.0)
    for each in fills:
        account.on_fill(each, 1.0)
    if end is not None:
        account.ended(end, 2.0)
    return account


def told(account: ExecutionAccount, finish: Finish = COURSE.finish) -> ExecutionReport:
    return report_of(replace(COURSE, finish=finish), account)


def test_a_fill_counts_once_by_its_trade_id() -> None:
    account = account_of(fill("t", "0.4"))
    assert not account.on_fill(fill("t", "0.4"), 2.0)
    assert (account.filled, account.missing) == (D("0.4"), D("0.6"))
    assert account.last_fill_s == 1.0


def test_an_end_that_knows_of_more_than_the_fills_is_believed_and_the_account_incomplete() -> None:
    account = account_of(fill("t", "0.4"), end=End(OrderStatus.CANCELED, D("0.6"), D(101)))
    assert account.filled == D("0.6")
    assert not told(account).fees_complete
    assert account.average_price == D(101)
    account.on_fill(fill("u", "0.2", "103"), 3.0)
    assert account.last_fill_s == 2.0
    assert told(account).fees_complete
    assert account.average_price == D(101)
    assert account.fees == {"USD": D("0.006")}


def test_a_fill_after_the_end_counts() -> None:
    account = account_of(end=End(OrderStatus.CANCELED))
    account.on_fill(fill("t", "0.1"), 3.0)
    assert account.filled == D("0.1")
    assert account.attempts[0].order.filled_size == D("0.1")


def test_a_price_that_was_never_told_leaves_the_average_unknown() -> None:
    account = account_of(end=End(OrderStatus.FILLED, D(1)))
    assert account.average_price is None
    assert told(account).slippage_bps is None
    assert not told(account).fees_complete


def test_one_order_is_live_at_a_time() -> None:
    account = account_of()
    assert account.live_id == ONE
    assert account.live == LiveOrder(0.0, D(100))
    with pytest.raises(AssertionError, match="one order at a time"):
        account.sent(TWO, Send(D(1)), 1.0)
    with pytest.raises(AssertionError, match="open is no end"):
        account.ended(End(OrderStatus.OPEN), 1.0)


def test_the_report_averages_over_all_orders_and_sums_fees_by_asset() -> None:
    account = account_of(fill("t", "0.6", "100"), end=End(OrderStatus.CANCELED, D("0.6")))
    account.sent(TWO, Send(D("0.4"), taking=True), 2.0)
    account.on_fill(fill("u", "0.4", "99", TWO, "BNB"), 2.5)
    account.ended(End(OrderStatus.FILLED, D("0.4")), 2.5)
    report = told(account, Finish(EndReason.COMPLETE))
    assert report.average_price == D("99.6")
    assert report.slippage_bps == D(40)
    assert report.fees == {"USD": D("0.006"), "BNB": D("0.004")}
    assert report.outcome is ExecutionOutcome.FILLED
    assert (report.orders_used, report.missing_size, report.time_to_fill_s) == (2, D(0), 2.5)


@pytest.mark.parametrize(
    ("size", "outcome"),
    [("0", ExecutionOutcome.NOT_FILLED), ("0.4", ExecutionOutcome.PARTIALLY_FILLED)],
)
def test_what_timed_out_is_filled_in_part_or_not_at_all(
    size: str, outcome: ExecutionOutcome
) -> None:
    report = told(account_of(end=End(OrderStatus.CANCELED, D(size), D(100))))
    assert (report.outcome, report.ended_by, report.message) == (
        outcome,
        EndReason.TIMED_OUT,
        "why",
    )


TENTHS = st.integers(1, 3).map(lambda tenths: str(D(tenths) / 10))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes=st.lists(TENTHS, min_size=1, max_size=4), order=st.randoms(use_true_random=False))
def test_fills_and_the_end_give_the_same_in_any_order(sizes: list[str], order: object) -> None:
    total = sum(map(D, sizes), D(0))
    fills = [fill(str(number), size) for number, size in enumerate(sizes)]
    end = End(OrderStatus.CANCELED, total, D(100))
    events: list[Fill | End] = [*fills, *fills, end]
    order.shuffle(events)  # type: ignore[attr-defined]  # a random.Random
    account = account_of()
    for event in events:
        if isinstance(event, End):
            account.ended(event, 1.0)
        else:
            account.on_fill(event, 1.0)
    assert account.filled == total
    assert account.complete
    assert account.average_price == 100
