"""A venue's live prices with orders filled on paper: no keys, and nothing is sent to it.

What is heard is on disk before the exchange takes it in. After a restart the past is computed again
from that tape and the journal, as with any recording; what happened in between was not heard, which
is a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import RunFailed, UsageError
from app.heard_market import HeardMarket, Tape, heard_terms
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
from exchange_clients.paper.funding import HOUR_NS
from exchange_clients.paper.sources.sidecar import SUFFIXES
from exchange_clients.paper.sources.stream_recording import HeardFunding, StreamRecordingSource
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
    """How one market of this process begins."""

    market: Market
    rates: HeardFunding
    interval_ns: int | None
    """From settlement to settlement of funding; None where the venue tells none."""
    past: StreamRecordingSource | None = None
    """The tape, after a restart."""
    first: FundingRow | GapRow | None = None
    """The first row of a new tape."""


@dataclass(frozen=True, slots=True)
class HeardBy:
    """One market's way to the exchange."""

    tape: Tape
    ear: MarketEar


@dataclass(frozen=True, slots=True)
class Feed:
    """An exchange and the ways by which the present reaches it, one for each market."""

    exchange: ClockedExchange
    markets: Sequence[HeardBy]
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
            for each in self.feed.markets if self.feed.resumed else ():
                not_before_ns = self.feed.exchange.not_before()
                each.tape.put(GapRow(max(self._clock.now_ns(), not_before_ns), INTERRUPTED))
            for each in self.feed.markets:
                await each.ear.open(FIRST_BOOK_S)
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        """Stop listening, and stop the exchange."""
        for each in self.feed.markets:
            await each.ear.close()
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
        for each in self.client.feed.markets:
            if each.tape.failure is not None:
                reason = each.tape.failure.strerror
                raise RunFailed(f"what was heard could not be written: {reason}")

    async def close(self) -> None:
        """Stop listening and close the tapes."""
        await self.funding.close()
        await self.client.disconnect()
        for each in self.client.feed.markets:
            each.tape.close()


async def open_public_paper(
    name: str, link: VenueLink, settings: RunSettings, state: RunState
) -> PublicPaperVenue:
    """Learn the markets and their past; nothing is heard until the client connects.

    The first one is the ticker's, which every venue must have; of further ones those that it has.

    Raises:
        ExchangeError: the venue could not be reached or read.
        UsageError: the ticker is not traded there, or the tape of an unfinished run is gone.
    """
    await link.open()
    markets = _markets(link, settings)
    kept = state.journal.load_state(f"{START_PREFIX}{name}")
    start_ns = link.clock.now_ns() if kept is None else int(kept)
    paths = {each.contract_id: tape_path(state, name, each, markets[0]) for each in markets}
    beginnings = [
        await _beginning(paths[each.contract_id], link, each, start_ns + index)
        if kept is None
        else _going_on(paths[each.contract_id], each, state)
        for index, each in enumerate(markets)
    ]
    venue = f"{link.venue.name} {link.environment.name}"
    exchange = _exchange(venue, beginnings, start_ns, link, settings)
    heard = []
    for each in beginnings:
        path = paths[each.market.contract_id]
        file = RecordingFile(path, venue, each.market, resume=each.past is not None)
        tape = Tape(file, each.market, exchange, each.rates)
        if each.first is not None:
            tape.put(each.first)
        heard.append(HeardBy(tape, MarketEar(link, each.market, tape.put, exchange.not_before)))
    if kept is None:
        # Only now: of a tape without a row nothing can be computed again.
        state.journal.save_state(f"{START_PREFIX}{name}", str(start_ns), start_ns)
    feed = Feed(exchange, heard, resumed=kept is not None)

    def make_client(options: PaperClientOptions) -> PublicPaperClient:
        return PublicPaperClient(
            feed, clock=link.clock, journal=state.journal, name=name, options=options
        )

    return PublicPaperVenue(name, exchange, markets[0], make_client, VenueFundingAdapter(link))


def tape_path(state: RunState, name: str, market: Market, primary: Market) -> Path:
    """Return where the rows of a venue's market are kept: beside the run's journal."""
    more = "" if market is primary else f".{market.symbol}"
    return state.path.with_name(f"{state.path.stem}.{name}{more}.jsonl")


def _markets(link: VenueLink, settings: RunSettings) -> list[Market]:
    """Return what is traded at a venue: the ticker, and of other symbols those that it lists."""
    found = [listed_market(link, settings.ticker)]
    for symbol in settings.symbols if settings.many_markets else ():
        listing = link.table.find(symbol)
        if listing is not None and listing.tradable and listing.market not in found:
            found.append(listing.market)
    return found


def _exchange(
    venue: str,
    beginnings: Sequence[Beginning],
    start_ns: int,
    link: VenueLink,
    settings: RunSettings,
) -> ClockedExchange:
    rates = {each.market.contract_id: each.rates for each in beginnings}
    intervals_ns = {
        each.market.contract_id: each.interval_ns
        for each in beginnings
        if each.interval_ns is not None
    }
    config = paper_config(settings.paper, settings.seed, heard_terms(rates, intervals_ns))
    pasts = [each.past for each in beginnings if each.past is not None]
    source = HeardMarket(venue, [each.market for each in beginnings], start_ns, pasts)
    return ClockedExchange(source, config, link.clock)


async def _beginning(path: Path, link: VenueLink, market: Market, at_ns: int) -> Beginning:
    """Begin a new tape; one of an earlier run is set aside."""
    _set_aside(path, at_ns)
    rate = await present_funding(link, market, at_ns)
    interval_ns = None if rate is None else round(rate.interval_hours * HOUR_NS)
    first = rate or GapRow(at_ns, "nothing is heard yet")
    return Beginning(market, HeardFunding(), interval_ns, first=first)


def _going_on(path: Path, market: Market, state: RunState) -> Beginning:
    """Go on with the tape of an unfinished run."""
    if not path.exists():
        raise UsageError(
            f"{path} is not there, without which the unfinished run in {state.path} cannot be "
            "computed again: start anew with --fresh"
        )
    cut_torn_line(path)
    past = StreamRecordingSource(path)
    interval_ns = None if past.funding is None else past.funding.interval_ns
    return Beginning(market, past.heard, interval_ns, past)


def _set_aside(path: Path, now_ns: int) -> None:
    """Rename a tape and its sidecar, if they are there, so that both can still be replayed."""
    aside = path.with_name(f"{path.stem}-{now_ns // 1_000_000_000}{path.suffix}")
    for suffix in ("", SUFFIXES[0]):
        there = path.with_name(path.name + suffix)
        if there.exists():
            there.rename(aside.with_name(aside.name + suffix))
