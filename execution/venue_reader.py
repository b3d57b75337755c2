"""Reads one venue for surveys: rates and activity of all markets, one account, chosen markets.

Each part is read by itself: one that fails is not known in the readings, and spoils no other. A
rate keeps its instant of reading, so that an old one is seen to be old.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar, runtime_checkable

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import (
    NS,
    ZERO,
    ContractId,
    ExchangePositionSnapshot,
    Feature,
    LeverageInfo,
    Market,
    Symbol,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.events import FundingPayment
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.readings import MarketReading, Payment, PositionReading, View

logger = logging.getLogger(__name__)
T = TypeVar("T")

PART_TIMEOUT_S = 10.0
"""How long a part of a reading may take; longer counts as failed."""
BOOK_LEVELS = 50
LEVERAGE_AGE_NS = 600 * NS
"""The rules of leverage change rarely; they are asked for again after this long."""
LOOK_AGAIN_NS = 300 * NS
"""A market that has a rate and was not found is looked for again after this long."""
PAYMENTS_EVERY_NS = 300 * NS
"""Funding is paid hourly at most; a market's payments are asked for this often."""


@runtime_checkable
class TellsPayments(Protocol):
    """A client that lists funding payments."""

    def supports(self, feature: Feature) -> bool:
        """Tell whether its venue lists them."""

    def market(self, contract_id: ContractId) -> Market:
        """Return a market that was looked up before."""

    async def get_funding_payments(
        self, symbol: Symbol, since: datetime | int, until: datetime | int
    ) -> Sequence[FundingPayment]:
        """Return funding paid and received in [since, until), oldest first."""


@runtime_checkable
class TellsAge(Protocol):
    """An adapter whose rates may have been collected earlier, and by another."""

    collected_ns: int | None
    """When those that were told last were (epoch ns); None where they were just asked for."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Chosen markets as they were read, and the payments that may be new."""

    readings: tuple[MarketReading, ...] = ()
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rates:
    """The latest rates, and when they were asked for."""

    samples: Mapping[Symbol, FundingRateSample] = field(default_factory=dict)
    at_ns: int = 0


@dataclass(frozen=True, slots=True)
class _Money:
    """What is free for orders (USD), and what a unit of the collateral is worth, where told."""

    available: Decimal
    collateral_price: Decimal | None


@dataclass(frozen=True, slots=True)
class _Account:
    """What one look at the account and at all markets found; None is not known."""

    asked_ns: int
    activity: Mapping[Symbol, MarketStats] | None
    positions: Sequence[ExchangePositionSnapshot] | None
    money: _Money | None

    def position(self, contract_id: ContractId) -> PositionReading | None:
        """Return a position as of when it was asked for; a market that is not listed is flat."""
        if self.positions is None:
            return None
        for held in self.positions:
            if held.contract_id == contract_id:
                return PositionReading(
                    quantity=held.quantity,
                    read_ns=self.asked_ns,
                    mark_price=held.mark_price,
                    liquidation_price=held.liquidation_price,
                    unrealized_pnl=held.unrealized_pnl,
                )
        return PositionReading(ZERO, self.asked_ns)


