"""Money, positions, leverage, modes, fees and the past of an account."""

import pytest

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import OPENED_MS, START_NS, Trader, fall, stage
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, Words, at_market, refusal, row, rows

WEEK_MS = 7 * 86_400_000


def risk(trader: Trader) -> Words:
    """Return the SOL position."""
    (found,) = rows(trader.ask("GET", "positionRisk", symbol=SOL))
    return found


# Money and positions ------------------------------------------------------------------------------


def test_every_market_has_a_position_though_it_be_zero() -> None:
    found = rows(Trader(stage()).ask("GET", "positionRisk"))
    assert [(one["symbol"], one["positionAmt"]) for one in found] == [
        (BTC, "0.000"),
        (SOL, "0.00"),
    ]


def test_a_short_position_is_negative_and_numbers_are_texts() -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("SELL", "2")))
    found = risk(trader)
    assert found | {"liquidationPrice": "", "updateTime": 0} == {
        "symbol": SOL,
        "positionAmt": "-2.00",
        "entryPrice": "179.98",
        "markPrice": "180.00000000",
        "unRealizedProfit": "-0.04000000",
        "liquidationPrice": "",
        "leverage": "20",
        "maxNotionalValue": "9223372036854775807",
        "marginType": "cross",
        "isolatedMargin": "0.00000000",
        "isAutoAddMargin": "false",
        "positionSide": "BOTH",
        "notional": "-360.00000000",
        "isolatedWallet": "0",
        "updateTime": 0,
    }
    assert float(found["liquidationPrice"]) > 180


def test_fees_and_margin_are_taken_from_the_balance() -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("BUY", "1")))
    (balance,) = rows(trader.ask("GET", "balance"))
    assert (balance["asset"], balance["balance"]) == ("USDT", "9999.92799200")
    assert balance["crossUnPnl"] == "-0.02000000"
    account = row(trader.ask("GET", "accountWithJoinMargin"))
    assert account["totalWalletBalance"] == "9999.92799200"
    assert account["totalMarginBalance"] == "9999.90799200"
    assert account["totalInitialMargin"] == "9.00000000"
    assert account["availableBalance"] == balance["availableBalance"] == "9990.90799200"
    (asset,) = account["assets"]
    assert (asset["walletBalance"], asset["marginBalance"]) == ("9999.92799200", "9999.90799200")
    held = {one["symbol"]: one["positionAmt"] for one in account["positions"]}
    assert held == {BTC: "0.000", SOL: "1.00"}


# Leverage and fees --------------------------------------------------------------------------------


def test_leverage_is_chosen_within_the_brackets() -> None:
    trader = Trader(stage())
    answered = row(trader.ask("POST", "leverage", symbol=SOL, leverage=50))
    assert answered == {"leverage": 50, "maxNotionalValue": "1000000", "symbol": SOL}
    assert risk(trader)["leverage"] == "50"
    for wrong in ("0", "126", "101"):
        answer = trader.ask("POST", "leverage", symbol=SOL, leverage=wrong)
        assert refusal(answer) == (400, -4028)
    assert refusal(trader.ask("POST", "leverage", symbol=SOL)) == (400, -1102)


def test_leverage_that_could_not_carry_what_is_open_is_refused() -> None:
    trader = Trader(stage(balance="1000"))
    row(trader.place(**at_market("BUY", "40")))
    assert refusal(trader.ask("POST", "leverage", symbol=SOL, leverage=2)) == (400, -2028)
    assert risk(trader)["leverage"] == "20"


def test_brackets_of_one_market_are_an_object_and_of_all_a_list() -> None:
    trader = Trader(stage())
    one = row(trader.ask("GET", "leverageBracket", symbol=SOL))
    assert one == {
        "symbol": SOL,
        "brackets": [
            {
                "bracket": 1,
                "initialLeverage": 100,
                "notionalCap": 50_000,
                "notionalFloor": 0,
                "maintMarginRatio": 0.005,
                "cum": 0.0,
            },
            {
                "bracket": 2,
                "initialLeverage": 50,
                "notionalCap": 1_000_000,
                "notionalFloor": 50_000,
                "maintMarginRatio": 0.01,
                "cum": 250.0,
            },
            {
                "bracket": 3,
                "initialLeverage": 20,
                "notionalCap": 9_223_372_036_854_775_807,
                "notionalFloor": 1_000_000,
                "maintMarginRatio": 0.025,
                "cum": 15_250.0,
            },
        ],
    }
    assert [each["symbol"] for each in rows(trader.ask("GET", "leverageBracket"))] == [BTC, SOL]


