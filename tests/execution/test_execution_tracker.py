"""One record for each execution, corrected by late fills, queryable, and kept where asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from database.journal import SqliteJournal
from exchange_clients.base_models import ClientOrderId, ContractId, OrderStatus, OrderType, Side
from exchange_clients.journal import JournalError
from execution import execution_tracker
from execution.execution_tracker import ExecutionRecord, ExecutionTracker
from execution.execution_values import (
    EndReason,
    ExecutedOrder,
    ExecutionLimits,
    ExecutionMode,
    ExecutionOutcome,
    ExecutionReport,
    ExecutionRequest,
    Urgency,
)

D = Decimal
BTC = ContractId("BTC")


def request(number: int, venue: str = "a") -> ExecutionRequest:
    limits = ExecutionLimits(max_slippage_bps=D("12.5"))
    return ExecutionRequest(
        venue,
        BTC,
        Side.BUY,
        D("1.50"),
        ExecutionMode.ADAPTIVE,
        Urgency.CLOSE,
        reduce_only=True,
        limits=limits,
        execution_id=f"x{number}",
    )


def report(
    number: int, outcome: ExecutionOutcome = ExecutionOutcome.FILLED, venue: str = "a"
) -> ExecutionReport:
    order = ExecutedOrder(
        ClientOrderId("7"), OrderType.LIMIT, D("1.5"), D(100), OrderStatus.FILLED, D("1.5"), D(100)
    )
    return ExecutionReport(
        f"x{number}",
        request(number, venue),
        ExecutionMode.LIMIT_ONLY,
        outcome,
        EndReason.COMPLETE,
        "",
        D("1.5"),
        D(100),
        fees={"USDC": D("-0.015")},
        arrival_mid=D("100.05"),
        slippage_bps=D("-4.99"),
        started_ns=number,
        duration_s=1.5,
        time_to_fill_s=1.25,
        orders=(order,),
    )


def test_an_execution_is_under_way_until_its_report() -> None:
    tracker = ExecutionTracker()
    tracker.started(request(1), 1)
    assert tracker.under_way() == [ExecutionRecord(request(1), 1)]
    tracker.finished(report(1))
    assert tracker.under_way() == []
    assert tracker.get("x1") == ExecutionRecord(request(1), 1, report(1))
    assert tracker.get("x2") is None


def test_records_are_found_by_what_is_asked_newest_first() -> None:
    tracker = ExecutionTracker()
    for number, venue in ((1, "a"), (2, "b"), (3, "a")):
        tracker.started(request(number, venue), number)
    tracker.finished(report(1))
    tracker.finished(report(2, ExecutionOutcome.NOT_FILLED, "b"))

    def names(**conditions: object) -> list[str]:
        found = tracker.find(**conditions)  # type: ignore[arg-type]  # of each condition
        return [record.execution_id for record in found]

    assert names() == ["x3", "x2", "x1"]
    assert names(venue="a") == ["x3", "x1"]
    assert names(outcome=ExecutionOutcome.NOT_FILLED) == ["x2"]
    assert names(since_ns=2, limit=1) == ["x3"]
    assert names(contract_id=ContractId("ETH")) == []


def test_a_late_fill_corrects_the_report_and_is_counted() -> None:
    tracker = ExecutionTracker()
    heard: list[ExecutionRecord] = []
    tracker.add_listener(heard.append)
    tracker.started(request(1), 1)
    tracker.finished(report(1))
    corrected = replace(report(1), filled_size=D("1.6"))
    tracker.corrected(corrected)
    record = tracker.get("x1")
    assert record == ExecutionRecord(request(1), 1, corrected, late_fills=1)
    assert [each.late_fills for each in heard] == [0, 0, 1]


def test_records_survive_in_the_journal_to_the_last_digit(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    tracker = ExecutionTracker(journal)
    tracker.started(request(2), 2)
    tracker.started(request(1), 1)
    tracker.finished(report(1))
    again = ExecutionTracker(journal)
    assert again.find() == [
        ExecutionRecord(request(2), 2),
        ExecutionRecord(request(1), 1, report(1)),
    ]
    assert str(again.find()[0].request.quantity) == "1.50"
    journal.close()


def test_only_the_latest_records_stay_in_memory() -> None:
    tracker = ExecutionTracker()
    for number in range(execution_tracker.RECORDS_MAX + 5):
        tracker.started(request(number), number)
    assert len(tracker.find()) == execution_tracker.RECORDS_MAX
    assert tracker.get("x4") is None
    assert tracker.get("x5") is not None


class FullDisk:
    """A store that cannot write from some moment on."""

    def __init__(self) -> None:
        self.full = True

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        if self.full:
            raise JournalError(f"{key} was not written: the disk is full")

    def load_states(self, prefix: str) -> dict[str, str]:
        return {}


def test_nothing_begins_that_the_store_cannot_keep() -> None:
    tracker = ExecutionTracker(FullDisk())
    with pytest.raises(JournalError, match="the disk is full"):
        tracker.started(request(1), 1)
    assert tracker.find() == []


def test_what_has_happened_is_kept_in_memory_where_the_store_fails() -> None:
    disk = FullDisk()
    disk.full = False
    tracker = ExecutionTracker(disk)
    tracker.started(request(1), 1)
    disk.full = True
    tracker.finished(report(1))
    assert tracker.find() == [ExecutionRecord(request(1), 1, report(1))]
