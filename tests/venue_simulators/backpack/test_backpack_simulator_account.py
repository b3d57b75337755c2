from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Side,
    TradeId,
    VenueOrderId,
)
from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    Caller,
    market,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.positions import PositionLog


def account_row(caller: Caller) -> dict[str, object]:
    return row(caller.signed_get("/api/v1/account", "accountQuery"))


def test_account_tells_fees_in_basis_points_and_settings() -> None:
    assert account_row(Caller(stage())) == {
        "leverageLimit": "10",
        "futuresMakerFee": "2",
        "futuresTakerFee": "5",
        "spotMakerFee": "8",
        "spotTakerFee": "10",
        "limitOrders": 0,
        "triggerOrders": 0,
        "liquidating": False,
        "positionLimit": "100000000",
        "borrowLimit": "100000000",
        "autoLend": True,
        "autoRealizePnl": True,
        "autoRepayBorrows": True,
        "autoBorrowSettlements": True,
    }


def test_leverage_limit_is_the_whole_accounts_and_answered_with_nothing() -> None:
    caller = Caller(stage())
    answer = caller.send("PATCH", "/api/v1/account", "accountUpdate", {"leverageLimit": "25"})
    assert (answer.status, answer.body) == (200, b"")
    assert account_row(caller)["leverageLimit"] == "25"
    assert caller.simulator.world.leverage("main", SOL) == 25


@pytest.mark.parametrize("limit", ["0", "51"])
def test_leverage_limit_has_bounds(limit: str) -> None:
    caller = Caller(stage())
    answer = caller.send("PATCH", "/api/v1/account", "accountUpdate", {"leverageLimit": limit})
    assert refusal(answer)[:2] == (400, "INVALID_RANGE")
    assert account_row(caller)["leverageLimit"] == "10"


def test_leverage_limit_that_open_positions_cannot_bear_is_refused() -> None:
    caller = Caller(stage(balance="1000"))
    caller.place(**market("Bid", "20.00"))
    answer = caller.send("PATCH", "/api/v1/account", "accountUpdate", {"leverageLimit": "1"})
    assert refusal(answer)[1] == "INSUFFICIENT_MARGIN"
    assert account_row(caller)["leverageLimit"] == "10"


def test_lent_money_is_not_available_but_counts_as_collateral() -> None:
    caller = Caller(stage())
    capital = row(caller.signed_get("/api/v1/capital", "balanceQuery"))
    assert capital == {"USDC": {"available": "0", "locked": "0", "staked": "0"}}
    collateral = row(caller.signed_get("/api/v1/capital/collateral", "collateralQuery"))
    assert (collateral["netEquity"], collateral["netEquityAvailable"]) == ("10000", "10000")
    assert collateral["marginFraction"] is None
    assert collateral["collateral"] == [
        {
            "symbol": "USDC",
            "totalQuantity": "10000",
            "availableQuantity": "0",
            "lendQuantity": "10000",
            "openOrderQuantity": "0",
            "assetMarkPrice": "1",
            "collateralWeight": "1",
            "collateralValue": "10000",
            "balanceNotional": "10000",
        }
    ]


def test_without_lending_the_money_is_available() -> None:
    caller = Caller(stage())
    caller.send("PATCH", "/api/v1/account", "accountUpdate", {"autoLend": False})
    assert account_row(caller)["autoLend"] is False
    capital = row(caller.signed_get("/api/v1/capital", "balanceQuery"))
    assert capital == {"USDC": {"available": "10000", "locked": "0", "staked": "0"}}


def test_collateral_nets_the_margin_of_positions_and_orders() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "10.00"))
    collateral = row(caller.signed_get("/api/v1/capital/collateral", "collateralQuery"))
    equity = D(str(collateral["netEquity"]))
    locked = D(str(collateral["netEquityLocked"]))
    assert locked == 180
    assert D(str(collateral["netEquityAvailable"])) == equity - locked
    assert collateral["netExposureFutures"] == "1800"
    assert collateral["pnlUnrealized"] == "-0.1"


def test_position_of_a_short_is_negative_and_its_exposure_is_not() -> None:
    caller = Caller(stage())
    caller.place(**market("Ask", "10.00"))
    caller.place(side="Ask", price="185.00", quantity="5.00")
    (position,) = rows(caller.signed_get("/api/v1/position", "positionQuery"))
    assert set(position) == {
        "positionId", "symbol", "netQuantity", "netCost", "netExposureQuantity",
        "netExposureNotional", "entryPrice", "breakEvenPrice", "markPrice", "estLiquidationPrice",
        "pnlRealized", "pnlUnrealized", "cumulativeFundingPayment", "cumulativeInterest", "imf",
        "mmf", "imfFunction", "mmfFunction", "subaccountId", "userId",
    }  # fmt: skip
    assert (position["netQuantity"], position["netCost"]) == ("-10", "-1799.9")
    assert (position["netExposureQuantity"], position["netExposureNotional"]) == ("15", "2700")
    assert position["entryPrice"] == "179.99"
    assert position["breakEvenPrice"] == "179.900005"
    assert position["pnlUnrealized"] == "-0.1"


