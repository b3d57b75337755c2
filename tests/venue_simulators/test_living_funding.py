"""A market that lives: rates that wander, at each venue's own hours and around what it charges."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms, ScheduledFunding
from venue_simulators.catalogue import SERVED, build
from venue_simulators.living_funding import LivingFunding
from venue_simulators.options import SharedWorld, SimulatorOptions
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import World

D = Decimal
BTC = ContractId("BTC-PERP")
MINUTE_NS = 60 * NS
USUAL = D("0.0001")
BEGIN_NS = START_NS + 4 * HOUR_NS
"""Every market's next settlement is one that it has: some venues settle only each eight hours."""


def living(seed: int = 1) -> LivingFunding:
    return LivingFunding(ConstantFunding(USUAL), seed)


def test_a_rate_wanders_slowly_and_comes_back_to_where_it_belongs() -> None:
    hours = [living().rate(BTC, hour * HOUR_NS) for hour in range(24 * 60)]
    assert all(abs(rate) < D("0.002") for rate in hours)
    assert any(rate < 0 for rate in hours)
    assert any(rate > 2 * USUAL for rate in hours)
    assert abs(sum(hours, D(0)) / len(hours)) < 4 * USUAL
    minutes = [living().rate(BTC, minute * MINUTE_NS) for minute in range(600)]
    steps = [abs(now - before) for before, now in pairwise(minutes)]
    assert any(steps)
    assert max(steps) < USUAL


def test_a_seed_and_a_contract_have_rates_of_their_own_again_and_again() -> None:
    assert living().rate(BTC, START_NS) == living().rate(BTC, START_NS)
    others = living(2).rate(BTC, START_NS), living().rate(ContractId("ETH-PERP"), START_NS)
    assert living().rate(BTC, START_NS) not in others


def test_what_is_told_before_a_settlement_moves_and_ends_as_the_settled_rate() -> None:
    terms, due_ns = FundingTerms(rule=living()), 8 * HOUR_NS
    told = [terms.forecast(BTC, due_ns, due_ns - left * MINUTE_NS) for left in (60, 30, 0)]
    assert len(dict.fromkeys(told)) == 3
    assert told[-1] == living().rate(BTC, due_ns)
    known = FundingTerms(rule=ScheduledFunding({BTC: [(0, D("0.0003"))]}))
    assert known.forecast(BTC, due_ns, 1) == D("0.0003")


def test_a_settlement_that_a_market_does_not_have_stays_without_a_rate() -> None:
    nothing = LivingFunding(ConstantFunding(D(0)), 1)
    assert nothing.rate(BTC, START_NS) == 0


@pytest.mark.parametrize("name", SERVED)
def test_every_simulated_venue_lives_at_its_own_hours(name: str) -> None:
    still, moving = (world_of(name, living=living) for living in (False, True))
    (contract_id,) = moving.markets
    before = moving.ticker(contract_id)
    assert before.funding_interval_hours == still.ticker(contract_id).funding_interval_hours
    moving.advance(BEGIN_NS + 20 * NS)
    after = moving.ticker(contract_id)
    assert after.funding_rate != before.funding_rate
    assert after.open_interest != before.open_interest
    span = BEGIN_NS - 200 * HOUR_NS, BEGIN_NS + 1
    past = moving.funding_rates(contract_id, *span)
    assert all(abs(each.rate * 8 / each.interval_hours) < D("0.0025") for each in past)
    assert abs(after.mark / after.index - 1) < D("0.0006")


def world_of(name: str, *, living: bool) -> World:
    """Return a venue's world whose market moves only when it is told to."""
    options = SimulatorOptions(
        symbols=("BTC",), living=living, shared=SharedWorld(3, 0) if living else None,
        start_ns=BEGIN_NS,
    )  # fmt: skip
    world: World = build(name, options).world
    return world
