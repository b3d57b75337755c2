from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import LeverageBracket
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.accounts import Ledger, Position
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import (
    HOUR_NS,
    ConstantFunding,
    FundingTerms,
    ScheduledFunding,
    payment_atoms,
    payment_id,
)
from exchange_clients.paper.latency import Latency
from exchange_clients.paper.margin import MarginSchedule, exposure
from exchange_clients.paper.units import Grid, from_atoms, share, to_atoms
from tests.exchange_clients.paper.venue_stage import BTC, ETH, market

QUICK = settings(deadline=None, derandomize=True, max_examples=200)
TIERS = MarginSchedule(
    [
        LeverageBracket(Decimal(10_000), Decimal(50), Decimal("0.01")),
        LeverageBracket(Decimal(50_000), Decimal(20), Decimal("0.02")),
        LeverageBracket(None, Decimal(5), Decimal("0.1")),
    ]
)
TRADES = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 10_000)), max_size=40)


# Units --------------------------------------------------------------------------------------------


@QUICK
@given(st.integers(-(10**30), 10**30))
def test_atoms_and_decimals_are_the_same_amount(atoms: int) -> None:
    assert to_atoms(from_atoms(atoms)) == atoms


def test_an_amount_is_shown_without_trailing_zeros() -> None:
    assert str(from_atoms(10_000 * 10**12)) == "10000"
    assert str(from_atoms(76_167_000_000)) == "0.076167"


def test_an_amount_finer_than_an_atom_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 12 decimals"):
        to_atoms(Decimal("1e-13"))


def test_a_fee_is_rounded_up_and_a_rebate_towards_less() -> None:
    assert share(10, Decimal("0.25")) == 3
    assert share(10, Decimal("-0.25")) == -2


@pytest.mark.parametrize(("tick", "step"), [("0.1", "0.001"), ("0.25", "1"), ("5", "0.00001")])
def test_a_grid_is_exact_in_both_directions(tick: str, step: str) -> None:
    grid = Grid(Decimal(tick), Decimal(step))
    for count in (1, 7, 123_456_789):
        assert grid.ticks(grid.price(count)) == count
        assert grid.lots(grid.size(count)) == count
        assert grid.nearest_ticks(float(grid.price(count))) == count
        assert grid.nearest_lots(float(grid.size(count))) == count
    assert from_atoms(grid.notional_atoms(3, 5)) == 15 * Decimal(tick) * Decimal(step)


def test_what_is_off_the_grid_is_refused() -> None:
    grid = Grid(Decimal("0.5"), Decimal("0.01"))
    with pytest.raises(ValueError, match=r"price 1\.3 is not a multiple of 0\.5"):
        grid.ticks(Decimal("1.3"))
    with pytest.raises(ValueError, match="size"):
        grid.lots(Decimal("0.001"))


def test_a_market_finer_than_atoms_is_refused() -> None:
    with pytest.raises(ClientConfigError, match="use a coarser step"):
        Grid(Decimal("1e-8"), Decimal("1e-6"))


# Positions ----------------------------------------------------------------------------------------


def test_profit_is_by_average_cost_on_both_sides() -> None:
    long, short = Position(), Position()
    assert [long.trade(10, 100), long.trade(10, 110), long.trade(-5, 120)] == [0, 0, 75]
    assert (long.lots, long.cost, long.unrealised(2 * 115)) == (15, 1575, 300)
    assert [short.trade(-4, 100), short.trade(6, 90)] == [0, 40]
    assert (short.lots, short.cost) == (2, 180)


@QUICK
@given(TRADES, st.integers(1, 10_000))
def test_realised_and_open_profit_are_what_was_paid_and_received(
    trades: list[tuple[int, int]], mark: int
) -> None:
    position, realised = Position(), 0
    for lots, ticks in trades:
        realised += position.trade(lots, ticks)
    flows = sum(-lots * ticks for lots, ticks in trades)
    held = sum(lots for lots, _ in trades)
    assert position.lots == held
    assert 2 * realised + position.unrealised(2 * mark) == 2 * (flows + held * mark)
    if held == 0:
        assert position.cost == 0


def test_every_atom_of_a_trade_a_fee_and_a_payment_has_two_owners() -> None:
    ledger = Ledger({BTC: Grid(Decimal("0.1"), Decimal("0.001"))})
    account = ledger.open("me", to_atoms(Decimal(1000)))
    ledger.trade(account, BTC, 1000, 300)
    ledger.trade(ledger.market, BTC, 1000, -300)
    ledger.charge(account, BTC, 12345)
    ledger.pay_funding(account, BTC, -777)
    ledger.insure(account, 99)
    for mark in (1, 1999, 2001):
        assert ledger.grand_total({BTC: mark}) == to_atoms(Decimal(1000))
    assert (account.total(BTC).fees, account.total(BTC).funding) == (12345, -777)


