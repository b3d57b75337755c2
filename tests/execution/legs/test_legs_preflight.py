"""What is asked of each venue first: every refusal names venue, field, value and limit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    ExchangePositionSnapshot,
    LeverageInfo,
    Market,
    Side,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.paper.config import PaperConfig
from execution.legs.preflight import YOUNG_LOOK_S
from execution.legs.report import LegsReport
from execution.legs.values import LegLimits, LegRequest
from tests.exchange_clients.paper.venue_stage import BTC, market
from tests.execution.legs.legs_stage import FLAT, LIMITS, SYMBOL, Stage, on_stage, pair

D = Decimal


def checked(
    orders: list[LegRequest],
    *scripts: Any,
    limits: LegLimits = LIMITS,
    prepare: Any = None,
    **stage: Any,
) -> list[tuple[str, str, str]]:
    """Return (venue, field, value) of every refusal; nothing may have been sent."""
    found: list[tuple[str, str, str]] = []

    async def play(on: Stage) -> None:
        if prepare is not None:
            prepare(on)
        report: LegsReport = await on.executor.execute_atomically(orders)
        found.extend((one.venue, one.field, one.value) for one in report.refusals)
        assert not report.success
        assert (report.outcome is None) == bool(found), report
        if found:
            assert report.message
            for venue in on.venues.values():
                assert venue.orders == []

    on_stage(play, *scripts, limits=limits, **stage)
    return found


def levered(leverage: str, quantity: str = "10") -> list[LegRequest]:
    """Return the usual legs with a leverage."""
    return [replace(one, leverage=D(leverage), quantity=D(quantity)) for one in pair()]


def answering(method: str, answer: Any, venue: str = "b") -> Any:
    """Let a venue's client answer a question in a way of its own, or fail."""

    def prepare(on: Stage) -> None:
        async def told(*_: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        setattr(on.venues[venue].client, method, told)

    return prepare


FAILS = MalformedPayload("not readable")


def test_a_symbol_that_is_not_listed_is_refused() -> None:
    orders = [pair()[0], replace(pair()[1], symbol=type(SYMBOL)("DOGE"))]
    ((venue, field, value),) = checked(orders)
    assert (venue, field) == ("b", "market")
    assert "Market DOGE not found" in value


def test_a_book_without_depth_for_the_way_in_or_back_is_refused() -> None:
    thin = ([(100.1, 100.0)], [(100.2, 3.0)])
    assert checked(pair(), {0: FLAT}, {0: thin}) == [("b", "depth to buy", "3.000")]


def test_a_balance_that_does_not_carry_the_legs_with_the_buffer_is_refused() -> None:
    config = PaperConfig(starting_balance=D(1_040))
    refusals = checked(pair(), config=config)
    assert [(venue, field) for venue, field, _ in refusals] == [
        ("a", "available margin"),
        ("b", "available margin"),
    ]
    assert refusals[0][2] == "1040"


def test_a_leverage_beyond_the_venues_most_is_refused() -> None:
    orders = [pair()[0], replace(pair()[1], leverage=D(50))]
    assert ("b", "leverage", "50") in checked(orders)


def test_a_leverage_that_reads_back_otherwise_is_refused() -> None:
    prepare = answering("set_leverage", D(4))
    assert checked(levered("5"), prepare=prepare) == [("b", "leverage read back", "4")]


def test_a_leverage_too_near_to_liquidation_is_refused() -> None:
    fields = {(venue, field) for venue, field, _ in checked(levered("10", "1"))}
    assert fields == {("a", "liquidation distance"), ("b", "liquidation distance")}


def test_a_position_near_its_liquidation_is_refused() -> None:
    held = ExchangePositionSnapshot(SYMBOL, BTC, D(-1), mark_price=D(100), liquidation_price=D(105))
    prepare = answering("get_position_snapshot", held)
    assert checked(pair(), prepare=prepare) == [("b", "liquidation distance", "0.0500")]


def test_a_notional_below_the_minimum_is_refused() -> None:
    orders = [replace(one, quantity=D("0.05")) for one in pair()]
    specs = [market(), market(min_notional="10")]
    fields = {(venue, field) for venue, field, _ in checked(orders, specs=specs)}
    assert ("b", "notional") in fields


def closing_pair() -> list[LegRequest]:
    """Return what closes the pair."""
    return [replace(one, side=one.side.opposite, reduce_only=True, price=None) for one in pair()]


@pytest.mark.parametrize(
    ("age_s", "value"), [(5.1, "5.100 s"), (None, "unknown")], ids=["old", "unknown"]
)
def test_old_data_is_refused(age_s: float | None, value: str) -> None:
    def prepare(on: Stage) -> None:
        on.b.client.stream.age_s = lambda *_: age_s  # type: ignore[method-assign]  # as heard

    assert checked(pair(), prepare=prepare) == [("b", "data age", value)]


def test_a_book_that_rests_is_waited_for() -> None:
    ages_s = iter([5.1, 5.2, 5.3])

    async def play(on: Stage) -> None:
        on.b.client.stream.age_s = lambda *_: next(ages_s, 0.1)  # type: ignore[method-assign]
        began_ns = on.clock.monotonic_ns()
        report = await on.executor.execute_atomically(pair())
        assert report.success
        assert report.refusals == ()
        assert on.clock.monotonic_ns() - began_ns >= 3 * YOUNG_LOOK_S * NS

    on_stage(play)


def test_a_close_goes_by_a_sound_book_that_rests() -> None:
    def prepare(on: Stage) -> None:
        on.b.client.stream.age_s = lambda *_: 5.1  # type: ignore[method-assign]  # as heard

    fields = {field for _, field, _ in checked(closing_pair(), prepare=prepare)}
    assert fields == {"position"}, "flat: there is nothing to close"


def test_a_close_below_a_step_that_may_be_gone_has_the_list_read_again() -> None:
    asked: list[bool] = []

    def prepare(on: Stage) -> None:
        client = on.b.client
        real = client.get_market_metadata

        async def listed(contract_id: ContractId, *, fresh: bool = False) -> Market:
            asked.append(fresh)
            found = await real(contract_id)
            return found if fresh else replace(found, step=D(50), min_size=D(50))

        client.get_market_metadata = listed  # type: ignore[method-assign]

    fields = {field for _, field, _ in checked(closing_pair(), prepare=prepare)}
    assert fields == {"position"}, "flat: there is nothing to close"
    assert True in asked


@pytest.mark.parametrize(
    ("method", "field"),
    [
        ("get_position", "position"),
        ("get_account_balance", "available margin"),
        ("get_position_snapshot", "liquidation distance"),
        ("get_min_order_notional", "minimum notional"),
        ("set_leverage", "leverage"),
        ("get_order_book_depth", "book"),
    ],
)
def test_what_cannot_be_read_is_refused(method: str, field: str) -> None:
    ((venue, found, value),) = checked(levered("2"), prepare=answering(method, FAILS))
    assert (venue, found) == ("b", field)
    assert value == "unknown (not readable)"


def test_a_leverage_limit_that_is_not_known_is_refused() -> None:
    info = LeverageInfo(None, None, None, error="unknown symbol")
    prepare = answering("get_leverage_info", info)
    assert checked(levered("2"), prepare=prepare) == [("b", "leverage", "2")]


def test_every_refusal_is_told_at_once() -> None:
    refusals = checked(
        levered("50"),
        config=PaperConfig(starting_balance=D(1)),
        limits=replace(LIMITS, max_unhedged_usd=D(100)),
    )
    assert {field for _, field, _ in refusals} >= {
        "leverage",
        "available margin",
        "liquidation distance",
        "worst unhedged USD",
    }


def test_legs_that_close_need_no_margin() -> None:
    refusals = checked(closing_pair(), config=PaperConfig(starting_balance=D(1)))
    assert {field for _, field, _ in refusals} == {"position"}, "flat: there is nothing to close"


def test_misuse_raises_before_anything_is_asked() -> None:
    async def play(on: Stage) -> None:
        with pytest.raises(ValueError, match="two legs or more, got 1"):
            await on.executor.execute_atomically(pair()[:1])
        with pytest.raises(ValueError, match="two legs of BTC on a; join them"):
            await on.executor.execute_atomically([pair()[0], pair()[0]])
        stranger = replace(pair()[1], venue="z")
        with pytest.raises(ValueError, match="venue 'z' has no client; there is one of a, b"):
            await on.executor.execute_atomically([pair()[0], stranger])

    on_stage(play)
    with pytest.raises(ValueError, match="quantity of a must be above zero"):
        LegRequest("a", SYMBOL, Side.BUY, D(0))
    with pytest.raises(ValueError, match="a post-only order needs one"):
        LegRequest("a", SYMBOL, Side.BUY, D(1), post_only=True)
