"""Funding arbitrage on a rate service's rates, through the whole program, and without it midway."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import NS, Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.funding_rate_client import FundingRateClient, ServedRate
from tests.support.arbitrage_run import strategy_of
from tests.support.memory_stage import SimulatedVenues, play, run_settings

D = Decimal
BTC = Symbol("BTC")
RATES = {"grvt": "0.0004", "bybit": "0.0034"}
GONE_S = 40


class Service:
    """Tells rates that no simulator has, until it is gone."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.asked = 0
        self.gone = False

    async def rates(
        self, venue: str | None = None, symbols: Sequence[str] = ()
    ) -> list[ServedRate]:
        self.asked += 1
        if self.gone:
            raise ExchangeError("connection refused")
        stats = MarketStats(BTC, D(10**9), D(10**8))
        return [
            ServedRate(name, FundingRateSample(BTC, D(rate), D(8), None), stats, self.now_ns, False)
            for name, rate in RATES.items()
        ]

    async def close(self) -> None:
        """Close nothing."""


def test_the_strategy_trades_on_served_rates_and_goes_on_without_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service()
    monkeypatch.setattr(FundingRateClient, "from_variables", lambda variables: service)
    # Whatever the environment is called, the venues are reached in memory here.
    settings = run_settings(
        tmp_path,
        "funding_arbitrage",
        "grvt,bybit",
        run__environment="testnet",
        run__ticker="BTC",
        run__duration="90s",
    )

    def prepare(session: Session) -> None:
        begin = session.stage.begin

        def begun() -> None:
            begin()
            service.now_ns = session.clock.now_ns()
            session.clock.call_later(GONE_S, lambda: setattr(service, "gone", True))

        session.stage.begin = begun  # type: ignore[method-assign]  # the clock stands until then

    session = play(settings, SimulatedVenues(settings), prepare)
    (pair,) = strategy_of(session).machine.state.pairs
    assert (pair.long.venue, pair.short.venue) == ("grvt", "bybit")
    assert pair.entry_divergence_8h == D("0.003"), "of the service, not of the venues"
    assert pair.opened_ns - service.now_ns < GONE_S * NS
    told = [note.text for note in session.recorder.notes if "funding rates of" in note.text]
    assert [note.split(" are asked")[0] for note in told] == [
        "funding rates of grvt",
        "funding rates of bybit",
    ]
    assert all("connection refused" in note for note in told)
    assert service.asked <= 90 / 15 + 3, "one question for all venues of a survey"
