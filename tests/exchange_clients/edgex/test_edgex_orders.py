"""Orders at edgeX: what is asked, and how the answers read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.edgex.client.managers.order_manager import EdgexOrders
from exchange_clients.edgex.client.utils.converters import Order
from exchange_clients.edgex.client.utils.signing import OrderIntent
from exchange_clients.errors import (
    MalformedPayload,
    OrderNotFound,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.events import Unreadable
from exchange_clients.rounding import Rounding, round_to_increment
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.venue import AmendWords, BatchWords, DeadManWords, OrderKey
from tests.exchange_clients.edgex.edgex_samples import (
    ACCOUNT,
    BTC,
    FILL,
    ORDER,
    OURS,
    RESTING,
    answer,
    sample,
    table,
)

ORDERS = EdgexOrders(table(), ACCOUNT)
KEY = OrderKey(OURS, BTC, RESTING.order_id, placed_ns=1_790_000_000_000_000_000)
NOTHING = Response(200, b'{"code":"SUCCESS","data":[]}')
NO_PAGE = Response(200, b'{"code":"SUCCESS","data":{"dataList":[],"nextPageOffsetData":""}}')


def page(name: str, **changed: object) -> Response:
    """Return a page with another cursor."""
    envelope = msgspec.json.decode(sample(name))
    envelope["data"] |= changed
    return Response(200, msgspec.json.encode(envelope))


def row(**changed: object) -> OrderInfo:
    """Return the sampled order with other fields, as it reads."""
    fields = msgspec.json.decode(sample("http_get_order"))["data"][0] | changed
    return msgspec.json.decode(msgspec.json.encode(fields), type=Order).info()


def intent_of(order: NewOrder) -> OrderIntent:
    intent = next(ORDERS.place(order)).intent
    assert isinstance(intent, OrderIntent)
    return intent


# Placing ------------------------------------------------------------------------------------------


def test_a_creation_is_asked_for_once_and_comes_back_pending() -> None:
    (request,), info = drive(ORDERS.place(ORDER), [answer("http_post_create_order")])
    assert (request.repeatable, request.private, request.scope) == (False, True, "order")
    assert info == replace(
        RESTING,
        status=OrderStatus.PENDING,
        filled_size=Decimal(0),
        average_price=None,
        created_ns=None,
        updated_ns=None,
    )


@pytest.mark.parametrize(
    ("order_type", "time_in_force", "sent"),
    [
        (OrderType.LIMIT, TimeInForce.GTC, ("LIMIT", "GOOD_TIL_CANCEL", "79031.2")),
        (OrderType.LIMIT, TimeInForce.GTX, ("LIMIT", "POST_ONLY", "79031.2")),
        (OrderType.LIMIT, TimeInForce.IOC, ("LIMIT", "IMMEDIATE_OR_CANCEL", "79031.2")),
        (OrderType.LIMIT, TimeInForce.FOK, ("LIMIT", "FILL_OR_KILL", "79031.2")),
        (OrderType.MARKET, TimeInForce.GTC, ("LIMIT", "IMMEDIATE_OR_CANCEL", "79031.2")),
        (OrderType.STOP, TimeInForce.GTC, ("STOP_LIMIT", "GOOD_TIL_CANCEL", "79031.2")),
        (OrderType.STOP_MARKET, TimeInForce.GTC, ("STOP_MARKET", "IMMEDIATE_OR_CANCEL", None)),
        (
            OrderType.TAKE_PROFIT,
            TimeInForce.GTC,
            ("TAKE_PROFIT_LIMIT", "GOOD_TIL_CANCEL", "79031.2"),
        ),
        (
            OrderType.TAKE_PROFIT_MARKET,
            TimeInForce.GTC,
            ("TAKE_PROFIT_MARKET", "IMMEDIATE_OR_CANCEL", None),
        ),
    ],
)
def test_every_kind_of_order_has_its_words_and_signs_its_worst_price(
    order_type: OrderType, time_in_force: TimeInForce, sent: tuple[str, str, str | None]
) -> None:
    intent = intent_of(replace(ORDER, order_type=order_type, time_in_force=time_in_force))
    word, lasting, price = sent
    assert (intent.order_type, intent.time_in_force) == (word, lasting)
    assert intent.price == (None if price is None else Decimal(price))
    assert intent.worst == Decimal("79031.2")


def test_a_reduce_only_order_may_use_the_reserve() -> None:
    assert next(ORDERS.place(replace(ORDER, reduce_only=True))).urgent


def test_a_trailing_stop_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UnsupportedFeature, match="edgex does not support trailing stop"):
        next(ORDERS.place(replace(ORDER, order_type=OrderType.TRAILING_STOP)))


def test_exits_go_with_the_order_each_named_bounded_and_triggered_by_itself() -> None:
    wanted = replace(ORDER, take_profit_price=Decimal(90000), stop_loss_price=Decimal("70000.5"))
    told = [
        (name, each.order.client_order_id, each.order_type, each.order.trigger_price, each.worst)
        for name, each in intent_of(wanted).exits
    ]
    tick = table().of_contract(ORDER.contract_id).market.tick
    own, bound = ORDER.client_order_id, Decimal("0.97")
    assert told == [
        ("OpenTp", f"{own}-opentp", "TAKE_PROFIT_MARKET", Decimal(90000), Decimal(90000) * bound),
        (
            "OpenSl",
            f"{own}-opensl",
            "STOP_MARKET",
            Decimal("70000.5"),
            round_to_increment(Decimal("70000.5") * bound, tick, Rounding.UP),
        ),
    ]
    for _, each in intent_of(wanted).exits:
        assert (each.price, each.order.side) == (None, ORDER.side.opposite)
        assert (each.order.size, each.order.reduce_only) == (ORDER.size, True)
    assert intent_of(ORDER).exits == ()


def test_what_does_not_exist_has_no_words() -> None:
    assert not isinstance(ORDERS, AmendWords | BatchWords | DeadManWords)


# Cancelling ---------------------------------------------------------------------------------------


def test_an_order_is_cancelled_by_the_venues_name() -> None:
    (request,), info = drive(ORDERS.cancel(RESTING), [answer("http_post_cancel_order")])
    assert request.path == "/api/v2/private/order/cancelOrderById"
    assert request.body == {"accountId": ACCOUNT, "orderIdList": [RESTING.order_id]}
    assert (request.urgent, request.repeatable, info) == (True, True, RESTING)


def test_an_order_without_a_name_of_the_venue_is_cancelled_by_ours() -> None:
    unnamed = replace(RESTING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(unnamed), [answer("http_post_cancel_order")])
    assert request.path == "/api/v2/private/order/cancelOrderByClientOrderId"
    assert request.body == {"accountId": ACCOUNT, "clientOrderIdList": ["demo-1"]}


@pytest.mark.parametrize("results", [{"564814927928230158": "FAILED_ORDER_FILLED"}, {}])
def test_a_success_that_cancelled_nothing_is_told(results: dict[str, str]) -> None:
    body = msgspec.json.encode({"code": "SUCCESS", "data": {"cancelResultMap": results}})
    with pytest.raises(VenueRejected) as raised:
        drive(ORDERS.cancel(RESTING), [Response(200, body)])
    assert raised.value.reason is Reason.ALREADY_TERMINAL


def test_cancel_all_is_narrowed_by_a_list_or_by_nothing() -> None:
    bodies = [next(ORDERS.cancel_all(each)).body for each in (BTC, None)]
    assert bodies == [
        {"accountId": ACCOUNT, "filterContractIdList": [BTC]},
        {"accountId": ACCOUNT},
    ]


# Looking up ---------------------------------------------------------------------------------------


def test_an_order_is_found_by_our_name_then_by_the_venues_then_in_the_past() -> None:
    one, found = drive(ORDERS.find(KEY, 0), [answer("http_get_order")])
    assert (len(one), found) == (1, Found(RESTING))
    two, found = drive(ORDERS.find(KEY, 0), [NOTHING, answer("http_get_order")])
    assert (len(two), found) == (2, Found(RESTING))
    three, found = drive(ORDERS.find(KEY, 0), [NOTHING, NOTHING, answer("http_get_order_page")])
    assert found == Found(RESTING)
    assert [(each.path.rpartition("/")[2], dict(each.params)) for each in three] == [
        ("getOrderByClientOrderId", {"accountId": ACCOUNT, "clientOrderIdList": "demo-1"}),
        ("getOrderById", {"accountId": ACCOUNT, "orderIdList": "564814927928230158"}),
        (
            "getHistoryOrderPage",
            {
                "accountId": ACCOUNT,
                "size": 100,
                "filterContractIdList": BTC,
                "filterStartCreatedTimeInclusive": 1789999940000,  # clocks may be a minute apart
            },
        ),
    ]


def test_an_order_that_the_venue_never_named_is_not_asked_for_by_name() -> None:
    requests, _ = drive(ORDERS.find(replace(KEY, order_id=None), 0), [NOTHING, NO_PAGE])
    assert [each.path.rpartition("/")[2] for each in requests] == [
        "getOrderByClientOrderId",
        "getHistoryOrderPage",
    ]


def test_a_lookup_that_is_refused_as_unknown_goes_on() -> None:
    missing = Response(200, b"{}", error=OrderNotFound("ORDER_NOT_FOUND"))
    _, found = drive(ORDERS.find(KEY, 0), [missing, missing, NO_PAGE])
    assert isinstance(found, NotYetKnown)


def test_the_past_is_read_no_further_than_the_order() -> None:
    first = page("http_get_order_page", nextPageOffsetData="c2")
    requests, found = drive(ORDERS.find(KEY, 0), [NOTHING, NOTHING, first])
    assert (len(requests), found) == (3, Found(RESTING))


def test_a_lookup_that_tells_of_another_order_is_an_error() -> None:
    body = sample("http_get_order").replace(b'"demo-1"', b'"demo-2"')
    with pytest.raises(MalformedPayload, match="another order"):
        drive(ORDERS.find(KEY, 0), [Response(200, body)])


@pytest.mark.parametrize("broken", [{"status": "SLEEPING"}, {"status": 7, "clientOrderId": None}])
def test_a_row_of_the_past_that_may_be_the_order_is_not_its_absence(
    broken: dict[str, object],
) -> None:
    rows = msgspec.json.decode(sample("http_get_order_page"))["data"]["dataList"]
    past = page("http_get_order_page", dataList=[rows[0] | broken])
    with pytest.raises(MalformedPayload, match="demo-1"):
        drive(ORDERS.find(KEY, 0), [NOTHING, NOTHING, past])


# Lists --------------------------------------------------------------------------------------------


def test_open_orders_are_read_to_the_last_page_oldest_first() -> None:
    rows = msgspec.json.decode(sample("http_get_order_page"))["data"]["dataList"]
    older = rows[0] | {"id": "5", "clientOrderId": "", "createdTime": "1789999999999"}
    foreign = rows[0] | {"contractId": "30000002"}
    pages = [
        page("http_get_order_page", nextPageOffsetData="c2"),
        page("http_get_order_page", dataList=[older, foreign]),
    ]
    requests, orders = drive(ORDERS.active(BTC), pages)
    assert [each.params.get("offsetData") for each in requests] == [None, "c2"]
    assert [getattr(each, "order_id", None) for each in orders] == ["5", "564814927928230158"]
    assert [getattr(each, "client_order_id", None) for each in orders] == [None, "demo-1"]


def test_an_unreadable_order_stands_beside_the_others() -> None:
    rows = msgspec.json.decode(sample("http_get_order_page"))["data"]["dataList"]
    broken = page("http_get_order_page", dataList=[rows[0] | {"size": "NaN"}, rows[0]])
    _, orders = drive(ORDERS.active(BTC), [broken])
    assert [each.ids for each in orders if isinstance(each, Unreadable)] == [
        ("564814927928230158", "demo-1")
    ]
    assert RESTING in orders


def test_fills_are_read_to_the_last_page_and_cut_to_the_time() -> None:
    first = page("http_get_fill_page", nextPageOffsetData="c2")
    until_ns = FILL.venue_ns + 1
    requests, fills = drive(
        ORDERS.fills(BTC, FILL.venue_ns, until_ns), [first, answer("http_get_fill_page")]
    )
    assert requests[0].params["filterStartCreatedTimeInclusive"] == 1790000000800
    assert "filterEndCreatedTimeExclusive" not in requests[0].params
    assert fills == [FILL, FILL]
    _, none = drive(ORDERS.fills(BTC, 0, FILL.venue_ns), [answer("http_get_fill_page")])
    assert none == []


def test_the_value_of_a_fill_counts_where_its_shown_price_is_rounded() -> None:
    body = sample("http_get_fill_page").replace(b'"fillPrice": "79031.2"', b'"fillPrice": "79031"')
    _, (fill,) = drive(ORDERS.fills(BTC, 0, 2**62), [Response(200, body)])
    assert fill == FILL


def test_a_list_that_never_ends_is_an_error() -> None:
    endless = page("http_get_fill_page", dataList=[], nextPageOffsetData="again")
    with pytest.raises(MalformedPayload, match="did not end"):
        drive(ORDERS.fills(BTC, 0, 1), [endless] * 1000)


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"status": "PENDING", "cumMatchSize": "0"}, OrderStatus.PENDING, None),
        ({"status": "UNTRIGGERED", "cumMatchSize": "0.000"}, OrderStatus.OPEN, None),
        ({"status": "OPEN", "cumMatchSize": "0.000"}, OrderStatus.OPEN, None),
        ({"status": "OPEN"}, OrderStatus.PARTIALLY_FILLED, None),
        ({"status": "CANCELING", "cumMatchSize": "0"}, OrderStatus.OPEN, None),
        ({"status": "CANCELING"}, OrderStatus.PARTIALLY_FILLED, None),
        ({"status": "FILLED", "cumMatchSize": "0.010"}, OrderStatus.FILLED, None),
    ],
)
def test_every_status_has_its_meaning(
    changed: dict[str, object], status: OrderStatus, reason: Reason | None
) -> None:
    info = row(**changed)
    assert (info.status, info.reason) == (status, reason)


UNFILLED = {"status": "CANCELED", "cumMatchSize": "0", "cumMatchValue": "0"}


@pytest.mark.parametrize(
    ("word", "lasting", "status", "reason"),
    [
        ("COULD_NOT_FILL", "POST_ONLY", OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS),
        ("COULD_NOT_FILL", "FILL_OR_KILL", OrderStatus.REJECTED, Reason.NOT_FILLED_IN_FULL),
        ("COULD_NOT_FILL", "IMMEDIATE_OR_CANCEL", OrderStatus.CANCELED, Reason.NO_LIQUIDITY),
        ("REDUCE_ONLY_CANCELED", "", OrderStatus.REJECTED, Reason.REDUCE_ONLY_REJECTED),
        ("MARGIN_NOT_ENOUGH", "", OrderStatus.REJECTED, Reason.INSUFFICIENT_MARGIN),
        ("INTERNAL_FAILED", "", OrderStatus.REJECTED, Reason.OTHER),
        ("SYSTEM_LIMIT_EVICTED", "", OrderStatus.REJECTED, Reason.OTHER),
        ("USER_CANCELED", "", OrderStatus.CANCELED, Reason.USER_CANCELED),
        ("ADMIN_CANCELED", "", OrderStatus.CANCELED, Reason.OTHER),
        ("LIQUIDATE_CANCELED", "", OrderStatus.CANCELED, Reason.LIQUIDATED),
        ("EXPIRE_CANCELED", "", OrderStatus.EXPIRED, None),
        ("SOMETHING_NEW", "", OrderStatus.CANCELED, Reason.OTHER),
    ],
)
def test_an_order_that_ended_without_trading_says_whether_it_was_refused(
    word: str, lasting: str, status: OrderStatus, reason: Reason | None
) -> None:
    info = row(**UNFILLED, cancelReason=word, timeInForce=lasting)
    assert (info.status, info.reason) == (status, reason)


def test_an_order_that_traded_was_not_refused() -> None:
    info = row(status="CANCELED", cancelReason="COULD_NOT_FILL", timeInForce="IMMEDIATE_OR_CANCEL")
    assert (info.status, info.filled_size) == (OrderStatus.CANCELED, Decimal("0.004"))


def test_a_market_type_has_no_price() -> None:
    info = row(type="STOP_MARKET", price="0", side="SELL")
    assert (info.order_type, info.price, info.side) == (OrderType.STOP_MARKET, None, Side.SELL)


def test_ids_and_instants_may_be_numbers() -> None:
    numbers = {
        "id": 564814927928230158,
        "contractId": 30000001,
        "createdTime": 1790000000100,
        "updatedTime": 1790000000900,
    }
    assert row(**numbers) == RESTING
