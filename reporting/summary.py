"""The end of a run in a few lines: a table for a terminal, plain lines for anything else."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange_clients.shared.clock import to_datetime
from reporting.numbers import duration, grouped, money, significant, trimmed
from reporting.report import CashCheck, Result, RunReport

if TYPE_CHECKING:
    from rich.console import RenderableType

Line = tuple[str, str, str]
"""A label, a value and a remark."""


def summary_lines(report: RunReport) -> list[Line]:
    """Return what a person asks first, in order."""
    result, counts = report.result, report.result.counts
    unit = report.identity.quote_asset
    return [
        ("Net PnL", money(result.net_pnl, sign=True), f"{unit}, after fees and funding"),
        ("Realised", money(result.realised_pnl, sign=True), "price only"),
        ("Fees", money(result.fees), f"{_other_fees(result)}on {money(result.volume)} traded"),
        ("Funding", money(result.funding, sign=True), ""),
        ("Unrealised", money(result.unrealised_pnl, sign=True), _position(report)),
        ("Cycles", f"{counts.cycles:,}", f"{counts.fills:,} fills of {counts.orders:,} orders"),
        ("Max drawdown", money(result.max_drawdown), _percent(result.max_drawdown_fraction)),
        ("Equity", money(result.ending_equity), f"from {money(result.starting_balance)}"),
        ("Open orders", f"{counts.open_orders:,}", ""),
        ("Data gaps", f"{counts.data_gaps:,}", ""),
        ("Cash check", *cash_verdict(result.cash_check)),
    ]


def _other_fees(result: Result) -> str:
    """Word what was paid in assets that are no dollars, and so are in no sum."""
    paid = (f"{trimmed(fee)} {asset}" for asset, fee in result.other_fees.items())
    return "".join(f"and {each}, " for each in paid)


def cash_verdict(check: CashCheck) -> tuple[str, str]:
    """Return (word, remark) about our books against the venue's."""
    if check.difference is None:
        return "not known", "the venue's balance was not read, or orders traded meanwhile"
    if check.exact:
        return "exact", "our books equal the venue's to the last digit"
    word = "to the cent" if check.to_the_cent else "DIFFERS"
    return word, f"venue {trimmed(check.venue)}, our books {trimmed(check.expected)}"


def summary_text(report: RunReport) -> str:
    """Return the summary as plain lines, without colour."""
    lines = summary_lines(report)
    wide = max(len(value) for _, value, _ in lines)
    body = [f"{label:<13} {value:>{wide}}  {remark}".rstrip() for label, value, remark in lines]
    return "\n".join([title(report), *body, f"Ended: {report.identity.outcome}"])


def summary_table(report: RunReport) -> RenderableType:
    """Return the summary as a table for rich; rich is loaded here and not before."""
    from rich import box  # noqa: PLC0415  # costs 50 ms, which --help need not pay
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    table = Table(
        title=title(report),
        caption=f"Ended: {report.identity.outcome}",
        box=box.ROUNDED,
        show_header=False,
        border_style="bright_black",
        title_style="bold",
        caption_style="dim",
        pad_edge=True,
        min_width=64,
    )
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for label, value, remark in summary_lines(report):
        table.add_row(label, Text(value, style=_style(label, value)), remark)
    return table


def title(report: RunReport) -> str:
    """Return ``grid BTC on paper, 2026-03-02 00:00 UTC, 1 d 0 h``."""
    identity = report.identity
    start = to_datetime(identity.started_ns).strftime("%Y-%m-%d %H:%M UTC")
    lasted = duration(float(identity.duration_s))
    return f"{identity.strategy} {identity.ticker} on {identity.venue}, {start}, {lasted}"


def _position(report: RunReport) -> str:
    result = report.result
    if result.average_cost is None:
        return "flat"
    return f"{trimmed(result.position)} at {trimmed(significant(result.average_cost, 4))}"


def _percent(fraction: Decimal) -> str:
    return f"{grouped(fraction * 100, 3)} % of the peak"


def _style(label: str, value: str) -> str:
    if value == "DIFFERS":
        return "bold red"
    if label in {"Net PnL", "Realised", "Funding", "Unrealised"}:
        return {"+": "green", "-": "red"}.get(value[:1], "")
    return "bold" if label in {"Cycles", "Equity"} else ""
