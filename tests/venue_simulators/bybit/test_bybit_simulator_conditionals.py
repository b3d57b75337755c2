"""Orders that wait for a price: stops, take profits, trailing stops, and those of positions."""

from __future__ import annotations

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    SOL,
    Trader,
    Wire,
    move,
    printed,
    read,
    refusal,
    stage,
)


def set_stop(trader: Trader, **changes: object) -> None:
    body = {"symbol": SOL, "tpslMode": "Full", "positionIdx": 0, **changes}
    assert read(trader.post("position/trading-stop", **body)) == {}


def stops(trader: Trader) -> dict[str, str]:
    """Return the trigger prices of the orders that hang on the position."""
    rows = read(trader.get("order/realtime", symbol=SOL, orderFilter="tpslOrder"))["list"]
    return {row["stopOrderType"]: row["triggerPrice"] for row in rows}


def test_a_stop_waits_and_goes_off_when_the_last_price_comes() -> None:
    trader = Trader(stage(printed(1, 151.0, 1.0, Side.BUY)))
    wire = Wire(trader.simulator, "ws_private", trader)
    wire.subscribe("order")
    waiting = trader.bought(triggerPrice="150.5", triggerDirection=1)
    assert (waiting["orderStatus"], waiting["stopOrderType"]) == ("Untriggered", "Stop")
    passes(trader.simulator, 2)
    told = [row["orderStatus"] for frame in wire.take("order") for row in frame["data"]]
    assert told == ["Untriggered", "Triggered", "Filled"]


@pytest.mark.parametrize("kind", ["MarkPrice", "IndexPrice"])
def test_a_trigger_by_another_price_is_not_moved_by_trades(kind: str) -> None:
    trader = Trader(
        stage(
            printed(1, 152.0, 1.0, Side.BUY),
            move(
                5,
                2,
                [(149.99, 0.0), (149.98, 0.0), (151.99, 5.0)],
                [(150.01, 0.0), (150.02, 0.0), (152.01, 5.0)],
            ),
        )
    )
    waiting = trader.bought(triggerPrice="151", triggerDirection=1, triggerBy=kind)
    passes(trader.simulator, 3)
    assert trader.look_up(waiting["orderId"])["orderStatus"] == "Untriggered"
    passes(trader.simulator, 3)
    assert trader.look_up(waiting["orderId"])["orderStatus"] == "Filled"


def test_a_stop_limit_rests_once_it_has_gone_off() -> None:
    trader = Trader(stage(printed(1, 149.0, 1.0, Side.SELL)))
    waiting = trader.placed(side="Sell", triggerPrice="149.5", triggerDirection=2, price="155")
    passes(trader.simulator, 2)
    resting = trader.look_up(waiting["orderId"])
    assert (resting["orderStatus"], resting["price"]) == ("New", "155.000")


def test_what_waits_binds_no_margin_and_fails_at_its_trigger() -> None:
    trader = Trader(stage(printed(1, 151.0, 1.0, Side.BUY), balance="100"))
    waiting = trader.bought("30", triggerPrice="150.5", triggerDirection=1)
    (wallet,) = read(trader.get("account/wallet-balance", accountType="UNIFIED"))["list"]
    assert wallet["totalInitialMargin"] == "0"
    passes(trader.simulator, 2)
    assert trader.look_up(waiting["orderId"])["orderStatus"] == "Rejected"


def test_a_reducing_stop_without_a_position_ends_at_its_trigger() -> None:
    trader = Trader(stage(printed(1, 149.0, 1.0, Side.SELL)))
    waiting = trader.sold(triggerPrice="149.5", triggerDirection=2, reduceOnly=True)
    assert waiting["orderStatus"] == "Untriggered"
    passes(trader.simulator, 2)
    ended = trader.look_up(waiting["orderId"])
    assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


def test_a_cancelled_stop_is_deactivated() -> None:
    trader = Trader(stage())
    waiting = trader.bought(triggerPrice="150.5", triggerDirection=1)
    read(trader.post("order/cancel", symbol=SOL, orderId=waiting["orderId"]))
    passes(trader.simulator, 0.01)
    assert trader.look_up(waiting["orderId"])["orderStatus"] == "Deactivated"


