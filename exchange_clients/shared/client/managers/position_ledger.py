"""What is believed of positions, and when a venue's answer is believed.

Three things speak of a position: our fills, the stream and REST. An answer by REST may come from a
copy that lags, and may be empty although there is a position. So:

- an answer that says what fills and stream say is believed at once;
- one that contradicts them is not, while our newest fill is younger than the venue's visibility
  time: the fill may be missing from it; where the venue has said nothing yet, our fills are no
  position either, since a person may hold something beside us, and it is not known;
- after that, a second answer that says the same is believed: somebody else has traded;
- an empty list is also what a failing venue answers: "no position" needs two answers where nothing
  is known, and two that lie a visibility time apart where it contradicts what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill
from exchange_clients.events import PositionUpdate


@dataclass(slots=True)
class _Belief:
    """One contract; times are venue time in ns."""

    quantity: Decimal | None = None
    as_of_ns: int = 0
    """Fills up to here are in ``quantity`` already."""
    told: bool = False
    """Whether it stands on the venue's word, and not on our fills alone."""
    moved_ns: int = 0
    """When a fill or the stream last changed it."""
    doubt: tuple[Decimal, int] | None = None
    """An answer that contradicts it, and when it was first asked for."""


class PositionLedger:
    """The positions of one account, by contract, signed.

    Args:
        visibility_ns: How long a fill may be missing from answers.
    """

    def __init__(self, visibility_ns: int) -> None:
        self._visibility_ns = visibility_ns
        self._beliefs: dict[ContractId, _Belief] = {}
        self._read = False

    def quantity(self, contract_id: ContractId) -> Decimal | None:
        """Return what is believed; None while it is not known."""
        return self._belief(contract_id).quantity

    def contracts(self) -> list[ContractId]:
        """Return every contract of which a position is known."""
        return [each for each, belief in self._beliefs.items() if belief.quantity is not None]

    def start(self, own: Mapping[ContractId, Decimal]) -> None:
        """Take what our own fills add up to, where nothing better is known."""
        for contract_id, quantity in own.items():
            belief = self._belief(contract_id)
            if belief.quantity is None:
                belief.quantity = quantity

    def on_listed(self) -> None:
        """Take it that every position was read: what was not listed is none of ours."""
        self._read = True

    def on_fill(self, fill: Fill) -> None:
        """Add a fill, seen for the first time."""
        belief = self._belief(fill.contract_id)
        belief.moved_ns, belief.doubt = max(belief.moved_ns, fill.venue_ns), None
        if belief.quantity is None and self._read:
            belief.quantity, belief.told = ZERO, True
        if belief.quantity is not None and fill.venue_ns > belief.as_of_ns:
            belief.quantity += fill.side.sign * fill.size

    def on_update(self, update: PositionUpdate) -> None:
        """Take the stream's word, unless it is older than what is known."""
        belief = self._belief(update.contract_id)
        if update.venue_ns < belief.as_of_ns:
            return
        if belief.quantity != update.quantity:
            belief.moved_ns = max(belief.moved_ns, update.venue_ns)
        belief.quantity, belief.as_of_ns, belief.doubt = update.quantity, update.venue_ns, None
        belief.told = True

    def judge(
        self, contract_id: ContractId, answer: Decimal | None, asked_ns: int
    ) -> Decimal | None:
        """Weigh an answer by REST; return the position, None where it is not known.

        Args:
            contract_id: Whose position.
            answer: What the venue says; None where it lists no position.
            asked_ns: Venue time at which it was asked for.
        """
        belief = self._belief(contract_id)
        said = answer or ZERO
        known = belief.quantity
        if said == known:
            belief.doubt, belief.told = None, True
            return said
        if known is not None and asked_ns < belief.moved_ns + self._visibility_ns:
            return known if belief.told else None
        if known is not None or said == ZERO:
            needed_ns = self._visibility_ns if known is not None and said == ZERO else 1
            if belief.doubt is None or belief.doubt[0] != said:
                belief.doubt = (said, asked_ns)
            if asked_ns < belief.doubt[1] + needed_ns:
                return None
        belief.quantity, belief.as_of_ns, belief.doubt = said, asked_ns, None
        belief.told = True
        return said

    def _belief(self, contract_id: ContractId) -> _Belief:
        return self._beliefs.setdefault(contract_id, _Belief())
