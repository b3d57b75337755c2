"""Venues that tell what a test says, and a store to keep it in, for tests of the rate service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from starlette.testclient import TestClient

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import NS, DepthView
from exchange_clients.errors import UnsupportedFeature
from exchange_clients.shared.clock import Clock, ManualClock, parse_instant
from execution.settlements import HOUR_NS
from funding_rate_service.api.app import Access, build_app
from funding_rate_service.api.state import ServiceState
from funding_rate_service.collection.base_adapter import Told
from funding_rate_service.core.board import Board
from funding_rate_service.core.queries import RateReader
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import Collection, MarketRate, Quarantined

NOON_NS = parse_instant("2026-11-21T12:00:00Z")


def rate(
    symbol: str = "BTC",
    value: str = "0.0001",
    hours: str = "8",
    next_ns: int | None = NOON_NS + 4 * HOUR_NS,
    *,
    volume: str | None = "1000000",
    interest: str | None = "500000",
    maker: str | None = "0.0002",
    taker: str | None = "0.0005",
    mark: str | None = "100",
) -> MarketRate:
    """Return a rate as a venue might tell it."""
    return MarketRate(
        symbol,
        Decimal(value),
        Decimal(hours),
        next_ns,
        volume_24h_usd=_known(volume),
        open_interest_usd=_known(interest),
        mark_price=_known(mark),
        maker_fee=_known(maker),
        taker_fee=_known(taker),
    )


def collection(venue: str, *rates: MarketRate, at_ns: int = NOON_NS) -> Collection:
    """Return what one look at a venue brought."""
    return Collection(venue, at_ns, rates, duration_ms=12)


def open_store(folder: Path, clock: Clock | None = None, name: str = "rates.sqlite") -> RateStore:
    """Open a file of a test's own."""
    return RateStore.open(str(folder / name), clock or ManualClock(NOON_NS))


@dataclass
class ScriptedVenue:
    """A source whose answers are scripted; the last one is repeated."""

    venue: str
    answers: Sequence[Callable[[], Told] | Exception | float]
    """What it tells, how it fails, or for how many seconds it hangs."""
    clock: Clock
    past: Sequence[FundingRateSample] | None = None
    books: dict[str, DepthView] = field(default_factory=dict)
    asked_ns: list[int] = field(default_factory=list)
    closed: bool = False

    async def rates(self) -> Told:
        """Answer as the script says."""
        answer = self.answers[min(len(self.asked_ns), len(self.answers) - 1)]
        self.asked_ns.append(self.clock.now_ns())
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int | float):
            await self.clock.sleep(answer)
            return Told(())
        return answer()

    async def history(
        self, symbol: str, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return what was scripted of the past."""
        if self.past is None:
            raise UnsupportedFeature(self.venue, "past funding rates")
        told = [each for each in self.past if each.symbol == symbol and each.next_funding_time]
        return [each for each in told if since <= (each.next_funding_time or until) < until]

    async def book(self, symbol: str) -> DepthView:
        """Return the scripted book."""
        return self.books[symbol]

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def telling(*rates: MarketRate, unreadable: Sequence[Quarantined] = ()) -> Callable[[], Told]:
    """Return an answer of a scripted venue."""
    return lambda: Told(rates, unreadable)


def seconds(at_ns: int) -> float:
    """Return an instant as seconds after noon."""
    return (at_ns - NOON_NS) / NS


def _known(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def service_state(
    store: RateStore, *collections: Collection, clock: Clock | None = None
) -> ServiceState:
    """Return what an API is given, with rates that were collected."""
    board = Board([each.venue for each in collections])
    for each in collections:
        board.collected(each)
    return ServiceState(board, RateReader(store), clock or ManualClock(NOON_NS + 5 * NS))


def client_of(state: ServiceState, access: Access | None = None) -> TestClient:
    """Return a client of the API, as one on this machine."""
    return TestClient(build_app(state, access), base_url="http://127.0.0.1")
