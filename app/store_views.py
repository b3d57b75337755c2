"""What the store knows of runs, as tables for people and as plain values for programs.

Money is rounded for people alone; programs get every digit, as text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.past_runs import CashCheck, MarketBook, PastRun, total
from database.store_reader import Row
from exchange_clients.base_models import ZERO
from exchange_clients.ledger import Split, ThreeViews, three_views
from exchange_clients.shared.clock import to_datetime
from reporting.numbers import grouped, trimmed

WIDTH = 112
ALL = "every symbol"
"""The subject of a rule that stands before all markets."""

Values = dict[str, Any]
"""A row for programs: its values are whatever JSON can tell."""


# Positions ----------------------------------------------------------------------------------------


def positions_rows(runs: Sequence[PastRun]) -> list[Values]:
    """Return what runs hold."""
    return [
        {
            **_identity(run),
            "markets": [_market_row(book) for book in run.books],
            "positions": [_position_row(run, position) for position in run.positions],
        }
        for run in runs
    ]


def positions_text(runs: Sequence[PastRun], *, ended: bool = False) -> str:
    """Return what runs hold, for people; what has ended as well, where it is asked for."""
    if not runs:
        return "nothing is held; --all shows runs that have ended\n"
    return "\n".join(_positions_of(run, ended=ended) for run in runs)


def _positions_of(run: PastRun, *, ended: bool) -> str:
    rows = [
        (
            book.venue,
            book.contract_id,
            _signed(book.quantity),
            grouped(book.average_price, 4),
            grouped(book.cost),
            grouped(book.split.total, sign=True),
            str(book.trades),
        )
        for book in run.books
    ]
    titles = ("venue", "market", "size", "average price", "cost USD", "realised USD", "fills")
    table = _table(titles, rows) if rows else "  nothing was traded\n"
    shown = [each for each in run.positions if ended or each["ended_ns"] is None]
    return _headline(run) + table + "".join(_why(run, position) for position in shown)


def _why(run: PastRun, position: Row) -> str:
    """Say what a strategy holds as one thing, and its reasons."""
    since = f" since {_at(position['opened_ns'])}" if position["opened_ns"] else ""
    lines = [f"  {position['name']} {position['symbol']}: {position['status']}{since}"]
    for leg in _legs(run, position):
        quantity = _signed(Decimal(leg["quantity"]))
        lines.append(
            f"    {leg['side']} {leg['venue']} {leg['contract_id']}: {quantity} "
            f"of {trimmed(Decimal(leg['target']))}{_gone(run, leg)}"
        )
    for name, value in msgspec.json.decode(position["why"]).items():
        told = ", ".join(map(str, value)) or "none" if isinstance(value, list) else value
        lines.append(f"    {name.replace('_', ' ')}: {told}")
    return "\n".join(lines) + "\n"


def _gone(run: PastRun, leg: Row) -> str:
    """Say of a leg that it was closed above the strategy, which has not heard of it yet."""
    if not Decimal(leg["quantity"]):
        return ""
    market = (leg["venue"], leg["contract_id"])
    left = [book.quantity for book in run.books if (book.venue, book.contract_id) == market]
    return ", closed since: our fills leave nothing" if left == [ZERO] else ""


def _legs(run: PastRun, position: Row) -> list[Row]:
    return [leg for leg in run.legs if leg["name"] == position["name"]]


def _market_row(book: MarketBook) -> Values:
    return {
        "venue": book.venue,
        "contract_id": book.contract_id,
        "quantity": book.quantity,
        "cost": book.cost,
        "average_price": book.average_price,
        **_split_row(book.split),
        "elsewhere": book.elsewhere,
        "trades": book.trades,
        "updated_ns": book.updated_ns,
    }


def _position_row(run: PastRun, position: Row) -> Values:
    names = ("name", "symbol", "status", "opened_ns", "ended_ns")
    sides = ("venue", "contract_id", "side", "target", "quantity", "cost")
    return {
        **{name: position[name] for name in names},
        "why": msgspec.json.decode(position["why"]),
        "legs": [{name: str(leg[name]) for name in sides} for leg in _legs(run, position)],
    }


# PnL ----------------------------------------------------------------------------------------------


def pnl_rows(runs: Sequence[PastRun]) -> list[Values]:
    """Return what each run made."""
    return [
        {
            **_identity(run),
            "per_venue": {
                venue: {**_split_row(split), **_cash_row(run, venue)}
                for venue, split in views.per_venue.items()
            },
            "combined": views.combined.total,
            "realised": dict(views.realised),
            "elsewhere": _elsewhere(run.books),
        }
        for run in runs
        for views in [_views(run.books)]
    ]


def pnl_text(runs: Sequence[PastRun]) -> str:
    """Return what each run made, and all of them together, for people."""
    if not runs:
        return "no run is asked for; without flags all runs are\n"
    parts = [_headline(run) + _pnl_table(run) + _pnl_notes(run) for run in runs]
    if len(runs) > 1:
        views = _views([book for run in runs for book in run.books])
        rows = [_pnl_row(venue, split) for venue, split in views.per_venue.items()]
        rows.append(_pnl_row("together", views.combined))
        parts.append(f"all {len(runs)} runs\n" + _table(_PNL_TITLES[:-2], rows))
    return "\n".join(parts)


_PNL_TITLES = ("", "price USD", "funding USD", "fees USD", "net USD", "balance USD", "difference")


def _pnl_table(run: PastRun) -> str:
    views = _views(run.books)
    rows = []
    for venue, split in views.per_venue.items():
        check = run.cash.get(venue)
        rows.append((*_pnl_row(venue, split), *_cash_cells(run, venue, check)))
    rows.append((*_pnl_row("together", views.combined), "", ""))
    return _table(_PNL_TITLES, rows)


def _pnl_row(name: str, split: Split) -> tuple[str, ...]:
    parts = (split.price, split.funding, -split.fees, split.total)
    return (name, *(grouped(part, sign=True) for part in parts))


def _pnl_notes(run: PastRun) -> str:
    lines = [
        f"  besides, {_signed(amount)} {asset}" for asset, amount in _elsewhere(run.books).items()
    ]
    for venue in dict.fromkeys(book.venue for book in run.books):
        check = run.cash.get(venue)
        if check is None or check.at_ns < _heard_ns(run, venue):
            lines.append(f"  {venue}: its balance was not told since the last fill or payment")
    return "".join(f"{line}\n" for line in lines)


def _cash_cells(run: PastRun, venue: str, check: CashCheck | None) -> tuple[str, str]:
    if check is None:
        return "-", "-"
    row = _cash_row(run, venue)
    difference = row.get("difference")
    return grouped(check.change, sign=True), "-" if difference is None else _cents(difference)


def _cents(difference: Decimal) -> str:
    """Say whether a difference is one: what the division by a size leaves below a cent is none."""
    return "none" if abs(difference) < Decimal("0.005") else grouped(difference, sign=True)


def _cash_row(run: PastRun, venue: str) -> Values:
    """Return how the venue's own balance moved, and what our books cannot explain of it."""
    check = run.cash.get(venue)
    if check is None:
        return {"balance_change": None, "difference": None}
    mine = total([book for book in run.books if book.venue == venue]).total
    known = check.at_ns >= _heard_ns(run, venue)
    return {
        "balance_change": check.change,
        "difference": check.change - mine if known else None,
    }