def test_break_even_of_a_fresh_long_is_its_entry_and_the_fee() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "10.00"))
    (position,) = rows(caller.signed_get("/api/v1/position", "positionQuery"))
    assert D(str(position["breakEvenPrice"])) == D("180.01") * D("1.0005")


def test_liquidation_price_is_told_only_of_a_symbol_that_was_asked_for() -> None:
    caller = Caller(stage(balance="300"))
    caller.place(**market("Bid", "10.00"))
    (listed,) = rows(caller.signed_get("/api/v1/position", "positionQuery"))
    (asked,) = rows(caller.signed_get("/api/v1/position", "positionQuery", symbol=SOL))
    assert listed["estLiquidationPrice"] == "0"
    assert 140 < D(str(asked["estLiquidationPrice"])) < 180


def test_symbol_without_a_position_is_not_found_and_no_position_at_all_is_an_empty_list() -> None:
    caller = Caller(stage())
    assert rows(caller.signed_get("/api/v1/position", "positionQuery")) == []
    one = caller.signed_get("/api/v1/position", "positionQuery", symbol=SOL)
    assert refusal(one)[:2] == (404, "RESOURCE_NOT_FOUND")


def test_largest_order_is_what_the_margin_allows() -> None:
    caller = Caller(stage())
    path, name = "/api/v1/account/limits/order", "maxOrderQuantity"
    answer = row(caller.signed_get(path, name, symbol=SOL, side="Bid", price="200.00"))
    assert (answer["side"], answer["maxOrderQuantity"]) == ("Bid", "500")


def test_largest_reduce_only_order_is_the_position() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "7.00"))
    path, name = "/api/v1/account/limits/order", "maxOrderQuantity"
    closing = caller.signed_get(path, name, symbol=SOL, side="Ask", reduceOnly="true")
    adding = caller.signed_get(path, name, symbol=SOL, side="Bid", reduceOnly="true")
    assert (row(closing)["maxOrderQuantity"], row(adding)["maxOrderQuantity"]) == ("7", "0")


def test_funding_is_negative_when_it_was_paid() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "10.00"))
    passes(caller.simulator, 3600)
    (payment,) = rows(caller.signed_get("/wapi/v1/history/funding", "fundingHistoryQueryAll"))
    assert payment == {
        "symbol": SOL,
        "quantity": "-0.0225",
        "fundingRate": "0.0000125",
        "intervalEndTimestamp": "2026-11-20T21:00:00",
        "userId": 1,
        "subaccountId": 0,
    }
    (position,) = rows(caller.signed_get("/api/v1/position", "positionQuery"))
    assert position["cumulativeFundingPayment"] == "-0.0225"


# Positions as the venue keeps them ------------------------------------------------------------


def fill(side: Side, size: str, price: str) -> Fill:
    return Fill(
        TradeId("1"),
        VenueOrderId("1"),
        ClientOrderId("1"),
        ContractId(SOL),
        side,
        D(price),
        D(size),
        D("0.1"),
        "USDC",
        Liquidity.TAKER,
        7,
    )


def test_position_keeps_its_entry_while_it_is_reduced() -> None:
    log = PositionLog()
    log.on_fill(fill(Side.BUY, "2", "100"))
    record, profit = log.on_fill(fill(Side.SELL, "1", "110"))
    assert (profit, record.entry, record.net, record.fees) == (D(10), D(100), D(1), D("0.2"))


def test_position_that_turns_round_stays_the_same_position() -> None:
    log = PositionLog()
    first, _ = log.on_fill(fill(Side.BUY, "2", "100"))
    record, profit = log.on_fill(fill(Side.SELL, "5", "90"))
    assert record is first
    assert (profit, record.net, record.entry) == (D(-20), D(-3), D(90))


def test_position_that_is_closed_gives_its_place_to_a_new_one() -> None:
    log = PositionLog()
    first, _ = log.on_fill(fill(Side.SELL, "2", "100"))
    closed, profit = log.on_fill(fill(Side.BUY, "2", "90"))
    second, _ = log.on_fill(fill(Side.BUY, "1", "95"))
    assert closed is first
    assert (profit, closed.closed_ns) == (D(20), 7)
    assert second.position_id != first.position_id
    assert list(log.closed) == [first]
