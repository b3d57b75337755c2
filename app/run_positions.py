"""Whether venues hold what our runs say they do; what differs is told and left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.session import Session
from app.settings import PAPER, venue_kind
from exchange_clients.base_models import ZERO, ContractId, Fill
from execution.close_out import owned_quantities
from execution.position_check import Difference, Explained, Market, PositionCheck


class Claim(NamedTuple):
    """What one run of an account holds in a market, by its fills."""

    run_id: str
    venue: str
    contract_id: str
    quantity: Decimal
    """Signed."""


def position_check(
    session: Session, on_told: Callable[[Market, Difference | None], None]
) -> PositionCheck:
    """Return the check of a run's markets.

    An embedded paper venue has no account but the run's own, so there is nothing to check.

    Args:
        session: The run.
        on_told: Hears of differences.
    """
    clients = {
        name: session.clients[name]
        for name in session.venues
        if venue_kind(name) != PAPER and session.settings.environment != PAPER
    }
    traded = session.settings.traded
    return PositionCheck(
        clients, traded, session.explained, on_told, session.clock, session.bot.events.post
    )


def explained_by(
    fills: Callable[[str], Iterable[Fill]], claims: Sequence[Claim], run_id: str
) -> Explained:
    """Return what tells how much of an account's positions is ours.

    Args:
        fills: Those of this run, by venue.
        claims: What all runs of the account hold; none where venues forget with the process.
        run_id: This run's, whose own claim is as of its start.
    """

    def explained(venue: str) -> dict[ContractId, Decimal]:
        owned = owned_quantities(fills(venue))
        for each in claims:
            if each.run_id != run_id and each.venue == venue:
                market = ContractId(each.contract_id)
                owned[market] = owned.get(market, ZERO) + each.quantity
        return owned

    return explained
