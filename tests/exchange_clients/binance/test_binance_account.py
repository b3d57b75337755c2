"""Positions, money and modes of a Binance account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
    PositionSide,
    Symbol,
)
from exchange_clients.binance.client.managers.account_manager import (
    BinanceAccount,
)
from exchange_clients.binance.common import DIALECT, LIMITS
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.dialects.fapi.account_manager import FapiPositions, FapiSessions
from exchange_clients.shared.flow import Method, drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.binance.binance_samples import BTC, MS, NOW_MS, TABLE, answer, parsed
from tests.support.samples import answers

ACCOUNT = BinanceAccount(DIALECT)
POSITIONS = FapiPositions(DIALECT, TABLE)
SHORT = ExchangePositionSnapshot(
    symbol=Symbol("BTC"),
    contract_id=BTC,
    quantity=Decimal("-0.010"),
    entry_price=Decimal("90000.0"),
    mark_price=Decimal("90001.1"),
    unrealized_pnl=Decimal("-0.01"),
    liquidation_price=Decimal(120000),
    metadata={"margin_type": ""},
)


def test_a_position_is_signed() -> None:
    (request,), held = drive(POSITIONS.all(), [answer("http_get_position_risk")])
    assert request.path == "/fapi/v3/positionRisk"
    assert held == [SHORT]


def test_in_hedge_mode_a_market_has_a_position_of_each_side() -> None:
    (row,) = parsed("http_get_position_risk")
    rows = [
        {**row, "positionSide": "SHORT"},
        {**row, "positionSide": "LONG", "positionAmt": "0.020"},
        {**row, "positionSide": "BOTH", "positionAmt": "0"},
        {**row, "positionSide": "LEFT"},
    ]
    _, held = drive(POSITIONS.all(), answers(rows))
    assert held[0] == replace(SHORT, position_side=PositionSide.SHORT)
    assert held[1] == replace(SHORT, position_side=PositionSide.LONG, quantity=Decimal("0.020"))
    assert [row.ids for row in held if isinstance(row, Unreadable)] == [(BTC,)]
    assert len(held) == 3


def test_money_is_told_in_dollars() -> None:
    (request,), funds = drive(ACCOUNT.balance(), [answer("http_get_account")])
    assert request.path == "/fapi/v3/account"
    assert funds == Funds(Decimal(910), Decimal("1000.1"), Decimal("0.1"))


def test_leverage_is_read_where_positions_no_longer_tell_it() -> None:
    (request,), leverage = drive(ACCOUNT.leverage(BTC), [answer("http_get_symbol_config")])
    assert (request.path, leverage) == ("/fapi/v1/symbolConfig", Decimal(20))
    told = {"leverage": 21, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"}
    (request,), _ = drive(ACCOUNT.set_leverage(BTC, Decimal(21)), answers(told))
    assert (request.method, dict(request.params)) == (
        Method.POST, {"symbol": BTC, "leverage": 21},
    )  # fmt: skip


def test_brackets_and_fees_are_the_accounts() -> None:
    _, info = drive(ACCOUNT.brackets(BTC), [answer("http_get_leverage_bracket")])
    assert info == LeverageInfo(
        Decimal(125), Decimal(300000), Decimal("0.008"),
        (LeverageBracket(Decimal(300000), Decimal(125), Decimal("0.004")),),
    )  # fmt: skip
    _, fees = drive(ACCOUNT.fees(BTC), [answer("http_get_commission_rate")])
    assert fees == (Decimal("0.0002"), Decimal("0.0005"))


def test_funding_that_was_paid_is_below_zero() -> None:
    since_ns, until_ns = (NOW_MS - 86_400_000) * MS, NOW_MS * MS
    _, payments = drive(ACCOUNT.payments(BTC, since_ns, until_ns), [answer("http_get_income")])
    assert payments == [
        FundingPayment(
            "4480321991774044580", BTC, Decimal("-0.13425861"), "USDT", None, None,
            1_795_190_400_000 * MS,
        )
    ]  # fmt: skip


def test_an_account_may_place_what_the_venue_says() -> None:
    row = {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}
    (request,), limits = drive(
        ACCOUNT.limits(),
        answers([row, {**row, "interval": "SECOND", "intervalNum": 10, "limit": 600}]),
    )
    assert request.path == "/fapi/v1/rateLimit/order"
    assert {bucket.name: bucket.capacity for bucket in limits.buckets} == {
        "weight": 2400, "orders_1m": 2400, "orders_10s": 600, "funding": 500, "connect": 300,
    }  # fmt: skip
    assert limits.costs == LIMITS.costs


def test_a_limit_that_cannot_be_read_is_not_guessed() -> None:
    row = {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": "many"}
    with pytest.raises(MalformedPayload):
        drive(ACCOUNT.limits(), answers([row]))


def test_the_mode_is_read() -> None:
    (request,), hedged = drive(ACCOUNT.hedged(), answers({"dualSidePosition": True}))
    assert (request.method, request.path) == (Method.GET, "/fapi/v1/positionSide/dual")
    assert hedged is True


def test_the_mode_is_changed_only_where_it_is_another() -> None:
    requests, _ = drive(ACCOUNT.set_hedged(True), answers({"dualSidePosition": True}))
    assert len(requests) == 1
    done = {"code": 200, "msg": "success"}
    requests, _ = drive(ACCOUNT.set_hedged(False), answers({"dualSidePosition": True}, done))
    assert requests[1].method is Method.POST
    assert dict(requests[1].params) == {"dualSidePosition": False}


def test_the_listen_key_lives_for_an_hour() -> None:
    (request,), session = drive(
        FapiSessions(DIALECT).login(NOW_MS, 0), answers({"listenKey": "abc"})
    )
    assert (request.method, request.path) == (Method.POST, "/fapi/v1/listenKey")
    assert session.tokens == {"listen_key": "abc"}
    assert session.expires_at_ms == NOW_MS + 3_600_000
