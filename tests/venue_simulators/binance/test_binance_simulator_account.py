"""Money, positions and settings of an account, and longs and shorts side by side."""

from __future__ import annotations

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, fall, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, Words, at_market, refusal, row, rows
from venue_simulators.wire import HttpResponse

HOURS = 3600


def risks(trader: Trader) -> list[tuple[str, str, str]]:
    """Return symbol, side and size of every position that version 3 lists."""
    return [
        (one["symbol"], one["positionSide"], one["positionAmt"])
        for one in rows(trader.ask("GET", "v3/positionRisk"))
    ]


# Money and positions ------------------------------------------------------------------------------


def test_a_balance_is_what_was_paid_in_less_fees() -> None:
    trader = Trader(stage())
    trader.bought("1")
    (balance,) = rows(trader.ask("GET", "v3/balance"))
    assert (balance["asset"], balance["balance"]) == ("USDT", "9999.90999000")
    account = row(trader.ask("GET", "v3/account"))
    assert account["totalWalletBalance"] == "9999.90999000"
    assert [one["positionAmt"] for one in account["positions"]] == ["1.00"]


def test_only_markets_with_position_or_orders_are_listed_and_leverage_is_elsewhere() -> None:
    trader = Trader(stage())
    assert risks(trader) == []
    row(trader.place())
    assert risks(trader) == [(SOL, "BOTH", "0.00")]
    trader.sold("1")
    (position,) = rows(trader.ask("GET", "v3/positionRisk", symbol=SOL))
    assert (position["positionAmt"], position["entryPrice"]) == ("-1.00", "179.98")
    assert not {"leverage", "marginType"} & set(position)
    (older,) = rows(trader.ask("GET", "v2/positionRisk", symbol=SOL))
    assert (older["leverage"], older["marginType"]) == ("20", "cross")
    assert len(rows(trader.ask("GET", "v2/positionRisk"))) == 2
    assert len(row(trader.ask("GET", "v2/account"))["positions"]) == 2


def test_incomes_tell_fees_profits_and_funding() -> None:
    trader = Trader(stage())
    trader.bought("1")
    passes(trader.simulator, 8 * HOURS)
    trader.sold("1")
    kinds = [one["incomeType"] for one in rows(trader.ask("GET", "income"))]
    assert kinds == ["COMMISSION", "FUNDING_FEE", "COMMISSION", "REALIZED_PNL"]
    (paid,) = rows(trader.ask("GET", "income", incomeType="FUNDING_FEE"))
    assert (paid["income"], paid["symbol"], paid["tradeId"]) == ("-0.01800000", SOL, "")


# Settings -----------------------------------------------------------------------------------------


def test_leverage_is_set_within_the_markets_most() -> None:
    trader = Trader(stage())
    told = row(trader.ask("POST", "leverage", symbol=SOL, leverage=50))
    assert (told["leverage"], told["symbol"]) == (50, SOL)
    (config,) = rows(trader.ask("GET", "symbolConfig", symbol=SOL))
    assert (config["leverage"], config["marginType"]) == (50, "CROSSED")
    assert refusal(trader.ask("POST", "leverage", symbol=SOL, leverage=101)) == (400, -4028)


def test_the_margin_mode_is_changed_where_nothing_is_open() -> None:
    trader = Trader(stage())
    assert refusal(mode(trader, "CROSSED")) == (400, -4046)
    assert row(mode(trader, "ISOLATED"))["msg"] == "success"
    assert refusal(trader.ask("POST", "multiAssetsMargin", multiAssetsMargin="true")) == (
        400,
        -4168,
    )
    row(trader.place())
    assert refusal(mode(trader, "CROSSED")) == (400, -4047)


def mode(trader: Trader, word: str) -> HttpResponse:
    return trader.ask("POST", "marginType", symbol=SOL, marginType=word)


def test_flags_of_the_account_are_told_where_they_were_set() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    row(trader.ask("POST", "multiAssetsMargin", multiAssetsMargin="true"))
    row(trader.ask("POST", "feeBurn", feeBurn="true"))
    config = row(trader.ask("GET", "accountConfig"))
    assert (config["multiAssetsMargin"], config["dualSidePosition"]) == (True, False)
    assert row(trader.ask("GET", "feeBurn")) == {"feeBurn": True}
    assert heard.take("ACCOUNT_CONFIG_UPDATE")[0]["ai"]["j"] is True
    assert refusal(mode(trader, "ISOLATED")) == (400, -4168)


