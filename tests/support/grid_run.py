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
from app.settings import RunSettings
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
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.quotes import QuoteSource
from reporting.report import RunReport
from tests.support.paper_session import paper_of

START_NS = 1_700_000_000 * NS
CONTRACT = ContractId("BTC-PERP")

Quote = tuple[float, float, float] | tuple[float, float, float, float, float]
"""Seconds from the start, bid, ask, and the sizes of both where they matter."""
ENOUGH = 1000.0
"""The size of a level where a script names none."""


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
    """Return a market of quotes; see ``quote_events``."""
    return QuoteSource([contract], quote_events(script, contract, every_s))


def quote_events(
    script: Iterable[Quote], contract: Market, every_s: float = 1.0
) -> list[BestBidOffer]:
    """Return a market that stands at each scripted quote until the next, heard every second.

    A quote with sizes is heard once: each time a quote is heard, its sizes are there anew.
    """
    points = sorted(script, key=lambda point: point[0])
    events: list[BestBidOffer] = []
    for point, following in zip(points, [*points[1:], None], strict=True):
        until_s = point[0] if following is None else following[0]
        count = 1 if len(point) > 3 else max(int((until_s - point[0]) / every_s), 1)
        events += [
            _quote(contract, point, START_NS + round((point[0] + index * every_s) * NS))
            for index in range(count)
        ]
    return events


def _quote(contract: Market, point: Quote, at_ns: int) -> BestBidOffer:
    bid_size, ask_size = (point[3], point[4]) if len(point) > 3 else (ENOUGH, ENOUGH)
    return BestBidOffer(contract.contract_id, point[1], bid_size, point[2], ask_size, None, at_ns)


@dataclass(frozen=True, slots=True)
class GridRun:
    """What is left of a run."""

    session: Session
    report: RunReport
    state_path: Path

    @property
    def orders(self) -> list[OrderInfo]:
        """Every order the venue had, oldest first, by the venue's own books."""
        return list(paper_of(self.session).exchange.records.of("paper"))

    @property
    def fills(self) -> list[Fill]:
        """Every fill by the venue's own books."""
        return list(paper_of(self.session).exchange.records.fills("paper"))

    @property
    def open_orders(self) -> list[OrderInfo]:
        """What rests at the venue at the end."""
        return [order for order in self.orders if not order.status.terminal]

    @property
    def position(self) -> Decimal:
        """The venue's signed position at the end, by its ledger."""
        exchange, contract_id = paper_of(self.session).exchange, self.session.market.contract_id
        lots = exchange.ledger.accounts["paper"].lots(contract_id)
        return exchange.markets[contract_id].grid.size(lots)

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

    def requests(self, kind: IntentKind | None = None) -> list[OrderIntent]:
        """Return the request log: everything that was to be sent, in order."""
        return requests(self.state_path, kind)

    @property
    def outcome(self) -> str:
        """Why the run ended, in words."""
        return self.session.ending.reason

    def told(self, name: str) -> object:
        """Return what the strategy says of itself."""
        return self.session.strategy.report()[name]


def seconds(at_ns: int | None) -> float:
    """Return an instant of the venue as seconds from the script's start."""
    assert at_ns is not None, "the venue stamps everything"
    return (at_ns - START_NS) / NS


def requests(path: Path, kind: IntentKind | None = None) -> list[OrderIntent]:
    """Return the request log: everything that was to be sent, in order."""
    journal = SqliteJournal(path)
    try:
        return [each for each in journal.intents("paper") if kind in (None, each.kind)]
    finally:
        journal.close()


def run_grid(
    folder: Path,
    script: Iterable[Quote] = (),
    *,
    source: MarketSource | None = None,
    contract: Market | None = None,
    prepare: Callable[[Session], None] = lambda session: None,
    acknowledge: str = "immediate",
    latency_ms: float = 0,
    strategy: Mapping[str, object] | None = None,
    keys: Mapping[str, object] | None = None,
    **parameters: object,
) -> GridRun:
    """Run a grid over a scripted market to its end and return what the venue says of it.

    Args:
        folder: Where the run keeps its state; a run that did not end is taken up from there.
        script: The market, as quotes.
        source: The market, where it is more than quotes.
        contract: What is traded, where the market is a script of quotes.
        prepare: Called with the session before it is played.
        acknowledge: How the venue answers.
        latency_ms: How long each way to and from the venue takes.
        strategy: Parameters of the strategy, over a grid without waits.
        keys: Whatever else the configuration says: ``{"paper.leverage": 1}``.
        parameters: More of them.
    """
    source = source or quotes(script, contract or market())
    given = {**(strategy or {}), **parameters}
    settings = grid_settings(folder, acknowledge, latency_ms, given, keys)
    session = execute(settings, {"paper": source}, prepare)
    return GridRun(session, report_of(session), folder / "state" / "grid-paper-BTC-main.db")


def dips(start: int, end: int, bid: float) -> list[Quote]:
    """Return a market that falls for a moment once a second, so that an entry fills soon."""
    script: list[Quote] = []
    for second in range(start, end):
        script += [(second, bid, bid + 0.2), (second + 0.5, bid - 0.4, bid - 0.3)]
    return script


def at(session: Session, at_s: float, do: Callable[[], None]) -> None:
    """Do something once, after the first quote from that second of the script on."""
    done = False

    def on_quote(quote: BestBidOffer) -> None:
        nonlocal done
        if not done and seconds(quote.local_ns) >= at_s:
            done = True
            do()

    paper_of(session).exchange.markets[CONTRACT].quote_listeners.append(on_quote)


def interrupt_at(at_s: float) -> Callable[[Session], None]:
    """Return a preparation that ends the run as a second Ctrl-C does: at once, to be resumed."""

    def prepare(session: Session) -> None:
        def end() -> None:
            session.ending.interrupted = True
            session.bot.finish("interrupted")

        at(session, at_s, end)

    return prepare


def grid_settings(
    folder: Path,
    acknowledge: str,
    latency_ms: float,
    parameters: Mapping[str, object],
    keys: Mapping[str, object] | None = None,
) -> RunSettings:
    """Return the configuration of a grid on the paper venue."""
    given: Mapping[str, object] = {
        "run.exchange": "paper",
        "run.ticker": "BTC",
        "run.speed": "max",
        "run.panel": "false",
        "run.state_dir": str(folder / "state"),
        "paper.acknowledge": acknowledge,
        "paper.latency_up_ms": latency_ms,
        "paper.latency_down_ms": latency_ms,
        "strategy.name": "grid",
        **{f"strategy.{name}": value for name, value in _WITHOUT_WAITS.items()},
        **{f"strategy.{name}": value for name, value in parameters.items()},
        **(keys or {}),
    }
    return settings_of(
        {name: Given(str(value), name) for name, value in given.items() if value is not None}
    )


_WITHOUT_WAITS: Mapping[str, object] = {
    "direction": "buy",
    "wait_time": "0",
    "entry_timeout_s": "100000",
}
"""A grid that enters whenever it may and leaves its entries where they are."""
