"""Funding arbitrage through the real assembly on two scripted paper venues, by their own books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from app.arguments import Given
from app.assembly import execute
from app.configuration import settings_of
from app.ending import report_of
from app.paper_stage import PaperVenue
from app.session import Session
from app.settings import RunSettings
from exchange_clients.base_models import NS, ContractId, Fill, Market, OrderInfo, Symbol
from exchange_clients.events import BookSnapshot, Signal, StreamSignal
from exchange_clients.paper import PaperExchange
from exchange_clients.paper.funding import HOUR_NS, FundingTerms, ScheduledFunding
from exchange_clients.paper.sources.base import Activity, Liquidity, SourceEvent, SourceInfo
from reporting.report import RunReport
from strategies.implementations.funding_arbitrage.state import Pair
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy

TURN_S = 120
"""When the first settlement is; from then on the rate of the next one is told."""
HOUR_ZERO_NS = 1_700_000_000 * NS // (8 * HOUR_NS) * (8 * HOUR_NS)
START_NS = HOUR_ZERO_NS - TURN_S * NS
ONE, TWO = "paper:one", "paper:two"
EVERY_S = 2
Quotes = Sequence[tuple[float, float, float]]
"""From which second on, bid and ask."""
BUSY = Activity(Decimal(10**9), Decimal(10**9))
DEEP_USD = 2_000_000
WOBBLE = 1e-4
"""By which part prices go up and down with each book, so that what rests inside of them trades."""


@dataclass
class VenueScript:
    """What one venue shows: prices and rates by symbol."""

    rates: Mapping[str, Sequence[tuple[float, str]]]
    """By symbol: from which settlement on, counted in hours, and the rate of each."""
    quotes: Mapping[str, Quotes] = field(default_factory=dict)
    markets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """What is otherwise about a symbol's market."""
    activity: Activity | None = BUSY
    hours: int = 1
    """From settlement to settlement."""


class ScriptedVenue:
    """A market source that plays a script for so many seconds."""

    def __init__(self, script: VenueScript, seconds: int) -> None:
        self._script = script
        self._seconds = seconds
        self.markets: Mapping[ContractId, Market] = {
            market.contract_id: market for market in map(self._market, script.rates)
        }
        activity = {} if script.activity is None else dict.fromkeys(self.markets, script.activity)
        end_ns = START_NS + seconds * NS
        self.info = SourceInfo(
            "scripted", Liquidity.DEPTH, START_NS, end_ns, None, activity=activity
        )
        rates = {
            _contract(symbol): [
                (HOUR_ZERO_NS + round(hour * HOUR_NS), Decimal(rate)) for hour, rate in rows
            ]
            for symbol, rows in script.rates.items()
        }
        self.funding = FundingTerms(script.hours * HOUR_NS, ScheduledFunding(rates))

    def events(self) -> Iterator[SourceEvent]:
        """Yield each book every two seconds, then ENDED."""
        for number, at_s in enumerate(range(0, self._seconds, EVERY_S), start=1):
            at_ns = START_NS + at_s * NS
            for symbol in self._script.rates:
                quotes = self._script.quotes.get(symbol, [(0, 1999.9, 2000.1)])
                _, bid, ask = max(quote for quote in quotes if quote[0] <= at_s)
                swing = WOBBLE * (-1) ** number
                listed = self.markets[_contract(symbol)]
                swung = (Decimal(each * (1 + swing)) for each in (bid, ask))
                bid, ask = (float(listed.nearest_tick(each)) for each in swung)
                yield BookSnapshot(
                    _contract(symbol),
                    [(bid, round(DEEP_USD / bid))],
                    [(ask, round(DEEP_USD / ask))],
                    number,
                    None,
                    at_ns,
                )
        yield StreamSignal(Signal.ENDED, None, START_NS + self._seconds * NS)

    def _market(self, symbol: str) -> Market:
        plain: dict[str, object] = {
            "tick": Decimal("0.1"),
            "step": Decimal("0.001"),
            "maker_fee": Decimal(0),
            "taker_fee": Decimal(0),
        }
        changed = self._script.markets.get(symbol, {})
        return Market(Symbol(symbol), _contract(symbol), **{**plain, **changed})  # type: ignore[arg-type]  # fields by name


