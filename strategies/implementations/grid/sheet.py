"""The sheet before the start: what a grid earns per cycle, binds at full depth and leaves open.

Pure arithmetic on the settings, the market's fees and one price; nothing is asked of a venue.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from exchange_clients.base_models import ONE, ZERO, Market, Side
from strategies.base_strategy import SheetRow
from strategies.implementations.grid.declarations import PARAMETERS
from strategies.implementations.grid.entries import entry_price, entry_size
from strategies.implementations.grid.exits import CLOSES_PER_CYCLE, close_price
from strategies.implementations.grid.parameters import CycleSettings, cycle_settings
from strategies.implementations.grid.range_orders import cell_size
from strategies.implementations.grid.range_settings import (
    RangeSettings,
    level_prices,
    range_settings,
)
from strategies.parameter import with_defaults

CENT = Decimal("0.01")
HUNDREDTH_CENT = Decimal("0.0001")
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows in the order to print them."""

    rows: tuple[SheetRow, ...]

    @property
    def warnings(self) -> tuple[SheetRow, ...]:
        """The rows to worry about."""
        return tuple(row for row in self.rows if row.warning)


@dataclass(frozen=True, slots=True)
class Depth:
    """A grid with every order filled, moving ``step`` (a fraction) against it per entry."""

    size: Decimal
    value: Decimal
    """What the position cost, in USD."""


def cycle_sheet(
    settings: CycleSettings,
    market: Market,
    bid: Decimal,
    ask: Decimal,
    *,
    order_limit: int | None = None,
) -> Sheet:
    """Return the sheet of a one-sided grid.

    Args:
        settings: the grid.
        market: the venue's tick, step and fees.
        bid: best bid now, in USD.
        ask: best ask now, in USD.
        order_limit: how many open orders the venue allows; None where it is not known.
    """
    price = entry_price(settings, market, bid, ask)
    size = entry_size(settings, market, price)
    rows = [_entry_row(settings, market, price, size), *_profit_rows(settings, market, price, size)]
    rows += _depth_rows(settings, market, full_depth(settings, price, size))
    kinds = f"up to {CLOSES_PER_CYCLE} closes an entry that fills in parts"
    rows += [_order_row(CLOSES_PER_CYCLE * settings.max_orders + 1, kinds, order_limit)]
    rows += [_exit_row(cancels=settings.cancel_on_stop)]
    return Sheet(tuple(rows))


def grid_sheet(
    parameters: Mapping[str, Any],
    market: Market,
    bid: Decimal,
    ask: Decimal,
    *,
    order_limit: int | None = None,
) -> Sheet:
    """Return the sheet of either kind of grid, from its parsed parameters.

    Raises:
        ParameterError: the parameters do not make a grid.
    """
    if with_defaults(PARAMETERS, parameters)["grid_kind"] == "fixed_range":
        return range_sheet(range_settings(parameters), market, order_limit=order_limit)
    return cycle_sheet(cycle_settings(parameters), market, bid, ask, order_limit=order_limit)


def range_sheet(
    settings: RangeSettings, market: Market, *, order_limit: int | None = None
) -> Sheet:
    """Return the sheet of a fixed range: its narrowest cell, and all cells filled on one side."""
    prices = level_prices(settings, market)
    pairs = list(itertools.pairwise(prices))
    net = min(_cell_net(settings, market, low, high) for low, high in pairs)
    gaps = [(high - low) / low * 100 for low, high in pairs]
    short = settings.side == "short"
    depth = _range_depth(settings, market, prices[1:] if short else prices[:-1])
    side = Side.SELL if short else Side.BUY
    liquidation = liquidation_price(side, settings.leverage, market, depth)
    steps = f"{len(pairs)} cells of {_percent(min(gaps))} to {_percent(max(gaps))}"
    margin_note = f"{len(pairs)} cells at leverage {settings.leverage}"
    return Sheet(
        (
            SheetRow("range", f"{prices[0]} - {prices[-1]}", steps),
            SheetRow("net profit per cell", _usd(net), "the least, after maker fees", net <= 0),
            _position_row(market, depth),
            SheetRow("margin at full depth", _usd(depth.value / settings.leverage), margin_note),
            _liquidation_row(settings.stop_price, side, liquidation),
            _order_row(len(pairs), "one a cell", order_limit),
            _exit_row(cancels=settings.cancel_on_stop),
        )
    )


def _range_depth(settings: RangeSettings, market: Market, opens: list[Decimal]) -> Depth:
    """Return what is held when a cell has opened at each of ``opens``."""
    sizes = [cell_size(settings, market, price) for price in opens]
    value = sum((p * size for p, size in zip(opens, sizes, strict=True)), start=ZERO)
    return Depth(sum(sizes, start=ZERO), value)


def _cell_net(settings: RangeSettings, market: Market, low: Decimal, high: Decimal) -> Decimal:
    """Return what one round trip of a cell leaves after maker fees, in USD."""
    size = cell_size(settings, market, high if settings.side == "short" else low)
    return (high - low) * size - (high + low) * size * market.maker_fee