def _heard_ns(run: PastRun, venue: str) -> int:
    return max((book.updated_ns for book in run.books if book.venue == venue), default=0)


def _views(books: Iterable[MarketBook]) -> ThreeViews:
    return three_views((book.venue, book.split) for book in books)


def _elsewhere(books: Iterable[MarketBook]) -> dict[str, Decimal]:
    """Return what balances in other assets than dollars changed by."""
    changed: dict[str, Decimal] = {}
    for book in books:
        for sign, part in ((-1, "fees"), (1, "funding")):
            for asset, amount in book.elsewhere[part].items():
                changed[asset] = changed.get(asset, Decimal(0)) + sign * Decimal(amount)
    return changed


# Explanations -------------------------------------------------------------------------------------


def judged(run: PastRun, symbol: str) -> list[tuple[str, str, bool, str]]:
    """Return what a run last said of a market: subject, rule, whether it allows, the numbers."""
    if run.explained is None:
        return []
    about = [
        row for row in run.explained.rows if row[0] == symbol or row[0].startswith(f"{symbol} ")
    ]
    return [*(row for row in run.explained.rows if about and row[0] == ALL), *about]


def explain_rows(runs: Sequence[PastRun], symbol: str) -> list[Values]:
    """Return why runs do not trade a market."""
    names = ("subject", "rule", "allows", "detail")
    return [
        {
            **_identity(run),
            "at_ns": None if run.explained is None else run.explained.at_ns,
            "rules": [dict(zip(names, row, strict=True)) for row in judged(run, symbol)],
        }
        for run in runs
    ]


def explain_text(runs: Sequence[PastRun], symbol: str) -> str:
    """Return why runs do not trade a market, for people: what forbids it first."""
    return "\n".join(_explanation(run, symbol) for run in runs)


def _explanation(run: PastRun, symbol: str) -> str:
    told = judged(run, symbol)
    against = [row for row in told if not row[2]]
    assert run.explained is not None, "a run without a word is not shown"
    rows = [
        (subject, rule, "yes" if allows else "NO", detail)
        for subject, rule, allows, detail in (*against, *(row for row in told if row[2]))
    ]
    verdict = "every rule allows an entry" if not against else f"{len(against)} say no"
    when = f"  as of {_at(run.explained.at_ns)}: {verdict}\n"
    return _headline(run) + when + _table(("about", "rule", "allows", "numbers"), rows, right=())


# What all share -----------------------------------------------------------------------------------


def _identity(run: PastRun) -> Values:
    names = ("run_id", "strategy", "venues", "ticker", "account", "environment", "state")
    return {
        **{name: getattr(run, name) for name in names},
        "began_ns": run.began_ns,
        "heard_ns": run.heard_ns,
    }


def _headline(run: PastRun) -> str:
    what = " ".join(word for word in (run.strategy, run.ticker) if word)
    heard = f", heard until {_at(run.heard_ns)}" if run.heard_ns else ""
    return f"{what} on {run.place}, account {run.account}: {run.state}{heard}\n  {run.run_id}\n"


def _split_row(split: Split) -> Values:
    return {
        "price": split.price,
        "funding": split.funding,
        "fees": split.fees,
        "total": split.total,
    }


def _at(at_ns: int) -> str:
    return f"{to_datetime(at_ns):%Y-%m-%d %H:%M:%S} UTC"


def _signed(value: Decimal) -> str:
    return f"+{trimmed(value)}" if value > 0 else trimmed(value)


def _table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] | None = None
) -> str:
    """Return a table; all columns but the first stand to the right unless ``right`` says which."""
    from rich import box  # noqa: PLC0415  # costs 50 ms, which --help need not pay
    from rich.console import Console  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above

    table = Table(box=box.SIMPLE_HEAD)
    for index, title in enumerate(titles):
        to_right = index > 0 if right is None else index in right
        table.add_column(title, justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A narrower table would break its numbers; where there is no terminal, rich takes 80.
    console = Console(file=io.StringIO(), width=WIDTH)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
