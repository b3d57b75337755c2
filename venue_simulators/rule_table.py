"""What follows from the rules of each market, as its venue announces them now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from exchange_clients.base_models import ContractId, Market

T = TypeVar("T")


class RuleTable(Mapping[ContractId, T]):
    """A value of each market, made anew once other rules are announced.

    Args:
        rules: The rules in force; its owner replaces them.
        make: Returns what follows from a market's rules.
    """

    def __init__(self, rules: Mapping[ContractId, Market], make: Callable[[Market], T]) -> None:
        self._rules = rules
        self._make = make
        self._made: dict[ContractId, tuple[Market, T]] = {}

    def __getitem__(self, contract_id: ContractId) -> T:
        """Return what follows from the present rules of a market."""
        rules = self._rules[contract_id]
        made = self._made.get(contract_id)
        if made is None or made[0] is not rules:
            made = self._made[contract_id] = rules, self._make(rules)
        return made[1]

    def __iter__(self) -> Iterator[ContractId]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)
