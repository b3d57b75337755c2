"""Lighter's names, limits, markets and prices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    Side,
)
from exchange_clients.errors import (
    ClientConfigError,
)
from exchange_clients.lighter.client.managers.market_data import LighterMarkets
from exchange_clients.lighter.common import (
    FIELDS,
    LIMITS,
    get_lighter_symbol_format,
    normalize_symbol,
)
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.stream import STREAM_NUMBERED
from tests.exchange_clients.lighter.lighter_samples import (
    ETH,
    FIRST_HOUR_NS,
    HOUR_NS,
    NVDA,
    PEPE,
    answer,
    changed,
    rows_of,
    table,
)

TABLE = table()


@pytest.mark.parametrize(
    ("listed", "symbol"),
    [("BTC", "BTC"), ("1000PEPE", "PEPE"), ("1000FLOKI", "FLOKI"), ("1INCH", "1INCH")],
)
def test_symbols_make_the_round_trip(listed: str, symbol: str) -> None:
    assert normalize_symbol(listed) == symbol
    assert get_lighter_symbol_format(symbol) == listed


@pytest.mark.parametrize("name", ["ETH/USDC", "eth", "ETH"])
def test_every_spelling_of_a_symbol_is_understood(name: str) -> None:
    assert normalize_symbol(name) == "ETH"


@pytest.mark.parametrize("name", ["10000CAT", "1000", "10002", "KPEPE", "1MBABYDOGE"])
def test_only_a_thousand_before_a_letter_is_a_multiplier(name: str) -> None:
    assert normalize_symbol(name) == name


def test_every_scope_takes_from_buckets_that_exist() -> None:
    names = {bucket.name for bucket in LIMITS.buckets}
    assert {name for cost in LIMITS.costs.values() for name in cost} == names
    assert LIMITS.cost_of("trades") == {"weight": 600}
    assert LIMITS.cost_of("nonce") == {"weight": 6}
    assert LIMITS.cost_of("") == {"weight": 300}


@pytest.mark.parametrize(
    ("field", "value", "complains"),
    [
        (0, "0x" + "a" * 80, False), (0, "a" * 80, False), (0, "a" * 79, True), (0, "g" * 80, True),
        (1, "12345", False), (1, "-1", True), (2, "5", False), (2, "five", True),
    ],
)  # fmt: skip
def test_credentials_are_checked_by_form(field: int, value: str, complains: bool) -> None:
    check = FIELDS[field].complain
    assert check is not None
    complaint = check(value)
    assert (complaint is not None) is complains
    assert complaint is None or value not in complaint


def test_the_list_tells_scales_minimums_margins_and_fees() -> None:
    eth, pepe, nvda = TABLE
    assert [each.market.contract_id for each in TABLE] == [ETH, PEPE, NVDA]
    assert (eth.market.tick, eth.market.step) == (Decimal("0.01"), Decimal("0.0001"))
    assert (eth.market.min_size, eth.market.min_notional) == (Decimal("0.005"), Decimal(10))
    assert [eth.market.max_leverage, eth.market.maintenance_margin] == [50, Decimal("0.012")]
    assert [pepe.market.symbol, pepe.market.multiplier, pepe.market.step] == ["PEPE", 1000, 1]
    assert (pepe.market.maker_fee, pepe.market.taker_fee) == (
        Decimal("0.00004"),
        Decimal("0.00028"),
    )
    assert [each.tradable for each in TABLE] == [True, True, False]  # the last only reduces
    assert {each.funding_interval_hours for each in TABLE} == {1}
    assert dict(nvda.details) == {
        "price_decimals": 3,
        "size_decimals": 3,
        "default_leverage": 20,
    }


def test_a_market_that_cannot_be_read_does_not_hide_the_others() -> None:
    rows = rows_of("http_get_order_book_details", "order_book_details")
    broken = {**rows[0], "market_id": 7, "symbol": "NEW", "min_initial_margin_fraction": 0}
    asked = [changed("http_get_order_book_details", "order_book_details", [broken, *rows])]
    _, listings = drive(LighterMarkets().list(), asked)
    assert [each.market.contract_id for each in listings] == [ETH, PEPE, NVDA]


def test_a_token_listed_alone_as_well_keeps_the_plain_symbol() -> None:
    rows = rows_of("http_get_order_book_details", "order_book_details")
    alone = {**rows[1], "market_id": 9, "symbol": "PEPE"}
    asked = [changed("http_get_order_book_details", "order_book_details", [*rows, alone])]
    _, listings = drive(LighterMarkets().list(), asked)
    symbols = {each.market.contract_id: each.market.symbol for each in listings}
    assert (symbols[PEPE], symbols[ContractId("9")]) == ("1000PEPE", "PEPE")


def test_an_inactive_market_is_listed_and_not_traded() -> None:
    rows = rows_of("http_get_order_book_details", "order_book_details")
    for word in ("inactive", "in-settlement", "waiting-for-settlement", "settled"):
        asked = changed(
            "http_get_order_book_details", "order_book_details", [{**rows[0], "status": word}]
        )
        _, (listing,) = drive(LighterMarkets().list(), [asked])
        assert not listing.tradable


def test_the_book_is_put_together_from_orders_that_have_not_expired() -> None:
    at_ns = 1795200000 * 10**9
    asked = replace(answer("http_get_order_book_orders"), received_ns=at_ns)
    (request,), book = drive(LighterMarkets().depth(TABLE, ETH, 5), [asked])
    assert request.params == {"market_id": ETH, "limit": 250}
    assert not request.private
    ((price, size),) = book.asks
    assert (price, round(size, 9)) == (2064.54, 0.4285)
    assert book.bids == [(2064.30, 1.0392), (2064.10, 2.0)]
    assert book.last == STREAM_NUMBERED


def test_trades_are_told_oldest_first_with_the_side_that_took() -> None:
    (request,), trades = drive(
        LighterMarkets().trades(TABLE, ETH, 5000), [answer("http_get_recent_trades")]
    )
    assert request.params == {"market_id": ETH, "limit": 100}
    assert [(each.trade_id, each.aggressor, each.size) for each in trades] == [
        ("16164557906", Side.SELL, 0.01),
        ("16164557907", Side.BUY, 0.1336),
    ]


def test_zeros_that_candles_leave_out_are_zeros() -> None:
    (request,), candles = drive(
        LighterMarkets().candles(TABLE, ETH, "1h", FIRST_HOUR_NS, FIRST_HOUR_NS + 2 * HOUR_NS),
        [answer("http_get_candles")],
    )
    assert [(each.start_ns, each.close, each.volume) for each in candles] == [
        (FIRST_HOUR_NS, Decimal("2064.5"), Decimal("812.25")),
        (FIRST_HOUR_NS + HOUR_NS, Decimal("2064.5"), Decimal(0)),
    ]
    assert set(request.params) == {
        "market_id", "resolution", "start_timestamp", "end_timestamp", "count_back",
    }  # fmt: skip


def test_candles_are_asked_for_500_at_a_time_without_an_overlap() -> None:
    empty = Response(200, b'{"code":200,"r":"1m"}')
    requests, candles = drive(
        LighterMarkets().candles(TABLE, ETH, "1m", 0, 1001 * 60 * 10**9), [empty] * 3
    )
    spans = [(each.params["start_timestamp"], each.params["end_timestamp"]) for each in requests]
    assert spans == [(0, 29_999_999), (30_000_000, 59_999_999), (60_000_000, 89_999_999)]
    assert candles == []


def test_an_interval_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ClientConfigError, match=r"'7m'.*1m, 5m"):
        next(LighterMarkets().candles(TABLE, ETH, "7m", 0, 1))
