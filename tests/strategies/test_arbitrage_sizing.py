"""One leverage, one notional and one number of tokens for both legs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import LeverageInfo
from strategies.implementations.funding_arbitrage.parameters import Size, arbitrage_settings
from strategies.implementations.funding_arbitrage.sizing import (
    NoSize,
    PairSize,
    aligned_leverage,
    common_step,
    common_tokens,
    leverage_refusal,
    pair_size,
)
from strategies.readings import MarketReading
from tests.strategies.arbitrage_stage import D, market, reading

QUICK = settings(deadline=None, derandomize=True, max_examples=200)


def size(**changes: str) -> Size:
    return arbitrage_settings({name: D(value) for name, value in changes.items()}).size


def at(venue: str, available: str, most: str, **changes: Any) -> MarketReading:
    limits = LeverageInfo(D(most), changes.pop("max_notional", None), None)
    return reading(venue, "0", available=D(available), leverage=limits, **changes)


def sized(
    long: MarketReading, short: MarketReading, settings: Size, **exposure: str
) -> PairSize | NoSize:
    used = {venue: D(usd) for venue, usd in exposure.items()}
    return pair_size(long, short, settings, D(2000), used)


def test_the_smaller_leverage_and_the_poorer_account_decide() -> None:
    """F10: maxima 5 and 3, margin 100, balances 80 and 500: 3 on both, 240 / 1.05 = 228.57."""
    wanted = size(max_leverage="5")
    found = sized(at("a", "80", "5"), at("b", "500", "3"), wanted)
    assert isinstance(found, PairSize)
    assert found.leverage == 3
    assert round(found.notional, 2) == D("228.57")
    assert (found.tokens, found.long, found.short) == (D("0.114"), D("0.114"), D("0.114"))


@pytest.mark.parametrize(
    ("settings", "changes", "exposure", "notional"),
    [
        ({}, {}, {}, "300"),  # 100 of margin at 3x
        ({"target_margin": "1000", "max_leverage": "5"}, {}, {}, "1000"),  # max_position_usd
        ({}, {"max_notional": D(120)}, {}, "120"),
        ({}, {}, {"b": "4900"}, "100"),
        ({"max_leverage": "2"}, {}, {}, "200"),
    ],
)
def test_the_tightest_limit_decides(
    settings: dict[str, str], changes: dict[str, Any], exposure: dict[str, str], notional: str
) -> None:
    found = sized(
        at("a", "9999", "10"), at("b", "9999", "10", **changes), size(**settings), **exposure
    )
    assert isinstance(found, PairSize)
    assert found.notional == D(notional)


def test_no_room_is_no_pair() -> None:
    full = sized(at("a", "9999", "10"), at("b", "9999", "10"), size(), b="5001")
    assert full == NoSize("b: no room for a leg, -1.00 USD")


def test_less_than_the_least_is_no_pair() -> None:
    small = at("b", "9999", "10", market=market(min_notional=D(301)))
    found = sized(at("a", "9999", "10"), small, size())
    assert found == NoSize("b: 300.00 USD are 0.15 ETH on both steps, the least it takes is 0.151")


@pytest.mark.parametrize("most", [None, LeverageInfo(None, None, None, error="no such market")])
def test_an_unknown_leverage_is_no_pair(most: LeverageInfo | None) -> None:
    unknown = reading("b", "0", leverage=most)
    found = aligned_leverage(at("a", "1", "5"), unknown, D(3))
    assert found == NoSize("b: the leverage it allows is not known")


def test_a_leverage_that_was_not_read_back_is_no_trade() -> None:
    """F10: a failed set_leverage on either venue, and nothing is traded."""
    assert leverage_refusal(D(3), {"a": D(3), "b": D(3)}) == ""
    assert leverage_refusal(D(3), {"a": D(3), "b": None}) == "b has None, not 3"
    assert leverage_refusal(D(3), {"a": D(5), "b": D(3)}) == "a has 5, not 3"


@pytest.mark.parametrize(
    ("one", "other", "tokens", "expected"),
    [
        (("0.001", "1"), ("0.01", "1"), "0.1599", "0.15"),
        (("0.01", "1"), ("0.03", "1"), "0.1", "0.09"),
        (("0.25", "1"), ("0.1", "1"), "1.3", "1.0"),
        (("1", "1000"), ("1", "1"), "84999", "84000"),
        (("0.1", "1000"), ("0.5", "100"), "84999", "84900"),
    ],
)
def test_tokens_fit_both_steps(
    one: tuple[str, str], other: tuple[str, str], tokens: str, expected: str
) -> None:
    """X8: a multiplier of a thousand on one venue, of one on the other."""
    first, second = (market(step=D(step), multiplier=D(by)) for step, by in (one, other))
    assert common_tokens(D(tokens), first, second) == D(expected)


steps = st.sampled_from(("0.001", "0.01", "0.03", "0.1", "0.25", "1", "5"))
multipliers = st.sampled_from(("1", "10", "1000"))


@QUICK
@given(steps, steps, multipliers, multipliers, st.decimals("0", "100000", places=4))
def test_both_legs_hold_the_same_tokens_exactly(
    step: str, other_step: str, by: str, other_by: str, tokens: Decimal
) -> None:
    one = market(step=D(step), multiplier=D(by))
    other = market(step=D(other_step), multiplier=D(other_by))
    found = common_tokens(tokens, one, other)
    assert tokens - common_step(one, other) < found <= tokens
    for listed in (one, other):
        held = found / listed.multiplier
        assert held % listed.step == 0
        assert held * listed.multiplier == found
