"""An account of OKX: its money, positions, leverage, mode, fees and funding payments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
    PositionSide,
    Symbol,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.okx.client.managers.account_manager import OkxAccount
from exchange_clients.okx.client.managers.position_manager import OkxPositions
from exchange_clients.shared.flow import drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.okx.okx_samples import (
    BTC,
    BTC_USDC,
    MS,
    TABLE,
    D,
    answer,
    row_of,
    said,
)

ACCOUNT, POSITIONS = OkxAccount(TABLE), OkxPositions(TABLE)
PAID_NS = 1_795_190_400_000 * MS
SHORT = ExchangePositionSnapshot(
    symbol=Symbol("BTC"),
    contract_id=BTC,
    quantity=D("-0.01"),
    entry_price=D("90000"),
    mark_price=D("90000.9"),
    unrealized_pnl=D("-0.009"),
    margin_used=D("90"),
    leverage=D(10),
    liquidation_price=None,
)
PAYMENT = FundingPayment(
    payment_id="623950854533513219",
    contract_id=BTC,
    amount=D("-0.1"),
    asset="USDT",
    rate=None,
    quantity=None,
    venue_ns=PAID_NS,
)


# Money --------------------------------------------------------------------------------------------


def test_what_may_be_used_is_counted_over_the_dollars_and_equity_over_everything() -> None:
    (request,), funds = drive(ACCOUNT.balance(), [answer("http_get_balance")])
    assert request.path == "/api/v5/account/balance"
    assert funds == Funds(D(900), D("1000.1"), D("0.1"), D("1000.2") / D("1000.1"))
    usdt = row_of("http_get_balance")["details"][0]
    usdc = {**usdt, "ccy": "USDC", "availEq": "", "upl": "", "eq": "100", "eqUsd": "87"}
    coins = [usdt, usdc, {**usdt, "ccy": "BTC", "eqUsd": "1"}]
    _, funds = drive(ACCOUNT.balance(), [said(row_of("http_get_balance", details=coins))])
    assert funds == Funds(D(1800), D("1000.1"), D("0.1"), D("0.87"))


def test_of_less_than_a_unit_no_price_of_the_collateral_is_told() -> None:
    coins = [{**row_of("http_get_balance")["details"][0], "eq": "0.9", "eqUsd": "0.1"}]
    _, funds = drive(ACCOUNT.balance(), [said(row_of("http_get_balance", details=coins))])
    assert funds.collateral_price is None


def test_an_empty_account_has_nothing() -> None:
    _, funds = drive(ACCOUNT.balance(), [said({"totalEq": "", "details": []})])
    assert funds == Funds(D(0), D(0), D(0))


# Leverage, mode, fees -----------------------------------------------------------------------------


def test_leverage_is_read_and_set_in_cross_margin() -> None:
    (request,), told = drive(ACCOUNT.leverage(BTC), [answer("http_get_leverage_info")])
    assert (request.params, told) == ({"instId": BTC, "mgnMode": "cross"}, D(5))
    (request,), _ = drive(ACCOUNT.set_leverage(BTC, D(5)), [answer("http_get_leverage_info")])
    assert request.body == {"instId": BTC, "lever": "5", "mgnMode": "cross"}


def test_tiers_are_told_smallest_first_and_valued_at_the_mark_price() -> None:
    told = [answer("http_get_position_tiers"), answer("http_get_mark_price")]
    requests, info = drive(ACCOUNT.brackets(BTC), told)
    assert requests[0].params == {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}
    assert requests[1].params == {"instType": "SWAP", "instId": BTC}
    small = LeverageBracket(D("1999819.998"), D(100), D("0.004"))
    large = LeverageBracket(D("9999999.999"), D(50), D("0.01"))
    assert info == LeverageInfo(D(100), D("9999999.999"), D("0.01"), (small, large))


def test_tiers_of_which_one_cannot_be_read_are_not_guessed() -> None:
    broken = row_of("http_get_position_tiers", mmr="")
    with pytest.raises(MalformedPayload, match="cannot be read"):
        drive(ACCOUNT.brackets(BTC), [said(row_of("http_get_position_tiers"), broken)])


@pytest.mark.parametrize(
    ("contract", "maker", "taker"), [(BTC, "0.0002", "0.0005"), (BTC_USDC, "-0.00001", "0.0004")]
)
def test_fees_are_those_of_the_coin_and_above_zero_where_they_are_paid(
    contract: object, maker: str, taker: str
) -> None:
    row = row_of("http_get_trade_fee", makerUSDC="0.00001", takerUSDC="-0.0004")
    contract_id = BTC if contract == BTC else BTC_USDC
    (request,), told = drive(ACCOUNT.fees(contract_id), [said(row)])
    assert request.params["instFamily"] == contract_id.removesuffix("-SWAP")
    assert told == (D(maker), D(taker))


@pytest.mark.parametrize(("word", "hedged"), [("net_mode", False), ("long_short_mode", True)])
def test_the_mode_of_positions_is_read_and_set(word: str, *, hedged: bool) -> None:
    _, told = drive(ACCOUNT.hedged(), [said(row_of("http_get_config", posMode=word))])
    assert told is hedged
    (request,), _ = drive(ACCOUNT.set_hedged(hedged), [said({"posMode": word})])
    assert (request.path, request.body) == (
        "/api/v5/account/set-position-mode",
        {"posMode": word},
    )


# Payments -----------------------------------------------------------------------------------------


def test_payments_of_days_and_of_months_are_told_once() -> None:
    flow = ACCOUNT.payments(BTC, 0, 1 << 62)
    requests, told = drive(flow, [answer("http_get_bills"), answer("http_get_bills")])
    assert [each.path for each in requests] == [
        "/api/v5/account/bills",
        "/api/v5/account/bills-archive",
    ]
    assert (requests[0].params["type"], requests[0].params["instType"]) == (8, "SWAP")
    assert told == [PAYMENT]


def test_a_position_of_its_own_margin_is_charged_there() -> None:
    row = row_of("http_get_bills", balChg="0", posBalChg="-0.3")
    _, told = drive(ACCOUNT.payments(BTC, 0, 1 << 62), [said(row), said()])
    assert told == [replace(PAYMENT, amount=D("-0.3"))]


def test_payments_outside_the_span_or_of_others_are_left_out() -> None:
    other = row_of("http_get_bills", instId="ETH-USDT-SWAP", billId="9")
    answers = [said(row_of("http_get_bills"), other), said()]
    _, told = drive(ACCOUNT.payments(BTC, PAID_NS, PAID_NS + 1), [*answers])
    assert told == [PAYMENT]
    _, told = drive(ACCOUNT.payments(BTC, PAID_NS + 1, 1 << 62), [*answers])
    assert told == []


def test_a_payment_that_cannot_be_read_is_not_left_out_unsaid() -> None:
    row = row_of("http_get_bills", balChg="")
    with pytest.raises(MalformedPayload, match="cannot be read"):
        drive(ACCOUNT.payments(BTC, 0, 1 << 62), [said(row), said()])


# Positions ----------------------------------------------------------------------------------------


def test_a_net_position_is_signed_and_in_base_units() -> None:
    (request,), told = drive(POSITIONS.all(), [answer("http_get_positions")])
    assert (request.path, request.params) == ("/api/v5/account/positions", {"instType": "SWAP"})
    assert told == [SHORT]


def test_in_long_short_mode_the_word_beside_tells_the_sign() -> None:
    rows = [row_of("http_get_positions", posSide=word, pos="1") for word in ("short", "long")]
    _, told = drive(POSITIONS.all(), [said(*rows)])
    assert told == [
        replace(SHORT, position_side=PositionSide.SHORT),
        replace(SHORT, quantity=D("0.01"), position_side=PositionSide.LONG),
    ]


def test_what_is_empty_or_inverse_is_no_position_of_ours() -> None:
    rows = [
        row_of("http_get_positions", pos="0"),
        row_of("http_get_positions", pos=""),
        row_of("http_get_positions", instId="BTC-USD-SWAP"),
    ]
    _, told = drive(POSITIONS.all(), [said(*rows)])
    assert told == []


@pytest.mark.parametrize("changed", [{"instId": "NEW-USDT-SWAP"}, {"posSide": "up"}, {"pos": "x"}])
def test_a_position_that_cannot_be_read_is_told_as_such(changed: dict[str, object]) -> None:
    rows = [row_of("http_get_positions", **changed), row_of("http_get_positions")]
    _, told = drive(POSITIONS.all(), [said(*rows)])
    assert isinstance(told[0], Unreadable)
    assert told[1] == SHORT


def test_isolated_margin_is_told_where_there_is_no_cross_one() -> None:
    row = row_of("http_get_positions", imr="", margin="30", liqPx="95000")
    _, told = drive(POSITIONS.all(), [said(row)])
    assert told == [replace(SHORT, margin_used=D(30), liquidation_price=D(95000))]
