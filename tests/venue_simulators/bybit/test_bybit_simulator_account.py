"""Money, positions, settings and the histories of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    BTC,
    SOL,
    Trader,
    Wire,
    Words,
    envelope_of,
    move,
    read,
    refusal,
    stage,
)

HOURS_6 = 6 * 3600


def wallet_of(trader: Trader) -> Words:
    (row,) = read(trader.get("account/wallet-balance", accountType="UNIFIED"))["list"]
    assert isinstance(row, dict)
    return row


def test_a_fresh_account_has_its_balance_in_one_coin() -> None:
    row = wallet_of(Trader(stage()))
    assert (row["totalEquity"], row["totalWalletBalance"], row["totalAvailableBalance"]) == (
        "10000",
        "10000",
        "10000",
    )
    (coin,) = row["coin"]
    assert (coin["coin"], coin["availableToWithdraw"]) == ("USDT", "")


def test_a_position_and_an_order_bind_margin() -> None:
    trader = Trader(stage())
    trader.bought("2")
    trader.placed(qty="1")
    row = wallet_of(trader)
    assert (row["totalInitialMargin"], row["totalMaintenanceMargin"]) == ("44", "3")
    assert Decimal(row["totalEquity"]) == Decimal("10000") - Decimal("0.165011") - Decimal("0.02")
    assert row["totalPerpUPL"] == "-0.02"


def test_a_flat_position_is_told_of_where_its_symbol_is_asked() -> None:
    trader = Trader(stage())
    row = trader.position()
    assert (row["side"], row["size"], row["avgPrice"], row["liqPrice"]) == ("", "0", "", "")
    assert (row["takeProfit"], row["unrealisedPnl"], row["leverage"]) == ("", "", "10")
    assert read(trader.get("position/list", settleCoin="USDT"))["list"] == []


def test_a_position_has_no_sign_and_a_side() -> None:
    trader = Trader(stage())
    trader.sold("3")
    row = trader.position()
    assert (row["side"], row["size"], row["avgPrice"]) == ("Sell", "3.0", "149.99")
    assert (row["positionValue"], row["positionIM"], row["tradeMode"]) == ("449.97", "45", 0)
    assert row["unrealisedPnl"] == "-0.03"


def test_turning_a_position_realises_the_old_one_and_opens_the_new() -> None:
    trader = Trader(stage())
    trader.bought("2")
    order = trader.sold("5")
    row = trader.position()
    assert (row["side"], row["size"], row["avgPrice"]) == ("Sell", "3.0", "149.99")
    assert Decimal(row["curRealisedPnl"]) == -Decimal("0.00055") * 3 * Decimal("149.99")
    (closed,) = read(trader.get("position/closed-pnl", symbol=SOL))["list"]
    assert (closed["closedSize"], closed["avgEntryPrice"], closed["avgExitPrice"]) == (
        "2",
        "150.01",
        "149.99",
    )
    fees = Decimal("0.00055") * 2 * (Decimal("150.01") + Decimal("149.99"))
    assert Decimal(closed["closedPnl"]) == Decimal("-0.04") - fees
    assert order["closedPnl"] == closed["closedPnl"]


def test_positions_come_in_pages() -> None:
    trader = Trader(stage())
    trader.bought()
    trader.acknowledged(symbol=BTC, orderType="Market", price=None, qty="0.01")
    first = read(trader.get("position/list", settleCoin="USDT", limit=1))
    assert [row["symbol"] for row in first["list"]] == [SOL]
    query = f"category=linear&settleCoin=USDT&limit=1&cursor={first['nextPageCursor']}"
    second = read(trader.get_raw("position/list", query))
    assert [row["symbol"] for row in second["list"]] == [BTC]


# Settings ----------------------------------------------------------------------------------------


def test_leverage_is_set_for_both_sides_and_read_back() -> None:
    trader = Trader(stage())
    body = {"symbol": SOL, "buyLeverage": "20", "sellLeverage": "20"}
    assert read(trader.post("position/set-leverage", **body)) == {}
    assert refusal(trader.post("position/set-leverage", **body)) == 110043
    assert trader.position()["leverage"] == "20"
    (row,) = read(trader.get("position/symbol-info", symbol=SOL))["list"]
    assert row == {"symbol": SOL, "leverage": "20", "side": "", "positionIdx": 0}


@pytest.mark.parametrize(
    ("buy", "sell", "code"),
    [
        ("5", "6", 10001),
        ("5", None, 10001),
        ("51", "51", 110013),
        ("0.5", "0.5", 110013),
        ("1.001", "1.001", 110013),
    ],
)
def test_a_leverage_that_cannot_be_is_refused(buy: str, sell: str | None, code: int) -> None:
    body = {"symbol": SOL, "buyLeverage": buy, "sellLeverage": sell}
    assert refusal(Trader(stage()).post("position/set-leverage", **body)) == code


def test_a_leverage_that_could_not_carry_the_position_is_refused() -> None:
    trader = Trader(stage(balance="200"))
    trader.bought("10")
    body = {"symbol": SOL, "buyLeverage": "1", "sellLeverage": "1"}
    assert refusal(trader.post("position/set-leverage", **body)) == 110007


def test_the_margin_mode_is_the_whole_accounts() -> None:
    trader = Trader(stage(balance="500"))
    assert read(trader.get("account/info"))["marginMode"] == "REGULAR_MARGIN"
    answer = trader.post("account/set-margin-mode", setMarginMode="REGULAR_MARGIN")
    assert refusal(answer) == 110026
    refused = envelope_of(trader.post("account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN"))
    assert refused["retCode"] == 3400045
    assert [row["reasonCode"] for row in refused["result"]["reasons"]] == ["3400000"]
    read(trader.post("account/set-margin-mode", setMarginMode="ISOLATED_MARGIN"))
    assert read(trader.get("account/info"))["marginMode"] == "ISOLATED_MARGIN"
    assert wallet_of(trader)["totalAvailableBalance"] == ""


def test_fees_are_fractions_of_both_sides() -> None:
    (row,) = read(Trader(stage()).get("account/fee-rate", symbol=SOL))["list"]
    assert row == {"symbol": SOL, "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}


def test_success_is_said_in_many_words() -> None:
    trader = Trader(stage())
    words = {
        envelope_of(trader.get(path, **query))["retMsg"]
        for path, query in (
            ("account/info", {}),
            ("account/withdrawal", {"coinName": "USDT"}),
            ("account/fee-rate", {}),
        )
    }
    assert words == {"", "success", "OK"}


def test_what_can_be_withdrawn_is_what_is_free() -> None:
    trader = Trader(stage())
    trader.placed(qty="1")
    answer = read(trader.get("account/withdrawal", coinName="USDT"))
    assert answer["availableWithdrawal"] == "9986"


def test_margin_cannot_be_added_to_a_shared_position() -> None:
    trader = Trader(stage())
    trader.bought()
    body = {"symbol": SOL, "margin": "10", "positionIdx": 0}
    assert refusal(trader.post("position/add-margin", **body)) == 10001


# Histories ---------------------------------------------------------------------------------------


def test_funding_is_an_execution_and_a_settlement_with_opposite_signs() -> None:
    trader = Trader(stage())
    trader.bought("2")
    passes(trader.simulator, HOURS_6)
    (row,) = read(trader.get("execution/list", execType="Funding"))["list"]
    assert (row["orderType"], row["orderLinkId"], row["execFee"]) == ("UNKNOWN", "", "0.03")
    query = {"accountType": "UNIFIED", "type": "SETTLEMENT"}
    (entry,) = read(trader.get("account/transaction-log", **query))["list"]
    assert (entry["funding"], entry["fee"], entry["change"]) == ("-0.03", "0", "-0.03")
    assert entry["transactionTime"] == "1795219200000"
    assert Decimal(entry["cashBalance"]) == Decimal("10000") - Decimal("0.165011") - Decimal("0.03")


def test_every_change_of_the_log_adds_up_to_the_balance() -> None:
    trader = Trader(stage())
    trader.bought("2")
    trader.sold("5")
    passes(trader.simulator, HOURS_6)
    trader.bought("3")
    rows = read(trader.get("account/transaction-log", accountType="UNIFIED"))["list"]
    total = sum(Decimal(row["change"]) for row in rows)
    assert Decimal(wallet_of(trader)["totalWalletBalance"]) == 10_000 + total
    for row in rows:
        funding = Decimal(row["funding"] or 0)
        assert Decimal(row["change"]) == Decimal(row["cashFlow"]) + funding - Decimal(row["fee"])


def test_the_log_reaches_back_a_day_unless_told_otherwise() -> None:
    trader = Trader(stage())
    trader.bought()
    passes(trader.simulator, 2 * 86_400)
    query = {"accountType": "UNIFIED", "type": "TRADE"}
    assert read(trader.get("account/transaction-log", **query))["list"] == []
    start = trader.now_ms - 3 * 86_400_000
    query |= {"startTime": str(start), "endTime": str(trader.now_ms)}
    assert len(read(trader.get("account/transaction-log", **query))["list"]) == 1


def test_executions_come_newest_first_in_pages() -> None:
    trader = Trader(stage())
    for _ in range(3):
        trader.bought()
    first = read(trader.get("execution/list", limit=2))
    assert [row["orderLinkId"] for row in first["list"]] == ["link-3", "link-2"]
    query = f"category=linear&limit=2&cursor={first['nextPageCursor']}"
    second = read(trader.get_raw("execution/list", query))
    assert [row["orderLinkId"] for row in second["list"]] == ["link-1"]
    assert second["nextPageCursor"] == ""


def test_an_order_id_goes_before_a_link_id_and_a_symbol() -> None:
    trader = Trader(stage())
    order = trader.bought()
    trader.bought()
    query = {"orderId": order["orderId"], "orderLinkId": "link-2", "symbol": BTC}
    rows = read(trader.get("execution/list", **query))["list"]
    assert [row["orderLinkId"] for row in rows] == ["link-1"]


def test_the_history_of_orders_is_late_and_forgets_what_was_not_filled() -> None:
    trader = Trader(stage())
    kept, gone = trader.bought(), trader.placed(price="149", timeInForce="IOC")
    assert read(trader.get("order/history"))["list"] == []
    passes(trader.simulator, 0.3)
    rows = read(trader.get("order/history"))["list"]
    assert [row["orderId"] for row in rows] == [gone["orderId"], kept["orderId"]]
    passes(trader.simulator, 86_500)
    rows = read(trader.get("order/history"))["list"]
    assert [row["orderId"] for row in rows] == [kept["orderId"]]


def test_open_orders_come_in_pages_whose_cursor_is_taken_verbatim() -> None:
    trader = Trader(stage())
    for _ in range(3):
        trader.placed()
    first = read(trader.get("order/realtime", symbol=SOL, limit=2))
    cursor = first["nextPageCursor"]
    assert "%3A" in cursor
    query = f"category=linear&symbol={SOL}&limit=2&cursor={cursor}"
    second = read(trader.get_raw("order/realtime", query))
    names = [row["orderLinkId"] for row in [*first["list"], *second["list"]]]
    assert names == ["link-3", "link-2", "link-1"]
    # The helper encodes its parameters, and so the cursor a second time.
    again = trader.get("order/realtime", symbol=SOL, limit=2, cursor=cursor)
    assert refusal(again) == 10001


def test_open_and_ended_orders_are_two_lists() -> None:
    trader = Trader(stage())
    ended, resting = trader.bought(), trader.placed()
    name = {"symbol": SOL, "orderId": ended["orderId"]}
    assert read(trader.get("order/realtime", **name))["list"] == []
    assert len(read(trader.get("order/realtime", openOnly=1, **name))["list"]) == 1
    name = {"symbol": SOL, "orderId": resting["orderId"]}
    assert read(trader.get("order/realtime", openOnly=1, **name))["list"] == []


def test_a_liquidation_is_told_as_the_venues_own_order() -> None:
    fallen = move(
        1,
        2,
        [(149.99, 0.0), (149.98, 0.0), (145.99, 90.0)],
        [(150.01, 0.0), (150.02, 0.0), (146.01, 90.0)],
    )
    trader = Trader(stage(fallen, balance="120"))
    body = {"symbol": SOL, "buyLeverage": "50", "sellLeverage": "50"}
    read(trader.post("position/set-leverage", **body))
    trader.bought("30")
    assert Decimal(trader.position()["liqPrice"]) > 146
    resting = trader.placed(qty="0.1", price="140")
    public = Wire(trader.simulator)
    public.subscribe(f"allLiquidation.{SOL}")
    passes(trader.simulator, 10)
    (row,) = read(trader.get("execution/list", execType="BustTrade"))["list"]
    assert (row["orderLinkId"], row["createType"], row["side"]) == ("", "CreateByLiq", "Sell")
    assert trader.position()["size"] == "0"
    ended = trader.look_up(resting["orderId"])
    assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelAllBeforeLiq")
    ((told,),) = [frame["data"] for frame in public.take()]
    # The side is the position's: a long was liquidated.
    assert (told["S"], told["v"]) == ("Buy", "30.0")
