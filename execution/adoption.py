"""Taking over positions that a person has named: written down first, then told to the strategy.

What our fills do not explain is another's and is left alone, unless the user says that it is to be
ours. Then it enters the books as one fill at the price that the venue opened it at, so that all who
add up fills count it: the position check, the risk check, the ledgers, the store. Its trade id says
where it came from. The fill is durable before the strategy hears of it, and each start tells it
again, so that a crash between the two loses nothing; a strategy takes each up once.

Where the venue holds less than our fills say, naming the market accepts that: what another hand has
closed enters the books as one fill that reduces ours, at the price that the hand got.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    Market,
    Purpose,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from execution.bot_state import FillStore, remember_name
from execution.key_book import KeyedOrder
from execution.own_fills import PREFIX, is_adopted, ours_of_history, read_history
from execution.position_check import Difference, Explained, sure_differences

logger = logging.getLogger(__name__)

GONE = f"{PREFIX}gone-"
"""The same where it stands for what another hand has closed of ours."""
FEE_ASSET = "USD"


class AdoptionRefused(Exception):
    """A named position cannot be taken over; nothing was written and nothing was sent."""


class Named(NamedTuple):
    """A position as a person names it."""

    venue: str
    symbol: str

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.venue}:{self.symbol}"


@dataclass(frozen=True, slots=True)
class AdoptedPosition:
    """A position that is ours from now on, or is no longer; the fill stands for what was traded."""

    venue: str
    market: Market
    fill: Fill

    @property
    def gone(self) -> bool:
        """Whether another hand has closed it: it reduces what was ours."""
        return self.fill.trade_id.startswith(GONE)

    def __str__(self) -> str:
        """Return it for people."""
        fill = self.fill
        if self.gone:
            return f"the {fill.side} of {fill.size} {self.market.symbol} at {fill.price} on " + (
                f"{self.venue} by another hand"
            )
        return f"{fill.side} {fill.size} {self.market.symbol} at {fill.price} on {self.venue}"


@dataclass(frozen=True, slots=True)
class PositionsAdopted:
    """Positions that were taken over, by this start or an earlier one: each is taken up once."""

    positions: Sequence[AdoptedPosition]
    now_ns: int


class AdoptionStore(FillStore, Protocol):
    """A store that keeps several things at once, or none of them."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what is written inside one commit.

        Raises:
            JournalError: nothing was written.
        """


class AdoptionPort(Protocol):
    """Takes over what a person has named."""

    async def adopt(
        self, refusal_of: Callable[[Sequence[AdoptedPosition]], str]
    ) -> Sequence[AdoptedPosition]:
        """Return every position that is ours by adoption, those of earlier starts included.

        Args:
            refusal_of: Says why the strategy cannot take positions up; empty where it can.

        Raises:
            AdoptionRefused: a named position cannot be taken over; says why.
            JournalError: it could not be written down.
        """


class NoAdoption:
    """Nobody has named anything, and nothing was ever taken over."""

    async def adopt(
        self, refusal_of: Callable[[Sequence[AdoptedPosition]], str]
    ) -> Sequence[AdoptedPosition]:
        """Return nothing."""
        del refusal_of
        return ()


class Adopter:
    """Reads the named positions, asks the strategy, and writes down what becomes ours.

    Args:
        clients: By the venues' names; connected by their owner.
        named: What is to be taken over; nothing to tell only what was taken over before.
        explained: What our fills add up to, of this run and of our others on the account.
        store: Where fills and names survive.
        on_note: Hears of each that is new, and of named ones that are not there.
        clock: Time and waiting.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        named: Sequence[Named],
        explained: Explained,
        store: AdoptionStore,
        on_note: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._clients = clients
        self._named = named
        self._explained = explained
        self._store = store
        self._on_note = on_note
        self._clock = clock

    async def adopt(
        self, refusal_of: Callable[[Sequence[AdoptedPosition]], str]
    ) -> Sequence[AdoptedPosition]:
        """Take over what was named and is there; return all that is ours by adoption."""
        before = self._adopted_before()
        new = [each for named in self._named for each in await self._found(named)]
        reason = refusal_of(new) if new else ""
        if reason:
            words = ", ".join(map(str, new))
            raise AdoptionRefused(f"cannot adopt {words}: {reason}; leave it out of --adopt")
        # All or none: one leg of a pair alone could not be taken up.
        with self._store.transaction():
            for each in new:
                self._write_down(each)
        for each in new:
            self._tell(each)
        return [*before, *new]

    def _adopted_before(self) -> list[AdoptedPosition]:
        return [
            AdoptedPosition(venue, client.market(fill.contract_id), fill)
            for venue, client in self._clients.items()
            for fill in self._store.fills(venue)
            if is_adopted(fill)
        ]

    async def _found(self, named: Named) -> list[AdoptedPosition]:
        """Return the named position as far as our fills do not explain it; nothing if it is not."""
        client = self._clients[named.venue]
        try:
            contract_id, _ = await client.get_contract_attributes(named.symbol)
        except ValueError as error:
            raise AdoptionRefused(f"--adopt {named}: {error}") from error
        found = await sure_differences(
            client, named.venue, (named.symbol,), self._explained, self._clock
        )
        if found is None:
            raise AdoptionRefused(f"--adopt {named}: the position could not be read; start again")
        difference = found.get(contract_id)
        if difference is None:
            self._on_note(f"--adopt {named}: there is nothing that our fills do not explain")
            return []
        return [await self._position(named, client, difference)]

    async def _position(
        self, named: Named, client: BaseExchangeClient, difference: Difference
    ) -> AdoptedPosition:
        if difference.missing != (abs(difference.rest) if difference.lacks_ours else ZERO):
            raise AdoptionRefused(f"--adopt {named}: {difference}; it has turned round, close it")
        market = client.market(difference.contract_id)
        try:
            snapshot = await client.get_position_snapshot(market.symbol)
            price = None if snapshot is None else _opened_at(snapshot)
            if difference.lacks_ours:
                price = await self._closed_at(client, difference)
        except (ExchangeError, OSError) as error:
            raise AdoptionRefused(f"--adopt {named}: {error}; start again") from error
        if (ZERO if snapshot is None else snapshot.quantity) != difference.held:
            raise AdoptionRefused(f"--adopt {named}: the position moves; start again once it rests")
        if price is None:
            raise AdoptionRefused(f"--adopt {named}: {named.venue} tells no entry or mark price")
        fill = _standing_for(difference, price, self._clock.now_ns())
        return AdoptedPosition(named.venue, market, fill)

    async def _closed_at(self, client: BaseExchangeClient, difference: Difference) -> Decimal:
        """Return what another hand got; the present price where the venue does not list it.

        Raises:
            ExchangeError: the venue could not be asked.
        """
        contract_id = difference.contract_id
        until_ns = self._clock.now_ns() + 1
        told = await read_history(client, difference.venue, contract_id, self._store, until_ns)
        own = ours_of_history(difference.venue, contract_id, told, self._store)
        price = _average_of(difference.rest, [each for each in told if each not in own])
        if price is not None:
            return price
        bid, ask = await client.fetch_bbo_prices(contract_id)
        return bid if difference.rest < 0 else ask

    def _write_down(self, position: AdoptedPosition) -> None:
        venue, fill = position.venue, position.fill
        assert fill.client_order_id is not None, "it is named as orders of ours are"
        name = KeyedOrder(
            key=fill.trade_id,
            client_order_id=fill.client_order_id,
            venue=venue,
            contract_id=fill.contract_id,
            purpose=Purpose.CLOSE if position.gone else Purpose.ENTRY,
            side=fill.side,
            size=fill.size,
        )
        remember_name(self._store, name, fill.venue_ns)
        self._store.record_fill(venue, fill)

    def _tell(self, position: AdoptedPosition) -> None:
        name = position.fill.trade_id
        logger.warning("event=position_adopted position=%s trade_id=%s", position, name)
        self._on_note(f"adopted {position}")