def test_a_stop_can_be_amended_while_it_waits() -> None:
    trader = Trader(stage(printed(1, 151.0, 1.0, Side.BUY)))
    waiting = trader.bought(triggerPrice="150.5", triggerDirection=1)
    name = {"symbol": SOL, "orderId": waiting["orderId"]}
    assert refusal(trader.post("order/amend", triggerPrice="149", **name)) == 110092
    read(trader.post("order/amend", triggerPrice="152", qty="2", **name))
    passes(trader.simulator, 2)
    after = trader.look_up(waiting["orderId"])
    assert (after["orderStatus"], after["triggerPrice"], after["qty"]) == (
        "Untriggered",
        "152",
        "2",
    )


def test_orders_that_wait_are_found_by_their_filter_alone() -> None:
    trader = Trader(stage())
    trader.bought(triggerPrice="150.5", triggerDirection=1)
    trader.placed()
    rows = read(trader.get("order/realtime", symbol=SOL, orderFilter="Order"))["list"]
    assert [row["orderLinkId"] for row in rows] == ["link-2"]
    rows = read(trader.get("order/realtime", symbol=SOL, orderFilter="StopOrder"))["list"]
    assert [row["orderLinkId"] for row in rows] == ["link-1"]
    assert len(read(trader.get("order/realtime", symbol=SOL))["list"]) == 2


# Stops of positions ------------------------------------------------------------------------------


def test_a_position_has_stops_that_show_in_its_row_and_as_orders() -> None:
    trader = Trader(stage())
    trader.bought("2")
    set_stop(trader, takeProfit="160", stopLoss="140", trailingStop="5")
    row = trader.position()
    assert (row["takeProfit"], row["stopLoss"], row["trailingStop"]) == ("160", "140", "5")
    assert stops(trader) == {"TakeProfit": "160", "StopLoss": "140", "TrailingStop": "145.010"}


def test_a_whole_stop_is_as_large_as_its_position_is() -> None:
    trader = Trader(stage())
    trader.bought("2")
    set_stop(trader, trailingStop="5")
    query = {"symbol": SOL, "orderFilter": "tpslOrder"}
    (before,) = read(trader.get("order/realtime", **query))["list"]
    trader.bought("1")
    (after,) = read(trader.get("order/realtime", **query))["list"]
    assert (float(before["qty"]), float(after["qty"])) == (2, 3)


def test_zero_takes_a_stop_back_and_the_same_again_is_no_change() -> None:
    trader = Trader(stage())
    trader.bought("2")
    set_stop(trader, takeProfit="160", stopLoss="140")
    same = {"symbol": SOL, "tpslMode": "Full", "positionIdx": 0, "takeProfit": "160"}
    assert refusal(trader.post("position/trading-stop", **same)) == 34040
    set_stop(trader, takeProfit="0")
    assert stops(trader) == {"StopLoss": "140"}
    row = trader.position()
    assert (row["takeProfit"], row["stopLoss"]) == ("", "140")


@pytest.mark.parametrize(
    "changes",
    [
        {"takeProfit": "140"},
        {"stopLoss": "160"},
        {"takeProfit": "160.001"},
        {"takeProfit": "160", "tpslMode": None},
        {"takeProfit": "160", "positionIdx": None},
        {"takeProfit": "160", "positionIdx": 1},
        {"takeProfit": "160", "tpslMode": "Partial"},
        {"takeProfit": "160", "tpslMode": "Partial", "tpSize": "3"},
        {"trailingStop": "-1"},
    ],
)
def test_stops_on_the_wrong_side_or_half_said_are_refused(changes: dict[str, object]) -> None:
    trader = Trader(stage())
    trader.bought("2")
    body = {"symbol": SOL, "tpslMode": "Full", "positionIdx": 0, **changes}
    sent = {name: value for name, value in body.items() if value is not None}
    assert refusal(trader.post("position/trading-stop", **sent)) == 10001


def test_a_flat_position_has_no_stops() -> None:
    trader = Trader(stage())
    body = {"symbol": SOL, "tpslMode": "Full", "positionIdx": 0, "takeProfit": "160"}
    assert refusal(trader.post("position/trading-stop", **body)) == 10001