def test_fees_brackets_and_limits_are_told() -> None:
    trader = Trader(stage())
    fees = row(trader.ask("GET", "commissionRate", symbol=SOL))
    assert (fees["makerCommissionRate"], fees["takerCommissionRate"]) == ("0.000200", "0.000500")
    (bracket,) = rows(trader.ask("GET", "leverageBracket", symbol=SOL))
    assert bracket["brackets"][0]["initialLeverage"] == 100
    limits = rows(trader.ask("GET", "rateLimit/order"))
    assert [(one["interval"], one["limit"]) for one in limits] == [
        ("SECOND", 300),
        ("MINUTE", 1200),
    ]
    (rank, *_) = rows(trader.ask("GET", "adlQuantile"))
    assert set(rank["adlQuantile"]) == {"LONG", "SHORT", "BOTH"}


# Hedge mode ---------------------------------------------------------------------------------------


def hedged() -> Trader:
    """Return a trader whose longs and shorts are kept apart."""
    trader = Trader(stage())
    row(trader.ask("POST", "positionSide/dual", dualSidePosition="true"))
    return trader


def test_both_sides_are_open_at_once_with_entries_of_their_own() -> None:
    trader = hedged()
    trader.bought("5", positionSide="LONG")
    trader.sold("3", positionSide="SHORT")
    assert risks(trader) == [(SOL, "LONG", "5.00"), (SOL, "SHORT", "-3.00")]
    entries = [one["entryPrice"] for one in rows(trader.ask("GET", "v3/positionRisk"))]
    assert entries == ["180.02", "179.98"]
    older = rows(trader.ask("GET", "v2/positionRisk", symbol=SOL))
    assert [one["positionSide"] for one in older] == ["BOTH", "LONG", "SHORT"]


def test_an_order_must_say_which_position_it_is_about_and_nothing_of_reducing() -> None:
    trader = hedged()
    assert refusal(trader.place()) == (400, -4061)
    assert refusal(trader.algo()) == (400, -4061)
    answered = trader.place(positionSide="LONG", reduceOnly="false")
    assert refusal(answered) == (400, -1106)
    assert refusal(trader.algo(positionSide="LONG", reduceOnly="true")) == (400, -1106)


def test_a_close_realises_the_profit_of_its_own_side() -> None:
    trader = hedged()
    heard = trader.listen()
    trader.bought("5", positionSide="LONG")
    trader.sold("3", positionSide="SHORT")
    trader.sold("5", positionSide="LONG")
    last = heard.take("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (last["ps"], last["rp"]) == ("LONG", "-0.20000000")
    assert risks(trader) == [(SOL, "SHORT", "-3.00")]


def test_more_than_the_position_cannot_be_closed() -> None:
    trader = hedged()
    trader.bought("5", positionSide="LONG")
    too_much = at_market("SELL", "6", positionSide="LONG")
    assert refusal(trader.place(**too_much)) == (400, -2022)
    row(trader.place(side="SELL", price="185.00", quantity="3", positionSide="LONG"))
    assert refusal(trader.place(**at_market("SELL", "3", positionSide="LONG"))) == (400, -2022)
    assert trader.sold("2", positionSide="LONG")["status"] == "FILLED"


def test_the_stream_tells_both_positions() -> None:
    trader = hedged()
    heard = trader.listen()
    trader.bought("5", positionSide="LONG")
    positions: list[Words] = heard.take("ACCOUNT_UPDATE")[-1]["a"]["P"]
    assert [(one["ps"], one["pa"]) for one in positions] == [("LONG", "5.00"), ("SHORT", "0.00")]


def test_a_stop_closes_the_side_that_it_names() -> None:
    trader = Trader(stage(fall()))
    row(trader.ask("POST", "positionSide/dual", dualSidePosition="true"))
    trader.bought("5", positionSide="LONG")
    trader.sold("3", positionSide="SHORT")
    terms = {"quantity": None, "closePosition": "true", "workingType": "MARK_PRICE"}
    assert refusal(trader.algo(positionSide="SHORT", **terms))[1] == -1130
    row(trader.algo(positionSide="LONG", **terms))
    passes(trader.simulator, 2)
    assert risks(trader) == [(SOL, "SHORT", "-3.00")]


@pytest.mark.parametrize("opened", [True, False])
def test_the_mode_stays_while_anything_is_open(opened: bool) -> None:
    trader = Trader(stage())
    if opened:
        trader.bought("1")
    else:
        row(trader.place())
    answered = trader.ask("POST", "positionSide/dual", dualSidePosition="true")
    assert refusal(answered) == (400, -4068 if opened else -4067)
    same = trader.ask("POST", "positionSide/dual", dualSidePosition="false")
    assert refusal(same) == (400, -4059)


def test_a_liquidation_in_hedge_mode_closes_the_larger_side() -> None:
    trader = Trader(stage(fall(to=100.0), balance="400"))
    row(trader.ask("POST", "positionSide/dual", dualSidePosition="true"))
    trader.bought("10", positionSide="LONG")
    trader.sold("2", positionSide="SHORT")
    passes(trader.simulator, 3)
    assert risks(trader) == [(SOL, "LONG", "2.00"), (SOL, "SHORT", "-2.00")]
