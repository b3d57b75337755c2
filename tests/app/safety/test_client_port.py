"""What a client's port touches: ours alone, our orders alone, or the whole account."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from app.safety.client_port import ClientPort, OrdersPort, WholeAccountPort
from exchange_clients.base_models import Side
from exchange_clients.shared.client.venue_client import VenueClient
from execution.flatten import FlatReport, flatten
from tests.conformance.rig import ACCOUNT, BID, SIZE, Rig, play
from tests.conformance.venues import VENUES, Conforming
from venue_simulators.world import Wanted

WITH_SWEEP = [each for each in VENUES if each.name in ("backpack", "lighter", "okx")]


async def begin(rig: Rig) -> None:
    """Let us and the user each hold a position and have an order."""
    rig.place_by_hand()
    theirs = Wanted(rig.btc, Side.BUY, SIZE, BID - 1000)
    rig.at_the_venue(lambda world: world.place(ACCOUNT, theirs))
    await rig.buy_at_once()
    await rig.rest_a_buy()
    await rig.settle()
    assert (rig.world_position(), len(rig.world_open())) == (2 * SIZE, 2)


@pytest.mark.parametrize("facts", WITH_SWEEP, ids=lambda facts: facts.name)
@pytest.mark.parametrize(
    ("port", "left", "resting"),
    [(OrdersPort, 2 * SIZE, 1), (ClientPort, SIZE, 1), (WholeAccountPort, 0 * SIZE, 0)],
)
def test_a_port_touches_what_it_is_for(
    facts: Conforming, port: Callable[[VenueClient], ClientPort], left: Decimal, resting: int
) -> None:
    told: list[FlatReport] = []

    async def case(rig: Rig) -> None:
        await begin(rig)
        told.append(await flatten([port(rig.client)], rig.clock, within_s=120))
        await rig.settle()
        assert (rig.world_position(), len(rig.world_open())) == (left, resting)

    play(facts, case)
    assert told[0].flat


def test_i36_what_was_taken_over_from_a_person_is_closed_like_what_our_orders_traded() -> None:
    facts = WITH_SWEEP[0]

    async def case(rig: Rig) -> None:
        await begin(rig)
        port = ClientPort(rig.client, {rig.btc: SIZE})
        assert (await flatten([port], rig.clock, within_s=120)).flat
        await rig.settle()
        assert (rig.world_position(), len(rig.world_open())) == (0 * SIZE, 1)

    play(facts, case)
