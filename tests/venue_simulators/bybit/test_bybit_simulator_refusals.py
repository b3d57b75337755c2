"""What is refused before it is acknowledged, and with which code."""

from __future__ import annotations

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import SOL, Trader, move, refusal, stage
from venue_simulators.bybit.terms import BybitTerms


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "spot"}, 10001),
        ({"symbol": "NOPEUSDT"}, 10001),
        ({"symbol": "BTCUSDT-25JUN27"}, 10001),
        ({"symbol": None}, 10001),
        ({"side": "buy"}, 10001),
        ({"side": None}, 10001),
        ({"orderType": "limit"}, 10001),
        ({"qty": None}, 10001),
        ({"qty": 1}, 10001),
        ({"qty": "1e0"}, 10001),
        ({"qty": "-1"}, 10001),
        ({"qty": "0"}, 10001),
        ({"qty": "0.05"}, 10001),
        ({"qty": "119000.1"}, 10001),
        ({"price": None}, 10001),
        ({"price": 140.0}, 10001),
        ({"price": "140.001"}, 10001),
        ({"price": "300000"}, 110003),
        ({"price": "166"}, 30208),
        ({"side": "Sell", "price": "134"}, 30209),
        ({"qty": "0.1", "price": "40"}, 110094),
        ({"timeInForce": "GTX"}, 10001),
        ({"timeInForce": "RPI"}, 10001),
        ({"positionIdx": 1}, 10001),
        ({"positionIdx": 3}, 10001),
        ({"positionIdx": "0"}, 10001),
        ({"reduceOnly": "true"}, 10001),
        ({"reduceOnly": True, "takeProfit": "160"}, 10001),
        ({"triggerPrice": "160"}, 10001),
        ({"triggerPrice": "160", "triggerDirection": 3}, 10001),
        ({"triggerPrice": "160.001", "triggerDirection": 1}, 10001),
        ({"triggerPrice": "140", "triggerDirection": 1}, 110092),
        ({"triggerPrice": "160", "triggerDirection": 2}, 110093),
        ({"slippageToleranceType": "TickSize", "slippageTolerance": "5"}, 10001),
        ({"slippageToleranceType": "TickSize"}, 10001),
        ({"bboSideType": "Queue"}, 10001),
        ({"bboSideType": "Queue", "bboLevel": "6"}, 10001),
        ({"smpType": "cancel"}, 10001),
        ({"tpslMode": "Full", "tpLimitPrice": "160", "takeProfit": "160"}, 10001),
    ],
)
def test_an_order_that_is_wrong_is_refused_at_once(changes: dict[str, object], code: int) -> None:
    assert refusal(Trader(stage()).create(**changes)) == code


def test_a_market_order_has_a_smaller_limit_than_a_limit_order() -> None:
    trader = Trader(stage())
    too_much = {"qty": "50000.1", "price": None, "orderType": "Market"}
    assert refusal(trader.create(**too_much)) == 10001


def test_a_halted_market_is_not_live() -> None:
    trader = Trader(stage())
    trader.simulator.world.set_tradable(SOL, False)
    assert refusal(trader.create()) == 110074


def test_at_most_ten_orders_of_a_market_wait_for_a_price() -> None:
    trader = Trader(stage())
    for _ in range(10):
        trader.placed(triggerPrice="160", triggerDirection=1)
    assert refusal(trader.create(triggerPrice="160", triggerDirection=1)) == 110009
    assert trader.placed()["orderStatus"] == "New"


def test_at_most_five_hundred_orders_of_a_market_are_active() -> None:
    trader = Trader(stage(balance="1000000"))
    for _ in range(500):
        trader.create(qty="0.1")
    assert refusal(trader.create(qty="0.1")) == 110020


def test_an_ordinary_account_may_not_arm_the_dead_mans_switch() -> None:
    trader = Trader(stage(terms=BybitTerms(institutional=False)))
    answer = trader.post("order/disconnected-cancel-all", product="DERIVATIVES", timeWindow=10)
    assert refusal(answer) == 10005


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("order/realtime", {}),
        ("order/realtime", {"symbol": SOL, "limit": 51}),
        ("order/realtime", {"symbol": "NOPEUSDT"}),
        ("order/history", {"startTime": 0, "endTime": 7 * 86_400_000 + 1}),
        ("order/history", {"startTime": 5, "endTime": 4}),
        ("execution/list", {"limit": 101}),
        ("execution/list", {"startTime": "yesterday"}),
        ("position/list", {}),
        ("position/list", {"symbol": "NOPEUSDT"}),
        ("account/wallet-balance", {"accountType": "CONTRACT"}),
        ("account/wallet-balance", {}),
        ("account/transaction-log", {"limit": 51}),
        ("account/fee-rate", {"symbol": "NOPEUSDT"}),
    ],
)
def test_wrong_questions_are_refused(path: str, query: dict[str, object]) -> None:
    assert refusal(Trader(stage()).get(path, **query)) == 10001


def test_a_market_order_finds_no_price_in_an_empty_book() -> None:
    emptied = move(1, 2, [], [(150.01, 0.0), (150.02, 0.0)])
    trader = Trader(stage(emptied))
    passes(trader.simulator, 2)
    assert refusal(trader.create(orderType="Market", price=None)) == 110118
    assert trader.sold()["orderStatus"] == "Filled"
