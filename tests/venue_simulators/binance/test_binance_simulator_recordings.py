"""Recorded captures as the market of the venue: what its streams say of them has no gap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange_clients.base_models import NS, ContractId
from exchange_clients.events import BestBidOffer
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.open import open_source
from tests.venue_simulators.binance.binance_stage import Trader, Wire, public
from tests.venue_simulators.fapi.fapi_stage import Words, row
from venue_simulators.binance.simulator import BinanceSimulator, build
from venue_simulators.options import SimulatorOptions

SECONDS = 20
FOLDER = "l2_binance_raw"
CAPTURES = ("usdm_btcusdt_20240808.gz", "usdm_ethusdt_20240808.gz")


class LocalBook:
    """A book kept by the rules of the documents: snapshot first, then differences that chain."""

    def __init__(self, snapshot: Words) -> None:
        self.number: int = snapshot["lastUpdateId"]
        self.sides = {
            "b": {float(price): float(size) for price, size in snapshot["bids"]},
            "a": {float(price): float(size) for price, size in snapshot["asks"]},
        }
        self.chained: int | None = None
        self.gaps = 0

    def apply(self, event: Words) -> None:
        """Take in a difference."""
        if event["u"] < self.number and self.chained is None:
            return
        joins = event["U"] <= self.number <= event["u"]
        if self.chained is not None:
            joins = event["pu"] == self.chained
        self.gaps += not joins
        self.chained = event["u"]
        for name, levels in self.sides.items():
            for price, size in event[name]:
                if float(size):
                    levels[float(price)] = float(size)
                else:
                    levels.pop(float(price), None)

    def best(self) -> tuple[float, float]:
        """Return the best bid and the best ask."""
        return max(self.sides["b"]), min(self.sides["a"])


def quotes(source: MarketSource) -> Iterator[tuple[int, float, float]]:
    """Yield the recorded best prices with their instants."""
    for event in source.events():
        if isinstance(event, BestBidOffer):
            yield event.local_ns, event.bid, event.ask


def replayed(path: Path) -> tuple[BinanceSimulator, ContractId]:
    """Return a venue whose market is a capture, two seconds after its beginning."""
    source = open_source(str(path))
    (contract_id,) = source.markets
    venue = build(SimulatorOptions(symbols=("X",), source=source, book_interval_ns=NS // 100))
    venue.advance(source.info.start_ns + 2 * NS)
    return venue, contract_id


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_is_told_without_a_gap_and_with_its_own_best_prices(
    market_data: Path, name: str
) -> None:
    path = market_data / FOLDER / name
    venue, contract_id = replayed(path)
    wire = Wire(venue, f"/public/ws/{contract_id.lower()}@depth@100ms")
    venue.advance(venue.world.now_ns + NS // 3)
    book = LocalBook(row(public(venue, "depth", symbol=contract_id, limit=1000)))
    start_ns = venue.world.now_ns
    recorded = quotes(open_source(str(path)))
    last: tuple[float, float] | None = None
    equal = compared = 0
    at_ns = start_ns // (NS // 10) * (NS // 10)
    upcoming = next(recorded)
    for _ in range(SECONDS * 10):
        at_ns += NS // 10
        venue.advance(at_ns)
        for frame in wire.frames:
            book.apply(json.loads(frame))
        wire.frames.clear()
        while upcoming[0] <= at_ns:
            last = upcoming[1:]
            upcoming = next(recorded)
        if book.chained is not None and last is not None:
            compared += 1
            equal += book.best() == last
    assert book.gaps == 0
    assert compared > SECONDS * 9
    # Between a change and its publication a hundredth of a second passes.
    assert equal / compared > 0.9


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_lists_its_own_market_and_orders_trade_there(
    market_data: Path, name: str
) -> None:
    venue, contract_id = replayed(market_data / FOLDER / name)
    (listed,) = (
        one
        for one in row(public(venue, "exchangeInfo"))["symbols"]
        if one["contractType"] == "PERPETUAL"
    )
    assert listed["symbol"] == contract_id
    best = row(public(venue, "ticker/bookTicker", symbol=contract_id))
    assert float(best["bidPrice"]) < float(best["askPrice"])
    bought = Trader(venue).bought("0.1", symbol=contract_id)
    assert (bought["status"], float(bought["executedQty"])) == ("FILLED", 0.1)
