"""Simulated venues of one world: prices in common, funding of their own."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.funding import DAY_NS, HOUR_NS, InventedFunding
from venue_simulators.catalogue import build
from venue_simulators.options import SharedWorld, SimulatorOptions
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import World

D = Decimal
BTC = ContractId("BTC-PERP")


def world_of(name: str, place: int) -> World:
    options = SimulatorOptions(
        symbols=("BTC",), shared=SharedWorld(seed=3, place=place), start_ns=START_NS
    )
    world: World = build(name, options).world
    return world


def test_venues_of_one_world_stay_within_a_thousandth_of_each_other() -> None:
    worlds = [world_of(name, place) for place, name in enumerate(("lighter", "grvt", "okx"))]
    for second in range(0, 120, 15):
        mids = []
        for world in worlds:
            world.advance(START_NS + second * NS)
            (contract_id,) = world.markets
            mids.append(world.mark(contract_id))
        assert max(mids) / min(mids) < D("1.001"), f"{mids} at second {second}"


def test_venues_of_one_world_pay_different_funding_each_hour() -> None:
    rates = []
    for place, name in enumerate(("lighter", "grvt", "okx")):
        world = world_of(name, place)
        (contract_id,) = world.markets
        ticker = world.ticker(contract_id)
        assert ticker.next_funding_ns - START_NS <= HOUR_NS
        rates.append(ticker.funding_rate)
    assert len(dict.fromkeys(rates)) == 3


def test_invented_rates_wander_between_their_bounds_and_pay_by_the_hour() -> None:
    daily, hourly = InventedFunding(5), InventedFunding(5, HOUR_NS)
    for hour in range(200):
        rate = daily.rate(BTC, hour * HOUR_NS)
        assert D("-0.001") <= rate <= D("0.002")
        assert abs(rate - hourly.rate(BTC, hour * HOUR_NS) * 8) < D("1e-7")
    steps = [
        abs(daily.rate(BTC, at) - daily.rate(BTC, at + HOUR_NS)) for at in range(0, DAY_NS, HOUR_NS)
    ]
    assert max(steps) <= D("0.003") / 24 + D("1e-8"), "no hour jumps"
