"""All that one simulated Lighter knows, for the modules that act on it or tell of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from exchange_clients.base_models import ContractId, Market
from venue_simulators.agenda import Agenda
from venue_simulators.lighter.accounts import Accounts, LighterAccount
from venue_simulators.lighter.listing import contract
from venue_simulators.lighter.nonces import Nonces
from venue_simulators.lighter.orders import OrderState, OrderStore
from venue_simulators.lighter.rate_limits import RateLimits
from venue_simulators.lighter.terms import LighterTerms
from venue_simulators.lighter.trades import RecentTrades, TradeState
from venue_simulators.lighter.transaction_bodies import Transaction
from venue_simulators.world import HeldPosition, PublicLiquidation, World

TRADES_MAX = 20_000
TRANSACTIONS_MAX = 20_000

FAILED, PENDING, EXECUTED = 0, 1, 2
"""What a transaction's status says."""


@dataclass(frozen=True, slots=True)
class TxRecord:
    """A transaction that the API server accepted; ``executed_ns`` is zero until then."""

    hash: str
    transaction: Transaction
    status: int
    queued_ns: int
    executed_ns: int = 0
    event_info: str = "{}"


class Audience(Protocol):
    """Hears what happens, to tell those who have subscribed."""

    def on_order(self, state: OrderState) -> None:
        """Hear of an order's new state."""

    def on_trade(self, account: int, trade: TradeState) -> None:
        """Hear of a trade of an account."""

    def on_public_trade(self, trade: TradeState) -> None:
        """Hear of a trade of a market."""

    def on_position(self, account: int, contract_id: ContractId) -> None:
        """Hear that a position has changed."""

    def on_funds(self, account: int) -> None:
        """Hear that an account's money may have changed."""

    def on_transaction(self, record: TxRecord) -> None:
        """Hear of a transaction's new status."""

    def on_own_liquidation(self, account: int, liquidation: PublicLiquidation) -> None:
        """Hear that an account was liquidated."""


@dataclass(slots=True)
class AccountBook:
    """What belongs to one account."""

    account: LighterAccount
    orders: OrderStore
    trades: deque[TradeState] = field(default_factory=lambda: deque(maxlen=TRADES_MAX))
    markets: dict[ContractId, None] = field(default_factory=dict)
    """Every market that was ever traded: its position is listed at zero too."""
    in_flight: dict[int, None] = field(default_factory=dict)
    """Client indexes of orders between API server and sequencer."""


class State:
    """The world, the accounts and everything that is remembered of them."""

    def __init__(
        self,
        world: World,
        accounts: Accounts,
        terms: LighterTerms,
        fees: Mapping[ContractId, tuple[Decimal, Decimal]],
    ) -> None:
        self.world = world
        self.accounts = accounts
        self.terms = terms
        self.fees = fees
        """(maker, taker) of each market, as fractions."""
        self.agenda = Agenda()
        self.nonces = Nonces()
        self.limits = RateLimits(terms.of_tier)
        self.trades = RecentTrades()
        self.books = {
            account.index: AccountBook(account, OrderStore(terms.read_lag_ns))
            for account in accounts.all
        }
        self.transactions: dict[str, TxRecord] = {}
        self.started_ns = world.now_ns

    @property
    def now_ns(self) -> int:
        """The present instant."""
        return self.world.now_ns

    @property
    def now_ms(self) -> int:
        """The present instant in ms."""
        return self.world.now_ns // 1_000_000

    def market(self, market: int) -> Market | None:
        """Return the market of an integer, None where there is none."""
        return self.world.markets.get(contract(market))

    def position(self, account: int, contract_id: ContractId) -> HeldPosition | None:
        """Return an open position of an account."""
        name = self.books[account].account.name
        held = self.world.positions(name)
        return next((one for one in held if one.contract_id == contract_id), None)

    def keep_transaction(self, record: TxRecord) -> None:
        """Remember a transaction's status; of too many the oldest is forgotten."""
        self.transactions[record.hash] = record
        if len(self.transactions) > TRANSACTIONS_MAX:
            del self.transactions[next(iter(self.transactions))]
