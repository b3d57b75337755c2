"""A grid run through the real assembly on a scripted market, judged by the venue's own books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from app.arguments import Given
from app.assembly import execute
from app.configuration import settings_of
from app.ending import report_of
from app.session import Session
from database.journal import SqliteJournal
from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.events import BestBidOffer
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.paper.sources.quotes import QuoteSource
from reporting.report import RunReport

START_NS = 1_700_000_000 * NS
CONTRACT = ContractId("BTC-PERP")

Quote = tuple[float, float, float]
"""Seconds from the start, bid, ask."""


def market(tick: str = "0.1", step: str = "0.00001", min_size: str = "0", fee: str = "0") -> Market:
    """Return a market without minimums and, unless told, without fees."""
    return Market(
        Symbol("BTC"),
        CONTRACT,
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(min_size),
        maker_fee=Decimal(fee),
        taker_fee=Decimal(fee),
    )


def quotes(script: Iterable[Quote], contract: Market, every_s: float = 1.0) -> QuoteSource:
    """Return a market that stands at each scripted quote until the next, heard every second."""
    points = sorted(script)
    events: list[BestBidOffer] = []
    for (at_s, bid, ask), following in zip(points, [*points[1:], None], strict=True):
        until_s = at_s if following is None else following[0]
        count = max(int((until_s - at_s) / every_s), 1)
        events += [
            BestBidOffer(
                contract.contract_id,
                bid,
                1000.0,
                ask,
                1000.0,
                None,
                START_NS + round((at_s + index * every_s) * NS),
            )
            for index in range(count)
        ]
    return QuoteSource([contract], events)


@dataclass(frozen=True, slots=True)
class GridRun:
    """What is left of a run."""

    session: Session
    report: RunReport
    state_path: Path

    @property
    def orders(self) -> list[OrderInfo]:
        """Every order the venue had, oldest first, by the venue's own books."""
        return list(self.session.primary.exchange.records.of("paper"))

    @property
    def fills(self) -> list[Fill]:
        """Every fill by the venue's own books."""
        return list(self.session.primary.exchange.records.fills("paper"))

    @property
    def open_orders(self) -> list[OrderInfo]:
        """What rests at the venue at the end."""
        return [order for order in self.orders if not order.status.terminal]

    @property
    def position(self) -> Decimal:
        """The venue's signed position at the end."""
        return sum((fill.side.sign * fill.size for fill in self.fills), start=Decimal(0))

    def of(self, side: Side, status: OrderStatus | None = None) -> list[OrderInfo]:
        """Return the venue's orders of one side, and status."""
        return [
            order for order in self.orders if order.side is side and status in (None, order.status)
        ]

    @property
    def closes(self) -> list[OrderInfo]:
        """The reduce-only orders the venue had."""
        return [order for order in self.orders if order.reduce_only]

    @property
    def entries(self) -> list[OrderInfo]:
        """The orders the venue had that may open a position."""
        return [order for order in self.orders if not order.reduce_only]


def requests(path: Path, kind: IntentKind | None = None) -> list[OrderIntent]:
    """Return the request log: everything that was to be sent, in order."""
    journal = SqliteJournal(path)
    try:
        return [each for each in journal.intents("paper") if kind in (None, each.kind)]
    finally:
        journal.close()


def run_grid(
    folder: Path,
    script: Iterable[Quote],
    *,
    contract: Market | None = None,
    prepare: Callable[[Session], None] = lambda session: None,
    acknowledge: str = "immediate",
    **parameters: object,
) -> GridRun:
    """Run a grid over a scripted market to its end and return what the venue says of it."""
    contract = contract or market()
    given: Mapping[str, object] = {
        "run.exchange": "paper",
        "run.ticker": "BTC",
        "run.speed": "max",
        "run.panel": "false",
        "run.state_dir": str(folder / "state"),
        "paper.acknowledge": acknowledge,
        "strategy.name": "grid",
        **{f"strategy.{name}": value for name, value in _WITHOUT_WAITS.items()},
        **{f"strategy.{name}": value for name, value in parameters.items()},
    }
    settings = settings_of(
        {name: Given(str(value), name) for name, value in given.items() if value is not None}
    )
    session = execute(settings, {"paper": quotes(script, contract)}, prepare)
    return GridRun(session, report_of(session), folder / "state" / "grid-paper-BTC-main.db")


_WITHOUT_WAITS: Mapping[str, object] = {
    "direction": "buy",
    "wait_time": "0",
    "entry_timeout_s": "100000",
}
"""A grid that enters whenever it may and leaves its entries where they are."""
