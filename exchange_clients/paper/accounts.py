"""Who owns what: cash, positions by average cost, and where every atom went.

Each trade, fee, payment and liquidation moves atoms from one owner to another. The market itself is
an account, and so are the fees and the insurance fund; the sum over all of them of cash and
unrealised profit at one mark therefore never changes by a trade.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ContractId
from exchange_clients.paper.units import Grid

MARKET_ACCOUNT = "(market)"
"""The owner of external liquidity: the other side of our trades with the recorded market."""

HalfTicks: TypeAlias = int
Marks: TypeAlias = Mapping[ContractId, HalfTicks]


@dataclass(slots=True)
class Position:
    """Signed lots and what they cost, both whole numbers.

    ``cost`` is signed ticks x lots. A part that is closed takes its share of the cost rounded
    down; the rest stays in the cost of what remains, so that nothing is lost to rounding.
    """

    lots: int = 0
    cost: int = 0

    def trade(self, signed_lots: int, ticks: int) -> int:
        """Apply a trade; return the profit realised in ticks x lots."""
        if self.lots * signed_lots >= 0:
            self.lots += signed_lots
            self.cost += signed_lots * ticks
            return 0
        closed = min(abs(signed_lots), abs(self.lots))
        direction = 1 if self.lots > 0 else -1
        released = self.cost * closed // abs(self.lots)
        self.lots -= direction * closed
        self.cost -= released
        opened = signed_lots + direction * closed
        self.lots += opened
        self.cost += opened * ticks
        return direction * closed * ticks - released

    def unrealised(self, mark: HalfTicks) -> int:
        """Return the open profit in half ticks x lots."""
        return self.lots * mark - 2 * self.cost


@dataclass(slots=True)
class Totals:
    """What one account gained and paid in one market, in atoms; payments received are positive."""

    realised: int = 0
    fees: int = 0
    funding: int = 0
    traded: int = 0
    """Notional of both sides added up."""


@dataclass(slots=True)
class Account:
    """One owner: cash in atoms, cross margin over all its positions."""

    name: str
    cash: int = 0
    positions: dict[ContractId, Position] = field(default_factory=dict)
    leverage: dict[ContractId, Decimal] = field(default_factory=dict)
    totals: dict[ContractId, Totals] = field(default_factory=dict)

    def lots(self, contract_id: ContractId) -> int:
        """Return the signed position in lots."""
        position = self.positions.get(contract_id)
        return 0 if position is None else position.lots

    def total(self, contract_id: ContractId) -> Totals:
        """Return the running totals of one market."""
        return self.totals.setdefault(contract_id, Totals())

    def open_positions(self) -> Iterator[tuple[ContractId, Position]]:
        """Yield what is not flat, in the order of the first trade."""
        return ((contract, held) for contract, held in self.positions.items() if held.lots)


class Ledger:
    """Every account of the venue, and the only place where atoms move."""

    def __init__(self, grids: Mapping[ContractId, Grid]) -> None:
        self._grids = grids
        self.accounts: dict[str, Account] = {}
        self.market = Account(MARKET_ACCOUNT)
        self.fees = 0
        """What all fees have come to."""
        self.insurance = 0
        """Liquidation fees less losses beyond an account's equity; below zero it is in debt."""

    def open(self, name: str, cash: int) -> Account:
        """Open an account with cash."""
        assert name not in self.accounts, f"account {name} exists"
        assert name != MARKET_ACCOUNT, "the market's account is always there"
        account = self.accounts[name] = Account(name, cash)
        return account

    def everyone(self) -> Iterator[Account]:
        """Yield all accounts, the market's last."""
        yield from self.accounts.values()
        yield self.market

    def trade(self, account: Account, contract_id: ContractId, ticks: int, signed_lots: int) -> int:
        """Apply one side of a trade to its owner; return its notional in atoms."""
        grid = self._grids[contract_id]
        position = account.positions.setdefault(contract_id, Position())
        realised = grid.notional_atoms(position.trade(signed_lots, ticks), 1)
        notional = grid.notional_atoms(ticks, abs(signed_lots))
        account.cash += realised
        totals = account.total(contract_id)
        totals.realised += realised
        totals.traded += notional
        return notional

    def charge(self, account: Account, contract_id: ContractId, fee: int) -> None:
        """Take a fee (atoms; negative: pay a rebate)."""
        account.cash -= fee
        account.total(contract_id).fees += fee
        self.fees += fee

    def pay_funding(self, account: Account, contract_id: ContractId, amount: int) -> None:
        """Pay ``amount`` atoms to an account (negative: from it); the market is the other side."""
        account.cash += amount
        account.total(contract_id).funding += amount
        self.market.cash -= amount

    def insure(self, account: Account, amount: int) -> None:
        """Move ``amount`` atoms from an account to the insurance fund (negative: back)."""
        account.cash -= amount
        self.insurance += amount

    def unrealised(self, account: Account, marks: Marks) -> int:
        """Return an account's open profit in atoms."""
        return sum(
            position.unrealised(marks[contract]) * self._grids[contract].half_atoms
            for contract, position in account.open_positions()
        )

    def equity(self, account: Account, marks: Marks) -> int:
        """Return cash plus open profit in atoms."""
        return account.cash + self.unrealised(account, marks)

    def grand_total(self, marks: Marks) -> int:
        """Return all cash and open profit there is: only a new account changes it."""
        owned = sum(self.equity(account, marks) for account in self.everyone())
        return owned + self.fees + self.insurance
