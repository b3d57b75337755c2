"""Judges what a run left on disk against a venue that is computed anew from the journal's commands.

Nothing that the run says of itself is believed: the market's source is played again, the commands
are put into it at their instants, and what that venue then holds is the truth.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from database.journal import SqliteJournal
from exchange_clients.base_models import Fill, OrderInfo, OrderStatus
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.recovery import recorded_commands
from exchange_clients.paper.sources.base import MarketSource

VENUE = "paper"


@dataclass(frozen=True, slots=True)
class Truth:
    """A finished run: its journal, and the venue as it must have been at the end."""

    intents: Sequence[OrderIntent]
    outcomes: Mapping[str, OrderInfo]
    fills: Sequence[Fill]
    orders: Mapping[str, OrderInfo]
    """The venue's own."""
    venue_fills: Sequence[Fill]
    position: Decimal
    cash: Decimal
    finished_ns: int

    @property
    def placements(self) -> list[OrderIntent]:
        """Every order that was to be sent."""
        return [each for each in self.intents if each.kind is IntentKind.PLACE]

    @property
    def entries(self) -> list[OrderInfo]:
        """The venue's orders that may open a position, oldest first."""
        return [each for each in self.orders.values() if not each.reduce_only]

    @property
    def open_closes(self) -> list[OrderInfo]:
        """The closes that rest at the venue at the end."""
        return [
            each for each in self.orders.values() if each.reduce_only and not each.status.terminal
        ]


def truth_of(state_path: Path, source: MarketSource, config: PaperConfig) -> Truth:
    """Read a finished run's journal and compute its venue anew.

    Args:
        state_path: The run's file.
        source: The market it ran on, from its start.
        config: How its venue behaved.
    """
    with sqlite3.connect(state_path) as database:
        row = database.execute("SELECT value FROM meta WHERE key = 'finished_ns'").fetchone()
    database.close()
    assert row is not None, "the run has come to its end"
    finished_ns = int(row[0])
    exchange = PaperExchange(source, config)
    exchange.open_account(VENUE)
    journal = SqliteJournal(state_path)
    try:
        exchange.restore(recorded_commands(journal, VENUE), finished_ns)
        intents, fills = journal.intents(VENUE), journal.fills(VENUE)
        outcomes = {str(each.client_order_id): each for each in journal.outcomes(VENUE)}
    finally:
        journal.close()
    (market,) = exchange.markets.values()
    account = exchange.ledger.accounts[VENUE]
    return Truth(
        intents=intents,
        outcomes=outcomes,
        fills=fills,
        orders={str(each.client_order_id): each for each in exchange.records.of(VENUE)},
        venue_fills=exchange.records.fills(VENUE),
        position=market.grid.size(account.lots(market.contract_id)),
        cash=exchange.cash_of(VENUE),
        finished_ns=finished_ns,
    )


def assert_sound(truth: Truth) -> None:
    """Assert what must hold of every run, however often it was killed."""
    names = [each.client_order_id for each in truth.placements]
    assert len(set(names)) == len(names), "a client order id was sent twice"
    assert set(names) == set(truth.orders), "journal and venue know the same orders"
    assert {name: _state(info) for name, info in truth.outcomes.items()} == {
        name: _state(info) for name, info in truth.orders.items()
    }, "the journal holds every order as the venue has it"
    assert sorted(each.trade_id for each in truth.fills) == sorted(
        each.trade_id for each in truth.venue_fills
    ), "every fill is known, once"
    assert_one_entry_at_a_time(truth)
    uncovered = truth.position - sum(
        (each.size - each.filled_size for each in truth.open_closes), Decimal(0)
    )
    assert uncovered == 0, f"{uncovered} of the position has no close"


def assert_one_entry_at_a_time(truth: Truth) -> None:
    """Assert that no entry came to the venue before the one before it had ended."""
    for earlier, later in pairwise(truth.entries):
        assert earlier.status.terminal, f"{earlier} was still open when {later} came"
        assert earlier.updated_ns is not None, "the venue stamps everything"
        assert later.created_ns is not None, "the venue stamps everything"
        assert earlier.updated_ns <= later.created_ns, f"{earlier} and {later} overlap"


def assert_report_covers(report: Mapping[str, Any], truth: Truth, start: str) -> None:
    """Assert that a report tells of the whole run, what came before any kill included.

    Args:
        report: The JSON document.
        truth: The same run.
        start: Instant of the market's first event, as the report words instants.
    """
    assert report["cash_check"]["difference"] == "0"
    assert Decimal(report["ending_balance"]) == truth.cash
    assert Decimal(report["position"]) == truth.position
    assert sorted(each["trade_id"] for each in report["fills"]) == sorted(
        each.trade_id for each in truth.venue_fills
    )
    assert report["started"] == start
    instants = [point["at"] for point in report["equity_curve"]]
    assert instants == sorted(instants)
    assert instants[0][:16] == start[:16], "the equity curve begins with the run"
    last = report["equity_curve"][-1]
    assert Decimal(last["equity"]) == Decimal(report["ending_equity"])
    listed = {each["client_order_id"]: each["status"] for each in report["orders"]}
    assert listed == {name: info.status.value for name, info in truth.orders.items()}


def read_report(path: Path) -> dict[str, Any]:
    """Return a report as it was written."""
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def _state(info: OrderInfo) -> tuple[OrderStatus, Decimal, Decimal]:
    return info.status, info.size, info.filled_size
