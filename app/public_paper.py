"""A venue's live prices with orders filled on paper: no keys, and nothing is sent to it.

What is heard is on disk before the exchange takes it in. After a restart the past is computed again
from that tape and the journal, as with any recording; what happened in between was not heard, which
is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import RunFailed, UsageError
from app.heard_market import HeardMarket, Tape
from app.market_ear import MarketEar, present_funding
from app.network import listed_market
from app.paper_market import paper_config
from app.paper_stage import PaperVenue
from app.recording_file import RecordingFile, cut_torn_line
from app.run_state import RunState
from app.settings import RunSettings
from exchange_clients.base_models import Market
from exchange_clients.journal import Journal
from exchange_clients.paper import PaperClient
from exchange_clients.paper.client import PaperClientOptions
from exchange_clients.paper.clocked import ClockedExchange
from exchange_clients.paper.funding import FundingTerms
from exchange_clients.paper.sources.sidecar import SUFFIXES
from exchange_clients.paper.sources.stream_recording import (
    HeardFunding,
    StreamRecordingSource,
    funding_terms,
)
from exchange_clients.paper.sources.stream_rows import FundingRow, GapRow
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink

FIRST_BOOK_S = 10.0
"""How long connecting waits for the first book; the bot goes on waiting."""
INTERRUPTED = "nothing was heard between two processes"
START_PREFIX = "start/"
"""Before the venue's name: when the run began there."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the market of this process begins."""

    start_ns: int
    """When the run began, before any restart."""
    funding: FundingTerms | None
    rates: HeardFunding
    past: StreamRecordingSource | None = None
    """The tape, after a restart."""
    first: FundingRow | GapRow | None = None
    """The first row of a new tape."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An exchange and the way by which the present reaches it."""

    exchange: ClockedExchange
    tape: Tape
    ear: MarketEar
    resumed: bool
    """Whether there is a past on tape."""


class PublicPaperClient(PaperClient):
    """A paper client whose market is heard from the moment on that its past is computed."""

    def __init__(
        self,
        feed: Feed,
        *,
        clock: Clock,
        journal: Journal,
        name: str,
        options: PaperClientOptions,
    ) -> None:
        super().__init__(feed.exchange, clock=clock, journal=journal, name=name, options=options)
        self.feed = feed

    async def connect(self) -> None:
        """Make the past again, then listen to the venue.

        Raises:
            ExchangeError: the venue could not be reached.
        """
        if self._connected:
            return
        await super().connect()
        try:
            if self.feed.resumed:
                not_before_ns = self.feed.exchange.not_before()
                self.feed.tape.put(GapRow(max(self._clock.now_ns(), not_before_ns), INTERRUPTED))
            await self.feed.ear.open(FIRST_BOOK_S)
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        """Stop listening, and stop the exchange."""
        await self.feed.ear.close()
        await super().disconnect()
        self.feed.exchange.close()


class PublicPaperVenue(PaperVenue):
    """One account on an exchange that lives on a venue's public prices."""

    client: PublicPaperClient

    async def settle(self) -> None:
        """Say so if the tape broke.

        Raises:
            RunFailed: the disk refused it.
        """
        failure = self.client.feed.tape.failure
        if failure is not None:
            raise RunFailed(f"what was heard could not be written: {failure.strerror}")

    async def close(self) -> None:
        """Stop listening and close the tape."""
        await self.funding.close()
        await self.client.disconnect()
        self.client.feed.tape.close()


async def open_public_paper(
    name: str, link: VenueLink, settings: RunSettings, state: RunState
) -> PublicPaperVenue:
    """Learn the market and its past; nothing is heard until the client connects.

    Raises:
        ExchangeError: the venue could not be reached or read.
        UsageError: the ticker is not traded there, or the tape of an unfinished run is gone.
    """
    await link.open()
    market = listed_market(link, settings.ticker)
    path = tape_path(state, name)
    kept = state.journal.load_state(f"{START_PREFIX}{name}")
    beginning = (
        await _beginning(path, link, market) if kept is None else _going_on(path, int(kept), state)
    )
    venue = f"{link.venue.name} {link.environment.name}"
    config = paper_config(settings.paper, settings.seed, beginning.funding)
    source = HeardMarket(venue, market, beginning.start_ns, beginning.past)
    exchange = ClockedExchange(source, config, link.clock)
    file = RecordingFile(path, venue, market, resume=beginning.past is not None)
    tape = Tape(file, market, exchange, beginning.rates)
    if beginning.first is not None:
        tape.put(beginning.first)
        # Only now: of a tape without a row nothing can be computed again.
        start_ns = beginning.start_ns
        state.journal.save_state(f"{START_PREFIX}{name}", str(start_ns), start_ns)
    ear = MarketEar(link, market, tape.put, exchange.not_before)
    feed = Feed(exchange, tape, ear, resumed=beginning.past is not None)

    def make_client(options: PaperClientOptions) -> PublicPaperClient:
        return PublicPaperClient(
            feed, clock=link.clock, journal=state.journal, name=name, options=options
        )

    return PublicPaperVenue(name, exchange, market, make_client, VenueFundingAdapter(link))


def tape_path(state: RunState, name: str) -> Path:
    """Return where the rows of a venue are kept: beside the run's journal."""
    return state.path.with_name(f"{state.path.stem}.{name}.jsonl")


async def _beginning(path: Path, link: VenueLink, market: Market) -> Beginning:
    """Begin a new tape; one of an earlier run is set aside."""
    now_ns = link.clock.now_ns()
    _set_aside(path, now_ns)
    rate, rates = await present_funding(link, market, now_ns), HeardFunding()
    funding = None if rate is None else funding_terms(rate, rates)
    return Beginning(now_ns, funding, rates, first=rate or GapRow(now_ns, "nothing is heard yet"))


def _going_on(path: Path, start_ns: int, state: RunState) -> Beginning:
    """Go on with the tape of an unfinished run."""
    if not path.exists():
        raise UsageError(
            f"{path} is not there, without which the unfinished run in {state.path} cannot be "
            "computed again: start anew with --fresh"
        )
    cut_torn_line(path)
    past = StreamRecordingSource(path)
    return Beginning(start_ns, past.funding, past.heard, past)


def _set_aside(path: Path, now_ns: int) -> None:
    """Rename a tape and its sidecar, if they are there, so that both can still be replayed."""
    aside = path.with_name(f"{path.stem}-{now_ns // 1_000_000_000}{path.suffix}")
    for suffix in ("", SUFFIXES[0]):
        there = path.with_name(path.name + suffix)
        if there.exists():
            there.rename(aside.with_name(aside.name + suffix))