def profit_per_cycle(
    settings: CycleSettings, market: Market, price: Decimal, size: Decimal
) -> tuple[Decimal, Decimal]:
    """Return the gross profit and the fees of one cycle in USD: a maker entry and its close."""
    close = close_price(settings, market, price)
    gross = (close - price) * size * settings.side.sign
    close_fee = market.taker_fee if settings.boost else market.maker_fee
    return gross, price * size * market.maker_fee + close * size * close_fee


def full_depth(settings: CycleSettings, price: Decimal, size: Decimal) -> Depth:
    """Return what is held when ``max_orders`` entries have filled and none has closed."""
    step = settings.grid_step or ZERO
    factor = ONE - step if settings.side is Side.BUY else ONE + step
    prices = (price * factor**number for number in range(settings.max_orders))
    value = sum((at * size for at in prices), start=ZERO)
    return Depth(size * settings.max_orders, value)


def liquidation_price(
    side: Side, leverage: Decimal, market: Market, depth: Depth
) -> Decimal | None:
    """Return the price at which the margin of the full depth is used up, on isolated margin.

    None for a position that no price can liquidate.
    """
    average = depth.value / depth.size
    margin = ONE / leverage
    if side is Side.BUY:
        price = average * (ONE - margin) / (ONE - market.maintenance_margin)
    else:
        price = average * (ONE + margin) / (ONE + market.maintenance_margin)
    return market.nearest_tick(price) if price > 0 else None


def _entry_row(settings: CycleSettings, market: Market, price: Decimal, size: Decimal) -> SheetRow:
    raised = settings.quantity is not None and size > settings.quantity
    note = f"raised from {settings.quantity} to the venue's minimum" if raised else ""
    text = f"{settings.side} {size} {market.symbol} at {price} ({_usd(price * size)})"
    return SheetRow("first entry", text, note, warning=raised)


def _profit_rows(
    settings: CycleSettings, market: Market, price: Decimal, size: Decimal
) -> list[SheetRow]:
    gross, fees = profit_per_cycle(settings, market, price, size)
    net = gross - fees
    losing = net <= 0
    note = f"{_usd(gross)} less {_usd(fees)} of fees"
    if losing and fees > 0:
        least = fees / (price * size) * 100
        note += f"; take_profit must exceed {least.quantize(Decimal('0.0001'))} % of price"
    taker_fees = price * size * market.taker_fee
    hurt = gross - price * size * market.maker_fee - taker_fees
    return [
        SheetRow("net profit per cycle", _usd(net), note, warning=losing),
        SheetRow("net if closed as taker", _usd(hurt), "the price jumps over the close"),
    ]


def _depth_rows(settings: CycleSettings, market: Market, depth: Depth) -> list[SheetRow]:
    margin, limit = depth.value / settings.leverage, settings.max_margin_usd
    capped = limit is not None and margin > limit
    note = f"{settings.max_orders} entries at leverage {settings.leverage}"
    if capped:
        note += f"; max_margin_usd {limit} stops entries before that"
    liquidation = liquidation_price(settings.side, settings.leverage, market, depth)
    return [
        _position_row(market, depth),
        SheetRow("margin at full depth", _usd(margin), note, warning=capped),
        _liquidation_row(settings.stop_price, settings.side, liquidation),
    ]


def _position_row(market: Market, depth: Depth) -> SheetRow:
    return SheetRow("position at full depth", f"{depth.size} {market.symbol}", _usd(depth.value))


def _liquidation_row(stop: Decimal | None, side: Side, price: Decimal | None) -> SheetRow:
    behind = price is not None and stop is not None and stop * side.sign <= price * side.sign
    note = "stop_price lies beyond it" if behind else "on isolated margin, before funding"
    text = "none" if price is None else str(price)
    return SheetRow("liquidation at full depth", text, note, warning=behind)


def _order_row(orders: int, kinds: str, order_limit: int | None) -> SheetRow:
    if order_limit is None:
        return SheetRow("open orders at most", str(orders), kinds)
    over = orders > order_limit
    note = f"{kinds}; the venue allows {order_limit}" + ("; use fewer" if over else "")
    return SheetRow("open orders at most", str(orders), note, warning=over)


def _exit_row(*, cancels: bool) -> SheetRow:
    if cancels:
        note = "no order is left to take its profit"
        return SheetRow("left open at exit", "the position", note, warning=True)
    return SheetRow("left open at exit", "the closes", "a pending entry is cancelled")


def _usd(amount: Decimal) -> str:
    """Write an amount to the cent, or the more finely the less it is."""
    size = abs(amount)
    unit = CENT if size >= 1 or size == 0 else HUNDREDTH_CENT if size >= CENT else MICRO
    return f"{amount.quantize(unit, ROUND_HALF_EVEN):,} USD"


def _percent(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.001'))} %"
