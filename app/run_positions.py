"""Whether venues hold what our runs say they do; what differs is told and left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from app.session import Session
from app.settings import PAPER, venue_kind
from exchange_clients.base_models import ZERO, ContractId, Fill
from execution.close_out import owned_quantities
from execution.position_check import Difference, Explained, Market, PositionCheck

ReadFills: TypeAlias = Callable[[str, int], tuple[Sequence[Fill], int]]
"""Takes a venue and a mark, and returns what was filled since then and the mark for the next."""


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
    """Return the check of a run's markets; until it has read a venue, nothing is entered.

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
    session.bot.gate.unread.update(dict.fromkeys(clients))

    def on_rolled_back(venue: str, fills: Sequence[Fill]) -> None:
        session.bot.gate.close(
            f"{venue} was rolled back, {len(fills)} fills of ours are gone: look at what is held, "
            "then start again"
        )

    traded, post = session.settings.traded, session.bot.events.post
    return PositionCheck(
        clients, traded, session.explained, on_told, session.clock, post, on_rolled_back
    )


class OwnFills:
    """What a run's own fills add up to, at each venue and in each market.

    It is asked every minute, for weeks, on the loop that trades: so only what is new is read.

    Args:
        read: Returns the fills of a venue since a mark, and the next mark; 0 asks for all.
    """

    def __init__(self, read: ReadFills) -> None:
        self._read = read
        self._marks: dict[str, int] = {}
        self._owned: dict[str, dict[ContractId, Decimal]] = {}

    def owned(self, venue: str) -> dict[ContractId, Decimal]:
        """Return what is ours at a venue, signed, by contract."""
        new, self._marks[venue] = self._read(venue, self._marks.get(venue, 0))
        owned = self._owned.setdefault(venue, {})
        for contract_id, quantity in owned_quantities(new).items():
            owned[contract_id] = owned.get(contract_id, ZERO) + quantity
        return dict(owned)


def explained_by(read: ReadFills, claims: Sequence[Claim], run_id: str) -> Explained:
    """Return what tells how much of an account's positions is ours.

    Args:
        read: Returns the fills of this run; see ``OwnFills``.
        claims: What all runs of the account hold; none where venues forget with the process.
        run_id: This run's, whose own claim is as of its start.
    """
    own = OwnFills(read)

    def explained(venue: str) -> dict[ContractId, Decimal]:
        owned = own.owned(venue)
        for each in claims:
            if each.run_id != run_id and each.venue == venue:
                market = ContractId(each.contract_id)
                owned[market] = owned.get(market, ZERO) + each.quantity
        return owned

    return explained
