"""Exact integers in place of decimals: cash in atoms, prices in ticks, sizes in lots.

Floats of market data become ticks and lots here and nowhere else; what leaves is ``Decimal`` again,
exact in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, InvalidOperation

from exchange_clients.base_models import Market
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.decimal_grid import DecimalGrid

ATOM_DIGITS = 12
ATOMS_PER_USD = 10**ATOM_DIGITS
"""Cash is counted in units of 1e-12 USD, so that fees of any usual rate are exact."""

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


def to_atoms(amount: Decimal) -> int:
    """Return a USD amount in atoms.

    Raises:
        ValueError: the amount has more than twelve decimals.
    """
    try:
        return int(_EXACT.to_integral_exact(_EXACT.scaleb(amount, ATOM_DIGITS)))
    except Inexact:
        raise ValueError(f"an amount has at most {ATOM_DIGITS} decimals, got {amount}") from None


def from_atoms(atoms: int) -> Decimal:
    """Return atoms as USD, exact, without trailing zeros.

    >>> from_atoms(76_167_000_000)
    Decimal('0.076167')
    """
    whole, rest = divmod(atoms, ATOMS_PER_USD)
    if rest == 0:
        return Decimal(whole)
    return _EXACT.normalize(_EXACT.scaleb(Decimal(atoms), -ATOM_DIGITS))


def share(amount: int, fraction: Decimal) -> int:
    """Return ``amount`` x ``fraction`` rounded up: a fee never loses, a rebate never gains."""
    return share_of(amount, *fraction.as_integer_ratio())


def share_of(amount: int, numerator: int, denominator: int) -> int:
    """Return ``share`` of a fraction that is written as two integers."""
    return -(-amount * numerator // denominator)


@dataclass(frozen=True, slots=True)
class Grid:
    """One market's integers: a price is ``ticks`` x tick, a size is ``lots`` x step."""

    tick: Decimal
    step: Decimal
    half_atoms: int = field(init=False)
    """Atoms in one lot times half a tick: a mark, the middle of two prices, is in half ticks."""
    ticks_per_unit: float = field(init=False)
    lots_per_unit: float = field(init=False)
    prices: DecimalGrid = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        half = _EXACT.scaleb(self.tick * self.step / 2, ATOM_DIGITS)
        if half != half.to_integral_value() or half < 1:
            raise ClientConfigError(
                f"tick {self.tick} x step {self.step} is finer than the paper venue counts "
                f"(2e-{ATOM_DIGITS} USD): use a coarser step"
            )
        object.__setattr__(self, "half_atoms", int(half))
        object.__setattr__(self, "ticks_per_unit", float(1 / self.tick))
        object.__setattr__(self, "lots_per_unit", float(1 / self.step))
        object.__setattr__(self, "prices", DecimalGrid(self.tick))

    @staticmethod
    def of(market: Market) -> Grid:
        """Return the grid of a market."""
        return Grid(market.tick, market.step)

    def ticks(self, price: Decimal) -> int:
        """Return an exact price in ticks.

        Raises:
            ValueError: the price is off the grid.
        """
        return _whole(price, self.tick, "price")

    def lots(self, size: Decimal) -> int:
        """Return an exact size in lots.

        Raises:
            ValueError: the size is off the grid.
        """
        return _whole(size, self.step, "size")

    def price(self, ticks: int) -> Decimal:
        """Return ticks as a price."""
        return ticks * self.tick

    def float_price(self, ticks: int) -> float:
        """Return ticks as the price that market data has."""
        return ticks * self.prices.units / self.prices.scale

    def size(self, lots: int) -> Decimal:
        """Return lots as a size."""
        return lots * self.step

    def nearest_ticks(self, price: float) -> int:
        """Return the tick that a price of market data stands on."""
        return round(price * self.ticks_per_unit)

    def nearest_lots(self, size: float) -> int:
        """Return the lots in a size of market data."""
        return round(size * self.lots_per_unit)

    def notional_atoms(self, ticks: int, lots: int) -> int:
        """Return price x size of whole ticks in atoms."""
        return 2 * ticks * lots * self.half_atoms

    def value_atoms(self, half_ticks: int, lots: int) -> int:
        """Return mark x size in atoms, signed as ``lots`` is."""
        return half_ticks * lots * self.half_atoms


def _whole(value: Decimal, increment: Decimal, name: str) -> int:
    count = value / increment
    whole = int(count)
    if whole != count:
        raise ValueError(f"{name} {value} is not a multiple of {increment}")
    return whole
