"""The two limit prices: as near to filling as the bound allows, and never beyond it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.implementations.funding_arbitrage.pricing import (
    EntryPrices,
    Quote,
    entry_prices,
)
from tests.strategies.arbitrage_stage import D, market

QUICK = settings(deadline=None, derandomize=True, max_examples=200)


def quote(bid: str, ask: str, tick: str = "0.1", multiplier: str = "1") -> Quote:
    return Quote(market(tick=D(tick), multiplier=D(multiplier)), D(bid), D(ask))


@pytest.mark.parametrize(
    ("long", "short", "basis", "expected"),
    [
        # Mids 2000 and 2000, bound 1.0: both stand a tick before the far touch.
        (quote("1999.9", "2000.1"), quote("1999.9", "2000.1"), "0.0005", ("2000.0", "2000.0")),
        # Spreads of 2 a side: 2000.9 - 1999.1 is 1.8, and 0.8 too much: 0.4 from each.
        (quote("1999", "2001"), quote("1999", "2001"), "0.0005", ("2000.5", "1999.5")),
        # No premium at all: 1.8 too much, 0.9 from each.
        (quote("1999", "2001"), quote("1999", "2001"), "0", ("2000.0", "2000.0")),
        # The long is 1.2 dearer: 0.2 are taken from equal rooms, rounded for us.
        (quote("2001.1", "2001.3"), quote("1999.9", "2000.1"), "0.0005", ("2001.1", "2000.1")),
        # The long is 2 dearer: even the touch pays more than the bound.
        (quote("2001.9", "2002.1"), quote("1999.9", "2000.1"), "0.0005", None),
        # A spread of one tick leaves one price to rest at.
        (quote("2000.0", "2000.1"), quote("2000.0", "2000.1"), "0.0005", ("2000.0", "2000.1")),
        # A demanded gain: 0.2 % of 2000 are 4.
        (quote("1997", "1999"), quote("2001", "2003"), "-0.002", ("1998.0", "2002.0")),
        (quote("1999", "2001"), quote("1999", "2001"), "-0.002", None),
        # At the touches the long gives just what is demanded, 0.1 % of 2000.
        (quote("1999", "2001"), quote("1999", "2001"), "-0.001", ("1999.0", "2001.0")),
        # One price each to rest at, and they give just what is demanded.
        (quote("1999.9", "2000.0"), quote("2000.0", "2000.1"), "-0.0001", ("1999.9", "2000.1")),
        # A crossed book has no room to rest in.
        (quote("1999", "2001"), quote("2000.1", "2000.0"), "0.01", None),
        (quote("2000.1", "2000.0"), quote("1999", "2001"), "0.0005", None),
    ],
)
def test_both_prices_are_chosen_together(
    long: Quote, short: Quote, basis: str, expected: tuple[str, str] | None
) -> None:
    prices = entry_prices(long, short, D(basis))
    found = None if prices is None else (prices.long, prices.short)
    assert found == (None if expected is None else (D(expected[0]), D(expected[1])))


def test_prices_of_multiplied_contracts_are_bound_per_token() -> None:
    thousand = quote("1999", "2001", multiplier="1000")
    single = quote("1.999", "2.001", tick="0.0001")
    prices = entry_prices(thousand, single, D("0.0005"))
    assert prices == EntryPrices(D("2000.5"), D("1.9995"), D("0.001"))


ticks = st.sampled_from(("0.1", "0.25", "0.5", "0.01", "5"))
multipliers = st.sampled_from(("1", "10", "1000"))


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    """A quote near 2,000 per token, on its own tick."""
    tick, multiplier = D(draw(ticks)), D(draw(multipliers))
    bid = 2000 * multiplier + tick * draw(st.integers(-40, 40))
    bid = (bid / tick).to_integral_value() * tick
    listed = market(tick=tick, multiplier=multiplier)
    return Quote(listed, bid, bid + tick * draw(st.integers(1, 40)))


bases = st.decimals("-0.002", "0.01", places=5)


@QUICK
@given(quotes(), quotes(), bases)
def test_a_pair_never_pays_more_than_its_bound(long: Quote, short: Quote, basis: Decimal) -> None:
    prices = entry_prices(long, short, basis)
    if prices is None:
        # Refused only where even the touches would pay more.
        bound = basis * (long.mid + short.mid) / 2
        gap = long.bid / long.market.multiplier - short.ask / short.market.multiplier
        assert gap > bound - D("1e-15")
        return
    paid = prices.long / long.market.multiplier - prices.short / short.market.multiplier
    assert paid <= prices.gap_max
    assert prices.gap_max == basis * (long.mid + short.mid) / 2
    assert prices.long < long.ask
    assert prices.short > short.bid
    assert prices.long % long.market.tick == 0
    assert prices.short % short.market.tick == 0
