"""What an account holds, in the sums that hold on the venue, and what it may choose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    BTC,
    IOC,
    SOL,
    Trader,
    Words,
    read,
    refusal,
    stage,
)
from venue_simulators.edgex.listing import PAPER, tiers
from venue_simulators.options import SignatureDepth

RATE = Decimal("0.0001")
INVALID = (400, "GATEWAY_PARAM_INVALID")


def of(rows: list[Words], contract_id: ContractId) -> Words:
    return next(row for row in rows if row["contractId"] == contract_id)


def number(row: Words, name: str) -> Decimal:
    return Decimal(row[name])


def test_an_account_that_has_not_traded_has_its_money_and_no_positions() -> None:
    asset = Trader(stage()).asset()
    assert asset["positionList"] == asset["positionAssetList"] == []
    (collateral,) = asset["collateralAssetModelList"]
    assert collateral["totalEquity"] == collateral["availableAmount"] == "10000"
    assert [row["amount"] for row in asset["collateralList"]] == ["10000"]
    assert asset["account"]["status"] == "NORMAL"
    assert asset["account"]["createOrderPerMinuteLimit"] == 0


@pytest.mark.parametrize(("side", "price"), [("BUY", "150.02"), ("SELL", "149.98")])
def test_the_venues_sums_hold(side: str, price: str) -> None:
    trader = Trader(stage())
    trader.placed(side=side, price=price, size="50")
    trader.placed(price="140", size="2")
    asset = trader.asset()
    position, valued = of(asset["positionList"], SOL), of(asset["positionAssetList"], SOL)
    (model,), (row,) = asset["collateralAssetModelList"], asset["collateralList"]
    oracle = number(of(asset["oraclePriceList"], SOL), "priceValue")
    value = number(position, "openSize") * oracle
    assert number(valued, "positionValue") == value
    assert number(position, "openSize") == (50 if side == "BUY" else -50)
    assert number(valued, "initialMarginRequirement") == abs(value) / number(valued, "maxLeverage")
    assert number(valued, "riskValue") == abs(value) * number(valued, "riskRate")
    assert number(valued, "unrealizePnl") == value - number(position, "openValue")
    assert number(model, "totalEquity") == number(row, "amount") + value
    assert number(row, "legacyAmount") == number(row, "amount") + number(position, "openValue")
    assert number(model, "availableAmount") == (
        number(model, "totalEquity")
        - number(model, "initialMarginRequirement")
        - number(model, "orderFrozenAmount")
    )
    world = trader.simulator.world.funds("main")
    assert abs(number(model, "totalEquity") - world.equity) < Decimal("0.00001")


def test_buying_takes_the_whole_notional_from_the_amount() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="40")
    (row,) = trader.asset()["collateralList"]
    assert row["amount"] == str(Decimal(10_000) - 40 * Decimal("150.01") - Decimal("2.70018"))
    assert row["cumFillFeeAmount"] == "-2.70018"


def test_a_closed_position_stays_as_a_row_of_zeros() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    trader.placed(side="SELL", price="149.99", size="10")
    asset = trader.asset()
    position = of(asset["positionList"], SOL)
    assert (position["openSize"], position["openValue"], position["openFee"]) == ("0", "0", "0")
    rows = read(trader.get("account/getPositionTermPage"))["dataList"]
    assert [row["completeTime"] != "0" for row in rows] == [True]


def test_a_fill_that_turns_a_position_closes_and_opens() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    trader.placed(side="SELL", price="149.99", size="30")
    position = of(trader.asset()["positionList"], SOL)
    assert (position["openSize"], position["openValue"]) == ("-20", "-2999.8")
    last = read(trader.get("account/getPositionTransactionPage"))["dataList"][0]
    assert last["type"] == "SELL_POSITION"
    assert (last["deltaOpenSize"], last["fillCloseSize"], last["fillOpenSize"]) == (
        "-30",
        "-10",
        "-20",
    )


def test_profit_includes_the_fills_own_fee_and_fees_have_two_signs() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    trader.placed(side="SELL", price="149.99", size="10")
    fills = read(trader.get("order/getHistoryOrderFillTransactionPage"))["dataList"]
    closing, opening = fills
    assert (opening["fillFee"], opening["realizePnl"]) == ("0.675045", "-0.675045")
    gross = 10 * (Decimal("149.99") - Decimal("150.01"))
    assert number(closing, "realizePnl") == gross - number(closing, "fillFee")
    rows = read(trader.get("account/getPositionTransactionPage"))["dataList"]
    reducing, enlarging = rows
    assert enlarging["fillOpenFee"] == enlarging["deltaOpenFee"] == "-0.675045"
    assert reducing["fillCloseFee"] == f"-{closing['fillFee']}"
    assert reducing["deltaOpenFee"] == "0.675045"


def test_ledgers_name_their_kinds_and_are_found_by_id() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    moved = read(trader.get("account/getPositionTransactionPage", filterTypeList="BUY_POSITION"))
    (row,) = moved["dataList"]
    found = {"positionTransactionIdList": row["id"]}
    assert read(trader.get("account/getPositionTransactionById", **found)) == [row]
    money = read(trader.get("account/getCollateralTransactionPage"))["dataList"]
    assert [each["type"] for each in money] == ["POSITION_BUY"]
    assert number(money[0], "deltaAmount") == -(Decimal("1500.1") + Decimal("0.675045"))
    found = {"collateralTransactionIdList": money[0]["id"]}
    assert read(trader.get("account/getCollateralTransactionById", **found)) == money
    for nothing in ({"filterTypeList": "POSITION_SELL"}, {"filterContractIdList": BTC}):
        page = read(trader.get("account/getCollateralTransactionPage", **nothing))
        assert page["dataList"] == []


def test_a_long_pays_a_positive_rate_as_a_negative_fee() -> None:
    paper = type(PAPER)(
        leverage=Decimal(10), funding=FundingTerms(4 * HOUR_NS, ConstantFunding(RATE))
    )
    trader = Trader(stage(paper=paper))
    trader.placed(price="150.01", size="10")
    passes(trader.simulator, 4 * 3600)
    filters = {"filterTypeList": "SETTLE_FUNDING_FEE", "filterContractIdList": SOL}
    (row,) = read(trader.get("account/getPositionTransactionPage", **filters))["dataList"]
    assert row["fundingTime"] == "1795204800000"
    assert (row["fundingRate"], row["fundingPositionSize"]) == ("0.0001", "10")
    price = number(row, "fundingOraclePrice")
    assert number(row, "deltaFundingFee") == -(10 * price * RATE)
    money = read(trader.get("account/getCollateralTransactionPage"))["dataList"][0]
    assert (money["type"], money["deltaAmount"]) == ("POSITION_FUNDING", row["deltaFundingFee"])
    assert of(trader.asset()["positionList"], SOL)["fundingFee"] == row["deltaFundingFee"]


def test_other_reads_answer() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    account = read(trader.get("account/getAccountById"))
    assert read(trader.get("account/getAccountPage"))["dataList"] == [account]
    positions = read(trader.get("account/getPositionByContractId", contractIdList=f"{BTC},{SOL}"))
    assert [row["openSize"] for row in positions] == ["10"]
    (collateral,) = read(trader.get("account/getCollateralByCoinId", coinIdList="1000"))
    assert collateral["coinId"] == "1000"
    assert read(trader.get("account/getCollateralByCoinId", coinIdList="1001")) == []
    light = read(trader.get("account/getAccountDeleverageLight"))
    assert light == {"positionContractIdToLightNumberMap": {SOL: 1}}
    (day,) = read(trader.get("account/getAccountAssetSnapshotPage", coinId="1000"))["dataList"]
    assert day["snapshotTime"] == "1795132800000"
    (term,) = read(trader.get("account/getPositionTermPage"))["dataList"]
    assert (term["isLongTerm"], term["completeTime"]) == (True, "0")


# Settings -----------------------------------------------------------------------------------------


def leverage(trader: Trader, contract_id: str, value: object) -> tuple[int, str]:
    body = {"contractId": contract_id, "leverage": value}
    answer = trader.post("account/updateLeverageSetting", **body)
    return (200, "SUCCESS") if b'"SUCCESS"' in answer.body else refusal(answer)


def test_leverage_is_chosen_by_contract_and_for_all_others() -> None:
    trader = Trader(stage())
    assert leverage(trader, SOL, "20") == (200, "SUCCESS")
    assert leverage(trader, "0", 5) == (200, "SUCCESS")
    world = trader.simulator.world
    assert [world.leverage("main", name) for name in (SOL, BTC)] == [Decimal(20), Decimal(5)]
    account = trader.asset()["account"]
    assert account["defaultTradeSetting"]["maxLeverage"] == "5"
    setting = account["contractIdToTradeSetting"][SOL]
    assert (setting["isSetMaxLeverage"], setting["maxLeverage"]) == (True, "20")


@pytest.mark.parametrize(
    ("contract_id", "value", "code"),
    [
        (SOL, "51", "ACCOUNT_UPDATE_LEVERAGE_FAILED_LIMIT"),
        (SOL, "0", "ACCOUNT_UPDATE_LEVERAGE_FAILED_LIMIT"),
        ("30009999", "5", "CONTRACT_NOT_FOUND"),
    ],
)
def test_a_leverage_out_of_reach_is_refused(contract_id: str, value: str, code: str) -> None:
    assert leverage(Trader(stage()), contract_id, value) == (200, code)


def test_leverage_is_not_changed_over_open_orders() -> None:
    trader = Trader(stage())
    trader.placed()
    assert leverage(trader, SOL, "5") == (200, "ACCOUNT_UPDATE_LEVERAGE_FAILED_ORDER")
    assert leverage(trader, BTC, "5") == (200, "SUCCESS")


def test_leverage_that_a_position_could_not_bear_is_refused() -> None:
    trader = Trader(stage())
    trader.placed(price="150.02", size="90", timeInForce=IOC)
    code = "ACCOUNT_UPDATE_LEVERAGE_FAILED_MARGIN_NOT_ENOUGH"
    assert leverage(trader, SOL, "1") == (200, code)
    assert trader.simulator.world.leverage("main", SOL) == 10


def test_a_margin_mode_is_chosen_with_a_signature() -> None:
    trader = Trader(stage(signatures=SignatureDepth.FULL), depth=SignatureDepth.FULL)
    read(trader.margin_mode(1))
    setting = trader.asset()["account"]["contractIdToTradeSetting"][SOL]
    assert setting["marginMode"] == 1
    assert refusal(trader.margin_mode(0)) == (200, "DUPLICATE_L2_NONCE")
    wrong: list[tuple[Words, str]] = [
        ({"nonce": 8, "signer": "0x" + "11" * 20}, "INVALID_L2_SIGNATURE"),
        ({"nonce": 9, "contractId": BTC}, "INVALID_L2_SIGNATURE"),
        ({"nonce": 10, "l2ExpireTime": "1"}, "INVALID_L2_EXPIRE_TIME"),
        ({"nonce": 11, "contractId": "7"}, "CONTRACT_NOT_FOUND"),
    ]
    for changes, code in wrong:
        assert refusal(trader.margin_mode(**changes)) == (200, code)
    assert refusal(trader.margin_mode(mode=7, nonce=12)) == (400, "GATEWAY_PARAM_INVALID")


def test_larger_positions_have_lower_leverage_and_higher_risk() -> None:
    trader = Trader(stage(balance="1000000"))
    trader.placed(price="150.02", size="90", timeInForce=IOC)
    contract = trader.simulator.venue.contracts[SOL]
    rates = [tier.maintenance_margin for tier in tiers(contract)]
    assert rates == [Decimal("0.01"), Decimal("0.02"), Decimal("0.04")]
    assert of(trader.asset()["positionAssetList"], SOL)["riskRate"] == "0.01"


@pytest.mark.parametrize(
    ("name", "parameters", "answer"),
    [
        ("account/getPositionByContractId", {}, (400, "GATEWAY_PARAM_REQUIRED")),
        ("account/getPositionTransactionById", {}, (400, "GATEWAY_PARAM_REQUIRED")),
        ("order/getOrderById", {}, (400, "GATEWAY_PARAM_REQUIRED")),
        ("order/getActiveOrderPage", {"filterIsLiquidateList": "yes"}, INVALID),
        ("order/getHistoryOrderPage", {"filterStartCreatedTimeInclusive": "-1"}, INVALID),
    ],
)
def test_reads_that_lack_or_garble_something_are_refused(
    name: str, parameters: dict[str, str], answer: tuple[int, str]
) -> None:
    assert refusal(Trader(stage()).get(name, **parameters)) == answer


def test_sizes_are_asked_for_of_a_listed_contract_at_a_price() -> None:
    trader = Trader(stage())
    for body, answer in (
        ({"contractId": "7", "price": "1"}, (200, "CONTRACT_NOT_FOUND")),
        ({"contractId": SOL, "price": "0"}, INVALID),
    ):
        assert refusal(trader.post("order/getMaxCreateOrderSize", **body)) == answer


def test_numbers_too_large_to_be_signed_are_refused() -> None:
    trader = Trader(stage())
    answer = trader.margin_mode(contractId=SOL, l2Nonce="9" * 19)
    assert refusal(answer) == INVALID
