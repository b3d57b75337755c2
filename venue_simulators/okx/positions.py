"""Positions from their opening to their end, kept from fills and funding.

In net mode an instrument has one position, signed; in long-short mode it has a long and a short
one, which stand side by side. The world nets everything, so these are kept here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ContractId, Fill
from exchange_clients.events import FundingPayment

NET, LONG, SHORT = "net", "long", "short"
CLOSED_MAX = 10_000
_FIRST_ID = 307_000_000_000_000_000

LegKey: TypeAlias = tuple[ContractId, str]
"""The contract and net, long or short."""


@dataclass(slots=True, eq=False)
class Leg:
    """One position; ``net`` and ``cost`` are signed, ``funding`` is positive when received."""

    pos_id: str
    contract_id: ContractId
    pos_side: str
    margin_mode: str
    opened_ns: int
    net: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    added_margin: Decimal = ZERO
    """Of an isolated position, what was put to it by hand."""
    largest: Decimal = ZERO
    opened_size: Decimal = ZERO
    opened_cost: Decimal = ZERO
    closed_size: Decimal = ZERO
    closed_cost: Decimal = ZERO
    updated_ns: int = 0
    trade_id: str = ""
    liquidated: bool = False

    @property
    def key(self) -> LegKey:
        """By which it is found."""
        return self.contract_id, self.pos_side

    @property
    def entry(self) -> Decimal:
        """The average price of what is open; zero when nothing is."""
        return self.cost / self.net if self.net else ZERO

    @property
    def direction(self) -> str:
        """Long or short, whatever the mode."""
        if self.pos_side != NET:
            return self.pos_side
        return SHORT if self.net < 0 else LONG

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the profit that is not realised."""
        return self.net * mark - self.cost

    def open(self, signed: Decimal, price: Decimal) -> None:
        """Add to the position."""
        self.net += signed
        self.cost += signed * price
        self.opened_size += abs(signed)
        self.opened_cost += abs(signed) * price
        self.largest = max(self.largest, abs(self.net))

    def close(self, size: Decimal, price: Decimal) -> Decimal:
        """Take from the position and return the profit, before fees."""
        closed = size.copy_sign(self.net)
        entry = self.entry
        profit = closed * (price - entry)
        self.net -= closed
        self.cost = self.net * entry
        self.realised += profit
        self.closed_size += size
        self.closed_cost += size * price
        return profit


@dataclass(frozen=True, slots=True)
class ClosedLeg:
    """A position that has ended, as it was."""

    leg: Leg
    direction: str
    closed_ns: int


class PositionLog:
    """All positions of one account."""

    def __init__(self) -> None:
        self.legs: dict[LegKey, Leg] = {}
        """Those that are open."""
        self.closed: deque[ClosedLeg] = deque(maxlen=CLOSED_MAX)
        self._ids: dict[LegKey, str] = {}

    def on_fill(
        self, fill: Fill, pos_side: str, margin_mode: str, *, liquidated: bool = False
    ) -> tuple[Leg, Decimal]:
        """Take in a fill; return the position as it now is and the profit realised."""
        key = (fill.contract_id, pos_side)
        leg = self.legs.get(key) or self._opened(key, margin_mode, fill.venue_ns)
        leg.liquidated = leg.liquidated or liquidated
        signed = fill.size * fill.side.sign
        closing = min(abs(leg.net), fill.size) if leg.net * signed < 0 else ZERO
        profit = leg.close(closing, fill.price) if closing else ZERO
        share = fill.fee * closing / fill.size
        leg.fees += share if closing else ZERO
        leg.updated_ns, leg.trade_id = fill.venue_ns, fill.trade_id
        if closing and leg.net == 0:
            self._end(leg, fill)
        opening = signed - closing.copy_sign(signed)
        if opening:
            if leg.net == 0 and closing:
                leg = self._opened(key, margin_mode, fill.venue_ns)
                leg.updated_ns, leg.trade_id = fill.venue_ns, fill.trade_id
            leg.open(opening, fill.price)
            leg.fees += fill.fee - (share if closing else ZERO)
        return leg, profit

    def on_entry(self, contract_id: ContractId, entry: Decimal | None) -> None:
        """Take over the average price that the ledger holds, which rounds in its own way."""
        leg = self.legs.get((contract_id, NET))
        if leg is not None and entry is not None:
            leg.cost = entry * leg.net

    def on_funding(self, payment: FundingPayment) -> Leg | None:
        """Take in a payment; return the position that it is for, None when it has closed since."""
        legs = self.of(payment.contract_id)
        if not legs:
            return None
        leg = max(legs, key=lambda one: abs(one.net))
        leg.funding += payment.amount
        return leg

    def of(self, contract_id: ContractId) -> list[Leg]:
        """Return the open positions in one contract."""
        return [leg for leg in self.legs.values() if leg.contract_id == contract_id]

    def size(self, key: LegKey) -> Decimal:
        """Return a position's signed size, zero where there is none."""
        leg = self.legs.get(key)
        return ZERO if leg is None else leg.net

    def _opened(self, key: LegKey, margin_mode: str, at_ns: int) -> Leg:
        # An instrument's next position goes by the number of its last one.
        pos_id = self._ids.setdefault(key, str(_FIRST_ID + len(self._ids)))
        leg = self.legs[key] = Leg(pos_id, *key, margin_mode, at_ns, updated_ns=at_ns)
        return leg

    def _end(self, leg: Leg, fill: Fill) -> None:
        # What was closed by a sale had been long.
        direction = SHORT if fill.side.sign > 0 else LONG
        self.closed.append(ClosedLeg(replace(leg), direction, fill.venue_ns))
        del self.legs[leg.key]
