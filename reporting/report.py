"""The report of a run as one document: built once at the end, equal for equal runs.

Everything that the machine's clock says stands under the one key ``clock``; the rest depends on the
inputs of the run alone. The keys are described in docs/report.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from exchange_clients.base_models import NS
from reporting.cycles import read_cycle
from reporting.json_form import encode, fields_of
from reporting.numbers import EXACT
from reporting.record import Note, RunRecorder
from reporting.rows import CycleRow, FillRow, FundingRow, OrderRow
from reporting.samples import Sample

SCHEMA = 1
CENT = Decimal("0.01")


class SourceMeta(msgspec.Struct, frozen=True):
    """Where the prices came from."""

    name: str
    liquidity: str = ""
    """``depth`` or ``quotes``."""
    events: int | None = None
    """Frames that were replayed; None where they were not counted."""


class DataQuality(msgspec.Struct, frozen=True):
    """How far a source agrees with itself: its own best prices against the book of its depth."""

    quotes_checked: int = 0
    """Quotes that named the update which a depth message ended with."""
    quotes_mismatched: int = 0
    """Those of them with another price or size than the book."""


class WallClock(msgspec.Struct, frozen=True):
    """What the machine's clock said; the only part of a report that differs between runs."""

    started_wall_ns: int
    finished_wall_ns: int
    wall_seconds: Decimal

    @classmethod
    def between(cls, started_ns: int, finished_ns: int) -> WallClock:
        """Return the clock of a run between two readings of the machine's wall time."""
        return cls(started_ns, finished_ns, _seconds(finished_ns - started_ns))


class CashCheck(msgspec.Struct, frozen=True):
    """Whether our own books and the venue's agree on the cash at the end."""

    expected: Decimal
    """Starting balance + realised - fees + funding."""
    venue: Decimal | None
    difference: Decimal | None
    """Venue less expected; None where the venue's balance is not known."""

    @property
    def exact(self) -> bool:
        """Whether both are equal to the last digit."""
        return self.difference == 0

    @property
    def to_the_cent(self) -> bool:
        """Whether both agree within half a cent."""
        return self.difference is not None and abs(self.difference) < CENT / 2


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were, also of what the lists below no longer hold."""

    cycles: int
    fills: int
    orders: int
    open_orders: int
    data_gaps: int
    notes: int
    fills_left_out: int
    """Oldest fills that were let go to bound memory; totals include them."""
    orders_left_out: int


@dataclass(frozen=True, slots=True)
class RunMeta:
    """What a recorder cannot know about its run."""

    strategy: str
    venue: str
    ticker: str
    contract_id: str
    parameters: Mapping[str, object]
    source: SourceMeta
    clock: WallClock
    outcome: str
    """Why it ended: ``"the market data ended"``."""
    code_version: str
    assumptions: Sequence[str] = ()
    cycles: Sequence[CycleRow | Mapping[str, object]] = ()
    """Round trips as the strategy reports them, oldest first."""
    cycle_count: int | None = None
    """All round trips, where the strategy lists only the latest; None: as many as listed."""
    refusals: Mapping[str, int] = field(default_factory=dict)
    """Refused orders by reason."""
    data_quality: DataQuality = field(default_factory=DataQuality)
    venue_balance: Decimal | None = None
    """The cash the venue says is there at the end; None where it could not be read."""
    quote_asset: str = "USD"
    details: Mapping[str, object] = field(default_factory=dict)
    """What else the strategy tells of itself."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Which run it was, and on what."""

    schema: int
    clock: WallClock
    code_version: str
    strategy: str
    venue: str
    ticker: str
    contract_id: str
    quote_asset: str
    outcome: str
    parameters: Mapping[str, object]
    source: SourceMeta
    assumptions: Sequence[str]
    started_ns: int
    finished_ns: int
    duration_s: Decimal


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to; money in the quote asset, sizes in base units."""

    starting_balance: Decimal
    ending_balance: Decimal
    ending_equity: Decimal
    realised_pnl: Decimal
    fees: Decimal
    other_fees: Mapping[str, Decimal]
    """Paid in other assets than the quote, by asset; they are in no sum."""
    funding: Decimal
    net_pnl: Decimal
    """Realised less fees plus funding."""
    unrealised_pnl: Decimal
    total_pnl: Decimal
    """Net plus unrealised."""
    max_drawdown: Decimal
    max_drawdown_fraction: Decimal
    max_drawdown_at_ns: int | None
    volume: Decimal
    position: Decimal
    average_cost: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    cash_check: CashCheck
    counts: Counts
    data_quality: DataQuality
    refusals: Mapping[str, int]
    details: Mapping[str, object]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened, oldest first."""

    cycles: Sequence[CycleRow]
    open_orders: Sequence[OrderRow]
    fills: Sequence[FillRow]
    orders: Sequence[OrderRow]
    funding_payments: Sequence[FundingRow]
    equity_curve: Sequence[Sample]
    data_gaps: Sequence[Note]
    notes: Sequence[Note]


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run. In JSON the three parts stand side by side; docs/report.md describes every key."""

    identity: Identity
    result: Result
    history: History

    def document(self) -> dict[str, object]:
        """Return the report as JSON values under one flat set of keys."""
        return fields_of(self.identity) | fields_of(self.result) | fields_of(self.history)


def build_report(recorder: RunRecorder, meta: RunMeta) -> RunReport:
    """Return the report of a run that has ended."""
    return RunReport(_identity(recorder, meta), _result(recorder, meta), _history(recorder, meta))


def to_json_bytes(report: RunReport) -> bytes:
    """Return the document: keys in a fixed order, money as plain text, instants as ISO UTC."""
    return encode(report.document())


def check_cash(expected: Decimal, venue: Decimal | None) -> CashCheck:
    """Compare our own books with the venue's cash."""
    difference = None if venue is None else EXACT.subtract(venue, expected)
    return CashCheck(expected, venue, difference)


