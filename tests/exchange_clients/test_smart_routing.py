from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import ContractId, DepthView, Level, Market, Side, Symbol
from exchange_clients.smart_routing import Offer, Ranking, RouteOrder, average_price, rank

D = Decimal
ETH = Symbol("ETH")


def offer(
    exchange: str,
    bid: str = "1999",
    ask: str = "2001",
    *,
    size: str = "10",
    taker: str = "0.0005",
    rate: str | None = "0",
    age_s: float = 0.0,
    **listed: Any,
) -> Offer:
    market = Market(
        ETH, ContractId("ETH"), D("0.01"), D("0.001"),
        **{"taker_fee": D(taker), "maker_fee": D("-0.0001"), **listed},
    )  # fmt: skip
    depth = DepthView(
        bids=[Level(D(bid), D(size))] if bid else [], asks=[Level(D(ask), D(size))] if ask else []
    )
    funding = None if rate is None else FundingRateSample(ETH, D(rate), D(8), None)
    return Offer(exchange, market, depth, age_s, funding)


def ranked(*offers: Offer, side: Side = Side.BUY, **order: Any) -> Ranking:
    wanted = order or {"tokens": D(1)}
    return rank(RouteOrder("ETH", side, **wanted), offers)


def names(ranking: Ranking) -> list[str]:
    return [row.exchange for row in ranking.ranked]


def test_the_cheapest_all_in_comes_first_and_not_the_best_price() -> None:
    near = offer("near", ask="2000.5", taker="0.001")
    cheap = offer("cheap", ask="2001", taker="0.0002")
    ranking = ranked(near, cheap)
    assert names(ranking) == ["cheap", "near"]
    first = ranking.ranked[0]
    assert ranking.reference_price == D("1999.875")
    assert first.slippage_usd == D("1.125")
    assert first.fee_usd == D("0.4002")
    assert first.all_in_usd == D("1.5252")


def test_funding_that_is_paid_counts_for_a_buy_and_is_earned_by_a_sell() -> None:
    paying, free = offer("paying", rate="0.001"), offer("free")
    assert names(ranked(paying, free)) == ["free", "paying"]
    selling = ranked(paying, free, side=Side.SELL)
    assert names(selling) == ["paying", "free"]
    assert selling.ranked[0].funding_usd == -D("1.999")


def test_a_maker_pays_its_own_side_and_its_own_fee() -> None:
    (row,) = ranked(offer("one"), tokens=D(1), maker=True).ranked
    assert (row.price, row.fee_usd, row.slippage_usd) == (D(1999), D("-0.1999"), D(-1))
    assert "maker fee -0.20" in row.explained()


def test_a_notional_is_the_same_number_of_tokens_everywhere() -> None:
    (row,) = ranked(offer("one"), notional_usd=D(5000)).ranked
    assert (row.size, row.notional_usd) == (D("2.5"), D(5000))


def test_units_of_another_size_are_compared_by_the_token() -> None:
    thousands = offer("k", "1999000", "2001000", size="1", multiplier=D(1000))
    ranking = ranked(thousands, offer("one"), tokens=D(5))
    assert {row.exchange: row.size for row in ranking.ranked} == {"k": D("0.005"), "one": D(5)}
    first, second = ranking.ranked
    assert first.all_in_bps == second.all_in_bps


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (offer("bad", ask=""), "its book is empty on a side"),
        (offer("bad", age_s=7), "its book is 7.0 s old, more than 5 s"),
        (offer("bad", rate=None), "its funding rate is not known"),
        (offer("bad", size="0.5"), "its book holds 0.5 of 1 within 1 levels"),
        (offer("bad", min_size=D(2)), "size 1 is below its minimum 2"),
        (offer("bad", min_notional=D(3000)), "notional 2001.00 is below its minimum 3000"),
    ],
)
def test_what_cannot_be_compared_is_left_out_and_told(bad: Offer, why: str) -> None:
    ranking = ranked(bad, offer("good"))
    assert names(ranking) == ["good"]
    assert ranking.excluded == (("bad", why),)
    assert ranking.explained()[-1] == f"-  bad: left out, {why}"


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("factor", ["0.001", "0.97", "1.03", "1000"])
def test_a_price_that_no_other_exchange_shows_is_left_out(side: Side, factor: str) -> None:
    wrong = offer("wrong", *(str(D(price) * D(factor)) for price in ("1999", "2001")))
    ranking = ranked(offer("one"), wrong, offer("two", "1998", "2000"), side=side)
    assert set(names(ranking)) == {"one", "two"}
    assert ranking.reference_price == D("1999.5")
    ((exchange, why),) = ranking.excluded
    assert exchange == "wrong"
    assert why.endswith(" away from the others' 2000" if D(factor) > 1 else "others' 1999")


