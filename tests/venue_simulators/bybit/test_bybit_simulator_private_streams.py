"""Private topics: what they tell, in which words, and what they keep to themselves."""

from __future__ import annotations

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import SOL, Trader, Wire, printed, read, stage

ALL = ("order", "execution", "position", "wallet")


def listening(trader: Trader, *topics: str) -> Wire:
    wire = Wire(trader.simulator, "ws_private", trader)
    wire.subscribe(*topics)
    return wire


def test_a_subscription_begins_with_nothing() -> None:
    trader = Trader(stage())
    trader.bought()
    trader.placed()
    wire = listening(trader, *ALL)
    passes(trader.simulator, 5)
    assert wire.take() == []


def test_without_a_login_nothing_is_subscribed() -> None:
    wire = Wire(stage(), "ws_private")
    answer = wire.say(op="subscribe", args=["order"])
    assert (answer["success"], answer["ret_msg"]) == (False, "Request not authorized")


def test_a_fill_is_told_on_four_topics() -> None:
    trader = Trader(stage())
    wire = listening(trader, *ALL)
    order = trader.bought("2")
    frames = wire.take()
    assert [frame["topic"] for frame in frames] == ["execution", "order", "position", "wallet"]
    execution, told, position, wallet = (frame["data"][0] for frame in frames)
    assert told == order
    assert (execution["orderId"], execution["execQty"]) == (order["orderId"], "2.0")
    assert (execution["category"], execution["closedSize"]) == ("linear", "0")
    assert (position["side"], position["size"], position["entryPrice"]) == ("Buy", "2.0", "150.01")
    assert "avgPrice" not in position
    assert execution["seq"] == position["seq"]
    assert wallet["coin"][0]["walletBalance"] == "9999.834989"


def test_the_stream_writes_zeros_where_rest_leaves_a_flat_position_empty() -> None:
    trader = Trader(stage())
    wire = listening(trader, "position")
    trader.bought()
    trader.sold()
    flat = wire.take("position")[-1]["data"][0]
    assert (flat["side"], flat["size"], flat["entryPrice"]) == ("", "0", "0")
    assert (flat["takeProfit"], flat["stopLoss"], flat["trailingStop"]) == ("0", "0", "0")
    row = trader.position()
    assert (row["side"], row["avgPrice"], row["takeProfit"]) == ("", "", "")


def test_a_position_is_told_with_every_order_though_it_has_not_changed() -> None:
    trader = Trader(stage())
    wire = listening(trader, "position")
    order = trader.placed()
    read(trader.post("order/amend", symbol=SOL, orderId=order["orderId"], price="141"))
    passes(trader.simulator, 0.01)
    read(trader.post("order/cancel", symbol=SOL, orderId=order["orderId"]))
    passes(trader.simulator, 0.01)
    assert [frame["data"][0]["size"] for frame in wire.take()] == ["0", "0", "0"]


def test_the_wallet_is_not_told_of_unrealised_changes() -> None:
    trader = Trader(stage(printed(1, 149.0, 1.0, Side.SELL)))
    trader.bought()
    wire = listening(trader, "wallet")
    passes(trader.simulator, 5)
    assert wire.take() == []


def test_the_fast_stream_tells_trades_alone_and_no_names_of_makers() -> None:
    trader = Trader(stage(printed(1, 149.9, 50.0, Side.SELL)))
    trader.placed(price="149.99", orderLinkId="maker")
    wire = listening(trader, "execution.fast")
    passes(trader.simulator, 2)
    trader.bought(orderLinkId="taker")
    passes(trader.simulator, 6 * 3600)
    rows = [row for frame in wire.take() for row in frame["data"]]
    assert [(row["isMaker"], row["orderLinkId"]) for row in rows] == [(True, ""), (False, "taker")]
    assert "execFee" not in rows[0]


def test_categorised_topics_tell_the_same_under_their_own_names() -> None:
    trader = Trader(stage())
    wire = listening(trader, "order.linear", "execution.linear", "position.linear")
    trader.bought()
    topics = [frame["topic"] for frame in wire.take()]
    assert topics == ["execution.linear", "order.linear", "position.linear"]


@pytest.mark.parametrize(
    "topics", [["order", "execution.linear"], ["wallet.linear"], ["orders"], ["tickers.SOLUSDT"]]
)
def test_topics_that_are_mixed_or_unknown_fail(topics: list[str]) -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "ws_private", trader)
    assert wire.say(op="subscribe", args=topics)["success"] is False


def test_accounts_do_not_hear_each_other() -> None:
    simulator = stage(accounts=("main", "other"))
    trader, other = Trader(simulator), Trader(simulator, "other")
    wire = Wire(simulator, "ws_private", other)
    wire.subscribe(*ALL)
    trader.bought()
    assert wire.take() == []
    other.bought()
    assert len(wire.take()) == 4


def test_two_accounts_trade_with_each_other_and_both_are_told() -> None:
    simulator = stage(accounts=("main", "other"))
    maker, taker = Trader(simulator), Trader(simulator, "other")
    wire = listening(maker, "execution")
    maker.placed(price="150", qty="1")
    taker.sold("1")
    (frame,) = wire.take()
    (row,) = frame["data"]
    assert (row["isMaker"], row["execPrice"], row["leavesQty"]) == (True, "150.000", "0")


def test_an_unsubscribed_topic_is_silent() -> None:
    trader = Trader(stage())
    wire = listening(trader, "order", "execution")
    assert wire.say(op="unsubscribe", args=["order"])["success"] is True
    trader.bought()
    assert [frame["topic"] for frame in wire.take()] == ["execution"]


def test_a_partial_fill_tells_each_execution_and_the_orders_last_state() -> None:
    trader = Trader(stage())
    wire = listening(trader, "order", "execution")
    trader.placed(price="150.02", qty="60")
    frames = {frame["topic"]: frame["data"] for frame in wire.take()}
    assert [(row["execPrice"], row["leavesQty"]) for row in frames["execution"]] == [
        ("150.010", "20"),
        ("150.020", "0"),
    ]
    assert [row["orderStatus"] for row in frames["order"]] == ["Filled"]
