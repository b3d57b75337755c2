"""Captures of the real venue, told by the simulated one, heard by the client: no gap on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_clients.base_models import NS
from exchange_clients.binance.client.core import VENUE
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.sources.open import open_source
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from venue_simulators.binance.simulator import BinanceSimulator, build
from venue_simulators.memory import MemoryHost
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.scripted_source import START_NS

TENTHS = 300
"""Thirty seconds of the market, looked at ten times a second."""


def client_of(venue: BinanceSimulator, host: MemoryHost, clock: VirtualClock) -> VenueClient:
    """Return a client of the venue over the network in memory."""
    variables = venue.environment({service.name: service.hosts[0] for service in venue.services})
    link = VenueLink(
        VENUE,
        VENUE.environments["prod"],
        read_credentials(VENUE.name, VENUE.fields, variables),
        http=MemoryHttpTransport(host.resolve, clock),
        sockets=MemorySocketTransport(host.resolve),
        clock=clock,
        rng=Rng(7),
        seal=simulated_seal,
    )
    return VenueClient(link, journal=MemoryJournal(), options=VenueClientOptions(ticker=None))


@pytest.mark.parametrize("name", ["usdm_btcusdt_20240808.gz", "usdm_ethusdt_20240808.gz"])
def test_the_clients_book_has_no_gap_and_the_venues_top(market_data: Path, name: str) -> None:
    source = open_source(str(market_data / "l2_binance_raw" / name))
    (contract_id,) = source.markets

    async def follow(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        options = SimulatorOptions(
            symbols=("X",),
            source=source,
            start_ns=clock.now_ns(),
            signatures=SignatureDepth.DIGEST,
            book_interval_ns=NS // 100,
        )
        venue = build(options)
        host = MemoryHost(venue, clock.now_ns, clock.call_later)
        client = client_of(venue, host, clock)
        signals: list[StreamSignal] = []
        client.stream.add_signal_listener(signals.append)
        await clock.sleep(2)
        await client.connect()
        assert await client.stream.prepare_market_feed(contract_id)
        await clock.sleep(1)
        pairs = []
        for _ in range(TENTHS):
            await clock.sleep(0.1)
            bid, ask, _ = venue.world.best(contract_id)
            best = client.stream.best_bid_offer(contract_id)
            assert best is not None
            assert bid is not None
            assert ask is not None
            pairs.append(((best.bid, best.ask), (float(bid[0]), float(ask[0]))))
        assert Signal.GAP not in [one.signal for one in signals]
        # What has just changed at the venue is on its way for a hundredth of a second or more.
        alike = sum(ours == theirs for ours, theirs in pairs)
        assert alike / TENTHS > 0.8
        await client.disconnect()
        host.close()

    run_virtual(follow, epoch_ns=START_NS)