def test_one_price_far_off_does_not_cover_for_another() -> None:
    offers = [
        offer(f"v{price}", str(price - 1), str(price + 1)) for price in (2000, 2001, 2002, 2060)
    ]
    ranking = ranked(*offers, offer("wild", "2999", "3001"))
    assert set(names(ranking)) == {"v2000", "v2001", "v2002"}
    assert [name for name, _ in ranking.excluded] == ["wild", "v2060"]


@pytest.mark.parametrize("prices", [(2000, 2100), (2000, 2000, 2100, 2100), (2000, 2100, 2200)])
def test_without_a_majority_that_agrees_no_price_is_believed(prices: tuple[int, ...]) -> None:
    offers = [offer(f"v{n}", str(at - 1), str(at + 1)) for n, at in enumerate(prices)]
    ranking = ranked(*offers)
    assert (ranking.ranked, ranking.reference_price) == ((), None)
    why = "no majority of exchanges agrees on a price: its own is"
    assert ranking.excluded == tuple((f"v{n}", f"{why} {at}") for n, at in enumerate(prices))


def test_nothing_rests_at_a_price_that_is_far_below_the_market() -> None:
    hollow = offer("hollow", "1000", "3000")
    ranking = ranked(hollow, offer("one"), tokens=D(1), maker=True)
    assert names(ranking) == ["one"]
    why = "its best price 1000 is too far from the others' to rest at"
    assert ranking.excluded == (("hollow", why),)


def test_a_single_exchange_is_believed() -> None:
    assert names(ranked(offer("one", "1", "3"))) == ["one"]


def test_nothing_usable_is_no_ranking() -> None:
    ranking = ranked(offer("bad", rate=None))
    assert (ranking.ranked, ranking.reference_price) == ((), None)


def test_each_line_says_what_the_cost_is_made_of() -> None:
    assert ranked(offer("one", rate="0.0001")).explained() == [
        "1. one: 1 at 2001, slippage 1.00, taker fee 1.00, next funding 0.20: 2.20 USD all "
        "in, 11.00 bps"
    ]


@pytest.mark.parametrize(
    "amounts",
    [{}, {"tokens": D(1), "notional_usd": D(1)}, {"tokens": D(0)}, {"notional_usd": D(-1)}],
)
def test_an_order_has_one_amount(amounts: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="one of them and above zero"):
        RouteOrder("ETH", Side.BUY, **amounts)  # type: ignore[arg-type]  # decimals alone


def test_a_book_is_walked_level_by_level() -> None:
    levels = [Level(D(100), D(1)), Level(D(110), D(3))]
    assert average_price(levels, D(1)) == 100
    assert average_price(levels, D(4)) == D("107.5")
    assert average_price(levels, D(5)) is None


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1990, 2000), st.integers(2001, 2010), st.integers(0, 20)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(Side),
)
def test_no_exchange_that_is_left_behind_was_cheaper(
    rows: list[tuple[int, int, int]], side: Side
) -> None:
    offers = [
        offer(f"v{n}", str(bid), str(ask), taker=str(D(fee) / 10_000))
        for n, (bid, ask, fee) in enumerate(rows)
    ]
    costs = [row.all_in_bps for row in ranked(*offers, side=side).ranked]
    assert costs == sorted(costs)
    assert len(costs) == len(offers)
