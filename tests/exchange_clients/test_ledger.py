"""The ledger: by hand, and against the cash of a venue's own books."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Fill, Side
from exchange_clients.events import FundingPayment
from exchange_clients.ledger import LegLedger, Split, three_views
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.latency import NO_LATENCY
from tests.exchange_clients.paper.venue_stage import (
    BUY,
    SELL,
    ListSource,
    Stage,
    market,
    order,
    quote,
)
from tests.strategies.arbitrage_stage import D, fill

QUICK = settings(deadline=None, derandomize=True, max_examples=60)


def payment(name: str, amount: str, asset: str = "USDC") -> FundingPayment:
    return FundingPayment(name, ContractId("ETH-PERP"), D(amount), asset, None, None, 1)


def test_a_position_is_closed_at_its_average_cost() -> None:
    books = LegLedger()
    books.book_fill(fill("1", Side.BUY, "6", "100"))
    books.book_fill(fill("2", Side.BUY, "4", "110"))
    books.book_fill(fill("3", Side.SELL, "5", "114"))
    # Ten cost 1,040; half of them are released for 520 and sold for 570.
    assert (books.quantity, books.cost, books.price) == (D(5), D(520), D(50))
    assert books.unrealised(D(110)) == D(30)
    assert books.split == Split(price=D(50), fees=D("0.3"))
    assert books.split.total == D("49.7")


def test_a_short_earns_when_the_price_falls_and_may_turn_long() -> None:
    books = LegLedger()
    books.book_fill(fill("1", Side.SELL, "10", "100"))
    books.book_fill(fill("2", Side.BUY, "4", "90"))
    assert (books.quantity, books.cost, books.price) == (D(-6), D(-600), D(40))
    books.book_fill(fill("3", Side.BUY, "9", "95"))
    assert (books.quantity, books.cost, books.price) == (D(3), D(285), D(70))


def test_a_trade_and_a_payment_count_once() -> None:
    books = LegLedger()
    assert books.book_fill(fill("1", Side.BUY, "1", "100"))
    assert not books.book_fill(fill("1", Side.BUY, "1", "100"))
    assert books.book_payment(payment("p", "0.5"))
    assert not books.book_payment(payment("p", "0.5"))
    assert (books.quantity, books.split.funding) == (D(1), D("0.5"))


def test_a_corrected_payment_replaces_the_earlier_one() -> None:
    books = LegLedger()
    books.book_payment(payment("p", "0.5"))
    assert books.book_payment(payment("p", "-0.2"))
    assert books.split.funding == D("-0.2")


def test_other_assets_are_listed_and_in_no_sum() -> None:
    books = LegLedger()
    books.book_payment(payment("p", "0.1", "BTC"))
    assert books.split == Split()
    assert books.elsewhere == {"BTC": D("0.1")}


def test_a_fee_in_another_asset_is_listed_as_lost_there_and_is_no_fee_in_dollars() -> None:
    books = LegLedger()
    books.book_fill(replace(fill("1", Side.BUY, "1", "100"), fee=D("0.01"), fee_asset="BNB"))
    books.book_fill(replace(fill("2", Side.BUY, "1", "100"), fee=D(0), fee_asset="GT"))
    books.book_fill(replace(fill("3", Side.BUY, "1", "100"), fee=D("0.2"), fee_asset="usdt"))
    assert books.elsewhere == {"BNB": D("-0.01")}
    assert books.split == Split(fees=D("0.2"))


def test_less_than_one_unit_more_of_a_position_closes_nothing_of_it() -> None:
    books = LegLedger()
    books.book_fill(fill("1", Side.BUY, "0.5", "100"))
    books.book_fill(fill("2", Side.BUY, "0.5", "110"))
    assert (books.quantity, books.cost, books.price) == (D(1), D(105), D(0))


def test_what_nothing_was_booked_of_is_zero_as_an_exact_number() -> None:
    split = LegLedger().split
    assert [type(part) for part in (split.price, split.funding, split.fees)] == [Decimal] * 3
    assert split.total == 0


def test_the_three_views_have_one_sum() -> None:
    views = three_views(
        [
            ("a", Split(D(10), D(-1), D(2))),
            ("b", Split(D(-9), D(4), D(1))),
            ("a", Split(D(1), D(0), D(0))),
        ]
    )
    assert views.per_venue == {"a": Split(D(11), D(-1), D(2)), "b": Split(D(-9), D(4), D(1))}
    assert views.combined.total == D(2)
    assert views.realised == {"price": D(2), "funding": D(3), "fees": D(-3)}
    assert sum(views.realised.values()) == sum(each.total for each in views.per_venue.values())


trades = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("0.001", "50", places=3),
        st.decimals("50", "150", places=2),
    ),
    max_size=20,
)


@QUICK
@given(trades)
def test_once_flat_the_price_pnl_is_what_was_sold_less_what_was_bought(
    drawn: list[tuple[Side, Decimal, Decimal]],
) -> None:
    books, cash = LegLedger(), D(0)
    closing = -sum((size * side.sign for side, size, _ in drawn), start=D(0))
    if closing:
        drawn = [*drawn, (Side.BUY if closing > 0 else Side.SELL, abs(closing), D(100))]
    for number, (side, size, price) in enumerate(drawn):
        books.book_fill(fill(str(number), side, str(size), str(price)))
        cash -= size * side.sign * price
    assert books.quantity == books.cost == 0
    assert abs(books.price - cash) < D("1e-18")


@pytest.mark.parametrize("rate", ["0.0001", "-0.0003"])
def test_a_pairs_ledger_is_the_change_of_both_venues_balances(rate: str) -> None:
    """Two venues with fees and hourly funding: opened in parts, held for five hours, closed."""
    start = D(0)
    splits: list[tuple[str, Split]] = []
    changes: dict[str, Decimal] = {}
    for venue, side, funding in (("low", BUY, "0.00005"), ("high", SELL, rate)):
        listed = market(maker_fee="0.0001", taker_fee="0.0005")
        terms = FundingTerms(HOUR_NS, ConstantFunding(D(funding)))
        prices = [quote(60 * n, 100 + n % 7, 100.3 + n % 7, size=3.0) for n in range(360)]
        exchange = PaperExchange(
            ListSource(prices, listed), PaperConfig(latency=NO_LATENCY, funding=terms)
        )
        stage = Stage(exchange)
        start = exchange.cash_of("me")
        stage.run_to(1)
        stage.place(order("open-1", side, "1.234"))
        stage.run_to(400)
        stage.place(order("open-2", side, "0.766"))
        stage.run_to(5 * 3600)
        stage.place(order("close-1", side.opposite, "0.5", reduce_only=True))
        stage.run_to(5 * 3600 + 400)
        stage.place(order("close-2", side.opposite, "1.5", reduce_only=True))
        stage.run_to(6 * 3600)
        assert stage.position() == 0
        books = LegLedger()
        for event in stage.heard:
            if isinstance(event, Fill):
                books.book_fill(event)
            elif isinstance(event, FundingPayment):
                books.book_payment(event)
        assert len(books.payments) == 5
        splits.append((venue, books.split))
        changes[venue] = exchange.cash_of("me") - start
    views = three_views(splits)
    for venue, changed in changes.items():
        assert abs(views.per_venue[venue].total - changed) < D("0.005")
    assert abs(views.combined.total - sum(changes.values())) < D("0.005")