def test_a_stop_loss_closes_the_position_and_takes_the_others_with_it() -> None:
    trader = Trader(stage(printed(1, 149.0, 1.0, Side.SELL)))
    trader.bought("2")
    set_stop(trader, takeProfit="160", stopLoss="149.5")
    passes(trader.simulator, 2)
    assert trader.position()["size"] == "0"
    assert stops(trader) == {}
    rows = read(trader.get("order/realtime", symbol=SOL, openOnly=1))["list"]
    fates = {row["stopOrderType"]: (row["orderStatus"], row["cancelType"]) for row in rows}
    assert fates["StopLoss"] == ("Filled", "UNKNOWN")
    assert fates["TakeProfit"] == ("Deactivated", "CancelByTpSlTsClear")
    (closing,) = [row for row in rows if row["stopOrderType"] == "StopLoss"]
    assert (closing["createType"], closing["orderLinkId"]) == ("CreateByStopLoss", "")


def test_a_trailing_stop_follows_the_best_price_and_goes_off_behind_it() -> None:
    trader = Trader(
        stage(
            printed(1, 155.0, 1.0, Side.BUY),
            printed(2, 153.5, 1.0, Side.SELL),
            printed(3, 153.0, 1.0, Side.SELL),
        )
    )
    trader.bought("2")
    set_stop(trader, trailingStop="2")
    passes(trader.simulator, 1.5)
    assert stops(trader) == {"TrailingStop": "153.000"}
    passes(trader.simulator, 1)
    assert trader.position()["size"] == "2.0"
    passes(trader.simulator, 1)
    assert trader.position()["size"] == "0"


def test_a_trailing_stop_sleeps_until_its_price_has_come() -> None:
    trader = Trader(stage(printed(1, 147.0, 1.0, Side.SELL), printed(2, 153.0, 1.0, Side.BUY)))
    trader.bought("2")
    set_stop(trader, trailingStop="1", activePrice="152")
    passes(trader.simulator, 1.5)
    assert trader.position()["size"] == "2.0"
    passes(trader.simulator, 1)
    assert stops(trader) == {"TrailingStop": "152.000"}


def test_stops_of_a_part_close_a_part() -> None:
    trader = Trader(stage(printed(1, 151.0, 1.0, Side.BUY)))
    trader.bought("4")
    set_stop(trader, tpslMode="Partial", takeProfit="150.5", tpSize="1", tpLimitPrice="149")
    passes(trader.simulator, 2)
    assert trader.position()["size"] == "3.0"


def test_what_comes_with_an_order_hangs_on_the_position_it_makes() -> None:
    trader = Trader(stage())
    order = trader.bought("2", takeProfit="160", stopLoss="140")
    assert (order["takeProfit"], order["stopLoss"]) == ("160", "140")
    assert stops(trader) == {"TakeProfit": "160", "StopLoss": "140"}


def test_a_short_position_mirrors_the_sides_of_its_stops() -> None:
    trader = Trader(stage(printed(1, 151.0, 1.0, Side.BUY)))
    trader.sold("2")
    set_stop(trader, takeProfit="140", stopLoss="150.5", trailingStop="3")
    assert stops(trader) == {"TakeProfit": "140", "StopLoss": "150.5", "TrailingStop": "152.990"}
    passes(trader.simulator, 2)
    assert trader.position()["size"] == "0"


def test_what_comes_with_an_order_can_be_amended_before_it_fills() -> None:
    trader = Trader(stage(printed(1, 149.9, 50.0, Side.SELL)))
    order = trader.placed(price="149.99", takeProfit="160")
    change = {"symbol": SOL, "orderId": order["orderId"], "takeProfit": "170", "stopLoss": "140"}
    read(trader.post("order/amend", **change))
    passes(trader.simulator, 2)
    assert stops(trader) == {"TakeProfit": "170", "StopLoss": "140"}


def test_a_stop_that_replaces_another_is_told_after_the_fill_that_brought_it() -> None:
    trader = Trader(stage())
    trader.bought(takeProfit="160")
    wire = Wire(trader.simulator, "ws_private", trader)
    wire.subscribe("order")
    trader.bought(takeProfit="170")
    told = [
        (row["stopOrderType"], row["orderStatus"])
        for frame in wire.take("order")
        for row in frame["data"]
    ]
    assert told == [
        ("", "Filled"),
        ("TakeProfit", "Deactivated"),
        ("TakeProfit", "Untriggered"),
    ]
    assert stops(trader) == {"TakeProfit": "170"}