@dataclass(frozen=True, slots=True)
class ArbitrageRun:
    """What is left of a run."""

    session: Session
    report: RunReport

    def orders(self, venue: str) -> list[OrderInfo]:
        """Return every order that a venue had, by its own books."""
        return list(exchange_of(self.session, venue).records.of(venue))

    def fills(self, venue: str) -> list[Fill]:
        """Return every fill at a venue, by its own books."""
        return list(exchange_of(self.session, venue).records.fills(venue))

    def closes(self, venue: str) -> list[OrderInfo]:
        """Return the reduce-only orders that a venue had."""
        return [order for order in self.orders(venue) if order.reduce_only]

    def held(self, venue: str, symbol: str = "ETH") -> Decimal:
        """Return the position by the venue's ledger."""
        exchange = exchange_of(self.session, venue)
        contract_id = _contract(symbol)
        lots = exchange.ledger.accounts[venue].lots(contract_id)
        return exchange.markets[contract_id].grid.size(lots)

    @property
    def pairs(self) -> list[Pair]:
        """Return the pairs that the strategy knows of."""
        return strategy_of(self.session).machine.state.pairs

    @property
    def held_back(self) -> str:
        """Return in words why opportunities were not taken."""
        return str(self.session.strategy.report()["held_back"])


def strategy_of(session: Session) -> FundingArbitrageStrategy:
    """Return a run's strategy."""
    strategy = session.strategy
    assert isinstance(strategy, FundingArbitrageStrategy)
    return strategy


def run_arbitrage(
    folder: Path,
    one: VenueScript,
    two: VenueScript,
    *,
    seconds: int = 120,
    prepare: Callable[[Session], None] = lambda session: None,
    **changes: object,
) -> ArbitrageRun:
    """Run over two scripted venues to the end of the scripts.

    Args:
        folder: Where the run keeps its state; a run that did not end is taken up from there.
        one: What the first venue shows.
        two: What the second one shows.
        seconds: How long.
        prepare: Called with the session before it is played.
        changes: Keys with ``__`` for the dot, and parameters of the strategy.
    """
    settings = arbitrage_settings(folder, **changes)
    sources = {ONE: ScriptedVenue(one, seconds), TWO: ScriptedVenue(two, seconds)}
    session = execute(settings, sources, prepare)
    return ArbitrageRun(session, report_of(session))


def arbitrage_settings(folder: Path, **changes: object) -> RunSettings:
    """Return the configuration of a run over two paper venues."""
    given: dict[str, object] = {
        "strategy.name": "funding_arbitrage",
        "run.exchange": f"{ONE},{TWO}",
        "run.ticker": "ETH",
        "run.speed": "max",
        "run.panel": "false",
        "run.state_dir": folder / "state",
    }
    for name, value in changes.items():
        section, _, key = name.partition("__")
        given[f"{section}.{key}" if key else f"strategy.{name}"] = value
    return settings_of({name: Given(str(value), name) for name, value in given.items()})


def at(at_s: float, do: Callable[[Session], None]) -> Callable[[Session], None]:
    """Return a preparation that does something at that second of the script."""

    def prepare(session: Session) -> None:
        begin = session.stage.begin

        def planned() -> None:
            begin()
            left_s = at_s - seconds_of(session.clock.now_ns())
            session.clock.call_later(max(left_s, 0.0), lambda: do(session))

        session.stage.begin = planned  # type: ignore[method-assign]  # the clock stands until then

    return prepare


def interrupt(session: Session) -> None:
    """End a run as a second Ctrl-C does: at once, to be taken up again."""
    session.ending.interrupted = True
    session.bot.finish("interrupted")


def seconds_of(at_ns: int | None) -> float:
    """Return an instant as seconds from the script's start."""
    assert at_ns is not None, "the venue stamps everything"
    return (at_ns - START_NS) / NS


def exchange_of(session: Session, venue: str) -> PaperExchange:
    """Return the books of a venue."""
    found = session.venues[venue]
    assert isinstance(found, PaperVenue), "the run is on another kind of venue"
    return found.exchange


def _contract(symbol: str) -> ContractId:
    return ContractId(f"{symbol}-PERP")
