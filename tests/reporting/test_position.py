from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Side
from reporting.many_markets import ManyLedgers
from reporting.position import PositionLedger
from tests.support.bot_stage import MARKET, make_fill

D = Decimal
QUANTUM = D("0.001")


def ledger_after(*fills: tuple[Side, str, str]) -> PositionLedger:
    ledger = PositionLedger(QUANTUM)
    for side, price, size in fills:
        ledger.on_fill(side, D(price), D(size), D(0))
    return ledger


def test_a_round_trip_realises_the_difference_of_its_prices() -> None:
    ledger = ledger_after((Side.BUY, "1999.8", "0.01"), (Side.SELL, "2001.8", "0.01"))
    assert (ledger.realised, ledger.size, ledger.average_price) == (D("0.02"), D(0), None)


def test_a_fee_in_the_venues_own_coin_is_kept_by_its_asset_and_is_in_no_sum_of_dollars() -> None:
    ledgers: list[PositionLedger | ManyLedgers] = [
        PositionLedger(QUANTUM),
        ManyLedgers(lambda venue, contract_id: MARKET),
    ]
    for ledger in ledgers:
        ledger.book_fill("venue", make_fill("c1", "1"))
        ledger.book_fill("venue", replace(make_fill("c1", "1"), fee=D("0.002"), fee_asset="BNB"))
        assert (ledger.fees, ledger.other_fees) == (make_fill("c1", "1").fee, {"BNB": D("0.002")})
        assert ledger.net == -ledger.fees


def test_buys_at_two_prices_share_one_average_cost() -> None:
    ledger = ledger_after((Side.BUY, "100", "1"), (Side.BUY, "103", "2"))
    assert ledger.average_price == D(102)
    assert ledger.unrealised(D(104)) == D(6)
    assert ledger.realised == D(0)


def test_a_partial_close_realises_its_share_and_keeps_the_average() -> None:
    ledger = ledger_after((Side.BUY, "100", "1"), (Side.BUY, "103", "2"), (Side.SELL, "105", "1"))
    assert ledger.realised == D(3)
    assert ledger.average_price == D(102)


def test_a_fill_through_zero_closes_the_old_side_and_opens_the_new_at_its_price() -> None:
    ledger = ledger_after((Side.BUY, "100", "1"), (Side.SELL, "110", "3"))
    assert ledger.realised == D(10)
    assert (ledger.size, ledger.average_price) == (D(-2), D(110))


def test_a_short_gains_when_the_price_falls() -> None:
    ledger = ledger_after((Side.SELL, "100", "2"))
    assert ledger.unrealised(D(90)) == D(20)


def test_a_share_of_cost_that_does_not_divide_is_rounded_down_to_what_a_venue_counts() -> None:
    long = ledger_after((Side.BUY, "1", "1"), (Side.BUY, "1", "1"), (Side.BUY, "2", "1"))
    long.on_fill(Side.SELL, D(2), D(1), D(0))
    assert long.realised == D(2) - D("1.333")
    short = ledger_after((Side.SELL, "1", "1"), (Side.SELL, "1", "1"), (Side.SELL, "2", "1"))
    short.on_fill(Side.BUY, D(1), D(1), D(0))
    assert short.realised == D("1.334") - D(1)


def test_fees_and_rebates_and_funding_make_the_net_result() -> None:
    ledger = PositionLedger(QUANTUM)
    ledger.on_fill(Side.BUY, D(100), D(1), D("0.05"))
    ledger.on_fill(Side.SELL, D(101), D(1), D("-0.01"))
    ledger.on_funding(D("-0.2"))
    assert ledger.fees == D("0.04")
    assert ledger.net == D("0.76")


def test_the_gain_is_the_net_result_and_what_is_unrealised() -> None:
    ledger = PositionLedger(QUANTUM, D(2), D(100))
    assert ledger.gain(D(104)) == D(8)
    ledger.on_fill(Side.SELL, D(101), D(1), D("0.05"))
    ledger.on_funding(D("-0.2"))
    assert ledger.gain(D(104)) == ledger.net + ledger.unrealised(D(104)) == D("4.75")


def test_a_run_may_begin_with_a_position() -> None:
    ledger = PositionLedger(QUANTUM, D(2), D(100))
    ledger.on_fill(Side.SELL, D(101), D(2), D(0))
    assert ledger.realised == D(2)


FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("0.01", "99999.99", places=2),
        st.decimals("0.001", "500", places=3),
        st.decimals("-5", "5", places=6),
    ),
    max_size=30,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(FILLS, st.decimals("0.01", "99999.99", places=2))
def test_realised_plus_unrealised_is_the_cash_of_all_fills_exactly(
    fills: list[tuple[Side, Decimal, Decimal, Decimal]], mark: Decimal
) -> None:
    ledger = PositionLedger(D("0.00001"))
    cash, size = Fraction(0), Fraction(0)
    for side, price, amount, fee in fills:
        ledger.on_fill(side, price, amount, fee)
        cash -= side.sign * Fraction(price) * Fraction(amount)
        size += side.sign * Fraction(amount)
    total = Fraction(ledger.realised) + Fraction(ledger.unrealised(mark))
    assert total == cash + size * Fraction(mark)
    assert Fraction(ledger.size) == size
