"""Surveys: what a venue that fails, hangs or lies does to the others, and to what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import (
    NS,
    ContractId,
    DepthView,
    ExchangePositionSnapshot,
    Feature,
    Level,
    LeverageInfo,
    LiquidationEvent,
    Market,
    Side,
    Symbol,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.market_survey import SILENT, WAIT_S, MarketSurvey
from execution.ports import SurveyEars
from execution.readings import Liquidated, MarketReading, Surveyed, View
from execution.venue_reader import VenueReader

D = Decimal
BTC = Symbol("BTC")
MARKET = Market(BTC, ContractId("BTC-PERP"), tick=D("0.1"), step=D("0.001"))
BOOK = DepthView({"bids": [Level(D(99), D(5))], "asks": [Level(D(101), D(5))]})


class Venue:
    """A client and a funding adapter in one, whose answers a test may delay or spoil."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.broken: set[str] = set()
        self.hanging: set[str] = set()
        self.is_connected = True
        self.is_listed = True
        self.liquidation_events_queue: asyncio.Queue[LiquidationEvent] = asyncio.Queue()

    @property
    def stream(self) -> Venue:
        return self

    def supports(self, feature: Feature) -> bool:
        return False

    def market(self, contract_id: ContractId) -> Market:
        return MARKET

    async def get_contract_attributes(self, symbol: str) -> tuple[ContractId, Decimal]:
        if not self.is_listed:
            raise ValueError(f"no market {symbol}")
        return MARKET.contract_id, MARKET.tick

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        await self._answer("rates")
        return {BTC: FundingRateSample(BTC, D("0.0001"), D(8), None)}

    async def fetch_market_data(self) -> dict[Symbol, MarketStats]:
        await self._answer("stats")
        return {BTC: MarketStats(BTC, D(1), D(2))}

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        await self._answer("positions")
        return [ExchangePositionSnapshot(BTC, MARKET.contract_id, D("0.5"))]

    async def get_collateral_price(self) -> Decimal | None:
        return D("0.99")

    async def get_account_balance(self) -> Decimal:
        await self._answer("balance")
        return D(1000)

    async def get_order_book_depth(self, contract_id: ContractId, levels: int) -> DepthView:
        await self._answer("book")
        return BOOK

    async def get_leverage_info(self, symbol: Symbol) -> LeverageInfo:
        await self._answer("leverage")
        return LeverageInfo(D(10), None, D("0.1"))

    async def _answer(self, what: str) -> None:
        if what in self.hanging:
            await self.clock.sleep(3600)
        if what in self.broken:
            raise OutcomeUnknown(f"no {what}")


class Stage:
    """Two venues, ``a`` and ``b``, surveyed every 15 s, and what was told."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.clock = VirtualClock(loop)
        self.a, self.b = Venue(self.clock), Venue(self.clock)
        self.told: list[Surveyed] = []
        self.liquidations: list[Liquidated] = []
        readers = [
            VenueReader(
                name,
                cast("BaseExchangeClient", venue),  # as much of one as is read
                cast("BaseFundingAdapter", venue),  # as much of one as is read
                self.clock,
            )
            for name, venue in (("a", self.a), ("b", self.b))
        ]
        self.survey = MarketSurvey(readers, self.clock)
        self.survey.start(SurveyEars(_all, self.told.append, self.liquidations.append))

    def times(self) -> list[int]:
        """Return when surveys were told, in seconds from the start."""
        return [(each.now_ns - self.told[0].now_ns) // NS for each in self.told]

    def latest(self, venue: str) -> MarketReading:
        """Return a venue's reading in the latest survey."""
        return next(each for each in self.told[-1].readings if each.venue == venue)


def _all(readings: Sequence[MarketReading], now_ns: int) -> View:
    return View([each.key for each in readings])


def on_stage(play: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    async def main(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        await play(stage)
        await stage.survey.close()

    run_virtual(main)


def test_a_survey_tells_each_market_whole() -> None:
    async def play(stage: Stage) -> None:
        await stage.clock.sleep(31)
        assert stage.times() == [0, 15, 30]
        reading = stage.latest("a")
        assert reading.book == BOOK
        assert (reading.available, reading.collateral_price) == (D(1000), D("0.99"))
        assert reading.position is not None
        assert reading.position.quantity == D("0.5")
        assert reading.leverage is not None
        assert reading.trouble == ""

    on_stage(play)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("stats", "stats"),
        ("positions", "position"),
        ("balance", "available"),
        ("book", "book"),
        ("leverage", "leverage"),
    ],
)
def test_a_part_that_cannot_be_read_is_unknown_and_spoils_no_other(part: str, field: str) -> None:
    async def play(stage: Stage) -> None:
        stage.a.broken.add(part)
        await stage.clock.sleep(1)
        lame, sound = stage.latest("a"), stage.latest("b")
        assert getattr(lame, field) is None
        same = replace(lame, venue="b", **{field: getattr(sound, field)})
        if part == "balance":
            same = replace(same, collateral_price=sound.collateral_price)
        assert same == sound

    on_stage(play)


def test_a_rate_that_cannot_be_read_any_more_keeps_its_age() -> None:
    async def play(stage: Stage) -> None:
        await stage.clock.sleep(1)
        first_ns = stage.latest("a").funding_ns
        stage.a.broken.add("rates")
        await stage.clock.sleep(30)
        assert stage.latest("a").funding is not None
        assert stage.latest("a").funding_ns == first_ns < stage.latest("b").funding_ns

    on_stage(play)


def test_a_market_that_is_not_listed_for_a_while_is_looked_for_again() -> None:
    async def play(stage: Stage) -> None:
        stage.a.is_listed = False
        await stage.clock.sleep(16)
        assert [each.venue for each in stage.told[-1].readings] == ["b"]
        stage.a.is_listed = True
        await stage.clock.sleep(315)
        assert [each.venue for each in stage.told[-1].readings] == ["a", "b"]

    on_stage(play)


def test_a_venue_that_hangs_holds_up_one_survey_and_no_second_one() -> None:
    async def play(stage: Stage) -> None:
        await stage.clock.sleep(1)
        stage.b.hanging.add("positions")
        await stage.clock.sleep(60)
        assert stage.times() == [0, 15 + int(WAIT_S), 30, 45, 60]
        assert stage.latest("b").trouble == SILENT
        assert stage.latest("b").available is None, "nothing is opened on a venue that is silent"
        assert stage.latest("a").trouble == ""
        stage.b.hanging.clear()
        await stage.clock.sleep(60)
        assert stage.latest("b").trouble == ""

    on_stage(play)


def test_a_liquidation_is_told_at_once_and_a_hurried_survey_does_not_wait() -> None:
    async def play(stage: Stage) -> None:
        await stage.clock.sleep(1)
        event = LiquidationEvent(MARKET.contract_id, BTC, Side.BUY, D(1), D(2), 0, ours=True)
        stage.b.liquidation_events_queue.put_nowait(event)
        await stage.clock.sleep(0.1)
        assert [(each.venue, each.event) for each in stage.liquidations] == [("b", event)]
        stage.survey.hurry()
        await stage.clock.sleep(0.1)
        assert len(stage.told) == 2

    on_stage(play)
