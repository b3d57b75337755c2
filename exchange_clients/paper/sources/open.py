"""From what a user names after ``--data`` to a market source, by looking into the files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from exchange_clients.paper.sources.base import MarketSource, RecordingError
from exchange_clients.paper.sources.binance_head import read_contract
from exchange_clients.paper.sources.binance_quotes import open_raw
from exchange_clients.paper.sources.candles import CandleSource
from exchange_clients.paper.sources.merged import MergedSource
from exchange_clients.paper.sources.recording import first_line
from exchange_clients.paper.sources.sidecar import SUFFIXES
from exchange_clients.paper.sources.stream_recording import StreamRecordingSource
from exchange_clients.paper.sources.stream_rows import MARK
from exchange_clients.paper.sources.trade_table import TradeTableSource, is_trade_table

_RAW_LINE = re.compile(rb"\d{16,20} +[{\[]")
_CANDLE_LINE = re.compile(rb"open_time_ms,|\d{12,14}(,[^,]*){5,}$")


def open_source(data: str | Sequence[str], *, ticker: str | None = None) -> MarketSource:
    """Open recordings as one source.

    Args:
        data: one or more files, or folders whose files are all taken. Raw files of one contract
            are the parts of one recording and are read in the order of their first times.
        ticker: base symbol or contract to read; None reads all.

    Raises:
        RecordingError: nothing there, not a form that is known, or nothing of ``ticker``.
    """
    paths = _expand([data] if isinstance(data, str) else data)
    parts: dict[str, list[tuple[bytes, Path]]] = {}
    sources: list[MarketSource] = []
    for path in paths:
        line = first_line(path)
        if _RAW_LINE.match(line):
            stamp = line.partition(b" ")[0]
            parts.setdefault(read_contract(path), []).append((stamp, path))
        elif _CANDLE_LINE.match(line.strip()):
            sources.append(CandleSource(path))
        elif line.startswith(MARK):
            sources.append(StreamRecordingSource(path))
        elif is_trade_table(line):
            sources.append(TradeTableSource(path))
        else:
            raise RecordingError(
                f"{path}: starts with {line[:40]!r}, which is no form that can be replayed; known "
                "are raw lines '<local ns> <json>', candles 'open_time_ms,open,high,low,close,"
                "volume', what 'runbot.py record' writes, and trades 'TimestampOfReceive,...,"
                "Symbol,TradeId,Price,Quantity,IsBuyerMarketMaker,...', all plain or gzip"
            )
    for files in parts.values():
        sources.append(open_raw([path for _, path in sorted(files)]))
    return _choose(sources, ticker)


def _expand(names: Sequence[str]) -> list[Path]:
    """Return the files, those of a folder in the order of their names."""
    paths: list[Path] = []
    for name in names:
        path = Path(name).expanduser()
        if not path.is_dir():
            paths.append(path)
            continue
        inside = sorted(one for one in path.iterdir() if _is_recording(one))
        if not inside:
            raise RecordingError(f"{path}: no recording in this folder; name a file")
        paths.extend(inside)
    if not paths:
        raise RecordingError("no recording named; give --data a file")
    return paths


def _is_recording(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.suffix not in SUFFIXES


def _choose(sources: Sequence[MarketSource], ticker: str | None) -> MarketSource:
    """Return the source of ``ticker``, or all of them as one."""
    if ticker is not None:
        wanted = ticker.upper()
        symbols = [market.symbol for one in sources for market in one.markets.values()]
        sources = [
            one
            for one in sources
            if any(wanted in (m.symbol, m.contract_id) for m in one.markets.values())
        ]
        if not sources:
            raise RecordingError(
                f"no recording of {ticker}; there is {', '.join(symbols)}: change the ticker or "
                "--data, or write 'symbol:' into a sidecar"
            )
    return sources[0] if len(sources) == 1 else MergedSource(sources)
