"""What several accounts hold together: net and gross, by symbol and by exchange, in USD.

Positions of one token add up whatever the unit that each exchange lists it in. What could not be
read, or has no price, is told beside the sums, which then are not complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.symbols import split_multiplier
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.unified import IExchangeClient
from exchange_clients.unified_models import Position


@dataclass(frozen=True, slots=True)
class Sums:
    """Long minus short, and long plus short, in USD."""

    net_usd: Decimal = ZERO
    gross_usd: Decimal = ZERO

    def plus(self, value_usd: Decimal) -> Sums:
        """Return the sums with one more position; a short is below zero."""
        return Sums(self.net_usd + value_usd, self.gross_usd + abs(value_usd))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is held of one token over all exchanges."""

    symbol: str
    net_tokens: Decimal
    sums: Sums
    by_exchange: Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Every position of several accounts."""

    exposures: tuple[Exposure, ...]
    """The largest gross first."""
    by_exchange: Mapping[str, Sums]
    total: Sums
    unpriced: tuple[Position, ...] = ()
    """Positions without any price; they are in no sum but ``net_tokens``."""
    unread: Mapping[str, str] | None = None
    """Exchanges whose positions could not be read, and why."""

    @property
    def complete(self) -> bool:
        """Whether the sums are of everything that is held."""
        return not self.unpriced and not self.unread

    @classmethod
    def of(
        cls, positions: Iterable[Position], unread: Mapping[str, str] | None = None
    ) -> Portfolio:
        """Add positions up."""
        held = tuple(positions)
        by_symbol: dict[str, list[Position]] = {}
        for position in held:
            by_symbol.setdefault(split_multiplier(position.symbol)[0], []).append(position)
        exposures = [_exposure(symbol, each) for symbol, each in by_symbol.items()]
        exposures.sort(key=lambda each: (-each.sums.gross_usd, each.symbol))
        return cls(
            exposures=tuple(exposures),
            by_exchange=_by_exchange(held),
            total=_sum(held),
            unpriced=tuple(each for each in held if value_usd(each) is None),
            unread=unread or {},
        )

    @classmethod
    async def read(cls, exchanges: Sequence[IExchangeClient]) -> Portfolio:
        """Ask every exchange at the same time and add up what they say."""
        scope = TaskScope()
        tasks = [
            scope.start(_positions(each), f"positions {each.get_exchange_name()}")
            for each in exchanges
        ]
        try:
            answers = [await task for task in tasks]
        finally:
            await scope.close()
        held: list[Position] = []
        unread: dict[str, str] = {}
        for exchange, answer in zip(exchanges, answers, strict=True):
            if isinstance(answer, str):
                unread[exchange.get_exchange_name()] = answer
            else:
                held += answer
        return cls.of(held, unread)


def value_usd(position: Position) -> Decimal | None:
    """Return what a position is worth now, below zero for a short; None without any price."""
    price = position.mark_price if position.mark_price is not None else position.entry_price
    return None if price is None else position.signed_quantity * price


async def _positions(exchange: IExchangeClient) -> list[Position] | str:
    try:
        return await exchange.get_open_positions()
    except (ExchangeError, OSError) as error:
        return str(error) or repr(error)


def _exposure(symbol: str, positions: Sequence[Position]) -> Exposure:
    tokens = (each.signed_quantity * split_multiplier(each.symbol)[1] for each in positions)
    return Exposure(symbol, sum(tokens, ZERO), _sum(positions), _by_exchange(positions))


def _by_exchange(positions: Sequence[Position]) -> dict[str, Sums]:
    names = dict.fromkeys(each.exchange for each in positions)
    return {name: _sum([each for each in positions if each.exchange == name]) for name in names}


def _sum(positions: Iterable[Position]) -> Sums:
    sums = Sums()
    for position in positions:
        value = value_usd(position)
        if value is not None:
            sums = sums.plus(value)
    return sums
