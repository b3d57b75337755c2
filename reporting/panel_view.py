"""How the live panel looks: a pure function from a state to something rich can draw."""

from __future__ import annotations

from decimal import Decimal

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel as Frame
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from exchange_clients.shared.clock import to_datetime
from reporting.numbers import duration, grouped, money, significant, trimmed
from reporting.panel_state import FillLine, OpenOrderLine, PanelState

ROWS = 6
"""Open orders and fills that are listed."""
STALE_S = 5.0
"""Data older than this is shown in red."""
BARS = " ▁▂▃▄▅▆▇█"
SIDES = {"buy": "cyan", "sell": "yellow"}
LABEL = "bright_black"


def panel_view(state: PanelState, title: str) -> RenderableType:
    """Return the panel of one moment."""
    facts = Table.grid(expand=True, padding=(0, 3, 0, 0))
    facts.add_column(ratio=1)
    facts.add_column(ratio=1)
    facts.add_row(_market(state), _profit(state))
    lists = Table.grid(expand=True, padding=(0, 3, 0, 0))
    lists.add_column(ratio=1)
    lists.add_column(ratio=1)
    lists.add_row(_orders(state.open_orders), _fills(state.recent_fills))
    heading = Text.assemble(
        (f" {title}", "bold"), (" · ", LABEL), (f"{state.vitals.state or 'starting'} ", "cyan")
    )
    return Frame(
        Group(facts, Text(), lists, Text(), _footer(state)),
        title=heading,
        title_align="left",
        box=box.ROUNDED,
        border_style=LABEL,
        padding=(0, 2),
    )


def sparkline(values: tuple[float, ...], width: int) -> str:
    """Return the values, at most ``width`` of them, as bars between their lowest and highest."""
    if not values:
        return ""
    last = len(values) - 1
    count = min(width, len(values))
    # Picked over the whole length, so that a long run shows all of itself and not its end alone.
    shown = [values[last * number // max(count - 1, 1)] for number in range(count)]
    low, high = min(shown), max(shown)
    scale = (len(BARS) - 2) / (high - low) if high > low else 0.0
    return "".join(BARS[1 + round((value - low) * scale)] for value in shown)


def _pairs(rows: list[tuple[str, RenderableType]]) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(style=LABEL, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for label, value in rows:
        table.add_row(label, value)
    return table


def _market(state: PanelState) -> Table:
    average = None if state.average_cost is None else significant(state.average_cost, 2)
    position = trimmed(state.position) if state.position else "flat"
    return _pairs(
        [
            ("Price", Text(trimmed(state.price), style="bold")),
            ("Bid / ask", f"{trimmed(state.bid)} / {trimmed(state.ask)}"),
            ("Position", Text(position, style=_sign_style(state.position))),
            ("Average cost", trimmed(average)),
            ("Unrealised", _amount(state.unrealised)),
            ("Trend", Text(sparkline(state.price_line, 18), style="cyan")),
        ]
    )


def _profit(state: PanelState) -> Table:
    pnl = _amount(state.pnl_after_fees)
    pnl.stylize("bold")
    return _pairs(
        [
            ("PnL after fees", pnl),
            ("Realised", _amount(state.realised)),
            ("Fees", money(state.fees)),
            ("Funding", _amount(state.funding)),
            ("Equity", grouped(state.equity)),
            ("Max drawdown", money(state.max_drawdown)),
        ]
    )


def _list(title: str, *columns: str) -> Table:
    table = Table(
        box=None,
        expand=True,
        title=title,
        title_justify="left",
        title_style="bold",
        show_header=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for justify in columns:
        table.add_column(justify="right" if justify == "right" else "left", no_wrap=True)
    return table


def _orders(orders: tuple[OpenOrderLine, ...]) -> Table:
    table = _list(f"Open orders  {len(orders)}", "left", "left", "right", "right")
    for order in nearest(orders):
        table.add_row(
            Text(order.side, style=SIDES.get(order.side, "")),
            Text(order.purpose, style=LABEL),
            trimmed(order.remaining),
            "market" if order.price is None else trimmed(order.price),
        )
    if len(orders) > ROWS:
        table.add_row("", Text(f"{len(orders) - ROWS} more", style=LABEL), "", "")
    return _padded(table, ROWS + 1)


def nearest(orders: tuple[OpenOrderLine, ...]) -> tuple[OpenOrderLine, ...]:
    """Return at most ``ROWS`` orders: all buys' best and the sells just above them."""
    if len(orders) <= ROWS:
        return orders
    sells = sum(1 for order in orders if order.side == "sell")
    start = min(max(sells - ROWS + 1, 0), len(orders) - ROWS)
    return orders[start : start + ROWS]


def _fills(fills: tuple[FillLine, ...]) -> Table:
    table = _list("Latest fills", "left", "left", "right", "right")
    for fill in fills[:ROWS]:
        table.add_row(
            Text(to_datetime(fill.at_ns).strftime("%d %b %H:%M:%S"), style=LABEL),
            Text(fill.side, style=SIDES.get(fill.side, "")),
            trimmed(fill.size),
            trimmed(fill.price),
        )
    return _padded(table, ROWS + 1)


def _padded(table: Table, rows: int) -> Table:
    """Keep the height, so that the panel does not jump."""
    while table.row_count < rows:
        table.add_row("", "", "", "")
    return table


def _footer(state: PanelState) -> RenderableType:
    vitals = state.vitals
    counters = Text.assemble(
        *_counter("cycles", f"{vitals.cycles:,}"),
        *_counter("fills", f"{state.fills:,}"),
        *_counter("gaps", f"{state.gaps:,}", "yellow" if state.gaps else ""),
        *_counter("notes", f"{state.warnings:,}", "yellow" if state.warnings else ""),
        *_counter("data age", _age(vitals.data_age_s), _age_style(vitals.data_age_s)),
    )
    lines = Group(counters, Text(_elapsed(state), style=LABEL))
    if vitals.progress is None:
        return lines
    done = min(max(vitals.progress, 0.0), 1.0)
    bar = Table.grid(expand=True, padding=(0, 1, 0, 0))
    bar.add_column(ratio=1)
    bar.add_column(justify="right", width=6)
    bar.add_row(ProgressBar(total=1.0, completed=done, complete_style="cyan"), f"{done:.1%}")
    return Group(lines, bar)


def _counter(label: str, value: str, style: str = "") -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{label} ", LABEL), (f"{value}   ", style or "default")


def _elapsed(state: PanelState) -> str:
    now = to_datetime(state.now_ns).strftime("%Y-%m-%d %H:%M:%S UTC")
    speed = state.vitals.speed
    pace = f" at {speed:,.0f}x" if speed >= 2 else ""
    return f"{now}   {duration(state.elapsed_s)} of market time{pace}"


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)


def _age_style(seconds: float | None) -> str:
    return "red" if seconds is not None and seconds > STALE_S else ""


def _amount(value: Decimal) -> Text:
    return Text(money(value, sign=True), style=_sign_style(value))


def _sign_style(value: Decimal) -> str:
    return "green" if value > 0 else "red" if value < 0 else ""