def test_fees_are_fractions() -> None:
    trader = Trader(stage())
    assert row(trader.ask("GET", "commissionRate", symbol=SOL)) == {
        "symbol": SOL,
        "makerCommissionRate": "0.000200",
        "takerCommissionRate": "0.000400",
    }
    assert refusal(trader.ask("GET", "commissionRate")) == (400, -1102)


# Modes --------------------------------------------------------------------------------------------


def test_the_margin_mode_changes_only_where_nothing_is_open() -> None:
    trader = Trader(stage())

    def chosen(mode: str) -> int:
        answer = trader.ask("POST", "marginType", symbol=SOL, marginType=mode)
        return 0 if answer.status == 200 else refusal(answer)[1]

    assert chosen("CROSSED") == -4046
    assert chosen("ISOLATED") == 0
    assert risk(trader)["marginType"] == "isolated"
    order_id = row(trader.place())["orderId"]
    assert chosen("CROSSED") == -4047
    row(trader.cancel(orderId=order_id))
    row(trader.place(**at_market("BUY", "1")))
    assert chosen("CROSSED") == -4048
    assert chosen("cross") == -1130


def test_the_position_mode_changes_only_where_nothing_is_open() -> None:
    trader = Trader(stage())

    def chosen(word: str) -> int:
        answer = trader.ask("POST", "positionSide/dual", dualSidePosition=word)
        return 0 if answer.status == 200 else refusal(answer)[1]

    assert row(trader.ask("GET", "positionSide/dual")) == {"dualSidePosition": False}
    assert chosen("false") == -4059
    order_id = row(trader.place())["orderId"]
    assert chosen("true") == -4067
    row(trader.cancel(orderId=order_id))
    row(trader.place(**at_market("BUY", "1")))
    assert chosen("true") == -4068
    row(trader.place(**at_market("SELL", "1")))
    assert chosen("true") == 0
    assert row(trader.ask("GET", "positionSide/dual")) == {"dualSidePosition": True}


def test_the_asset_mode_is_told_and_changed() -> None:
    trader = Trader(stage())
    assert row(trader.ask("GET", "multiAssetsMargin")) == {"multiAssetsMargin": False}
    row(trader.ask("POST", "multiAssetsMargin", multiAssetsMargin="true"))
    assert row(trader.ask("GET", "multiAssetsMargin")) == {"multiAssetsMargin": True}
    again = trader.ask("POST", "multiAssetsMargin", multiAssetsMargin="true")
    assert refusal(again) == (400, -4171)


# Fills and money that moved -----------------------------------------------------------------------


def test_a_fill_tells_fee_and_profit() -> None:
    trader = Trader(stage())
    bought = row(trader.place(**at_market("BUY", "1")))
    row(trader.place(**at_market("SELL", "0.5")))
    first, second = rows(trader.ask("GET", "userTrades", symbol=SOL))
    assert isinstance(first.pop("id"), int)
    assert first == {
        "symbol": SOL,
        "orderId": bought["orderId"],
        "side": "BUY",
        "positionSide": "BOTH",
        "price": "180.02",
        "qty": "1.00",
        "quoteQty": "180.02",
        "commission": "0.07200800",
        "commissionAsset": "USDT",
        "realizedPnl": "0.00000000",
        "maker": False,
        "buyer": True,
        "time": OPENED_MS,
    }
    assert (second["realizedPnl"], second["commission"]) == ("-0.02000000", "0.03599600")


def test_funding_is_paid_by_longs_while_the_rate_is_positive() -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("BUY", "10")))
    passes(trader.simulator, 4 * 3600)
    (paid,) = rows(trader.ask("GET", "income", incomeType="FUNDING_FEE", symbol=SOL))
    assert (paid["income"], paid["asset"], paid["incomeType"]) == (
        "-0.18000000",
        "USDT",
        "FUNDING_FEE",
    )
    assert paid["time"] == 1_795_219_200_000
    kinds = [one["incomeType"] for one in rows(trader.ask("GET", "income"))]
    assert kinds == ["COMMISSION", "FUNDING_FEE"]
    assert rows(trader.ask("GET", "income", symbol=BTC)) == []


def test_commissions_are_negative_and_profits_carry_their_sign() -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("BUY", "1")))
    row(trader.place(**at_market("SELL", "1")))
    moved = [(one["incomeType"], one["income"]) for one in rows(trader.ask("GET", "income"))]
    assert moved == [
        ("COMMISSION", "-0.07200800"),
        ("COMMISSION", "-0.07199200"),
        ("REALIZED_PNL", "-0.04000000"),
    ]


# Paging -------------------------------------------------------------------------------------------


