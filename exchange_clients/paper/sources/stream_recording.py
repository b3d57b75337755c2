"""Replay of what a venue's public streams said of one market: book, trades and funding."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.funding import HOUR_NS, FundingTerms
from exchange_clients.paper.sources.base import (
    Liquidity,
    RecordingError,
    SourceEvent,
    SourceInfo,
)
from exchange_clients.paper.sources.recording import read_lines, wrong_line
from exchange_clients.paper.sources.sidecar import Instrument, describe_market, load_sidecar
from exchange_clients.paper.sources.stream_rows import (
    BookRow,
    ChangeRow,
    FundingRow,
    Header,
    Row,
    RowReader,
    read_header,
    read_row,
)
from exchange_clients.shared.decimal_grid import common_increment

HEAD_ROWS = 1000
"""Rows that the increments are inferred from where no sidecar states them."""


class HeardFunding:
    """The rates that a recording states, each known once its row was read."""

    def __init__(self) -> None:
        self._instants: list[int] = []
        self._rates: list[Decimal] = []

    def hear(self, row: FundingRow) -> None:
        """Take a rate; rows come in the order of their instants."""
        if self._instants and row.local_ns <= self._instants[-1]:
            return  # the recording is being read again
        self._instants.append(row.local_ns)
        self._rates.append(row.rate)

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the last rate stated at or before a settlement; zero before the first."""
        del contract_id  # a recording is of one market
        index = bisect_right(self._instants, settlement_ns)
        return self._rates[index - 1] if index else Decimal(0)


class StreamRecordingSource:
    """One contract's book and trades as they were heard.

    Raises:
        RecordingError: the file cannot be read, or is not such a recording.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        head = list(islice(self._rows(), HEAD_ROWS))
        if not head:
            raise RecordingError(f"{path}: holds no row yet; record for longer")
        self._contract_id = ContractId(self._header.contract_id)
        self._market, assumptions = describe_market(
            self._contract_id, Symbol(self._header.symbol), load_sidecar(path), _infer(head)
        )
        self.markets: Mapping[ContractId, Market] = {self._contract_id: self._market}
        self.info = SourceInfo(
            name=path.name,
            liquidity=Liquidity.DEPTH,
            start_ns=head[0].local_ns,
            end_ns=None,
            total_events=None,
            assumptions=assumptions,
        )
        self.heard = HeardFunding()
        """The rates that were read so far."""
        first = head[0]
        self.funding = funding_terms(first, self.heard) if isinstance(first, FundingRow) else None
        """Settlements at the recorded rates; None where the first row states none."""

    _header: Header

    def events(self) -> Iterator[SourceEvent]:
        """Yield what was recorded, and ENDED."""
        reader = RowReader(self._contract_id)
        last_ns = self.info.start_ns
        for row in self._rows():
            last_ns = row.local_ns
            if isinstance(row, FundingRow):
                self.heard.hear(row)
            event = reader.event(row)
            if event is not None:
                yield event
        yield StreamSignal(Signal.ENDED, self._contract_id, last_ns)

    def _rows(self) -> Iterator[Row]:
        """Yield the rows in order, each checked."""
        last_ns = 0
        for number, line in read_lines(self._path):
            try:
                if number == 1:
                    self._header = read_header(line)
                    continue
                row = read_row(line)
            except ValueError as error:  # msgspec's errors are ValueErrors
                raise wrong_line(
                    self._path, number, f"{error}; record again, or remove the line"
                ) from None
            if row.local_ns < last_ns:
                raise wrong_line(
                    self._path,
                    number,
                    f"was heard at {row.local_ns}, {last_ns - row.local_ns} ns before the line "
                    "before it; sort the lines by time",
                )
            last_ns = row.local_ns
            yield row


def funding_terms(stated: FundingRow, rule: HeardFunding) -> FundingTerms:
    """Return settlements as often as a row states, at the rates that were heard."""
    return FundingTerms(round(stated.interval_hours * HOUR_NS), rule)


def _infer(rows: list[Row]) -> Instrument:
    """Return the increments of all prices and sizes among some rows."""
    levels = [
        level
        for row in rows
        if isinstance(row, BookRow | ChangeRow)
        for level in (*row.bids, *row.asks)
    ]
    if not levels:
        return Instrument(tick=Decimal(1), step=Decimal(1))
    tick = common_increment(format(Decimal(repr(price)), "f") for price, _ in levels)
    step = common_increment(format(Decimal(repr(size)), "f") for _, size in levels)
    return Instrument(tick=tick or Decimal(1), step=step or Decimal(1))
