"""The report as one page that stands alone: style, script and data inline, no network.

The page holds the latest ``ROWS_SHOWN`` rows of each list; the JSON report holds them all.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import Side
from reporting.json_form import INSTANT, json_values
from reporting.report import RunReport
from reporting.rows import FillRow
from reporting.samples import Sample
from reporting.summary import summary_text

ROWS_SHOWN = 5000
SCRIPTS = ("format.js", "charts.js", "tables.js", "page.js")
"""Joined in this order within one function, so that nothing of theirs is global."""

Json: TypeAlias = Mapping[str, object]


def render_html(report: RunReport) -> str:
    """Return the page."""
    identity = report.identity
    title = f"{identity.strategy} {identity.ticker} on {identity.venue}"
    parts = {
        "title": html.escape(title),
        "plain": html.escape(summary_text(report)),
        "style": _template("report.css"),
        "script": _script(),
        "data": embedded(page_data(report)),
    }
    page = _template("report.html")
    pieces = page.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled += (parts[name], rest)
    return "".join(filled)


def embedded(value: object) -> str:
    """Return JSON that can stand inside a script element whatever text it holds."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_data(report: RunReport) -> Json:
    """Return what the page's script reads: instants in milliseconds, the curve in columns."""
    history = report.history
    return {
        **_page_fields(report.identity),
        **_page_fields(report.result),
        "cycles": _rows(history.cycles),
        "fills": _rows(history.fills),
        "orders": _rows(history.orders),
        "open_orders": _rows(history.open_orders),
        "funding_payments": _rows(history.funding_payments),
        "data_gaps": _rows(history.data_gaps),
        "notes": _rows(history.notes),
        "curve": _curve(history.equity_curve),
        "markers": _markers(history.fills),
    }


def _page_fields(value: msgspec.Struct) -> dict[str, object]:
    """Return a struct's fields as JSON values, instants as milliseconds since the epoch."""
    fields: dict[str, object] = {}
    for name in value.__struct_fields__:
        item = getattr(value, name)
        if name.endswith(INSTANT):
            fields[name.removesuffix(INSTANT)] = None if item is None else _ms(item)
        else:
            fields[name] = json_values(item)
    return fields


def _rows(rows: Sequence[msgspec.Struct]) -> Json:
    return {"rows": [_page_fields(row) for row in rows[-ROWS_SHOWN:]]}


def _curve(points: Sequence[Sample]) -> Json:
    """Return the points in columns, as floats: they are only drawn."""
    return {
        "at": [_ms(point.at_ns) for point in points],
        "low": [float(point.low) for point in points],
        "high": [float(point.high) for point in points],
        "mid": [float((point.bid + point.ask) / 2) for point in points],
        "equity": [round(float(point.equity), 8) for point in points],
        "net_pnl": [round(float(point.net_pnl), 8) for point in points],
        "position": [float(point.position) for point in points],
    }


def _markers(fills: Sequence[FillRow]) -> Json:
    """Return fills in columns, in order of time."""
    shown = sorted(fills[-ROWS_SHOWN:], key=lambda row: row.at_ns)
    return {
        "at": [_ms(row.at_ns) for row in shown],
        "price": [float(row.price) for row in shown],
        "buy": [row.side == Side.BUY.value for row in shown],
        "size": [json_values(row.size) for row in shown],
        "purpose": [row.purpose for row in shown],
        "key": [row.key for row in shown],
    }


def _ms(at_ns: int) -> int:
    return at_ns // 1_000_000


def _script() -> str:
    body = "\n\n".join(_template(name) for name in SCRIPTS)
    return f'"use strict";\n(function () {{\n{body}\n}})();'


@cache
def _template(name: str) -> str:
    return (resources.files("reporting") / "templates" / name).read_text(encoding="utf-8").rstrip()
