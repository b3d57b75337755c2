"""``runbot.py opportunities``: pairs of venues, ranked, from public data."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import runbot
from app import catalogue, opportunities_command
from app.arguments import parse_arguments
from app.funding_survey import Survey, Told, VenueDesk, survey
from app.opportunities_command import read_question
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.funding_rate_client import FundingRateClient, ServedRate
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.parameters import arbitrage_settings
from strategies.implementations.funding_arbitrage.scanner import scan
from tests.strategies.arbitrage_stage import START_NS, D, reading

LOOK = "opportunities --environment simulator --exchanges lighter,grvt"


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_simulated_venues_of_one_world_are_ranked_without_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert runbot.main([*LOOK.split(), "--max-position-usd", "100"], {}) == 0
    told = capsys.readouterr().out
    assert "6 markets of 2 venues; each leg 100 USD for 24 h, taker fees" in told
    assert "was left out" not in told
    (ranked,) = [line.split() for line in told.splitlines() if line.split()[:1] == ["BTC"]]
    assert ranked[:3] == ["BTC", "lighter", "grvt"]


def test_pairs_are_printed_with_break_even_and_capacity(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def two_pairs(*_: object, **__: object) -> Survey:
        readings = [reading("a", "-0.001"), reading("b", "0.001"), reading("c", "0.002")]
        found = scan(readings, arbitrage_settings({}).selection, START_NS)
        return Survey(found, 3, ("a", "b", "c"), (("d", "maintenance"),))

    monkeypatch.setattr(opportunities_command, "survey", two_pairs)
    assert runbot.main(["opportunities", "--limit", "1"], {}) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ETH a c 0.9000 % 0.2200 % 0.6800 % 248.2 % 0.5 199,990+" in lines
    assert not any(line.startswith("ETH a b") for line in lines)
    assert "d was left out: maintenance" in lines


def test_refused_pairs_are_told_with_their_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert runbot.main([*LOOK.split(), "--refused", "--rate-age-s", "0.000001"], {}) == 0
    told = capsys.readouterr().out
    assert "no pair earns its costs" in told
    assert "refused: 3 for rate\n" in told
    assert "BTC lighter / grvt: rate: lighter: rate is 0 s old, limit 0 s" in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--exchanges lihgter,grvt", "did you mean lighter?"),
        ("--exchanges grvt", "grvt alone makes no pair"),
        ("--exchanges grvt,paper", "no paper"),
        ("--symbol B*C", "--symbol: not allowed"),
        ("--limit 0", "--limit: 0 is not allowed"),
        ("--min-edge x", "min_edge: 'x' is not a number of %"),
        ("--severe-erosion 1", "--severe-erosion is not a flag"),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_asked(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runbot.main(["opportunities", *line.split()], {}) == 2
    assert message in capsys.readouterr().err


def test_every_venue_is_looked_at_where_none_is_named() -> None:
    question = read_question(parse_arguments(["opportunities"]).given, {})
    known = [name for name in catalogue.exchange_names() if name != "paper"]
    assert [desk.name for desk in question.desks] == known
    assert question.symbol is None


class Desk(VenueDesk):
    """A venue that answers as a test tells it."""

    def __init__(self, name: str, rate: str | None) -> None:
        super().__init__(name, "prod", {}, None)
        self.rate = rate
        self.closed = False

    async def markets(self) -> list[MarketReading]:
        if self.rate is None:
            raise ExchangeError("maintenance")
        return [reading(self.name, self.rate, now_ns=START_NS)]

    async def with_book(self, reading: MarketReading) -> MarketReading:
        return reading

    async def close(self) -> None:
        self.closed = True


def test_a_venue_that_fails_is_left_out_and_the_others_are_judged() -> None:
    desks = [Desk("a", "-0.001"), Desk("b", None), Desk("c", "0.001")]
    selection = arbitrage_settings({"min_edge": D("0.001")}).selection

    async def main(loop: VirtualLoop) -> Survey:
        return await survey(desks, selection, clock=VirtualClock(loop))

    found = run_virtual(main, epoch_ns=START_NS)
    assert found.answered == ("a", "c")
    assert found.failed == (("b", "maintenance"),)
    assert [each.pair for each in found.scan.opportunities] == [("ETH", "a", "c")]
    assert all(desk.closed for desk in desks)


class UnreachedDesk(VenueDesk):
    """A venue that is asked itself for nothing but its rates."""

    asked = False

    async def _opened(self) -> VenueLink:
        return cast(VenueLink, SimpleNamespace(clock=ManualClock(START_NS), table=()))

    async def _asked(self, link: VenueLink) -> Told:
        self.asked = True
        return Told({}, {}, START_NS)


@pytest.mark.parametrize(
    ("stale", "said"),
    [(None, "has no rates of it"), (True, "those of the rate service are stale"), (False, "")],
)
def test_a_venue_of_which_the_rate_service_tells_nothing_fresh_is_asked_itself(
    stale: bool | None, said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Service:
        async def rates(self, venue: str) -> list[ServedRate]:
            sample = FundingRateSample(Symbol("BTC"), D("0.0001"), D(8), None)
            stats = MarketStats(Symbol("BTC"), None, None)
            return [] if stale is None else [ServedRate(venue, sample, stats, START_NS, stale)]

        async def close(self) -> None:
            """Close nothing."""

    monkeypatch.setattr(FundingRateClient, "from_variables", lambda variables: Service())
    desk = UnreachedDesk("okx", "prod", {}, None)
    run_virtual(lambda loop: desk.markets())
    assert desk.asked is bool(said)
    assert said in caplog.text
    assert bool(said) is bool(caplog.records)