class VenueReader:
    """Reads one account at one venue.

    Args:
        name: The venue.
        client: Connected by its owner.
        funding: Public rates and activity.
        clock: Time.
        symbols: Which markets to read; all there are where it is empty.
    """

    def __init__(
        self,
        name: str,
        client: BaseExchangeClient,
        funding: BaseFundingAdapter,
        clock: Clock,
        symbols: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.client = client
        self._funding = funding
        self._aged = funding if isinstance(funding, TellsAge) else None
        self._clock = clock
        self._symbols = dict.fromkeys(symbols)
        self._rates = _Rates()
        self._contracts: dict[Symbol, ContractId] = {}
        self._missed_ns: dict[Symbol, int] = {}
        """Markets that have a rate and were not found, with when they were looked for."""
        self._leverage: dict[ContractId, tuple[int, LeverageInfo]] = {}
        self._failing: dict[str, None] = {}
        """Parts whose latest reading failed."""
        self._paid_asked_ns: dict[ContractId, int] = {}

    async def overview(self) -> tuple[MarketReading, ...]:
        """Return every market with its rate, activity and position; no book yet."""
        asked_ns = self._clock.now_ns()
        scope = TaskScope()
        try:
            rates = self._start(scope, self._funding.fetch_funding_rates(), "rates")
            stats = self._start(scope, self._funding.fetch_market_data(), "stats")
            held = self._start(scope, self.client.get_detailed_positions(), "positions")
            free = self._start(scope, self._money(), "balance")
            fresh = await rates
            if fresh is not None:
                self._rates = _Rates(fresh, self._collected_ns(asked_ns))
            account = _Account(asked_ns, await stats, await held, await free)
        finally:
            await scope.close()
        return tuple([self._reading(market, account) for market in await self._listed()])

    async def whole(self, readings: Sequence[MarketReading], view: View) -> Whole:
        """Return those of the readings that are in view, with book and leverage; and payments."""
        mine = {each.key: each for each in readings if each.venue == self.name}
        chosen = [mine[key] for key in view.markets if key in mine]
        found = [await self._with_book(each) for each in chosen]
        payments: list[Payment] = []
        for (venue, contract_id), since_ns in view.paid_since_ns.items():
            if venue == self.name:
                payments += await self._paid(contract_id, since_ns)
        return Whole(tuple(found), tuple(payments))

    def _collected_ns(self, asked_ns: int) -> int:
        """Return when rates were collected: just now, unless the adapter had them from elsewhere.

        Never later than now, since the clocks of two machines differ.
        """
        told_ns = None if self._aged is None else self._aged.collected_ns
        return asked_ns if told_ns is None else min(told_ns, asked_ns)

    async def _money(self) -> _Money:
        """Return both; a client answers the second question by what the first one brought."""
        available = await self.client.get_account_balance()
        return _Money(available, await self.client.get_collateral_price())

    # Parts ----------------------------------------------------------------------------------------

    def _start(
        self, scope: TaskScope, reading: Coroutine[Any, Any, T], what: str
    ) -> asyncio.Task[T | None]:
        """Start reading a part; the answer is None where it failed."""
        return scope.start(self._part(reading, what), f"{what} of {self.name}")

    async def _part(self, reading: Coroutine[Any, Any, T], what: str) -> T | None:
        try:
            async with self._clock.deadline(PART_TIMEOUT_S):
                answer = await reading
        except (ExchangeError, ValueError, OSError) as error:  # a time-out is an OSError
            # A venue may be down for hours: what fails again is said once.
            level = logging.DEBUG if what in self._failing else logging.WARNING
            self._failing[what] = None
            logger.log(
                level, "event=not_read venue=%s what=%s error=%r next=unknown",
                self.name, what, error,
            )  # fmt: skip
            return None
        if self._failing.pop(what, self) is None:
            logger.info("event=read_again venue=%s what=%s", self.name, what)
        return answer

    async def _listed(self) -> list[Market]:
        """Return the markets that have a rate and can be traded by this client."""
        now_ns = self._clock.now_ns()
        for symbol in self._rates.samples:
            if symbol not in self._contracts and (not self._symbols or symbol in self._symbols):
                missed_ns = self._missed_ns.get(symbol)
                if missed_ns is None or now_ns - missed_ns >= LOOK_AGAIN_NS:
                    await self._find(symbol, now_ns)
        return [self.client.market(contract_id) for contract_id in self._contracts.values()]

    async def _find(self, symbol: Symbol, now_ns: int) -> None:
        """Look a market up; one that is halted may be missing from its venue's list for a while."""
        try:
            self._contracts[symbol], _ = await self.client.get_contract_attributes(symbol)
        except ValueError:
            self._missed_ns[symbol] = now_ns
        else:
            self._missed_ns.pop(symbol, None)

    def _reading(self, market: Market, account: _Account) -> MarketReading:
        return MarketReading(
            venue=self.name,
            market=market,
            funding=self._rates.samples.get(market.symbol),
            funding_ns=self._rates.at_ns,
            stats=None if account.activity is None else account.activity.get(market.symbol),
            available=None if account.money is None else account.money.available,
            collateral_price=None if account.money is None else account.money.collateral_price,
            position=account.position(market.contract_id),
            trouble="" if self.client.stream.is_connected else "not connected",
        )

    async def _with_book(self, reading: MarketReading) -> MarketReading:
        market, asked_ns = reading.market, self._clock.now_ns()
        book = await self._part(
            self.client.get_order_book_depth(market.contract_id, BOOK_LEVELS),
            f"book of {market.symbol}",
        )
        leverage = await self._leverage_of(market)
        return replace(reading, book=book, book_ns=asked_ns, leverage=leverage)

    async def _leverage_of(self, market: Market) -> LeverageInfo | None:
        now_ns = self._clock.now_ns()
        at_ns, known = self._leverage.get(market.contract_id, (0, None))
        if known is not None and now_ns - at_ns <= LEVERAGE_AGE_NS:
            return known
        info = await self._part(
            self.client.get_leverage_info(market.symbol), f"leverage of {market.symbol}"
        )
        if info is not None:
            self._leverage[market.contract_id] = (now_ns, info)
        return info

    async def _paid(self, contract_id: ContractId, since_ns: int) -> list[Payment]:
        client, now_ns = self.client, self._clock.now_ns()
        if now_ns - self._paid_asked_ns.get(contract_id, 0) < PAYMENTS_EVERY_NS:
            return []
        if not (isinstance(client, TellsPayments) and client.supports(Feature.FUNDING_HISTORY)):
            return []
        symbol = client.market(contract_id).symbol
        asked = client.get_funding_payments(symbol, since_ns, now_ns + 1)
        payments = await self._part(asked, f"payments of {symbol}")
        if payments is None:
            return []
        self._paid_asked_ns[contract_id] = now_ns
        return [Payment(self.name, each) for each in payments]
