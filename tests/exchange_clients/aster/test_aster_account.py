"""Positions, money, leverage and the listen key, as Aster words them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.aster.client.managers.account_manager import AsterAccount
from exchange_clients.aster.common import V1, V3
from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
    PositionSide,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.dialects.fapi.account_manager import (
    LIFE_MS,
    LISTEN_KEY,
    PAYMENTS_MAX,
    RENEW_MS,
    FapiPositions,
    FapiSessions,
)
from exchange_clients.shared.flow import Method, drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.aster.aster_samples import BTC, ETH, MS, NOW_MS, TABLE, answer, parsed
from tests.support.samples import answers

ACCOUNT = AsterAccount(V3)
POSITIONS = FapiPositions(V3, TABLE)
HOUR_MS = 3_600_000


def test_positions_are_signed_and_markets_without_one_are_left_out() -> None:
    (request,), (held,) = drive(POSITIONS.all(), [answer("http_get_position_risk")])
    assert (request.path, request.private) == ("/fapi/v3/positionRisk", True)
    assert isinstance(held, ExchangePositionSnapshot)
    assert (held.symbol, held.contract_id, held.quantity) == ("BTC", BTC, Decimal("-0.010"))
    assert (held.entry_price, held.mark_price) == (Decimal("90000.1"), Decimal("90001.1"))
    assert (held.unrealized_pnl, held.leverage) == (Decimal("-0.01"), Decimal(10))
    assert held.liquidation_price == 120000


def test_a_position_needs_no_more_than_size_entry_and_side() -> None:
    row = {"symbol": "DOGEUSDT", "positionAmt": "5", "entryPrice": "1", "positionSide": "BOTH"}
    _, (held,) = drive(POSITIONS.all(), answers([row]))
    assert isinstance(held, ExchangePositionSnapshot)
    assert (held.symbol, held.mark_price, held.leverage) == ("DOGE", None, None)


def test_in_hedge_mode_a_market_has_a_position_of_each_side() -> None:
    row = parsed("http_get_position_risk")[0]
    long = {**row, "positionSide": "LONG", "positionAmt": "0.010"}
    _, held = drive(POSITIONS.all(), answers([long, {**row, "positionSide": "SHORT"}]))
    sides = [
        (each.position_side, each.quantity)
        for each in held
        if isinstance(each, ExchangePositionSnapshot)
    ]
    assert sides == [(PositionSide.LONG, Decimal("0.010")), (PositionSide.SHORT, Decimal("-0.010"))]


def test_limits_are_those_that_the_venue_tells_at_present() -> None:
    told = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 600},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 150},
    ]
    (request,), limits = drive(ACCOUNT.limits(), answers({"rateLimits": told}))
    assert request.path == "/fapi/v3/exchangeInfo"
    assert [bucket.capacity for bucket in limits.buckets] == [1200, 600, 150]


@pytest.mark.parametrize("field", ["symbol", "positionAmt", "entryPrice", "positionSide"])
def test_a_position_without_a_fact_is_unreadable(field: str) -> None:
    row = parsed("http_get_position_risk")[0]
    wrong: tuple[object, ...] = (None, True, 7, "NaN", "1e5", [], {})
    for value in wrong:
        changed = {**row, field: value}
        if isinstance(value, str) and field == "symbol":
            continue  # any text is a name
        _, (held,) = drive(POSITIONS.all(), answers([changed]))
        assert isinstance(held, Unreadable), (field, value)


def test_money_is_told_in_totals() -> None:
    (request,), funds = drive(ACCOUNT.balance(), [answer("http_get_account")])
    assert request.path == "/fapi/v3/accountWithJoinMargin"
    assert funds == Funds(Decimal(910), Decimal(999), Decimal(-1))
    (request,), _ = drive(AsterAccount(V1).balance(), [answer("http_get_account")])
    assert request.path == "/fapi/v4/account"


def test_leverage_is_read_from_the_position_and_set_as_a_whole_number() -> None:
    (request,), leverage = drive(ACCOUNT.leverage(ETH), [answer("http_get_position_risk")])
    assert (request.path, dict(request.params)) == ("/fapi/v3/positionRisk", {"symbol": ETH})
    assert leverage == 20
    told = {"leverage": 5, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"}
    (request,), _ = drive(ACCOUNT.set_leverage(BTC, Decimal("5.0")), answers(told))
    assert (request.method, dict(request.params)) == (
        Method.POST, {"symbol": BTC, "leverage": 5},
    )  # fmt: skip


def test_leverage_that_is_not_told_is_not_guessed() -> None:
    with pytest.raises(MalformedPayload, match="no leverage of BTCUSDT"):
        drive(ACCOUNT.leverage(BTC), answers([]))


def test_brackets_are_read_alone_and_in_a_list() -> None:
    expected = LeverageInfo(
        max_leverage=Decimal(75),
        max_notional=Decimal(50000),
        margin_requirement=Decimal(1) / 75,
        brackets=(
            LeverageBracket(Decimal(10000), Decimal(75), Decimal("0.0065")),
            LeverageBracket(Decimal(50000), Decimal(50), Decimal("0.01")),
        ),
    )
    alone = parsed("http_get_leverage_bracket")
    for told in (alone, [alone], {**alone, "brackets": alone["brackets"][::-1]}):
        assert drive(ACCOUNT.brackets(ETH), answers(told))[1] == expected


def test_fees_are_those_of_the_account() -> None:
    (request,), fees = drive(ACCOUNT.fees(BTC), [answer("http_get_commission_rate")])
    assert (request.scope, fees) == ("commissionRate", (Decimal("0.0002"), Decimal("0.0004")))


def test_a_payment_above_zero_was_received() -> None:
    since_ns, until_ns = 1_795_190_400_000 * MS, NOW_MS * MS
    (request,), (paid,) = drive(
        ACCOUNT.payments(BTC, since_ns, until_ns), [answer("http_get_income")]
    )
    assert request.params["incomeType"] == "FUNDING_FEE"
    assert (request.params["startTime"], request.params["endTime"]) == (1_795_190_400_000, NOW_MS)
    assert paid == FundingPayment(
        "9689322392", BTC, Decimal("-0.0900"), "USDT", None, None, since_ns
    )


def test_payments_are_read_to_the_last_page_and_counted_once() -> None:
    (row,) = parsed("http_get_income")
    rows = [{**row, "tranId": number, "time": NOW_MS + number} for number in range(PAYMENTS_MAX)]
    last = rows[-1]
    pages = answers(rows, [last, {**last, "tranId": "new"}])
    requests, payments = drive(ACCOUNT.payments(BTC, NOW_MS * MS, (NOW_MS + 5000) * MS), pages)
    assert [request.params["startTime"] for request in requests] == [NOW_MS, last["time"]]
    assert len(payments) == PAYMENTS_MAX + 1


def test_payments_of_a_long_time_are_asked_for_week_by_week() -> None:
    (row,) = parsed("http_get_income")
    since_ms = NOW_MS - 10 * 24 * HOUR_MS
    pages = answers([], [{**row, "time": NOW_MS - 1}])
    requests, payments = drive(ACCOUNT.payments(BTC, since_ms * MS, NOW_MS * MS), pages)
    spans = [
        int(str(request.params["endTime"])) - int(str(request.params["startTime"]))
        for request in requests
    ]
    assert [span < 7 * 24 * HOUR_MS for span in spans] == [True, True]
    assert requests[0].params["endTime"] == requests[1].params["startTime"]
    assert len(payments) == 1


def test_a_page_that_leads_nowhere_is_told() -> None:
    (row,) = parsed("http_get_income")
    rows = [{**row, "tranId": number, "time": NOW_MS} for number in range(PAYMENTS_MAX)]
    with pytest.raises(MalformedPayload, match="does not lead on"):
        drive(ACCOUNT.payments(BTC, NOW_MS * MS, (NOW_MS + 5) * MS), answers(rows))


@pytest.mark.parametrize("field", ["symbol", "income", "asset", "time", "tranId"])
def test_a_payment_that_cannot_be_read_hides_behind_no_other(field: str) -> None:
    (row,) = parsed("http_get_income")
    with pytest.raises(MalformedPayload):
        drive(
            ACCOUNT.payments(BTC, (NOW_MS - HOUR_MS) * MS, NOW_MS * MS),
            answers([row, {**row, field: None}]),
        )


def test_a_listen_key_is_asked_for_again_after_half_an_hour() -> None:
    (request,), session = drive(FapiSessions(V3).login(NOW_MS, 0), answers({"listenKey": "abc"}))
    assert (request.method, request.path) == (Method.POST, "/fapi/v3/listenKey")
    assert (request.private, request.repeatable) == (True, True)
    assert dict(session.tokens) == {LISTEN_KEY: "abc"}
    assert (session.headers, session.refresh_at_ms) == ({}, NOW_MS + RENEW_MS)
    assert session.expires_at_ms == NOW_MS + LIFE_MS
    assert "abc" not in repr(session)
