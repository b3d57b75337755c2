"""How orders and fills are looked up on Lighter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import (
    MalformedPayload,
    OrderNotFound,
    VenueRejected,
)
from exchange_clients.events import Unreadable
from exchange_clients.lighter.client.managers.order_manager import LighterOrders
from exchange_clients.shared.client.gateway import Found, NotYetKnown, ProvenAbsent
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.lighter.lighter_samples import (
    ACCOUNT,
    ETH,
    OURS,
    RESTING,
    answer,
    changed,
    rows_of,
    sample,
    table,
)

TABLE = table()
ORDERS = LighterOrders(TABLE, ACCOUNT)
HASH = "dea04fe6a1afac2c044057c93492637c7543144bdaa840d5c5f8d45d20a75279ee2f93a1f43f1921"
KEY = OrderKey(OURS, ETH, reference=HASH)


def test_an_order_is_found_by_our_own_id() -> None:
    active = Response(200, sample("http_get_account_active_orders"))
    (request,), found = drive(ORDERS.find(KEY, 0), [active])
    assert found == Found(RESTING)
    assert request.path == "/api/v1/accountOrders"
    assert request.params == {"account_index": ACCOUNT, "client_order_indexes": OURS}
    assert request.private


NOBODY = Response(200, b'{"code":200,"orders":[]}')
UNKNOWN_TRANSACTION = Response(400, b"", error=VenueRejected("21500", code="21500"))


def test_a_transaction_that_failed_never_made_an_order() -> None:
    requests, found = drive(ORDERS.find(KEY, 0), [NOBODY, answer("http_get_tx_failed")])
    assert found == ProvenAbsent()
    assert requests[1].params == {"by": "hash", "value": HASH}


@pytest.mark.parametrize("status", [1, 2, 3])
def test_any_other_transaction_proves_nothing(status: int) -> None:
    body = sample("http_get_tx_failed").replace(b'"status": 0', b'"status": %d' % status)
    _, found = drive(ORDERS.find(KEY, 0), [NOBODY, Response(200, body)])
    assert isinstance(found, NotYetKnown)


def test_a_transaction_that_nobody_knows_proves_nothing() -> None:
    missing = Response(404, b"", error=OrderNotFound("29404"))
    for first in (NOBODY, missing):
        _, found = drive(ORDERS.find(KEY, 0), [first, UNKNOWN_TRANSACTION])
        assert isinstance(found, NotYetKnown)
    _, found = drive(ORDERS.find(replace(KEY, reference=""), 0), [NOBODY])
    assert isinstance(found, NotYetKnown)


def test_an_order_that_cannot_be_read_is_not_absent() -> None:
    body = sample("http_get_account_active_orders").replace(b'"open"', b'"asleep"')
    with pytest.raises(MalformedPayload, match="'asleep' is not known"):
        drive(ORDERS.find(KEY, 0), [Response(200, body)])


def test_a_cancelled_row_is_read_by_what_it_filled_and_by_is_ask() -> None:
    key = replace(KEY, client_order_id=ClientOrderId("1732000000002"))
    _, found = drive(ORDERS.find(key, 0), [answer("http_get_account_orders")])
    assert isinstance(found, Found)
    assert (found.info.status, found.info.reason) == (
        OrderStatus.REJECTED,
        Reason.POST_ONLY_WOULD_CROSS,
    )
    assert [found.info.filled_size, found.info.average_price] == [0, None]
    assert (found.info.size, found.info.side) == (Decimal("0.1336"), Side.SELL)


def test_a_market_order_has_no_price() -> None:
    body = sample("http_get_account_active_orders").replace(b'"limit"', b'"market"')
    _, (order,) = drive(ORDERS.active(ETH), [Response(200, body)])
    assert isinstance(order, OrderInfo)
    assert (order.order_type, order.price) == (OrderType.MARKET, None)


def test_an_order_without_our_id_is_foreign() -> None:
    rows = rows_of("http_get_account_active_orders", "orders")
    foreign = [{**rows[0], "client_order_index": 0}]
    _, (order,) = drive(
        ORDERS.active(ETH), [changed("http_get_account_active_orders", "orders", list(foreign))]
    )
    assert isinstance(order, OrderInfo)
    assert order.client_order_id is None


def test_open_orders_are_told_oldest_first_and_an_unreadable_one_beside_them() -> None:
    rows = rows_of("http_get_account_active_orders", "orders")
    older = {**rows[0], "order_id": "7", "created_at": 1795100000}
    broken = {**rows[0], "order_id": "8", "is_ask": None}
    (request,), orders = drive(
        ORDERS.active(ETH),
        [changed("http_get_account_active_orders", "orders", [rows[0], broken, older])],
    )
    assert request.params == {"account_index": ACCOUNT, "market_id": ETH}
    unreadable = [each for each in orders if isinstance(each, Unreadable)]
    readable = [each.order_id for each in orders if isinstance(each, OrderInfo)]
    assert [each.ids for each in unreadable] == [("8", OURS)]
    assert readable == ["7", "281476929510117"]


FILL = Fill(
    trade_id=TradeId("16164557907"),
    order_id=VenueOrderId("281476929510117"),
    client_order_id=OURS,
    contract_id=ETH,
    side=Side.SELL,
    price=Decimal("2064.48"),
    size=Decimal("0.1336"),
    fee=Decimal("0.01103258112"),
    fee_asset="USDC",
    liquidity=Liquidity.MAKER,
    venue_ns=1795200000700000000,
)


def test_fills_are_read_by_pages_oldest_first_with_the_fee_of_our_role() -> None:
    rows = rows_of("http_get_trades", "trades")
    pages = [
        changed("http_get_trades", "trades", [rows[0]], next_cursor="c2"),
        changed("http_get_trades", "trades", [rows[1]]),
    ]
    requests, fills = drive(ORDERS.fills(ETH, 0, 2**62), pages)
    assert [request.params["cursor"] for request in requests] == [None, "c2"]
    assert {request.scope for request in requests} == {"trades"}
    older, newer = fills
    assert newer == FILL
    assert isinstance(older, Fill)
    assert (older.liquidity, older.fee) == (Liquidity.TAKER, Decimal("0.00578032"))


def test_pages_older_than_what_is_asked_for_are_not_read() -> None:
    rows = rows_of("http_get_trades", "trades")
    page = changed("http_get_trades", "trades", list(rows), next_cursor="more")
    since_ns = FILL.venue_ns - 50_000_000
    requests, fills = drive(ORDERS.fills(ETH, since_ns, 2**62), [page])
    assert (len(requests), fills) == (1, [FILL])


def test_a_list_that_never_ends_is_an_error() -> None:
    page = Response(200, b'{"code":200,"trades":[],"next_cursor":"again"}')
    with pytest.raises(MalformedPayload, match="did not end"):
        drive(ORDERS.fills(ETH, 0, 1), [page] * 1000)


def test_a_page_without_its_list_is_no_empty_page() -> None:
    with pytest.raises(msgspec.ValidationError, match="trades"):
        drive(ORDERS.fills(ETH, 0, 1), [Response(200, b'{"code":200}')])


def test_a_trade_of_others_is_no_fill() -> None:
    body = sample("http_get_trades").replace(b"12345,", b"12346,")
    _, rows = drive(ORDERS.fills(ETH, 0, 2**62), [Response(200, body)])
    assert [isinstance(row, Unreadable) for row in rows] == [True, True]
