"""Markets that stand still, on which a test lets happen what it wants; and a connection's far end.

Every simulated venue is tried on them alike. The first market is the one that moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypedDict, TypeVar, Unpack

from exchange_clients.base_models import NS, ContractId, Market
from exchange_clients.events import BookDelta, BookSnapshot, FloatLevel, PublicTrade
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.sources.base import Liquidity, MarketSource, SourceEvent, SourceInfo
from exchange_clients.words import Side
from venue_simulators.fee_coin import FeeCoin
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import Frame

Book = tuple[Sequence[FloatLevel], Sequence[FloatLevel]]
"""Bids and asks, the best first."""
S = TypeVar("S", bound=VenueSimulator)
OPENING_S = 0.1
"""How long a venue has been open when a test begins."""
END_S = 100 * 24 * 3600


class Wanted(TypedDict, total=False):
    """What a test may want of a venue beside its markets."""

    accounts: tuple[str, ...]
    balance: str
    """USD on each account."""
    signatures: SignatureDepth
    acknowledge: Acknowledge | None
    paper: PaperConfig | None
    coin: FeeCoin | None


class QuietMarkets:
    """Books that stand as they opened.

    Args:
        books: By contract; the first market is the one that ``move`` and its like are about.
        listed: What the venue lists; those of ``books`` are taken.
        start_ns: When they open.
        signatures: How closely the venue looks at signatures where a test does not say.
    """

    def __init__(
        self,
        books: Mapping[ContractId, Book],
        listed: Iterable[Market],
        start_ns: int,
        signatures: SignatureDepth = SignatureDepth.DIGEST,
    ) -> None:
        self.markets = {one.contract_id: one for one in listed if one.contract_id in books}
        self.books = books
        self.start_ns = start_ns
        self._signatures = signatures
        self._main = next(iter(books))

    def opened(self, simulator: S) -> S:
        """Return a venue shortly after its opening."""
        simulator.advance(self.start_ns + round(OPENING_S * NS))
        return simulator

    def options(self, script: Sequence[SourceEvent], **wanted: Unpack[Wanted]) -> SimulatorOptions:
        """Return what a venue is built with on which the script will happen."""
        return SimulatorOptions(
            symbols=tuple(sorted(one.symbol for one in self.markets.values())),
            balance=Decimal(wanted.get("balance", "10000")),
            accounts=wanted.get("accounts", ("main",)),
            source=self.source(script),
            signatures=wanted.get("signatures", self._signatures),
            acknowledge=wanted.get("acknowledge"),
            paper=wanted.get("paper"),
            coin=wanted.get("coin"),
        )

    def source(self, script: Sequence[SourceEvent]) -> MarketSource:
        """Return where the script comes from."""
        return _Source(self, script)

    def move(
        self, at_s: float, number: int, bids: list[FloatLevel], asks: list[FloatLevel]
    ) -> BookDelta:
        """Return a change of the first book; ``number`` counts from 2."""
        return BookDelta(self._main, bids, asks, number, number, None, None, self._at(at_s))

    def fall(self, at_s: float = 1, to: float = 150.0) -> BookDelta:
        """Return a fall of the first market, to 900 on either side of a price."""
        bids, asks = ([(price, 0.0) for price, _ in side] for side in self.books[self._main])
        return self.move(at_s, 2, [*bids, (to - 0.02, 900.0)], [*asks, (to + 0.02, 900.0)])

    def printed(self, at_s: float, price: float, size: float, aggressor: Side) -> PublicTrade:
        """Return a trade of the first market."""
        at_ns = self._at(at_s)
        return PublicTrade(self._main, price, size, aggressor, at_ns, at_ns)

    def end(self) -> PublicTrade:
        """Return what happens last: a source that ended has no market."""
        (bid, _), (ask, _) = (side[0] for side in self.books[self._main])
        return self.printed(END_S, (bid + ask) / 2, 1.0, Side.BUY)

    def _at(self, at_s: float) -> int:
        return self.start_ns + round(at_s * NS)


class _Source:
    """A snapshot of each book, then the script."""

    def __init__(self, quiet: QuietMarkets, script: Sequence[SourceEvent]) -> None:
        self.markets: Mapping[ContractId, Market] = quiet.markets
        self.info = SourceInfo("quiet", Liquidity.DEPTH, quiet.start_ns, None, None)
        self._quiet = quiet
        self._script = script

    def events(self) -> Iterator[SourceEvent]:
        """Yield them."""
        for name in self.markets:
            bids, asks = self._quiet.books[name]
            yield BookSnapshot(name, list(bids), list(asks), 1, None, self._quiet.start_ns)
        yield from self._script
        yield self._quiet.end()


def passes(simulator: VenueSimulator, seconds: float, step_ns: int | None = None) -> None:
    """Let time pass, at once or in steps."""
    end_ns = simulator.world.now_ns + round(seconds * NS)
    while step_ns is not None and simulator.world.now_ns + step_ns < end_ns:
        simulator.advance(simulator.world.now_ns + step_ns)
    simulator.advance(end_ns)


@dataclass(kw_only=True)
class FarEnd:
    """A WebSocket connection as its client sees it: what the venue sent, and how it ended it."""

    frames: list[Frame] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    @property
    def end_code(self) -> int | None:
        """By which code the venue ended the connection; None while it stands."""
        return None if self.closed is None else self.closed[0]

    def send(self, frame: Frame) -> None:
        """Take a frame from the venue."""
        self.frames.append(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Take the end of the connection from the venue."""
        assert self.closed is None, f"closed by {self.closed} and again by {code}"
        self.closed = (code, reason)
