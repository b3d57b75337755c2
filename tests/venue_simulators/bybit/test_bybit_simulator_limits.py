"""Rate limits, and what demo trading lacks."""

from __future__ import annotations

import json

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    SOL,
    Trader,
    Wire,
    ask_public,
    envelope_of,
    read,
    refusal,
    stage,
)
from venue_simulators.bybit.terms import BybitTerms

LIMITED = BybitTerms()


def test_every_private_answer_tells_what_is_left() -> None:
    trader = Trader(stage(terms=LIMITED))
    first = trader.create()
    second = trader.create()
    headers = [dict(answer.headers) for answer in (first, second)]
    assert [row["x-bapi-limit"] for row in headers] == ["10", "10"]
    assert [row["x-bapi-limit-status"] for row in headers] == ["9", "8"]
    reset = int(headers[1]["x-bapi-limit-reset-timestamp"])
    assert reset == trader.now_ms + 1000


def test_the_eleventh_order_of_a_second_is_refused_with_http_200() -> None:
    trader = Trader(stage(terms=LIMITED))
    for _ in range(10):
        read(trader.create(qty="0.1"))
    answer = trader.create()
    assert (answer.status, envelope_of(answer)["retCode"]) == (200, 10006)
    assert answer.headers["x-bapi-limit-status"] == "0"
    # Cancels have a budget of their own.
    read(trader.post("order/cancel-all", symbol=SOL))
    passes(trader.simulator, 1)
    read(trader.create())


def test_fees_may_be_asked_five_times_a_second() -> None:
    trader = Trader(stage(terms=LIMITED))
    codes = [envelope_of(trader.get("account/fee-rate"))["retCode"] for _ in range(6)]
    assert codes == [0] * 5 + [10006]


def test_accounts_have_budgets_of_their_own() -> None:
    simulator = stage(terms=LIMITED, accounts=("main", "other"))
    main, other = Trader(simulator), Trader(simulator, "other")
    for _ in range(10):
        read(main.create(qty="0.1"))
    assert read(other.create())["orderId"]


def test_an_address_that_asks_too_much_is_barred_for_ten_minutes() -> None:
    simulator = stage(terms=LIMITED)
    statuses = [ask_public(simulator, "time").status for _ in range(601)]
    assert statuses == [200] * 600 + [403]
    passes(simulator, 590)
    assert ask_public(simulator, "time").status == 403
    passes(simulator, 11)
    assert ask_public(simulator, "time").status == 200


def test_five_hundred_sockets_may_be_opened_in_five_minutes() -> None:
    simulator = stage(terms=LIMITED)
    for number in range(500):
        Wire(simulator, number=number + 1)
    late = Wire.__new__(Wire)
    late.simulator, late.service, late.query, late.number = simulator, "ws_public", "", 501
    refused = simulator.on_open(late)
    assert refused is not None
    assert refused.status == 403


# Demo --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["account/fee-rate", "position/symbol-info", "account/withdrawal"])
def test_demo_lacks_some_questions(path: str) -> None:
    trader = Trader(stage(terms=BybitTerms("demo")))
    assert refusal(trader.get(path, coinName="USDT")) == 10032


def test_demo_trades_like_the_real_one() -> None:
    trader = Trader(stage(terms=BybitTerms("demo")))
    assert trader.bought()["orderStatus"] == "Filled"
    body = {"product": "DERIVATIVES", "timeWindow": 10}
    assert refusal(trader.post("order/disconnected-cancel-all", **body)) == 10032


def test_demo_lacks_some_topics() -> None:
    trader = Trader(stage(terms=BybitTerms("demo")))
    wire = Wire(trader.simulator, "ws_private", trader)
    for topic in ("execution.fast", "dcp.future"):
        assert wire.say(op="subscribe", args=[topic])["success"] is False
    wire.subscribe("order", "execution", "position", "wallet")


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ("mainnet", ["BYBIT_API_KEY", "BYBIT_API_SECRET"]),
        ("testnet", ["BYBIT_TESTNET_API_KEY", "BYBIT_TESTNET_API_SECRET"]),
        ("demo", ["BYBIT_DEMO_API_KEY", "BYBIT_DEMO_API_SECRET"]),
    ],
)
def test_the_variables_are_those_that_users_know(environment: str, names: list[str]) -> None:
    simulator = stage(terms=BybitTerms(environment))
    urls = {service.name: f"http://{service.name}" for service in simulator.services}
    variables = simulator.environment(urls)
    assert list(variables) == [
        *names,
        "PERP_BYBIT_REST_URL",
        "PERP_BYBIT_WS_PUBLIC_URL",
        "PERP_BYBIT_WS_PRIVATE_URL",
        "PERP_BYBIT_WS_TRADE_URL",
    ]
    assert json.dumps(variables)
