"""The profit that each fill realises, before fees, kept from the fills themselves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill


@dataclass(slots=True, eq=False)
class _Held:
    net: Decimal = ZERO
    cost: Decimal = ZERO
    """Of what is open; it carries the sign of ``net``."""
    realised: Decimal = ZERO


class Profits:
    """Net sizes and costs by market."""

    def __init__(self) -> None:
        self._held: dict[ContractId, _Held] = {}

    def on_fill(self, fill: Fill) -> Decimal:
        """Take in a fill and return the profit that it realised."""
        held = self._held.setdefault(fill.contract_id, _Held())
        signed = fill.size * fill.side.sign
        closing = min(abs(held.net), fill.size) if held.net * signed < 0 else ZERO
        profit = ZERO
        if closing:
            closed = closing.copy_sign(held.net)
            entry = held.cost / held.net
            profit = closed * (fill.price - entry)
            held.cost -= closed * entry
            held.net -= closed
        opening = (fill.size - closing) * fill.side.sign
        held.net += opening
        held.cost = held.cost + opening * fill.price if held.net else ZERO
        held.realised += profit
        return profit

    def on_entry(self, contract_id: ContractId, entry: Decimal | None) -> None:
        """Take over the average price that the ledger holds, which rounds in its own way."""
        held = self._held.get(contract_id)
        if held is not None and entry is not None:
            held.cost = entry * held.net

    def held(self, contract_id: ContractId) -> tuple[Decimal, Decimal]:
        """Return net size and average price of what is open in a market."""
        held = self._held.get(contract_id)
        if held is None or not held.net:
            return ZERO, ZERO
        return held.net, held.cost / held.net

    def realised(self, contract_id: ContractId) -> Decimal:
        """Return what a market's fills have realised."""
        held = self._held.get(contract_id)
        return ZERO if held is None else held.realised
