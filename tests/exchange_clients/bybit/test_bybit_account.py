"""Positions, money, leverage, mode, fees and payments, as Bybit words them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
    PositionSide,
    Symbol,
)
from exchange_clients.bybit.client.managers.account_manager import BybitAccount
from exchange_clients.bybit.client.managers.position_manager import BybitPositions
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.flow import drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.bybit.bybit_samples import (
    BTC,
    MS,
    NOW_MS,
    PEPE,
    TABLE,
    answer,
    done,
    page,
    row_of,
)

ACCOUNT, POSITIONS = BybitAccount(), BybitPositions(TABLE)
DAY_MS = 86_400_000
PAID_MS = 1_795_190_400_000


def positions(*rows: object) -> object:
    """Return what is held by these rows, all of them settled in USDT."""
    return drive(POSITIONS.all(), [page(*rows), page()])[1]


def test_a_position_is_signed_by_its_side() -> None:
    requests, held = drive(POSITIONS.all(), [answer("http_get_position_list"), page()])
    assert [request.params["settleCoin"] for request in requests] == ["USDT", "USDC"]
    assert requests[0].params["limit"] == 200
    assert held == [
        ExchangePositionSnapshot(
            symbol=Symbol("BTC"),
            contract_id=BTC,
            quantity=Decimal("-0.010"),
            entry_price=Decimal(90000),
            mark_price=Decimal("90000.9"),
            unrealized_pnl=Decimal("-0.009"),
            margin_used=Decimal("90.4"),
            leverage=Decimal(10),
        )
    ]


def test_in_hedge_mode_both_sides_of_a_market_are_told() -> None:
    long = row_of("http_get_position_list", positionIdx=1, side="Buy", liqPrice="80000")
    held = positions(long, row_of("http_get_position_list", positionIdx=2))
    assert isinstance(held, list)
    assert [(each.position_side, each.quantity) for each in held] == [
        (PositionSide.LONG, Decimal("0.010")), (PositionSide.SHORT, Decimal("-0.010")),
    ]  # fmt: skip
    assert held[0].liquidation_price == 80000


@pytest.mark.parametrize("side", ["", "None"])
@pytest.mark.parametrize("size", ["0", ""])
def test_a_flat_position_is_none_however_it_is_spelt(side: str, size: str) -> None:
    flat = row_of("http_get_position_list", side=side, size=size, avgPrice="", leverage="")
    assert positions(flat) == []


@pytest.mark.parametrize("changes", [{"size": ""}, {"side": ""}, {"side": "None"}])
def test_a_position_that_is_only_half_flat_is_unreadable(changes: dict[str, str]) -> None:
    held = positions(row_of("http_get_position_list", **changes))
    assert isinstance(held, list)
    assert [type(each) for each in held] == [Unreadable]


def test_a_dated_future_is_not_ours_to_speak_of_and_an_unlisted_contract_is_unreadable() -> None:
    rows = [row_of("http_get_position_list", symbol=name) for name in ("BTC-26DEC25", "GONEUSDT")]
    held = positions(*rows)
    assert isinstance(held, list)
    assert [type(each) for each in held] == [Unreadable]
    assert held[0].ids == ("GONEUSDT",)


@pytest.mark.parametrize("field", ["symbol", "side", "size", "positionIdx", "avgPrice"])
def test_a_position_with_a_wrong_fact_is_unreadable(field: str) -> None:
    wrong: tuple[object, ...] = (None, True, "NaN", "1e5", [], 7)
    for value in wrong:
        held = positions(row_of("http_get_position_list", **{field: value}))
        assert isinstance(held, list)
        assert [type(each) for each in held] == [Unreadable], value


def test_money_is_told_in_totals() -> None:
    (request,), funds = drive(ACCOUNT.balance(), [answer("http_get_wallet_balance")])
    assert request.params["accountType"] == "UNIFIED"
    assert funds == Funds(Decimal("900.0"), Decimal("1000.1"), Decimal("0.1"), Decimal(1))


def test_the_collateral_is_priced_by_what_the_venue_values_it_at() -> None:
    wallet = row_of("http_get_wallet_balance")
    (coin,) = wallet["coin"]
    wallet["coin"] = [{**coin, "equity": "1000", "usdValue": "970"}]
    _, funds = drive(ACCOUNT.balance(), [page(wallet)])
    assert funds.collateral_price == Decimal("0.97")


def test_in_isolated_margin_what_is_free_is_what_is_bound_by_nothing() -> None:
    wallet = row_of("http_get_wallet_balance", totalAvailableBalance="")
    (coin,) = wallet["coin"]
    bound = {"locked": "1", "bonus": "2", "totalOrderIM": "3", "totalPositionIM": "4"}
    wallet["coin"] = [
        {**coin, **bound},
        {**coin, "coin": "USDC", "walletBalance": "10", "totalPositionIM": ""},
        {**coin, "coin": "BTC", "walletBalance": "5"},
    ]
    _, funds = drive(ACCOUNT.balance(), [page(wallet)])
    assert funds.available == 990 + 10


def test_leverage_is_read_from_the_row_of_the_market_and_set_for_both_sides() -> None:
    (request,), leverage = drive(ACCOUNT.leverage(BTC), [answer("http_get_position_list")])
    assert (request.path, leverage) == ("/v5/position/list", Decimal(10))
    assert dict(request.params) == {"category": "linear", "symbol": BTC}
    (request,), _ = drive(ACCOUNT.set_leverage(BTC, Decimal("1E+1")), [done()])
    assert request.body == {
        "category": "linear", "symbol": BTC, "buyLeverage": "10", "sellLeverage": "10",
    }  # fmt: skip
    assert request.repeatable


@pytest.mark.parametrize("rows", [[], [row_of("http_get_position_list", leverage="")]])
def test_leverage_that_is_not_told_is_not_guessed(rows: list[object]) -> None:
    with pytest.raises(MalformedPayload, match="no leverage of BTCUSDT"):
        drive(ACCOUNT.leverage(BTC), [page(*rows)])


EXPECTED = LeverageInfo(
    max_leverage=Decimal("100.00"),
    max_notional=Decimal(4_000_000),
    margin_requirement=Decimal("0.01"),
    brackets=(
        LeverageBracket(Decimal(2_000_000), Decimal("100.00"), Decimal("0.005")),
        LeverageBracket(Decimal(4_000_000), Decimal("50.00"), Decimal("0.01")),
    ),
)


@pytest.mark.parametrize("unit", [1, 100])
def test_tiers_are_read_as_fractions_or_as_percent_smallest_first(unit: int) -> None:
    rows = [row_of("http_get_risk_limit", at) for at in (1, 0)]
    for row in rows:
        for name in ("initialMargin", "maintenanceMargin"):
            row[name] = str(Decimal(row[name]) * unit)
    other = row_of("http_get_risk_limit", symbol="ETHUSDT")
    (request,), info = drive(ACCOUNT.brackets(BTC), [page(*rows, other)])
    assert (request.private, request.params["symbol"]) == (False, BTC)
    assert info == EXPECTED


def test_fees_are_those_of_the_account() -> None:
    (request,), fees = drive(ACCOUNT.fees(BTC), [answer("http_get_fee_rate")])
    assert (request.scope, fees) == ("fees", (Decimal("0.0002"), Decimal("0.00055")))


def test_what_is_not_told_of_a_market_is_not_taken_from_another() -> None:
    with pytest.raises(MalformedPayload, match="no readable fees"):
        drive(ACCOUNT.fees(PEPE), [answer("http_get_fee_rate")])
    with pytest.raises(MalformedPayload, match="no readable bracket"):
        drive(ACCOUNT.brackets(PEPE), [answer("http_get_risk_limit")])


@pytest.mark.parametrize(("indexes", "hedged"), [((0,), False), ((1, 2), True)])
def test_the_mode_is_told_by_the_rows_of_a_market(indexes: tuple[int, ...], hedged: bool) -> None:
    rows = [row_of("http_get_position_list", positionIdx=index) for index in indexes]
    assert drive(ACCOUNT.hedged(), [page(*rows)])[1] is hedged


@pytest.mark.parametrize(("hedged", "mode"), [(True, 3), (False, 0)])
def test_the_mode_is_changed_for_the_coin(hedged: bool, mode: int) -> None:
    (request,), _ = drive(ACCOUNT.set_hedged(hedged), [done()])
    assert request.path == "/v5/position/switch-mode"
    assert request.body == {"category": "linear", "coin": "USDT", "mode": mode}


def test_a_payment_above_zero_was_received() -> None:
    since_ns, until_ns = PAID_MS * MS, NOW_MS * MS
    (request,), paid = drive(
        ACCOUNT.payments(BTC, since_ns, until_ns), [answer("http_get_transaction_log")]
    )
    assert dict(request.params) == {
        "category": "linear", "accountType": "UNIFIED", "type": "SETTLEMENT",
        "startTime": PAID_MS, "endTime": NOW_MS, "limit": 50,
    }  # fmt: skip
    assert paid == [
        FundingPayment("592324", BTC, Decimal("0.09"), "USDT", None, Decimal("-0.010"), since_ns)
    ]


def test_payments_of_a_long_time_are_asked_for_week_by_week_to_the_last_page() -> None:
    rows = [
        row_of("http_get_transaction_log", id=name, symbol=symbol, transactionTime=str(at_ms))
        for name, symbol, at_ms in (
            ("late", BTC, NOW_MS - 1), ("other", ContractId("ETHUSDT"), NOW_MS - 2),
            ("early", BTC, NOW_MS - 9 * DAY_MS), ("after", BTC, NOW_MS),
        )
    ]  # fmt: skip
    pages = [page(rows[2], cursor="a%3A1"), page(rows[2]), page(rows[0], rows[1], rows[3])]
    since_ns = (NOW_MS - 10 * DAY_MS) * MS
    requests, paid = drive(ACCOUNT.payments(BTC, since_ns, NOW_MS * MS), pages)
    assert requests[1].path.endswith("&limit=50&cursor=a%3A1")
    assert [each.payment_id for each in paid] == ["early", "late"]


@pytest.mark.parametrize("field", ["id", "symbol", "funding", "transactionTime", "currency"])
def test_a_payment_that_cannot_be_read_hides_behind_no_other(field: str) -> None:
    rows = [row_of("http_get_transaction_log"), row_of("http_get_transaction_log", **{field: None})]
    with pytest.raises(MalformedPayload, match="payment cannot be read"):
        drive(ACCOUNT.payments(BTC, PAID_MS * MS, NOW_MS * MS), [page(*rows)])
