"""Whether venues hold what our runs say they do; what differs is told and left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.session import Session
from app.settings import PAPER, venue_kind
from exchange_clients.base_models import ZERO
from execution.position_check import Difference, Market, PositionCheck


class Claim(NamedTuple):
    """What one run of an account holds in a market, by its fills."""

    run_id: str
    venue: str
    contract_id: str
    quantity: Decimal
    """Signed."""


def position_check(
    session: Session,
    claims: Sequence[Claim],
    run_id: str,
    on_told: Callable[[Market, Difference | None], None],
) -> PositionCheck:
    """Return the check of a run's markets.

    An embedded paper venue has no account but the run's own, so there is nothing to check.

    Args:
        session: The run.
        claims: What all runs of the account hold, this one among them.
        run_id: This run's.
        on_told: Hears of differences.
    """
    # Venues that end with the process have forgotten what earlier runs held.
    others = [each for each in claims if each.run_id != run_id] if session.stage.keeps else []

    def held_by_others(market: Market) -> Decimal:
        mine = [each.quantity for each in others if (each.venue, each.contract_id) == market]
        return sum(mine, start=ZERO)

    contracts = {
        name: venue.market.contract_id
        for name, venue in session.venues.items()
        if venue_kind(name) != PAPER and session.settings.environment != PAPER
    }
    clients = {name: session.clients[name] for name in contracts}
    return PositionCheck(clients, contracts, held_by_others, on_told, session.clock)
