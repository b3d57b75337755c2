from __future__ import annotations

from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import SOL, Caller, refusal, rows, stage
from venue_simulators.backpack.rate_limits import RateLimits

SECOND_NS = 1_000_000_000


def test_request_over_the_limit_of_a_minute_is_refused() -> None:
    limits = RateLimits(standard=3)
    assert [limits.take("", at, historical=False) for at in range(4)] == [True, True, True, False]


def test_window_rolls_and_refused_requests_do_not_count() -> None:
    limits = RateLimits(standard=2)
    assert limits.take("", 0, historical=False)
    assert limits.take("", 30 * SECOND_NS, historical=False)
    assert not limits.take("", 59 * SECOND_NS, historical=False)
    assert limits.take("", 60 * SECOND_NS, historical=False)
    assert not limits.take("", 61 * SECOND_NS, historical=False)


def test_callers_and_budgets_do_not_share() -> None:
    limits = RateLimits(standard=1, historical=1)
    assert limits.take("main", 0, historical=False)
    assert limits.take("main", 0, historical=True)
    assert limits.take("other", 0, historical=False)
    assert not limits.take("main", 0, historical=False)


def test_thirty_candle_requests_a_minute_are_answered() -> None:
    caller = Caller(stage())
    path = "/api/v1/trades/history"
    for _ in range(30):
        assert rows(caller.get(path, symbol=SOL)) == []
    answer = caller.get(path, symbol=SOL)
    assert refusal(answer)[:2] == (429, "TOO_MANY_REQUESTS")
    assert "retry-after" not in answer.headers
    assert rows(caller.get("/api/v1/trades", symbol=SOL)) == []
    passes(caller.simulator, 60)
    assert rows(caller.get(path, symbol=SOL)) == []


def test_two_thousand_requests_a_minute_are_answered() -> None:
    caller = Caller(stage())
    answers = [caller.get("/api/v1/time").status for _ in range(2001)]
    assert answers == [200] * 2000 + [429]
