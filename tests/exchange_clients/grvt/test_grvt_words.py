"""What GRVT is asked, and how its answers read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    Symbol,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    InsufficientMargin,
    InvalidOrder,
    MalformedPayload,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    ReduceOnlyRejected,
    UnsupportedFeature,
)
from exchange_clients.events import Unreadable
from exchange_clients.grvt.client.managers.account_manager import GrvtAccount, GrvtSessions
from exchange_clients.grvt.client.managers.market_data import GrvtMarkets
from exchange_clients.grvt.client.managers.order_manager import GrvtOrders
from exchange_clients.grvt.client.managers.position_manager import GrvtPositions
from exchange_clients.grvt.client.utils.converters import reason_of, status_of
from exchange_clients.grvt.client.utils.errors import read_error
from exchange_clients.grvt.client.utils.signing import OrderIntent
from exchange_clients.grvt.common import (
    REASONS,
    get_grvt_symbol_format,
    normalize_symbol,
    symbol_of_base,
)
from exchange_clients.grvt.funding_adapter.fetchers import GrvtFunding
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.order_rows import OVERLAP_NS
from exchange_clients.shared.venue import Funds, OrderKey
from tests.exchange_clients.grvt.grvt_samples import ACCOUNT, BTC, answer, sample, table

ORDERS = GrvtOrders(table(), ACCOUNT)
OURS = ClientOrderId("92")  # 9223372036854775900 - 2**63
ORDER = NewOrder(
    OURS, BTC, Side.BUY, Decimal("0.01"), Decimal("90000.1"), time_in_force=TimeInForce.GTX
)
RESTING = OrderInfo(
    order_id=VenueOrderId("0x0101ab"),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.01"),
    price=Decimal("90000.1"),
    status=OrderStatus.PARTIALLY_FILLED,
    filled_size=Decimal("0.004"),
    average_price=Decimal("90000.1"),
    created_ns=1795200000000000000,
    updated_ns=1795200000500000000,
)
KEY = OrderKey(OURS, BTC, placed_ns=1795200000000000000)
NOT_FOUND = Response(404, b"", error=OrderNotFound("1004"))


@pytest.mark.parametrize(
    ("base", "symbol", "multiplier"),
    [("BTC", "BTC", 1), ("KPEPE", "PEPE", 1000), ("KAITO", "KAITO", 1), ("KAS", "KAS", 1)],
)
def test_only_the_known_thousands_lose_their_k(base: str, symbol: str, multiplier: int) -> None:
    assert symbol_of_base(base) == (Symbol(symbol), Decimal(multiplier))
    assert normalize_symbol(f"{base}_USDT_Perp") == symbol
    assert get_grvt_symbol_format(symbol) == f"{base}_USDT_Perp"


def test_the_list_holds_the_perpetual_contracts_alone() -> None:
    listed = list(table())
    btc, pepe = listed
    assert [each.market.contract_id for each in listed] == [BTC, "KPEPE_USDT_Perp"]
    assert (btc.market.tick, btc.market.step) == (Decimal("0.1"), Decimal("0.001"))
    assert (btc.market.min_size, btc.market.min_notional) == (Decimal("0.001"), Decimal(100))
    assert [btc.funding_interval_hours, pepe.funding_interval_hours] == [8, 4]
    assert [pepe.market.symbol, pepe.market.multiplier] == ["PEPE", 1000]
    assert dict(btc.details) == {"asset_id": 0x030501, "base_scale": Decimal(10**9)}


@pytest.mark.parametrize(("levels", "asked"), [(1, 10), (10, 10), (11, 50), (600, 500)])
def test_the_smallest_depth_that_suffices_is_asked_for(levels: int, asked: int) -> None:
    requests, book = drive(GrvtMarkets().depth(table(), BTC, levels), [answer("http_post_book")])
    assert requests[0].body == {"instrument": BTC, "depth": asked}
    assert (book.bids, book.asks) == ([(90000.1, 1.25)], [(90000.2, 0.8)])


def test_trades_are_told_oldest_first() -> None:
    _, trades = drive(GrvtMarkets().trades(table(), BTC, 5000), [answer("http_post_trade")])
    assert [(each.trade_id, each.aggressor) for each in trades] == [
        ("74150424-1", Side.SELL),
        ("74150425-1", Side.BUY),
    ]


def test_candles_outside_the_range_are_left_out() -> None:
    start_ns = 1795200060000000000
    _, inside = drive(
        GrvtMarkets().candles(table(), BTC, "1m", start_ns, start_ns + 1),
        [answer("http_post_kline")],
    )
    _, outside = drive(
        GrvtMarkets().candles(table(), BTC, "1m", 0, start_ns), [answer("http_post_kline")]
    )
    assert [(each.start_ns, each.close, each.volume) for each in inside] == [
        (start_ns, Decimal(90010), Decimal("12.5"))
    ]
    assert outside == []


def test_an_interval_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ClientConfigError, match=r"'7m'.*1m, 3m"):
        next(GrvtMarkets().candles(table(), BTC, "7m", 0, 1))


def test_an_order_is_asked_for_once_and_comes_back_pending_without_an_id() -> None:
    (request,), info = drive(ORDERS.place(ORDER), [answer("http_post_create_order")])
    assert (request.repeatable, request.private, request.service) == (False, True, "trades")
    assert request.intent == OrderIntent(
        BTC, 0x030501, Decimal(10**9), Decimal("0.01"), Decimal("90000.1"),
        buying=True, time_in_force="GOOD_TILL_TIME", post_only=True, reduce_only=False,
        client_order_id="9223372036854775900",
    )  # fmt: skip
    assert (info.status, info.order_id, info.client_order_id) == (OrderStatus.PENDING, "", OURS)


def test_a_reduce_only_order_may_use_the_reserve() -> None:
    (request,), _ = drive(
        ORDERS.place(replace(ORDER, reduce_only=True)), [answer("http_post_create_order")]
    )
    assert request.urgent


def test_a_stop_waits_for_the_mark_and_a_trailing_stop_is_refused() -> None:
    stop = replace(
        ORDER,
        order_type=OrderType.STOP_MARKET,
        price=None,
        time_in_force=TimeInForce.GTC,
        trigger_price=Decimal("80000"),
    )
    intent = next(ORDERS.place(stop)).intent
    assert isinstance(intent, OrderIntent)
    assert intent.trigger == {
        "trigger_type": "STOP_LOSS",
        "tpsl": {"trigger_by": "MARK", "trigger_price": "80000", "close_position": False},
    }
    assert (intent.price, intent.time_in_force) == (None, "IMMEDIATE_OR_CANCEL")
    with pytest.raises(UnsupportedFeature, match="grvt does not support trailing stop"):
        next(ORDERS.place(replace(stop, order_type=OrderType.TRAILING_STOP)))


def test_a_cancel_names_our_id_and_is_only_acknowledged() -> None:
    (request,), info = drive(ORDERS.cancel(RESTING), [Response(200, b'{"result":{"ack":true}}')])
    assert request.body == {
        "sub_account_id": ACCOUNT,
        "client_order_id": "9223372036854775900",
        "time_to_live_ms": "100",
    }
    assert (request.urgent, request.repeatable, info) == (True, True, RESTING)


def test_a_foreign_order_is_cancelled_by_its_venue_id() -> None:
    (request,), _ = drive(
        ORDERS.cancel(replace(RESTING, client_order_id=None)), [Response(200, b"{}")]
    )
    assert request.body == {
        "sub_account_id": ACCOUNT,
        "order_id": "0x0101ab",
        "time_to_live_ms": "100",
    }


@pytest.mark.parametrize(("seconds", "sent"), [(0, "0"), (1, "2000"), (30, "30000")])
def test_the_dead_man_switch_is_never_disarmed_by_a_short_time(seconds: float, sent: str) -> None:
    (request,), _ = drive(ORDERS.arm_dead_man(seconds), [Response(200, b"{}")])
    assert request.body == {"sub_account_id": ACCOUNT, "countdown_time": sent}


def test_an_order_is_found_by_itself_or_in_the_history() -> None:
    live = answer("http_post_open_orders").body.replace(b'"result": [', b'"result":').rstrip()
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), [Response(200, live[:-3] + b"}")])
    assert (found, len(requests)) == (Found(RESTING), 1)

    history = Response(200, sample("http_post_open_orders"))
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns + 9), [NOT_FOUND, history])
    assert found == Found(RESTING)
    assert [request.path for request in requests] == ["/full/v1/order", "/full/v1/order_history"]
    asked = msgspec.to_builtins(requests[1].body)
    since_ns, until_ns = KEY.placed_ns - OVERLAP_NS, KEY.placed_ns + 9 + OVERLAP_NS
    assert (asked["start_time"], asked["end_time"]) == (str(since_ns), str(until_ns))


def test_an_order_in_no_list_is_not_proven_absent() -> None:
    _, found = drive(
        ORDERS.find(KEY, KEY.placed_ns), [NOT_FOUND, Response(200, b'{"result":[],"next":""}')]
    )
    assert isinstance(found, NotYetKnown)


def test_an_unreadable_order_stands_beside_the_others() -> None:
    rows = msgspec.json.decode(sample("http_post_open_orders"))["result"]
    broken = {**rows[0], "order_id": "0x77", "state": {**rows[0]["state"], "status": "SLEEPING"}}
    body = msgspec.json.encode({"result": [broken, *rows]})
    _, orders = drive(ORDERS.active(BTC), [Response(200, body)])
    unreadable = [each for each in orders if isinstance(each, Unreadable)]
    assert [each.ids for each in unreadable] == [("0x77",)]
    assert RESTING in orders


def test_fills_are_read_to_the_last_page() -> None:
    first = sample("http_post_fill_history").replace(b'"next": ""', b'"next": "c2"')
    requests, fills = drive(
        ORDERS.fills(BTC, 0, 1795200000700000001),
        [Response(200, first), answer("http_post_fill_history")],
    )
    bodies = [request.body for request in requests]
    assert [body["cursor"] for body in bodies if isinstance(body, dict)] == ["", "c2"]
    assert fills == [FILL, FILL]


FILL = Fill(
    trade_id=TradeId("74150425-1"),
    order_id=VenueOrderId("0x0101ab"),
    client_order_id=OURS,
    contract_id=BTC,
    side=Side.BUY,
    price=Decimal("90000.1"),
    size=Decimal("0.01"),
    fee=Decimal("0.405"),
    fee_asset="USDT",
    liquidity=Liquidity.TAKER,
    venue_ns=1795200000700000000,
)


def test_a_list_that_never_ends_is_an_error() -> None:
    page = Response(200, b'{"result":[],"next":"again"}')
    with pytest.raises(MalformedPayload, match="did not end"):
        drive(ORDERS.fills(BTC, 0, 1), [page] * 1000)


def test_a_short_position_is_negative_and_paid_funding_a_cost() -> None:
    _, (position,) = drive(GrvtPositions(ACCOUNT).all(), [answer("http_post_positions")])
    assert isinstance(position, ExchangePositionSnapshot)
    assert (position.quantity, position.entry_price) == (Decimal("-0.01"), Decimal("90000.1"))
    assert position.cumulative_funding == Decimal("0.02")
    assert position.liquidation_price == Decimal(120000)


def test_the_balance_that_counts_is_what_is_available() -> None:
    _, funds = drive(GrvtAccount(ACCOUNT).balance(), [answer("http_post_account_summary")])
    assert funds == Funds(Decimal(910), Decimal(1000), Decimal(-5), Decimal(1))


def test_a_funding_payment_that_was_paid_is_negative() -> None:
    _, (payment,) = drive(
        GrvtAccount(ACCOUNT).payments(BTC, 0, 2**62), [answer("http_post_funding_payment_history")]
    )
    assert (payment.payment_id, payment.amount) == ("209358", Decimal("-9.75"))


def test_leverage_is_read_from_the_list_and_must_be_in_it() -> None:
    body = b'{"results":[{"instrument":"BTC_USDT_Perp","leverage":"10","max_leverage":"50"}]}'
    _, leverage = drive(GrvtAccount(ACCOUNT).leverage(BTC), [Response(200, body)])
    assert leverage == 10
    with pytest.raises(MalformedPayload, match="ETH_USDT_Perp"):
        drive(GrvtAccount(ACCOUNT).leverage(ContractId("ETH_USDT_Perp")), [Response(200, body)])


def test_brackets_come_from_the_margin_rules() -> None:
    body = (
        b'{"result":{"risk_brackets":[{"tier":1,"notional_floor":"0","notional_cap":"500000",'
        b'"maintenance_margin_rate":"0.01","initial_margin_rate":"0.02","max_leverage":"50"}]}}'
    )
    _, info = drive(GrvtAccount(ACCOUNT).brackets(BTC), [Response(200, body)])
    assert [info.max_leverage, info.max_notional, info.margin_requirement] == [
        50,
        500000,
        Decimal("0.02"),
    ]


@pytest.mark.parametrize("others", [("", ""), ("__cf_bm=x; Path=/\n", "\n_cfuvid=y")])
def test_a_login_lives_as_long_as_its_cookie_says(others: tuple[str, str]) -> None:
    ours = "gravity=abc; Path=/; Expires=Sat, 21 Nov 2026 10:00:00 GMT; HttpOnly"
    headers = {"set-cookie": f"{others[0]}{ours}{others[1]}", "x-grvt-account-id": "77"}
    flow = GrvtSessions("key").login(1795251600000, 0)
    (request,), session = drive(flow, [Response(200, b"{}", headers)])
    assert (request.service, request.headers["cookie"]) == ("auth", "rm=true;")
    assert session.headers == {"cookie": "gravity=abc", "x-grvt-account-id": "77"}
    assert session.expires_at_ms == 1795255200000
    assert session.refresh_at_ms == 1795255200000 - 120_000
    assert "abc" not in repr(session)


def test_a_refused_key_that_is_answered_with_200_is_no_login() -> None:
    body = b'{"status":"failure","error":"invalid api key"}'
    with pytest.raises(AuthenticationFailed, match="no session"):
        drive(GrvtSessions("key").login(0, 0), [Response(200, body)])


@pytest.mark.parametrize("body", [b"<html><h1>We'll be right back</h1></html>", b"", b"{}"])
def test_a_page_instead_of_a_login_refuses_no_key(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        drive(GrvtSessions("key").login(0, 0), [Response(200, body)])


def test_rates_are_percent_of_the_markets_own_interval() -> None:
    _, rates = drive(GrvtFunding().rates(table(), [BTC]), [answer("http_post_ticker")])
    sample_of_btc = rates[Symbol("BTC")]
    assert [sample_of_btc.raw_rate, sample_of_btc.interval_hours] == [Decimal("0.0001"), 8]
    assert str(sample_of_btc.next_funding_time) == "2026-11-21 00:00:00+00:00"


def test_volume_is_what_was_bought_and_sold_and_interest_is_in_usd() -> None:
    _, stats = drive(GrvtFunding().stats(table(), [BTC]), [answer("http_post_ticker")])
    btc = stats[Symbol("BTC")]
    assert btc.volume_24h == 269_100_000
    assert btc.open_interest == Decimal("3200.5") * Decimal("90001.1")


def test_history_leaves_the_records_by_the_minute_out() -> None:
    _, rows = drive(GrvtFunding().history(table(), BTC, 0, 2**62), [answer("http_post_funding")])
    assert [(row.raw_rate, row.interval_hours) for row in rows] == [(Decimal("0.0001"), Decimal(8))]


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (1000, AuthenticationFailed, None),
        (1004, OrderNotFound, Reason.ORDER_NOT_FOUND),
        (1006, RateLimited, None),
        (2012, ExchangeError, Reason.DUPLICATE_CLIENT_ORDER_ID),
        (2066, InvalidOrder, Reason.BELOW_MINIMUM),
        (2080, InsufficientMargin, Reason.INSUFFICIENT_MARGIN),
        (2400, ReduceOnlyRejected, Reason.REDUCE_ONLY_REJECTED),
        (1002, OutcomeUnknown, None),
        (1009, OutcomeUnknown, None),
        (9999, OutcomeUnknown, None),
    ],
)
def test_errors_go_by_their_code(code: int, kind: type[ExchangeError], reason: Reason) -> None:
    body = msgspec.json.encode({"request_id": 1, "code": code, "message": "no", "status": 400})
    creation = Request(Method.POST, "/full/v1/create_order", repeatable=False)
    error = read_error(creation, Response(400, body))
    assert type(error) is kind or isinstance(error, kind)
    assert getattr(error, "reason", None) is reason


def test_a_success_is_no_error() -> None:
    assert read_error(Request(Method.POST, "/"), Response(200, b"{}")) is None


@pytest.mark.parametrize(
    ("word", "reason", "traded", "status"),
    [
        ("PENDING", "UNSPECIFIED", "0", OrderStatus.PENDING),
        ("OPEN", "UNSPECIFIED", "0.0", OrderStatus.OPEN),
        ("OPEN", "UNSPECIFIED", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("FILLED", "UNSPECIFIED", "1", OrderStatus.FILLED),
        ("REJECTED", "FAIL_POST_ONLY", "0", OrderStatus.REJECTED),
        ("CANCELLED", "CLIENT_CANCEL", "0.1", OrderStatus.CANCELED),
        ("CANCELLED", "EXPIRED", "0", OrderStatus.EXPIRED),
    ],
)
def test_every_status_has_its_meaning(
    word: str, reason: str, traded: str, status: OrderStatus
) -> None:
    assert status_of(word, reason, Decimal(traded)) is status


def test_reasons_are_told_and_a_new_word_is_other() -> None:
    assert {reason_of(word) for word in REASONS} == set(REASONS.values())
    assert reason_of("UNSPECIFIED") is None
    assert reason_of("SOMETHING_NEW") is Reason.OTHER
