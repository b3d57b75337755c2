"""The sheet before the start: what a grid earns per cycle, binds at full depth and leaves open.

Pure arithmetic on the settings, the market's fees and one price; nothing is asked of a venue.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from exchange_clients.base_models import ONE, ZERO, Market, Side
from strategies.implementations.grid.entries import entry_price, entry_size
from strategies.implementations.grid.exits import close_price
from strategies.implementations.grid.parameters import CycleSettings

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line: what, how much, why, and whether to worry."""

    label: str
    value: str
    note: str = ""
    warning: bool = False


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
    last_price: Decimal


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
    rows += [_order_row(settings, order_limit), _exit_row(settings)]
    return Sheet(tuple(rows))


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
    value, at = ZERO, price
    for number in range(settings.max_orders):
        at = price * factor**number
        value += at * size
    return Depth(size * settings.max_orders, value, at)


def liquidation_price(settings: CycleSettings, market: Market, depth: Depth) -> Decimal | None:
    """Return the price at which the margin of the full depth is used up, on isolated margin.

    None for a position that no price can liquidate.
    """
    average = depth.value / depth.size
    margin, side = ONE / settings.leverage, settings.side
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
    word = "taker" if settings.boost else "maker"
    losing = net <= 0
    note = f"gross {_usd(gross)}, fees {_usd(fees)} (maker entry, {word} close)"
    if losing and fees > 0:
        least = fees / (price * size) * 100
        note += f"; take_profit must exceed {least.quantize(Decimal('0.0001'))} % of price"
    taker_fees = price * size * market.taker_fee
    hurt = gross - price * size * market.maker_fee - taker_fees
    return [
        SheetRow("net profit per cycle", _usd(net), note, warning=losing),
        SheetRow("net if closed as taker", _usd(hurt), "when the price jumps over the close"),
    ]


def _depth_rows(settings: CycleSettings, market: Market, depth: Depth) -> list[SheetRow]:
    margin, limit = depth.value / settings.leverage, settings.max_margin_usd
    capped = limit is not None and margin > limit
    note = f"{settings.max_orders} entries, {_usd(depth.value)}, leverage {settings.leverage}"
    if capped:
        note += f"; max_margin_usd {limit} stops entries before that"
    liquidation = liquidation_price(settings, market, depth)
    text = "none" if liquidation is None else str(liquidation)
    behind = _stop_is_behind(settings, liquidation)
    return [
        SheetRow("margin at full depth", _usd(margin), note, warning=capped),
        SheetRow(
            "liquidation price at full depth",
            text,
            "stop_price lies beyond it" if behind else "isolated margin, before funding",
            warning=behind,
        ),
    ]


def _stop_is_behind(settings: CycleSettings, liquidation: Decimal | None) -> bool:
    if liquidation is None or settings.stop_price is None:
        return False
    sign = settings.side.sign
    return settings.stop_price * sign <= liquidation * sign


def _order_row(settings: CycleSettings, order_limit: int | None) -> SheetRow:
    orders = settings.max_orders + 1
    if order_limit is None:
        return SheetRow("open orders at most", str(orders), "the venue's limit is not known")
    over = orders > order_limit
    note = f"the venue allows {order_limit}" + ("; lower max_orders" if over else "")
    return SheetRow("open orders at most", str(orders), note, warning=over)


def _exit_row(settings: CycleSettings) -> SheetRow:
    if settings.cancel_on_stop:
        note = "the position stays without take-profits"
        return SheetRow("left open at exit", "the position", note, warning=True)
    return SheetRow("left open at exit", "the closes", "a pending entry is cancelled")


def _usd(amount: Decimal) -> str:
    """Write an amount to the cent, or more finely when it is less than one."""
    unit = CENT if abs(amount) >= 1 or amount == 0 else MICRO
    return f"{amount.quantize(unit, ROUND_HALF_EVEN)} USD"