def _opened_at(snapshot: ExchangePositionSnapshot) -> Decimal | None:
    """Return what the venue opened a position at; the mark price where it does not say."""
    return snapshot.entry_price or snapshot.mark_price


def _average_of(quantity: Decimal, strangers: Sequence[Fill]) -> Decimal | None:
    """Return what another hand got for a signed quantity, on average, by its latest trades."""
    value, left = ZERO, abs(quantity)
    for fill in sorted(strangers, key=lambda each: each.venue_ns, reverse=True):
        if fill.side.sign * quantity > 0 and left:
            part = min(fill.size, left)
            value += part * fill.price
            left -= part
    return None if left else value / abs(quantity)


def _standing_for(difference: Difference, price: Decimal, now_ns: int) -> Fill:
    """Return the fill that stands for what is not explained; it cost no fee of ours."""
    contract_id, quantity = difference.contract_id, difference.rest
    name = f"{GONE if difference.lacks_ours else PREFIX}{contract_id}-{now_ns}"
    return Fill(
        trade_id=TradeId(name),
        order_id=VenueOrderId(name),
        client_order_id=ClientOrderId(name),
        contract_id=contract_id,
        side=Side.BUY if quantity > 0 else Side.SELL,
        price=price,
        size=abs(quantity),
        fee=ZERO,
        fee_asset=FEE_ASSET,
        liquidity=Liquidity.TAKER,
        venue_ns=now_ns,
    )
