"""Rates of a strategy come from a rate service while that is sound, and from the venues else."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import NS, ContractId, Market, Symbol
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.funding_rate_client import FundingRateClient
from exchange_clients.shared.clock import Clock, ManualClock
from execution.readings import MarketReading
from execution.served_rates import AGE_MAX_NS, SHARED_NS, ServedBoard, ServedFunding
from execution.venue_reader import VenueReader
from tests.support.rate_server import served
from tests.support.rate_stage import (
    NOON_NS,
    collection,
    open_store,
    rate,
    service_state,
)

D = Decimal
BTC = Symbol("BTC")


class Own(BaseFundingAdapter):
    """The venue's own adapter; it counts how often the venue is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        self.asked += 1
        return {BTC: FundingRateSample(BTC, D("0.0009"), D(8), None)}

    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        return {BTC: MarketStats(BTC, D(1), D(2))}

    async def fetch_funding_history(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        return []

    def normalize_symbol(self, dex_symbol: str) -> Symbol:
        return Symbol(dex_symbol)

    def get_dex_symbol_format(self, symbol: str) -> str:
        return symbol

    async def close(self) -> None:
        pass


class Account:
    """As much of a client as an overview asks for; the account itself cannot be read."""

    class _Stream:
        is_connected = True

    stream = _Stream()

    async def get_detailed_positions(self) -> list[object]:
        raise OutcomeUnknown("not of interest")

    async def get_account_balance(self) -> Decimal:
        raise OutcomeUnknown("not of interest")

    async def get_contract_attributes(self, symbol: str) -> tuple[ContractId, Decimal]:
        return ContractId(symbol), D(1)

    def market(self, contract_id: str) -> Market:
        return Market(Symbol(contract_id), ContractId(contract_id), tick=D(1), step=D(1))


async def survey(own: Own, board: ServedBoard, clock: Clock, name: str = "grvt") -> MarketReading:
    """Read a venue as the strategy does."""
    client = cast("BaseExchangeClient", Account())  # the part that is asked
    (reading,) = await VenueReader(name, client, ServedFunding(name, own, board), clock).overview()
    return reading


def test_a_survey_takes_rates_from_a_real_service_and_from_the_venue_once_that_fails(
    tmp_path: Path,
) -> None:
    """Over a socket: the service is sound, then its rows are old, then it is gone and back."""
    clock, own, notes = ManualClock(NOON_NS + NS), Own(), list[str]()
    store = open_store(tmp_path)
    state = service_state(store, collection("grvt", rate("BTC", "0.0003", "4")))

    async def read(board: ServedBoard, name: str = "grvt") -> MarketReading:
        clock.advance((SHARED_NS + NS) / NS)
        return await survey(own, board, clock, name)

    with served(state) as (url, _):

        async def main() -> None:
            board = ServedBoard(FundingRateClient(url), clock, notes.append)
            reading = await read(board)
            assert reading.funding is not None
            assert (reading.funding.raw_rate, reading.funding.interval_hours) == (D("0.0003"), D(4))
            assert reading.funding_ns == NOON_NS, "as old as the service's own question"
            assert reading.stats == MarketStats(BTC, D(1000000), D(500000), D(100))
            assert own.asked == 0
            other = await read(board, "okx")
            assert other.funding is not None
            assert (other.funding.raw_rate, other.funding_ns) == (D("0.0009"), clock.now_ns())
            assert notes[-1].endswith("the rate service has no rates of it")
            clock.advance(AGE_MAX_NS / NS)
            await read(board)
            assert own.asked == 2
            assert "those of the rate service are" in notes[-1]
            await board.close()

        asyncio.run(main())

    async def gone() -> None:
        board = ServedBoard(FundingRateClient(url), clock, notes.append)
        reading = await read(board)
        await read(board)
        assert reading.funding is not None
        assert reading.funding.raw_rate == D("0.0009")
        assert own.asked == 4
        await board.close()

    asyncio.run(gone())
    assert sum("does not answer" in note for note in notes) == 1, "a trouble is told once"
    store.close()