def filled_over_days() -> Trader:
    """Return a trader with a fill on each of ten days; the last is today."""
    trader = Trader(stage())
    for day in range(10):
        if day:
            passes(trader.simulator, 86_400)
        row(trader.place(**at_market("BUY", "0.1", newClientOrderId=f"day{day}")))
    return trader


def days(trader: Trader, **params: object) -> list[int]:
    """Return on which days the fills of a page took place."""
    found = rows(trader.ask("GET", "userTrades", symbol=SOL, **params))
    return [(one["time"] - OPENED_MS) // 86_400_000 for one in found]


def test_without_instants_the_last_seven_days_are_told() -> None:
    trader = filled_over_days()
    assert days(trader) == [3, 4, 5, 6, 7, 8, 9]
    assert days(trader, limit=2) == [8, 9]


def test_a_beginning_asks_for_what_follows_it() -> None:
    trader = filled_over_days()
    assert days(trader, startTime=OPENED_MS) == [0, 1, 2, 3, 4, 5, 6]
    assert days(trader, startTime=OPENED_MS, limit=2) == [0, 1]
    assert days(trader, startTime=OPENED_MS + 1, endTime=OPENED_MS + 3 * 86_400_000) == [1, 2, 3]


def test_more_than_seven_days_and_reversed_instants_are_refused() -> None:
    trader = Trader(stage())
    for start, end, code in ((0, WEEK_MS + 1, -1127), (5, 4, -1023)):
        asked = {"symbol": SOL, "startTime": start, "endTime": end}
        assert refusal(trader.ask("GET", "userTrades", **asked)) == (400, code)


def test_a_number_asks_for_it_and_what_follows_whatever_the_day() -> None:
    trader = filled_over_days()
    found = rows(trader.ask("GET", "userTrades", symbol=SOL, fromId=0))
    assert len(found) == 10
    assert days(trader, fromId=found[8]["id"]) == [8, 9]
    assert days(trader, fromId=0, limit=3) == [0, 1, 2]
    mixed = trader.ask("GET", "userTrades", symbol=SOL, fromId=0, startTime=1)
    assert refusal(mixed) == (400, -1128)


def test_fills_of_one_order_are_told_alone() -> None:
    trader = filled_over_days()
    order_id = row(trader.order(origClientOrderId="day9"))["orderId"]
    assert days(trader, orderId=order_id) == [9]


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_page_has_at_most_a_thousand_rows(limit: str) -> None:
    answer = Trader(stage()).ask("GET", "userTrades", symbol=SOL, limit=limit)
    assert refusal(answer)[1] in (-1130, -1100)


def test_the_history_lists_open_and_ended_orders() -> None:
    trader = Trader(stage())
    first = row(trader.place(newClientOrderId="a"))["orderId"]
    row(trader.cancel(orderId=first))
    second = row(trader.place(newClientOrderId="b"))["orderId"]
    found = rows(trader.ask("GET", "allOrders", symbol=SOL))
    assert [(one["clientOrderId"], one["status"]) for one in found] == [
        ("a", "CANCELED"),
        ("b", "NEW"),
    ]
    after = rows(trader.ask("GET", "allOrders", symbol=SOL, orderId=second))
    assert [one["clientOrderId"] for one in after] == ["b"]
    assert refusal(trader.ask("GET", "allOrders")) == (400, -1102)


def test_an_unfilled_order_is_forgotten_a_week_after_its_creation() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="gone"))
    row(trader.cancel(origClientOrderId="gone"))
    row(trader.place(**at_market("BUY", "1", newClientOrderId="kept")))
    passes(trader.simulator, 7 * 86_400)
    assert row(trader.order(origClientOrderId="gone"))["status"] == "CANCELED"
    passes(trader.simulator, 1)
    assert refusal(trader.order(origClientOrderId="gone")) == (400, -2013)
    assert row(trader.order(origClientOrderId="kept"))["status"] == "FILLED"


# Liquidation --------------------------------------------------------------------------------------


def test_a_position_that_cannot_be_carried_is_closed_by_the_venue() -> None:
    trader = Trader(stage(fall(), balance="300"))
    row(trader.place(**at_market("BUY", "20")))
    passes(trader.simulator, 2)
    (closing,) = rows(trader.ask("GET", "forceOrders", symbol=SOL))
    assert closing["clientOrderId"].startswith("autoclose-")
    assert (closing["side"], closing["status"]) == ("SELL", "FILLED")
    assert risk(trader)["positionAmt"] == "0.00"
    assert trader.simulator.world.now_ns == START_NS + NS // 10 + 2 * NS
