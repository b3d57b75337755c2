"""The markets of one venue as it lists them: immutable, by contract and by plain symbol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import TypeVar

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.symbols import did_you_mean

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """One contract in the venue's list."""

    market: Market
    tradable: bool = True
    funding_interval_hours: Decimal | None = None
    """As the venue states it; None where the list does not say."""
    details: Mapping[str, object] = field(default_factory=dict)
    """What only the venue's own words need: scaling decimals, an instrument's hash."""

    def detail(self, name: str, kind: type[T]) -> T:
        """Return one of the details, as the venue's list of markets put it there."""
        value = self.details[name]
        assert isinstance(value, kind), f"{name} of {self.market.contract_id} is {value!r}"
        return value


class MarketTable:
    """Every listing of a venue, in the venue's order; each symbol is unique."""

    __slots__ = ("_by_contract", "_by_symbol")

    def __init__(self, listings: Sequence[Listing]) -> None:
        self._by_contract = {each.market.contract_id: each for each in listings}
        self._by_symbol: dict[Symbol, Listing] = {}
        for each in listings:
            self._by_symbol.setdefault(each.market.symbol, each)

    def followed_by(self, listings: Sequence[Listing]) -> MarketTable:
        """Return the table of a newer list; what is not in it any more is kept as not tradable.

        A venue that lists only what trades leaves out a market while it is halted, and there may be
        a position in it that must be known, and an order to be cancelled.
        """
        listed = {each.market.contract_id for each in listings}
        gone = [
            replace(each, tradable=False) for each in self if each.market.contract_id not in listed
        ]
        return MarketTable([*listings, *gone])

    def changes_since(self, before: MarketTable) -> Iterator[str]:
        """Yield which rules of which market are others than they were, as ``old->new``."""
        for listing in self:
            known = before.get(listing.market.contract_id)
            if known is None or known.market == listing.market:
                continue
            told = [
                f"{rule.name}={getattr(known.market, rule.name)}->{now}"
                for rule in fields(Market)
                if (now := getattr(listing.market, rule.name)) != getattr(known.market, rule.name)
            ]
            yield f"contract_id={listing.market.contract_id} {' '.join(told)}"

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._by_contract.values())

    def __len__(self) -> int:
        return len(self._by_contract)

    def get(self, contract_id: ContractId) -> Listing | None:
        """Return a listing, None where the contract is not listed."""
        return self._by_contract.get(contract_id)

    def of_contract(self, contract_id: ContractId) -> Listing:
        """Return a listing.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        listing = self._by_contract.get(contract_id)
        if listing is None:
            near = did_you_mean(contract_id, self._by_contract)
            raise ClientConfigError(f"contract {contract_id} is not listed{near}")
        return listing

    def symbol_of(self, contract_id: ContractId) -> Symbol:
        """Return the plain symbol of a contract.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        return self.of_contract(contract_id).market.symbol

    def find(self, symbol: str) -> Listing | None:
        """Return the listing of a plain symbol, in any letter case; None where there is none."""
        return self._by_symbol.get(Symbol(symbol)) or self._by_symbol.get(Symbol(symbol.upper()))

    def of_symbol(self, symbol: str) -> Listing:
        """Return the listing of a plain symbol.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        listing = self.find(symbol)
        if listing is None:
            near = did_you_mean(symbol, self._by_symbol)
            raise ClientConfigError(f"symbol {symbol} is not listed{near}")
        return listing
