"""One leverage, one notional and one number of tokens for both legs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import LeverageInfo
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.parameters import Size, arbitrage_settings
from strategies.implementations.funding_arbitrage.sizing import (
    NoSize,
    PairSize,
    aligned_leverage,
    pair_size,
)
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
        (
            {"target_margin": "1000", "max_leverage": "5", "max_venue_exposure_usd": "1000"},
            {},
            {},
            "1000",
        ),
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
    for used, room in (("5001", "-1.00"), ("5000", "0.00")):
        full = sized(at("a", "9999", "10"), at("b", "9999", "10"), size(), b=used)
        assert full == NoSize(f"b: no room for a leg, {room} USD")
    little = sized(at("a", "9999", "10"), at("b", "9999", "10"), size(), b="4999.5")
    assert isinstance(little, NoSize)
    assert little.detail.startswith("0.50 USD: size 0.000 of ETH-PERP is below the least order")


def test_less_than_the_least_is_no_pair() -> None:
    small = at("b", "9999", "10", market=market(min_notional=D(301)))
    found = sized(at("a", "9999", "10"), small, size())
    assert isinstance(found, NoSize)
    assert found.detail.startswith("300.00 USD: size 0.15 of ETH-PERP is below the least order")


@pytest.mark.parametrize("most", [None, LeverageInfo(None, None, None, error="no such market")])
def test_an_unknown_leverage_is_no_pair(most: LeverageInfo | None) -> None:
    unknown = reading("b", "0", leverage=most)
    found = aligned_leverage(at("a", "1", "5"), unknown, D(3))
    assert found == NoSize("b: the leverage it allows is not known")
    assert sized(at("a", "9999", "5"), unknown, size()) == found


def test_an_unknown_balance_is_no_pair() -> None:
    unknown = replace(at("b", "1", "5"), available=None)
    found = sized(at("a", "9999", "5"), unknown, size())
    assert found == NoSize("b: the available balance is not known")


def test_a_multiplier_of_a_thousand_meets_single_tokens() -> None:
    """X8: the legs hold the same tokens, each in its own units."""
    thousand = at("a", "9999", "10", market=market(step=D(1), multiplier=D(1000)))
    single = at("b", "9999", "10", market=market(step=D(1)))
    found = pair_size(thousand, single, size(), D("0.00351"), {})
    assert isinstance(found, PairSize)
    assert (found.tokens, found.long, found.short) == (D(85_000), D(85), D(85_000))


amounts = st.decimals("20", "5000", places=2)


@QUICK
@given(amounts, amounts, st.integers(1, 20), st.integers(1, 20), st.decimals("1", "3000", places=2))
def test_no_leg_exceeds_any_limit(
    one: Decimal, other: Decimal, most: int, others_most: int, price: Decimal
) -> None:
    legs = (at("a", str(one), str(most)), at("b", str(other), str(others_most)))
    limits = size(max_leverage="8", max_position_usd="700")
    found = pair_size(*legs, limits, price, {"a": D(4500)})
    if isinstance(found, NoSize):
        return
    assert found.leverage == min(8, most, others_most)
    assert found.long == found.short == found.tokens
    worth = found.tokens * price
    assert worth <= found.notional <= min(D(500), 100 * found.leverage)
    assert all(worth * D("1.05") <= found.leverage * each for each in (one, other))
