"""What Paradex is asked about orders, and how its answers read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    PositionSide,
    Reason,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import (
    ClientConfigError,
    InvalidOrder,
    MalformedPayload,
    OrderNotFound,
    OutcomeUnknown,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.paradex.client.managers.order_manager import ParadexOrders, intent_of
from exchange_clients.paradex.client.utils.converters import Order, fate
from exchange_clients.paradex.client.utils.signing import BatchIntent, OrderIntent
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import Method, Response, drive
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.paradex.paradex_samples import (
    BTC,
    MS,
    ORDER_ID,
    answer,
    order_row,
    parsed,
)
from tests.support.samples import said

D = Decimal
ORDERS = ParadexOrders()
OURS = ClientOrderId("abc1")
ORDER = NewOrder(OURS, BTC, Side.BUY, D("0.01"), D("90000.1"), time_in_force=TimeInForce.GTX)
PENDING = OrderInfo(
    order_id=VenueOrderId(ORDER_ID),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    size=D("0.01"),
    price=D("90000.1"),
    status=OrderStatus.PENDING,
    created_ns=1_795_200_000_100 * MS,
    updated_ns=1_795_200_000_101 * MS,
)
KEY = OrderKey(OURS, BTC, placed_ns=1_795_200_000_100 * MS)
NOT_FOUND = Response(404, b"{}", error=OrderNotFound("no"))
OPEN = said({"results": [order_row(status="OPEN")]})
EMPTY: dict[str, object] = {"results": [], "next": None}
FILL = Fill(
    trade_id=TradeId("1795200000700201709810860009"),
    order_id=VenueOrderId(ORDER_ID),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    price=D("90000.1"),
    size=D("0.004"),
    fee=D("-0.0072"),
    fee_asset="USDC",
    liquidity=Liquidity.MAKER,
    venue_ns=1_795_200_000_700 * MS,
)


def test_a_placement_is_a_receipt_and_may_not_be_repeated() -> None:
    (request,), info = drive(ORDERS.place(ORDER), [said(order_row(), 201)])
    assert (request.method, request.path, request.repeatable) == (Method.POST, "/v1/orders", False)
    assert request.intent == OrderIntent(
        market=BTC,
        side="BUY",
        kind="LIMIT",
        size=D("0.01"),
        price=D("90000.1"),
        body={"instruction": "POST_ONLY", "client_id": "abc1", "recv_window": 5000},
    )
    assert info == PENDING


@pytest.mark.parametrize(
    ("kind", "reduce_only", "word", "price"),
    [
        (OrderType.LIMIT, False, "LIMIT", "90000.1"),
        (OrderType.MARKET, True, "MARKET", "0"),
        (OrderType.STOP, False, "STOP_LIMIT", "90000.1"),
        (OrderType.STOP, True, "STOP_LOSS_LIMIT", "90000.1"),
        (OrderType.STOP_MARKET, False, "STOP_MARKET", "0"),
        (OrderType.STOP_MARKET, True, "STOP_LOSS_MARKET", "0"),
        (OrderType.TAKE_PROFIT, True, "TAKE_PROFIT_LIMIT", "90000.1"),
        (OrderType.TAKE_PROFIT_MARKET, True, "TAKE_PROFIT_MARKET", "0"),
    ],
)
def test_each_type_has_its_word_and_market_types_are_signed_at_zero(
    kind: OrderType, reduce_only: bool, word: str, price: str
) -> None:
    order = replace(
        ORDER, order_type=kind, reduce_only=reduce_only, time_in_force=TimeInForce.GTC,
        trigger_price=D("91000") if kind.conditional else None,
    )  # fmt: skip
    intent = intent_of(order)
    assert (intent.kind, intent.price) == (word, D(price))
    assert intent.body.get("trigger_price") == ("91000" if kind.conditional else None)
    assert intent.body.get("flags") == (["REDUCE_ONLY"] if reduce_only else None)
    (request, *_), _ = drive(ORDERS.place(order), [said(order_row())])
    assert request.urgent is reduce_only


@pytest.mark.parametrize(
    "changed",
    [
        {"order_type": OrderType.TRAILING_STOP},
        {"time_in_force": TimeInForce.FOK},
        {"order_type": OrderType.TAKE_PROFIT},
        {"position_side": PositionSide.LONG},
        {"take_profit_price": Decimal(95000)},
        {"stop_loss_price": Decimal(85000)},
    ],
)
def test_what_the_venue_has_not_is_refused_before_it_is_sent(changed: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFeature, match="paradex does not support"):
        next(ORDERS.place(replace(ORDER, **changed)))


def test_a_batch_is_told_by_our_names_and_what_is_missing_was_refused() -> None:
    other = replace(ORDER, client_order_id=ClientOrderId("abc2"))
    body = {"orders": [order_row()], "errors": [{"error": "VALIDATION_ERROR", "message": "size"}]}
    (request,), told = drive(ORDERS.place_many([other, ORDER]), [said(body)])
    assert request.intent == BatchIntent((intent_of(other), intent_of(ORDER)))
    assert (request.path, request.repeatable) == ("/v1/orders/batch", False)
    assert isinstance(told[0], InvalidOrder)
    assert told[1] == PENDING


def test_a_batch_whose_answer_does_not_add_up_leaves_the_rest_unknown() -> None:
    other = replace(ORDER, client_order_id=ClientOrderId("abc2"))
    broken = order_row(client_id="abc2", status="SLEEPING")
    _, told = drive(
        ORDERS.place_many([ORDER, other]), [said({"orders": [order_row(), broken], "errors": []})]
    )
    assert told[0] == PENDING
    assert isinstance(told[1], OutcomeUnknown)
    with pytest.raises(ClientConfigError, match="at most 10"):
        next(ORDERS.place_many([ORDER] * 11))


def test_a_cancel_names_the_venues_id_or_ours_and_is_only_queued() -> None:
    (request,), info = drive(ORDERS.cancel(PENDING), [Response(204, b"")])
    assert (request.method, request.path) == (Method.DELETE, f"/v1/orders/{ORDER_ID}")
    assert (request.urgent, request.repeatable, info) == (True, True, PENDING)
    unnamed = replace(PENDING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(unnamed), [Response(204, b"")])
    assert (request.path, request.params) == ("/v1/orders/by_client_id/abc1", {"market": BTC})


def test_cancels_of_a_batch_have_an_outcome_each() -> None:
    names = [VenueOrderId(each) for each in ("1", "2", "3", "4", "")]
    orders = [replace(PENDING, order_id=name) for name in names]
    statuses = ("QUEUED_FOR_CANCELLATION", "ALREADY_CLOSED", "NOT_FOUND")
    rows: list[dict[str, str]] = [
        {"id": name, "client_id": "", "account": "0x1", "market": BTC, "status": status}
        for name, status in zip("123", statuses, strict=True)
    ]
    rows.append({"id": "9", "client_id": "abc1", "market": BTC, "status": statuses[0]})
    (request,), told = drive(ORDERS.cancel_many(orders), [said({"results": rows})])
    assert request.body == {"order_ids": ["1", "2", "3", "4"], "client_order_ids": ["abc1"]}
    assert (told[0], told[4]) == (orders[0], orders[4])
    assert isinstance(told[1], VenueRejected)
    assert told[1].reason is Reason.ALREADY_TERMINAL
    assert isinstance(told[2], OrderNotFound)
    assert isinstance(told[3], OutcomeUnknown)


def test_everything_is_cancelled_of_one_market_or_of_the_account() -> None:
    (request,), _ = drive(ORDERS.cancel_all(BTC), [Response(200, b"{}")])
    assert (request.method, request.path, request.params) == (
        Method.DELETE,
        "/v1/orders",
        {"market": BTC},
    )
    (request,), _ = drive(ORDERS.cancel_all(None), [Response(200, b"{}")])
    assert request.params == {"market": None}


def test_a_change_keeps_what_is_not_changed() -> None:
    resting = replace(PENDING, status=OrderStatus.OPEN)
    (request,), _ = drive(
        ORDERS.amend(resting, price=D("89000"), size=None), [said(order_row(status="OPEN"))]
    )
    assert (request.method, request.path) == (Method.PUT, f"/v1/orders/{ORDER_ID}")
    assert request.intent == OrderIntent(
        BTC, "BUY", "LIMIT", D("0.01"), D("89000"), body={"id": ORDER_ID}, order_id=ORDER_ID
    )
    assert not request.repeatable
    with pytest.raises(UnsupportedFeature, match="no limit order"):
        next(ORDERS.amend(replace(resting, order_type=OrderType.STOP), price=D(1), size=None))


def test_an_order_is_found_by_our_name_or_by_the_venues() -> None:
    (request,), found = drive(ORDERS.find(KEY, KEY.placed_ns), [said(order_row())])
    assert (request.path, found) == ("/v1/orders/by_client_id/abc1", Found(PENDING))
    named = replace(KEY, order_id=VenueOrderId(ORDER_ID))
    requests, found = drive(ORDERS.find(named, KEY.placed_ns), [NOT_FOUND, said(order_row())])
    assert (requests[1].path, found) == (f"/v1/orders/{ORDER_ID}", Found(PENDING))


def test_an_order_that_has_ended_is_found_in_the_history() -> None:
    ended = order_row(status="CLOSED", cancel_reason="USER_CANCELED", remaining_size="0.006")
    foreign = order_row(client_id="abc10")
    requests, found = drive(
        ORDERS.find(KEY, KEY.placed_ns), [NOT_FOUND, said({"results": [foreign, ended]})]
    )
    assert requests[1].path == "/v1/orders-history"
    assert (requests[1].params["client_id"], requests[1].params["market"]) == ("abc1", BTC)
    assert isinstance(found, Found)
    assert (found.info.status, found.info.filled_size) == (OrderStatus.CANCELED, D("0.004"))


def test_an_order_in_no_list_is_not_proven_absent() -> None:
    answers = [NOT_FOUND, said(EMPTY), said(EMPTY)]
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), answers)
    assert isinstance(found, NotYetKnown)
    assert requests[2].path == "/v1/fills"
    unreadable = said({"results": [order_row(status="SLEEPING")]})
    with pytest.raises(MalformedPayload, match="may be abc1"):
        drive(ORDERS.find(KEY, KEY.placed_ns), [NOT_FOUND, unreadable, said(EMPTY)])


def test_an_order_that_traded_and_is_in_no_list_is_unknown() -> None:
    answers = [NOT_FOUND, said(EMPTY), answer("http_get_fills"), said(EMPTY), said(EMPTY)]
    with pytest.raises(OutcomeUnknown, match="traded"):
        drive(ORDERS.find(KEY, KEY.placed_ns), answers)


def test_an_unreadable_order_stands_beside_the_others() -> None:
    rows = [order_row(id="77", status="SLEEPING"), order_row(status="OPEN")]
    (request,), orders = drive(ORDERS.active(BTC), [said({"results": rows})])
    assert request.params["market"] == BTC
    unreadable = [each for each in orders if isinstance(each, Unreadable)]
    assert [each.ids for each in unreadable] == [("77", "abc1")]
    assert replace(PENDING, status=OrderStatus.OPEN) in orders


def test_fills_are_read_to_the_last_page_and_oldest_first() -> None:
    first = {**parsed("http_get_fills"), "next": "c2"}
    first["results"][0] |= {"id": "later", "created_at": 1_795_200_000_701}
    requests, fills = drive(
        ORDERS.fills(BTC, 0, 1_795_200_000_701 * MS + 1),
        [said(first), answer("http_get_fills"), OPEN],
    )
    assert [request.params["cursor"] for request in requests] == [None, "c2", None]
    assert fills == [
        FILL,
        replace(FILL, trade_id=TradeId("later"), venue_ns=1_795_200_000_701 * MS),
    ]


def test_a_makers_fill_has_the_side_of_its_order_which_is_looked_for_in_the_history() -> None:
    row = {**parsed("http_get_fills")["results"][0], "side": "SELL"}
    page = said({"results": [order_row(id="8")], "next": "c2"})
    rest = said({"results": [order_row(), order_row(id="9")], "next": "c3"})
    requests, fills = drive(
        ORDERS.fills(BTC, 0, 1 << 62), [said({"results": [row]}), said(EMPTY), page, rest]
    )
    assert [request.path for request in requests[1:]] == ["/v1/orders", *["/v1/orders-history"] * 2]
    assert fills == [FILL]


def test_a_makers_fill_whose_order_is_not_told_is_not_guessed() -> None:
    _, (fill,) = drive(
        ORDERS.fills(BTC, 0, 1 << 62), [answer("http_get_fills"), said(EMPTY), said(EMPTY)]
    )
    assert isinstance(fill, Unreadable)
    assert fill.ids == (ORDER_ID, "abc1")


def test_a_takers_fill_has_its_own_side() -> None:
    row = {**parsed("http_get_fills")["results"][0], "liquidity": "TAKER", "side": "SELL"}
    _, (fill,) = drive(ORDERS.fills(BTC, 0, 1 << 62), [said({"results": [row]})])
    assert fill == replace(FILL, liquidity=Liquidity.TAKER, side=Side.SELL)


def test_fills_outside_the_span_are_left_out() -> None:
    _, fills = drive(
        ORDERS.fills(BTC, FILL.venue_ns + 1, 2 * FILL.venue_ns), [answer("http_get_fills")]
    )
    assert fills == []


def test_voided_fills_are_listed_of_all_markets_and_none_may_be_told_as_null() -> None:
    bust = {"account": "0x1", "busted_fill_id": "81", "created_at": 1_795_200_000_700}
    requests, voided = drive(
        ORDERS.voided(5 * MS, 9 * MS), [said({"results": [bust], "next": "c2"}), said(EMPTY)]
    )
    assert [request.path for request in requests] == ["/v1/tradebusts"] * 2
    assert (requests[0].params["start_at"], requests[0].params["end_at"]) == (5, 9)
    assert voided == [VoidedFill(TradeId("81"), 1_795_200_000_700 * MS)]
    assert drive(ORDERS.voided(0, 1), [said({"results": None, "next": None})])[1] == []


def test_a_list_that_never_ends_is_an_error() -> None:
    page = said({"results": [], "next": "again"})
    with pytest.raises(MalformedPayload, match="did not end"):
        drive(ORDERS.fills(BTC, 0, 1), [page] * 1000)


@pytest.mark.parametrize(
    ("word", "filled", "reason", "status", "told"),
    [
        ("NEW", "0", "", OrderStatus.PENDING, None),
        ("UNTRIGGERED", "0", "", OrderStatus.OPEN, None),
        ("OPEN", "0", "", OrderStatus.OPEN, None),
        ("OPEN", "0.4", "", OrderStatus.PARTIALLY_FILLED, None),
        ("CLOSED", "1", "USER_CANCELED", OrderStatus.FILLED, None),
        ("CLOSED", "0", "NOT_ENOUGH_MARGIN", OrderStatus.REJECTED, Reason.INSUFFICIENT_MARGIN),
        ("CLOSED", "0", "ORDER_EXCEEDS_POSITION_LIMIT", OrderStatus.REJECTED,
         Reason.INSUFFICIENT_MARGIN),
        ("CLOSED", "0", "ORDER_SIZE_BELOW_MIN", OrderStatus.REJECTED, Reason.BELOW_MINIMUM),
        ("CLOSED", "0", "POST_ONLY_WOULD_CROSS", OrderStatus.REJECTED,
         Reason.POST_ONLY_WOULD_CROSS),
        ("CLOSED", "0", "PRICE_BAND", OrderStatus.REJECTED, Reason.INVALID_ORDER),
        ("CLOSED", "0", "REDUCE_ONLY_EXCEEDS", OrderStatus.REJECTED, Reason.REDUCE_ONLY_REJECTED),
        ("CLOSED", "0.4", "NOT_ENOUGH_MARGIN", OrderStatus.CANCELED, Reason.INSUFFICIENT_MARGIN),
        ("CLOSED", "0", "USER_CANCELED", OrderStatus.CANCELED, Reason.USER_CANCELED),
        ("CLOSED", "0", "SOMETHING_NEW", OrderStatus.CANCELED, Reason.OTHER),
        ("CLOSED", "0", "", OrderStatus.CANCELED, Reason.OTHER),
    ],
)  # fmt: skip
def test_where_an_order_stands_is_read_from_word_sizes_and_reason(
    word: str, filled: str, reason: str, status: OrderStatus, told: Reason | None
) -> None:
    average = D(90000) if D(filled) else None
    assert fate(word, D(1), D(filled), average, reason) == (status, told)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "SLEEPING"},
        {"remaining_size": "0.02"},
        {"remaining_size": "-0.01"},
        {"status": "CLOSED", "remaining_size": "0"},
    ],
)
def test_sizes_that_contradict_each_other_are_no_order(changed: dict[str, object]) -> None:
    assert isinstance(_read(order_row(**changed)), Unreadable)


def test_a_market_order_has_no_price_and_a_stranger_no_name_of_ours() -> None:
    info = _read(order_row(type="MARKET", price="0", client_id="", avg_fill_price=None))
    assert isinstance(info, OrderInfo)
    assert (info.price, info.client_order_id, info.order_type) == (None, None, OrderType.MARKET)


def _read(row: dict[str, object]) -> OrderInfo | Unreadable:
    (info,) = read_rows([_raw(row)], Order, Order.info, ("id",))
    return info


def _raw(row: dict[str, object]) -> Any:
    return said(row).body
