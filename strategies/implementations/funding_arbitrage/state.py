"""What funding arbitrage knows: its pairs from before the first order until both legs are flat."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ZERO, ContractId, Side
from exchange_clients.ledger import LegLedger, Split
from strategies.implementations.funding_arbitrage.exits import ExitReason

CLOSED_KEPT = 50
"""Ended pairs that are remembered, so that a late payment still finds its own."""


class PairStatus(StrEnum):
    """Where a pair is in its life.

    opening -> open -> closing -> closed; opening -> closing where the opening came to no pair.
    """

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(slots=True)
class Leg:
    """One side of a pair; sizes in the market's own units."""

    venue: str
    contract_id: ContractId
    side: Side
    multiplier: Decimal
    target: Decimal
    """What the opening aims at, without sign."""
    order_key: str
    ledger: LegLedger = field(default_factory=LegLedger)
    seen: Decimal | None = None
    """The signed position of the latest read; None while none counts, as after a reconnect."""
    seen_ns: int = 0
    zero_reads: int = 0
    """Reads in a row that found nothing, of an open pair."""
    liquidated: Decimal = ZERO
    """What the venue told to have liquidated."""
    too_small: Decimal = ZERO
    """So much of it, or less, its venue has refused to close as too small an order."""

    @property
    def key(self) -> tuple[str, ContractId]:
        """Which market of which venue."""
        return self.venue, self.contract_id


@dataclass(slots=True)
class ExitTrigger:
    """A reason to close and when the first one was seen; both survive a restart."""

    reason: ExitReason
    first_ns: int


@dataclass(slots=True)
class Pair:
    """A position over two venues."""

    number: int
    symbol: str
    long: Leg
    short: Leg
    opened_ns: int
    """When it was decided."""
    entry_divergence_8h: Decimal
    leverage: Decimal
    notional: Decimal
    """USD of each leg at the opening."""
    status: PairStatus = PairStatus.OPENING
    trigger: ExitTrigger | None = None
    busy_key: str = ""
    """The execution, or the single order, that is under way; empty while none is."""
    closings: int = 0
    retry_ns: int = 0
    """When closing may be tried again."""
    settled_ns: int = 0
    """When the last execution ended; only younger reads tell what it left."""
    ended_ns: int = 0
    above: list[str] = field(default_factory=list)
    """Keys of orders by which something above the strategy has closed a leg."""
    overruled: str = ""
    """Why it has; empty where nothing has."""
    origin: str = ""
    """Where it came from, if it was not opened by the strategy: ``adopted``."""

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """Long, short."""
        return self.long, self.short

    @property
    def name(self) -> tuple[str, str, str]:
        """Symbol, long venue, short venue."""
        return self.symbol, self.long.venue, self.short.venue

    @property
    def key(self) -> str:
        """The name of its opening."""
        return f"pair-{self.number}-open"

    @property
    def live(self) -> bool:
        """Whether it holds, or may hold, anything."""
        return self.status is not PairStatus.CLOSED

    @property
    def traded(self) -> bool:
        """Whether any fill of it was heard."""
        return any(leg.ledger.trades for leg in self.legs)

    @property
    def name_of_legs(self) -> str:
        """Which legs it has, whenever it is opened."""
        return legs_name(self.symbol, self.long.venue, self.short.venue)

    def split(self) -> Split:
        """Return what it has realised so far."""
        return self.long.ledger.split + self.short.ledger.split

    def leg_at(self, venue: str, contract_id: str) -> Leg | None:
        """Return its leg in a market; None where it has none there."""
        for leg in self.legs:
            if (leg.venue, leg.contract_id) == (venue, contract_id):
                return leg
        return None


def legs_name(symbol: str, long: str, short: str) -> str:
    """Return the name of two legs: a symbol, the venue that is long in it, and the short one."""
    return f"{symbol} {long} / {short}"


@dataclass(slots=True)
class ArbitrageState:
    """Everything the strategy knows and saves."""

    pairs: list[Pair] = field(default_factory=list)
    """Live ones and the latest of those that have ended, oldest first."""
    numbers: int = 0
    cooldowns: dict[str, int] = field(default_factory=dict)
    """Until when a symbol is left alone (epoch ns)."""
    missed: dict[str, int] = field(default_factory=dict)
    """How often in a row the first orders of a symbol have traded nothing."""
    refused: dict[str, int] = field(default_factory=dict)
    """How often in a row an opening was refused before anything was sent, by its legs."""
    rests: dict[str, int] = field(default_factory=dict)
    """Until when the same two legs are left alone because of that (epoch ns)."""
    ended: int = 0
    banked: dict[str, Split] = field(default_factory=dict)
    """What pairs that are no longer remembered made, by venue."""
    adopted: list[str] = field(default_factory=list)
    """Trade ids of the positions that were taken over."""

    def exposure(self) -> dict[str, Decimal]:
        """Return the notional (USD) of all live legs, by venue."""
        used: dict[str, Decimal] = {}
        for pair in self.live():
            for leg in pair.legs:
                used[leg.venue] = used.get(leg.venue, ZERO) + pair.notional
        return used

    def live(self) -> list[Pair]:
        """Return the pairs that hold, or may hold, anything."""
        return [pair for pair in self.pairs if pair.live]

    def occupied(self, venue: str, contract_id: ContractId) -> bool:
        """Whether a live pair has a leg in a market; a second one would net with it."""
        return any(pair.leg_at(venue, contract_id) for pair in self.live())

    def pair_of_key(self, key: str) -> Pair | None:
        """Return the pair whose opening, closing or single order has this name."""
        for pair in self.pairs:
            if key.startswith(f"pair-{pair.number}-") or key in pair.above:
                return pair
        return None

    def forget_old(self) -> None:
        """Bank what the oldest ended pairs made once too many are remembered."""
        ended = [pair for pair in self.pairs if not pair.live]
        for pair in ended[: max(len(ended) - CLOSED_KEPT, 0)]:
            for leg in pair.legs:
                self.banked[leg.venue] = self.banked.get(leg.venue, Split()) + leg.ledger.split
            self.pairs.remove(pair)
