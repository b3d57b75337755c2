"""Budgets: continuously refilled, told in headers, shared between REST and sockets."""

from __future__ import annotations

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import SOL, Trader, Wire, public, refusal, stage
from venue_simulators.paradex.terms import ParadexTerms
from venue_simulators.wire import HttpResponse

STRICT = ParadexTerms()


def budget(response: HttpResponse) -> tuple[str, str, str]:
    """Return limit, what remains, and the window in seconds."""
    names = ("limit", "remaining", "window")
    limit, remaining, window = (response.headers[f"x-ratelimit-{name}"] for name in names)
    return limit, remaining, window


def test_every_answer_tells_what_is_left() -> None:
    simulator = stage(terms=STRICT)
    trader = Trader(simulator)
    assert budget(public(simulator, "system/time")) == ("1500", "1499", "60")
    assert budget(trader.ask("GET", "account")) == ("120", "119", "1")
    assert budget(trader.create()) == ("800", "799", "1")
    assert budget(trader.create(size="0.001")) == ("800", "798", "1")
    assert budget(trader.login()) == ("600", "598", "60")


def test_public_calls_are_limited_by_the_minute_and_come_back_bit_by_bit() -> None:
    simulator = stage(terms=STRICT)
    for _ in range(1500):
        assert public(simulator, "system/time").status == 200
    refused = public(simulator, "system/time")
    assert refusal(refused) == (429, "RATE_LIMIT_EXCEEDED")
    assert budget(refused) == ("1500", "0", "60")
    passes(simulator, 0.04)
    assert public(simulator, "system/time").status == 200
    assert public(simulator, "system/time").status == 429


def test_private_reads_are_limited_by_the_second_and_the_minute() -> None:
    simulator = stage(terms=STRICT)
    trader = Trader(simulator)
    statuses = [trader.ask("GET", "account").status for _ in range(121)]
    assert statuses == [200] * 120 + [429]
    for _ in range(4):
        passes(simulator, 1)
        for _ in range(120):
            trader.ask("GET", "account")
    passes(simulator, 1)
    answers = [trader.ask("GET", "account") for _ in range(120)]
    assert budget(answers[-1])[2] == "60"
    assert answers[-1].status == 429


def test_accounts_have_budgets_of_their_own() -> None:
    simulator = stage(terms=STRICT, accounts=("main", "other"))
    trader, other = Trader(simulator), Trader(simulator, "other")
    for _ in range(121):
        trader.ask("GET", "account")
    assert trader.ask("GET", "account").status == 429
    assert other.ask("GET", "account").status == 200


def test_orders_over_sockets_draw_on_the_same_budget() -> None:
    simulator = stage(terms=STRICT)
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    for _ in range(800):
        wire.call("order.cancel_all")
    assert wire.call("order.cancel_all")["error"]["code"] == 42901
    assert refusal(trader.create()) == (429, "RATE_LIMIT_EXCEEDED")
    assert trader.ask("GET", "account").status == 200


def test_a_batch_costs_one_call() -> None:
    simulator = stage(terms=STRICT)
    trader = Trader(simulator)
    batch = [trader.order() for _ in range(10)]
    assert budget(trader.ask("POST", "orders/batch", "", batch))[1] == "799"


def test_connections_are_limited_by_the_second() -> None:
    simulator = stage(terms=STRICT)
    wires = [Wire(simulator, number=number) for number in range(20)]
    answer = simulator.on_open(wires[0])
    assert answer is not None
    assert answer.status == 429
    passes(simulator, 0.06)
    assert Wire(simulator, number=21).call("subscribe", channel=f"bbo.{SOL}")["result"]


def test_limits_can_be_left_out() -> None:
    simulator = stage()
    answers = [public(simulator, "system/time") for _ in range(1501)]
    assert {answer.status for answer in answers} == {200}
