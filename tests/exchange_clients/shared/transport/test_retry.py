"""Repeating is bounded in number and in time, and those who failed together part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    MalformedPayload,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.transport.ports import AnswerLost, NotSent
from exchange_clients.shared.transport.retry import RetryPolicy

POLICY = RetryPolicy(attempts=6, base_s=0.2, cap_s=1.0, total_s=10.0)
LOST = AnswerLost("cut")


@given(attempt=st.integers(1, 5), seed=st.integers())
def test_a_wait_is_drawn_from_zero_to_a_limit_that_doubles(attempt: int, seed: int) -> None:
    wait_s = POLICY.wait_s(attempt, 0.0, LOST, Rng(seed))
    assert wait_s is not None
    assert 0.0 <= wait_s <= min(1.0, 0.2 * 2 ** (attempt - 1))


def test_attempts_and_time_are_bounded() -> None:
    assert POLICY.wait_s(6, 0.0, LOST, Rng(1)) is None
    assert POLICY.wait_s(1, 10.0, LOST, Rng(1)) is None


def test_the_time_that_the_venue_names_is_waited_and_a_little_more() -> None:
    wait_s = POLICY.wait_s(1, 0.0, RateLimited("slow down", retry_after_s=3.0), Rng(1))
    assert wait_s is not None
    assert 3.0 <= wait_s <= 3.2


def test_only_what_may_pass_is_repeated() -> None:
    passing: list[ExchangeError] = [LOST, NotSent(""), OutcomeUnknown(""), RateLimited("")]
    lasting: list[ExchangeError] = [
        VenueRejected(""),
        AuthenticationFailed(""),
        MalformedPayload(""),
    ]
    assert all(POLICY.wait_s(1, 0.0, error, Rng(1)) is not None for error in passing)
    assert all(POLICY.wait_s(1, 0.0, error, Rng(1)) is None for error in lasting)
