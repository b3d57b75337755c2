from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.backpack.client.managers.account_manager import BackpackAccount
from exchange_clients.backpack.client.managers.position_manager import BackpackPositions
from exchange_clients.base_models import NS, ExchangePositionSnapshot, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.flow import Method, Response, drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.backpack.backpack_samples import ETH, TABLE, answer, parsed
from tests.support.samples import answers

ACCOUNT = BackpackAccount()
POSITIONS = BackpackPositions(TABLE)
PAID_NS = 1795190400 * NS  # 2026-11-20 16:00 UTC


def test_money_is_the_collateral_and_not_the_wallet() -> None:
    requests, funds = drive(ACCOUNT.balance(), [answer("http_get_collateral")])
    assert funds == Funds(Decimal(910), Decimal(1000), Decimal("-0.1"), Decimal(1))
    assert requests[0].private


def test_leverage_is_of_the_account() -> None:
    assert drive(ACCOUNT.leverage(ETH), [answer("http_get_account")])[1] == Decimal(10)


def test_leverage_is_set_for_the_account_and_answered_by_nothing() -> None:
    requests, _ = drive(ACCOUNT.set_leverage(ETH, Decimal("1E+1")), [Response(200, b"")])
    assert (requests[0].method, requests[0].path) == (Method.PATCH, "/api/v1/account")
    assert requests[0].body == {"leverageLimit": "10"}


def test_a_position_is_read_by_its_net_quantity() -> None:
    row = {**parsed("http_get_position")[0], "netQuantity": "-0.0036"}
    requests, found = drive(POSITIONS.all(), answers([row]))
    assert list(found) == [
        ExchangePositionSnapshot(
            symbol=Symbol("ETH"),
            contract_id=ETH,
            quantity=Decimal("-0.0036"),
            entry_price=Decimal("3826.88"),
            mark_price=Decimal("3787.46"),
            unrealized_pnl=Decimal("-0.1419"),
            cumulative_funding=Decimal("-0.0092"),
        )
    ]
    assert requests[0].params == {"marketType": "PERP"}


def test_a_position_that_only_orders_expose_is_flat() -> None:
    row = {**parsed("http_get_position")[0], "netQuantity": "0"}
    assert list(drive(POSITIONS.all(), answers([row]))[1]) == []


@pytest.mark.parametrize(
    "changes", [{"netQuantity": None}, {"netQuantity": 1}, {"symbol": "NEW_USDC_PERP"}]
)
def test_a_position_that_cannot_be_read_does_not_hide_the_others(
    changes: dict[str, object],
) -> None:
    row = parsed("http_get_position")[0]
    _, found = drive(POSITIONS.all(), answers([{**row, **changes}, row]))
    assert [type(each) for each in found] == [Unreadable, ExchangePositionSnapshot]


def test_a_payment_received_is_above_zero() -> None:
    flow = ACCOUNT.payments(ETH, PAID_NS, PAID_NS + 1)
    requests, found = drive(flow, [answer("http_get_history_funding")])
    assert list(found) == [
        FundingPayment(
            payment_id="ETH_USDC_PERP:2026-11-20T16:00:00",
            contract_id=ETH,
            amount=Decimal("-0.00017"),
            asset="USDC",
            rate=Decimal("0.0000125"),
            quantity=None,
            venue_ns=PAID_NS,
        )
    ]
    assert requests[0].params == {
        "symbol": ETH,
        "sortDirection": "Desc",
        "limit": 1000,
        "offset": 0,
    }


def test_payments_are_read_back_to_the_beginning_and_count_once() -> None:
    row = parsed("http_get_history_funding")[0]
    ends = [f"2026-{10 - n // 700:02}-{28 - n % 700 // 25:02}T{24 - n % 25 - 1:02}:00:00"
            for n in range(2000) if n % 25 != 24]  # fmt: skip
    rows = [{**row, "intervalEndTimestamp": end} for end in ends]
    pages = [rows[:1000], rows[999:1500]]
    requests, found = drive(ACCOUNT.payments(ETH, 0, PAID_NS), answers(*pages))
    assert [each.params["offset"] for each in requests] == [0, 1000]
    assert len(found) == 1500
    assert [each.venue_ns for each in found] == sorted(each.venue_ns for each in found)


def test_a_payment_that_cannot_be_read_leaves_the_sum_unknown() -> None:
    rows = [{**parsed("http_get_history_funding")[0], "quantity": None}]
    with pytest.raises(MalformedPayload, match="funding payment"):
        drive(ACCOUNT.payments(ETH, 0, PAID_NS), answers(rows))