# Margin -------------------------------------------------------------------------------------------


def usd(amount: int) -> int:
    return to_atoms(Decimal(amount))


def test_maintenance_counts_each_slice_at_its_own_rate() -> None:
    assert TIERS.maintenance(usd(10_000)) == usd(100)
    assert TIERS.maintenance(usd(30_000)) == usd(100 + 400)
    assert TIERS.maintenance(usd(60_000)) == usd(100 + 800 + 1000)


@QUICK
@given(st.integers(0, 10**17), st.integers(0, 10**14))
def test_maintenance_never_shrinks_with_the_position(notional: int, more: int) -> None:
    assert TIERS.maintenance(notional) <= TIERS.maintenance(notional + more)


def test_leverage_is_capped_by_the_bracket_of_the_whole_position() -> None:
    assert TIERS.initial(usd(10_000), Decimal(40)) == usd(250)
    assert TIERS.initial(usd(20_000), Decimal(40)) == usd(1000)
    assert TIERS.initial(usd(60_000), Decimal(2)) == usd(30_000)


def test_orders_that_close_bind_nothing_until_they_exceed_the_position() -> None:
    assert exposure(100, 0, 0) == 100
    assert exposure(100, 0, 150) == 100
    assert exposure(100, 0, 250) == 150
    assert exposure(-100, 30, 20) == 120
    assert exposure(0, 30, 20) == 30


@pytest.mark.parametrize(
    "brackets",
    [
        [],
        [LeverageBracket(Decimal(5), Decimal(5), Decimal("0.1"))],
        [
            LeverageBracket(Decimal(5), Decimal(5), Decimal("0.1")),
            LeverageBracket(Decimal(4), Decimal(5), Decimal("0.1")),
            LeverageBracket(None, Decimal(5), Decimal("0.1")),
        ],
        [LeverageBracket(None, Decimal(5), Decimal(0))],
    ],
)
def test_brackets_that_make_no_ladder_are_refused(brackets: list[LeverageBracket]) -> None:
    with pytest.raises(ClientConfigError):
        MarginSchedule(brackets)


# Funding ------------------------------------------------------------------------------------------


def test_longs_pay_while_the_rate_is_positive() -> None:
    rate = Decimal("0.0001")
    assert payment_atoms(usd(1000), rate) == to_atoms(Decimal("0.1"))
    assert payment_atoms(-usd(1000), rate) == -to_atoms(Decimal("0.1"))
    assert payment_atoms(usd(1000), -rate) == -to_atoms(Decimal("0.1"))


def test_settlements_stand_on_multiples_of_the_interval() -> None:
    terms = FundingTerms(interval_ns=4 * HOUR_NS)
    assert terms.interval_hours == 4
    assert terms.next_settlement_ns(0) == 4 * HOUR_NS
    assert terms.next_settlement_ns(4 * HOUR_NS - 1) == 4 * HOUR_NS
    assert terms.next_settlement_ns(4 * HOUR_NS) == 8 * HOUR_NS


def test_recorded_rates_are_the_last_stated() -> None:
    rule = ScheduledFunding({BTC: [(20, Decimal(2)), (10, Decimal(1))]})
    assert [rule.rate(BTC, at) for at in (9, 10, 19, 20, 99)] == [0, 1, 1, 2, 2]
    assert rule.rate(ETH, 50) == 0
    assert ConstantFunding(Decimal(3)).rate(ETH, 1) == 3


def test_a_payment_is_named_by_market_settlement_and_account() -> None:
    assert payment_id(BTC, 5, "me") == "BTC-PERP:5:me"


# Configuration ------------------------------------------------------------------------------------


def test_a_wrong_configuration_names_field_and_value() -> None:
    with pytest.raises(ClientConfigError, match="leverage must be at least 1, got 0"):
        PaperConfig(leverage=Decimal(0))
    with pytest.raises(ClientConfigError, match="taker_fee is a fraction of notional, got 5"):
        PaperConfig(taker_fee=Decimal(5))
    with pytest.raises(ClientConfigError, match="starting_balance"):
        PaperConfig(starting_balance=Decimal(-1))
    with pytest.raises(ClientConfigError, match="up_ns must not be negative, got -1"):
        Latency(up_ns=-1)
    with pytest.raises(ClientConfigError, match="interval_ns"):
        FundingTerms(interval_ns=0)


def test_fees_of_the_configuration_replace_the_markets_own() -> None:
    spec = market(maker_fee="0.0002", taker_fee="0.0005")
    assert PaperConfig().fees(spec) == (Decimal("0.0002"), Decimal("0.0005"))
    zero = PaperConfig(maker_fee=Decimal(0), taker_fee=Decimal("0.0001"))
    assert zero.fees(spec) == (Decimal(0), Decimal("0.0001"))
