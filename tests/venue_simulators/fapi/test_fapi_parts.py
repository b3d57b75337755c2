"""The dialect's small parts by themselves: parameters, pages, profits, brackets."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LeverageBracket,
    Liquidity,
    Market,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from venue_simulators.fapi.account_words import AccountWords, notional_limit
from venue_simulators.fapi.authentication import check_timestamp, split_signature
from venue_simulators.fapi.errors import FapiError
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.market_words import first_update, last_update, snapshot_update
from venue_simulators.fapi.parameters import Parameters, read_item, read_pairs
from venue_simulators.fapi.profits import Profits
from venue_simulators.fapi.wording import averaged, on_grid, plain, to_eight

D = Decimal
SOL = ContractId("SOLUSDT")


# Parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [("a=1&a=2", -1101), ("a=", -1105), ("a=-1", -1100), ("a=1.", -1100), ("a=%20", -1100)],
)
def test_numbers_are_read_strictly(text: str, code: int) -> None:
    with pytest.raises(FapiError) as refused:
        read_pairs(text).decimal("a")
    assert refused.value.code == code


def test_absent_parameters_are_none_unless_they_are_required() -> None:
    empty = read_pairs("")
    assert (empty.decimal("a"), empty.whole("a"), empty.flag("a"), empty.text("a")) == (None,) * 4
    with pytest.raises(FapiError) as refused:
        empty.required("a")
    assert refused.value.code == -1102


def test_items_of_a_batch_may_be_texts_numbers_and_truths() -> None:
    item = read_item({"a": "1", "b": 2, "c": D("0.30"), "d": True})
    assert [item.text(name) for name in "abcd"] == ["1", "2", "0.30", "true"]
    others: list[object] = [[], None, {"a": None}, {"a": {}}]
    for wrong in others:
        with pytest.raises(FapiError):
            read_item(wrong)


def test_lists_keep_the_digits_of_their_numbers() -> None:
    assert Parameters({"a": "[1, 2.50]"}).listed("a", 2) == [1, D("2.50")]


# Wording ------------------------------------------------------------------------------------------


def test_numbers_are_written_without_exponents() -> None:
    assert plain(D("1E+3")) == "1000"
    assert plain(D("0.0000001")) == "0.0000001"
    assert on_grid(D(5), D("0.010")) == "5.00"
    assert to_eight(D("-0.1")) == "-0.10000000"


def test_averages_are_as_fine_as_their_market() -> None:
    assert averaged(None, D("0.1")) == "0.00000"
    assert averaged(D("0.0089123456789"), D("0.0000001")) == "0.008912346"


# Numbers of a book --------------------------------------------------------------------------------


@given(number=st.integers(0, 10**9), updates=st.integers(1, 50))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_the_event_after_a_snapshot_begins_at_or_before_it(number: int, updates: int) -> None:
    snapshot = snapshot_update(number)
    # The event that the snapshot holds already is dropped; the next one bridges it.
    assert last_update(number) < snapshot
    assert first_update(number + 1) <= snapshot <= last_update(number + updates)


# Profits ------------------------------------------------------------------------------------------


def fill(side: Side, size: Decimal, price: Decimal) -> Fill:
    """Return a fill without a fee."""
    return Fill(
        TradeId("1"),
        VenueOrderId("1"),
        None,
        SOL,
        side,
        price,
        size,
        D(0),
        "USD",
        Liquidity.TAKER,
        0,
    )


def test_a_fill_that_flips_the_position_realises_the_old_one_alone() -> None:
    profits = Profits()
    assert profits.on_fill(fill(Side.BUY, D(2), D(100))) == 0
    assert profits.on_fill(fill(Side.SELL, D(5), D(110))) == 20
    assert profits.on_fill(fill(Side.BUY, D(3), D(100))) == 30
    assert profits.realised(SOL) == 50


trades = st.tuples(
    st.sampled_from(Side),
    st.integers(1, 50).map(lambda lots: D(lots) / 10),
    st.integers(900, 1100).map(lambda ticks: D(ticks) / 10),
)


@given(done=st.lists(trades, max_size=12))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_what_trades_realise_is_the_money_they_moved_once_all_is_closed(
    done: list[tuple[Side, Decimal, Decimal]],
) -> None:
    net = sum((size * side.sign for side, size, _ in done), D(0))
    if net:
        done = [*done, (Side.SELL if net > 0 else Side.BUY, abs(net), D(100))]
    profits = Profits()
    realised = sum((profits.on_fill(fill(*trade)) for trade in done), D(0))
    moved = sum((-side.sign * size * price for side, size, price in done), D(0))
    assert abs(realised - moved) < D("1e-18")
    assert profits.realised(SOL) == realised


# Filters ------------------------------------------------------------------------------------------


COARSE = Filters(
    Market(Symbol("SOL"), SOL, D("0.5"), D("0.05"), min_size=D("0.10"), min_notional=D(5)),
    min_price=D(1),
    max_price=D(1000),
    max_size=D(100),
    max_market_size=D(10),
    price_precision=1,
    multiplier_up=D("1.05"),
    multiplier_down=D("0.95"),
    market_bound=D("0.05"),
)


@pytest.mark.parametrize(
    ("size", "code"),
    [("0.05", -4004), ("0.12", -4023), ("0.101", -1111), ("100.05", -4005), ("0", -4003)],
)
def test_sizes_are_held_to_range_and_step(size: str, code: int) -> None:
    with pytest.raises(FapiError) as refused:
        COARSE.check_size(D(size), market_order=False)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("price", "code"), [("0.5", -4013), ("1000.5", -4016), ("1.2", -4014), ("1.25", -1111)]
)
def test_prices_are_held_to_range_and_tick(price: str, code: int) -> None:
    with pytest.raises(FapiError) as refused:
        COARSE.check_price(D(price))
    assert refused.value.code == code


def test_what_meets_every_filter_passes() -> None:
    COARSE.check_size(D("0.15"), market_order=True)
    COARSE.check_price(D("1.5"))
    COARSE.check_distance(D("105.0"), Side.BUY, D(100))
    COARSE.check_distance(D("95.0"), Side.SELL, D(100))
    COARSE.check_notional(D(5))
    assert COARSE.rows()[0]["tickSize"] == "0.5"


# Proofs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", ["a=1", "a=1&signature=", ""])
def test_a_payload_without_a_signature_is_refused(payload: str) -> None:
    with pytest.raises(FapiError) as refused:
        split_signature(payload)
    assert refused.value.code == -1102


def test_a_request_without_a_time_is_refused() -> None:
    with pytest.raises(FapiError) as refused:
        check_timestamp(read_pairs("recvWindow=5000"), 0)
    assert refused.value.code == -1102


# Brackets -----------------------------------------------------------------------------------------


def test_the_sum_of_a_bracket_makes_its_margin_join_the_one_before() -> None:
    brackets = (
        LeverageBracket(D(1000), D(50), D("0.01")),
        LeverageBracket(D(5000), D(20), D("0.02")),
        LeverageBracket(None, D(5), D("0.1")),
    )
    told = AccountWords().bracket_row(SOL, brackets)["brackets"]
    assert isinstance(told, list)
    for lower, upper in pairwise(told):
        edge = upper["notionalFloor"]
        before = edge * lower["maintMarginRatio"] - lower["cum"]
        assert edge * upper["maintMarginRatio"] - upper["cum"] == pytest.approx(before)
    assert [notional_limit(brackets, D(one)) for one in (50, 21, 20, 6)] == [1000, 1000, 5000, 5000]
    assert notional_limit(brackets, D(5)) > 10**18
