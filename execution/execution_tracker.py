"""One record for each execution: what was asked for, and the report once there is one.

Records are kept in memory, the latest of them, and written to a store where one is given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.journal import JournalError
from execution.execution_values import ExecutionOutcome, ExecutionReport, ExecutionRequest

logger = logging.getLogger(__name__)

RECORDS_MAX = 10_000
"""Records in memory; of more, the oldest are let go."""
STATE_PREFIX = "execution/"
"""Before the execution's id, in the store."""


class ExecutionStore(Protocol):
    """Where records survive the process. ``database.journal`` implements it."""

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        """Keep a value durably under ``key``, as of an instant."""

    def load_states(self, prefix: str) -> dict[str, str]:
        """Return what was kept under keys that begin with ``prefix``."""


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """One execution."""

    request: ExecutionRequest
    started_ns: int
    """Wall time, ns since the epoch."""
    report: ExecutionReport | None = None
    """None while it is under way, and for good where its process ended before it did."""
    late_fills: int = 0
    """Fills that were heard after the report, and corrected it."""

    @property
    def execution_id(self) -> str:
        """Its name."""
        return self.request.execution_id


class ExecutionTracker:
    """Remembers executions and answers questions about them.

    Args:
        store: Where each change is written as well; records kept there before are read back.
    """

    def __init__(self, store: ExecutionStore | None = None) -> None:
        self._store = store
        self._records: dict[str, ExecutionRecord] = {}
        self._listeners: list[Callable[[ExecutionRecord], None]] = []
        if store is not None:
            kept = [
                msgspec.json.decode(value, type=ExecutionRecord)
                for value in store.load_states(STATE_PREFIX).values()
            ]
            for record in sorted(kept, key=lambda each: each.started_ns)[-RECORDS_MAX:]:
                self._records[record.execution_id] = record

    def add_listener(self, listener: Callable[[ExecutionRecord], None]) -> None:
        """Call ``listener`` with each record that changed."""
        self._listeners.append(listener)

    def started(self, request: ExecutionRequest, now_ns: int) -> None:
        """Begin a record; one of the same id is replaced.

        Raises:
            JournalError: the store could not keep it; nothing is remembered.
        """
        record = ExecutionRecord(request, now_ns)
        self._write(record)
        self._keep(record)

    def finished(self, report: ExecutionReport) -> None:
        """Complete a record."""
        record = self._records.get(report.execution_id)
        started_ns = report.started_ns if record is None else record.started_ns
        self._complete(ExecutionRecord(report.request, started_ns, report))

    def corrected(self, report: ExecutionReport) -> None:
        """Replace the report of a record: a fill was told after it."""
        record = self._records.get(report.execution_id)
        if record is not None:
            self._complete(replace(record, report=report, late_fills=record.late_fills + 1))

    def get(self, execution_id: str) -> ExecutionRecord | None:
        """Return one record; None where there is none in memory."""
        return self._records.get(execution_id)

    def find(
        self,
        *,
        venue: str | None = None,
        contract_id: ContractId | None = None,
        outcome: ExecutionOutcome | None = None,
        since_ns: int = 0,
        limit: int | None = None,
    ) -> list[ExecutionRecord]:
        """Return the records that meet every condition given, newest first.

        Args:
            venue: Only of this venue.
            contract_id: Only of this contract.
            outcome: Only finished ones with this outcome.
            since_ns: Only those begun at or after this instant (ns since the epoch).
            limit: At most so many.
        """
        found = [
            record
            for record in reversed(self._records.values())
            if venue in (None, record.request.venue)
            and contract_id in (None, record.request.contract_id)
            and (outcome is None or (record.report and record.report.outcome is outcome))
            and record.started_ns >= since_ns
        ]
        return found[:limit]

    def under_way(self) -> list[ExecutionRecord]:
        """Return the records without a report, oldest first."""
        return [record for record in self._records.values() if record.report is None]

    def _complete(self, record: ExecutionRecord) -> None:
        """Keep what has happened, in memory at least: a store that fails undoes no trade."""
        try:
            self._write(record)
        except JournalError as error:
            logger.error(  # noqa: TRY400  # the message says what to do
                "event=record_not_written execution_id=%s error=%s", record.execution_id, error
            )
        self._keep(record)

    def _write(self, record: ExecutionRecord) -> None:
        if self._store is not None:
            text = msgspec.json.encode(record).decode()
            self._store.save_state(f"{STATE_PREFIX}{record.execution_id}", text, record.started_ns)

    def _keep(self, record: ExecutionRecord) -> None:
        self._records[record.execution_id] = record
        if len(self._records) > RECORDS_MAX:
            del self._records[next(iter(self._records))]
        for listener in self._listeners:
            listener(record)