def _identity(recorder: RunRecorder, meta: RunMeta) -> Identity:
    return Identity(
        schema=SCHEMA,
        clock=meta.clock,
        code_version=meta.code_version,
        strategy=meta.strategy,
        venue=meta.venue,
        ticker=meta.ticker,
        contract_id=meta.contract_id,
        quote_asset=meta.quote_asset,
        outcome=meta.outcome,
        parameters=meta.parameters,
        source=meta.source,
        assumptions=meta.assumptions,
        started_ns=recorder.start_ns,
        finished_ns=recorder.now_ns,
        duration_s=_seconds(recorder.now_ns - recorder.start_ns),
    )


def _result(recorder: RunRecorder, meta: RunMeta) -> Result:
    ledger, drawdown = recorder.ledger, recorder.drawdown
    return Result(
        starting_balance=recorder.starting_balance,
        ending_balance=recorder.balance,
        ending_equity=recorder.equity,
        realised_pnl=ledger.realised,
        fees=ledger.fees,
        other_fees=dict(ledger.other_fees),
        funding=ledger.funding,
        net_pnl=ledger.net,
        unrealised_pnl=recorder.unrealised,
        total_pnl=EXACT.add(ledger.net, recorder.unrealised),
        max_drawdown=drawdown.amount,
        max_drawdown_fraction=round(drawdown.fraction, 8),
        max_drawdown_at_ns=drawdown.at_ns,
        volume=recorder.volume,
        position=ledger.size,
        average_cost=ledger.average_price,
        bid=recorder.bid,
        ask=recorder.ask,
        cash_check=check_cash(recorder.balance, meta.venue_balance),
        counts=_counts(recorder, meta),
        data_quality=meta.data_quality,
        refusals=meta.refusals,
        details=meta.details,
    )


def _history(recorder: RunRecorder, meta: RunMeta) -> History:
    return History(
        cycles=tuple(read_cycle(cycle) for cycle in meta.cycles),
        open_orders=recorder.orders.live(),
        fills=tuple(recorder.fills),
        orders=recorder.orders.all(),
        funding_payments=tuple(recorder.funding_payments),
        equity_curve=tuple(recorder.series.points),
        data_gaps=tuple(recorder.gaps),
        notes=tuple(recorder.notes),
    )


def _counts(recorder: RunRecorder, meta: RunMeta) -> Counts:
    return Counts(
        cycles=len(meta.cycles) if meta.cycle_count is None else meta.cycle_count,
        fills=recorder.fill_count,
        orders=recorder.orders.count,
        open_orders=len(recorder.orders.live()),
        data_gaps=recorder.gap_count,
        notes=recorder.note_count,
        fills_left_out=recorder.fills.dropped,
        orders_left_out=recorder.orders.dropped,
    )


def _seconds(ns: int) -> Decimal:
    return (Decimal(ns) / NS).quantize(Decimal("0.001"))
