"""What is refused, and with which code."""

import pytest

from tests.venue_simulators.aster.aster_stage import Trader, public, stage, stop
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, at_market, limit, refusal, row, rows
from venue_simulators.wire import HttpRequest


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": None}, -1102),
        ({"symbol": "NOUSDT"}, -1121),
        ({"symbol": "solusdt"}, -1121),
        ({"side": None}, -1102),
        ({"side": "buy"}, -1117),
        ({"type": "STOP_LIMIT"}, -1116),
        ({"timeInForce": None}, -1102),
        ({"timeInForce": "GTD"}, -1115),
        ({"timeInForce": "RPI"}, -1115),
        ({"quantity": None}, -1102),
        ({"quantity": "-1"}, -1100),
        ({"quantity": "1e3"}, -1100),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.001"}, -1111),
        ({"quantity": "100000.01"}, -4005),
        ({"price": None}, -1102),
        ({"price": "0"}, -4013),
        ({"price": "178.0001"}, -1111),
        ({"price": "178.001"}, -4014),
        ({"price": "199.00"}, -4016),
        ({"side": "SELL", "price": "160.00"}, -4024),
        ({"quantity": "0.02"}, -4164),
        ({"quantity": "9000"}, -2019),
        ({"newClientOrderId": "has space"}, -4015),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"newClientOrderId": ""}, -1105),
        ({"stopPrice": "170"}, -1106),
        ({"callbackRate": "1"}, -1106),
        ({"activationPrice": "170"}, -1106),
        ({"closePosition": "true"}, -1106),
        ({"reduceOnly": "yes"}, -1130),
        ({"reduceOnly": "true"}, -2022),
        ({"positionSide": "LONG"}, -4061),
        ({"newOrderRespType": "FULL"}, -1130),
        ({"workingType": "LAST"}, -1130),
        ({"stpMode": "EXPIRE_MAKER"}, -1130),
    ],
)
def test_an_order_that_is_not_right_is_refused(changes: dict[str, object], code: int) -> None:
    trader = Trader(stage())
    assert refusal(trader.place(**changes)) == (400, code)
    assert rows(trader.ask("GET", "openOrders")) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (at_market("BUY", "1", timeInForce="GTC"), -1106),
        (at_market("BUY", "1", price="178.00"), -1106),
        (at_market("BUY", "10001"), -4005),
        (at_market("BUY", "0.02"), -4164),
        (stop("SELL", "170", stopPrice=None), -1102),
        (stop("SELL", "170.001"), -4014),
        (stop("SELL", "170", closePosition="true"), -1106),
        (stop("SELL", "170", quantity=None, closePosition="true", reduceOnly="true"), -1106),
        (at_market("SELL", "1", type="TRAILING_STOP_MARKET"), -1102),
        (at_market("SELL", "1", type="TRAILING_STOP_MARKET", callbackRate="0.05"), -1130),
        (at_market("SELL", "1", type="TRAILING_STOP_MARKET", callbackRate="5.1"), -1130),
    ],
)
def test_orders_of_other_types_are_held_to_their_form(
    changes: dict[str, object], code: int
) -> None:
    assert refusal(Trader(stage()).place(**changes)) == (400, code)


def test_reducing_orders_need_not_be_worth_the_minimum() -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("BUY", "1")))
    closing = at_market("SELL", "0.01", reduceOnly="true", newOrderRespType="RESULT")
    assert row(trader.place(**closing))["status"] == "FILLED"


def test_a_price_may_have_its_precision_and_still_miss_the_tick() -> None:
    info = row(public(stage(), "exchangeInfo"))
    sol = next(one for one in info["symbols"] if one["symbol"] == SOL)
    ticks = {one["filterType"]: one for one in sol["filters"]}["PRICE_FILTER"]
    assert (sol["pricePrecision"], ticks["tickSize"]) == (3, "0.01")


def test_a_market_that_is_halted_takes_no_orders() -> None:
    trader = Trader(stage())
    trader.simulator.world.set_tradable(SOL, tradable=False)
    assert refusal(trader.place()) == (400, -4140)
    statuses = {
        one["symbol"]: one["status"]
        for one in row(public(trader.simulator, "exchangeInfo"))["symbols"]
    }
    assert statuses == {BTC: "TRADING", SOL: "SETTLING"}


def test_ten_orders_may_wait_for_a_price_in_one_market() -> None:
    trader = Trader(stage())
    for _ in range(10):
        row(trader.place(**stop("SELL", "170.00")))
    assert refusal(trader.place(**stop("SELL", "170.00"))) == (400, -4045)
    assert row(trader.place())["status"] == "NEW"


def test_two_hundred_orders_may_be_open_in_one_market() -> None:
    trader = Trader(stage())
    for _ in range(200):
        row(trader.place(quantity="0.1"))
    assert refusal(trader.place(quantity="0.1")) == (400, -2025)


@pytest.mark.parametrize("path", ["/", "/fapi/v3/nothing", "/fapi/v3/account", "/fapi/v2/order"])
def test_paths_that_the_venue_does_not_have_are_not_found(path: str) -> None:
    answered = stage().handle(HttpRequest("rest", "GET", path))
    assert refusal(answered) == (404, -5000)


def test_hedge_mode_takes_no_order_of_the_other_mode() -> None:
    trader = Trader(stage())
    row(trader.ask("POST", "positionSide/dual", dualSidePosition="true"))
    assert refusal(trader.place()) == (400, -4061)
    opening = limit(positionSide="LONG")
    assert refusal(trader.ask("POST", "order", **opening, reduceOnly="true")) == (400, -1106)
    assert row(trader.ask("POST", "order", **opening))["positionSide"] == "LONG"
