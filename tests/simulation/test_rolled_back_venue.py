"""A whole run whose venue comes up as it had been minutes before: the venue is right, and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.session import Session
from exchange_clients.base_models import NS
from tests.simulation.whole.lives import MortalStage
from tests.simulation.whole.playing import WholeRun, play_whole
from tests.simulation.whole.scenario import Faults
from tests.simulation.whole.scenes import draw_scenario
from venue_simulators.paradex.simulator import ParadexSimulator

SEED = 16
"""Two pairs of Paradex and Binance, which are as old as they may be after nine minutes."""
AT_S = 1000.0
BACK_S = 400.0
"""A closing of both pairs and their next opening are forgotten."""
CHAOS_S, QUIET_S = 2000.0, 60.0
DISTURBED = {"I6", "I16", "I23", "I33", "I38", "I39"}
"""What a quarter of an hour without the venue comes to; nothing is orphaned, doubled or turned."""


@dataclass
class RolledBack:
    """What is seen of a run that is rolled back once."""

    held: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    entries_off: str = ""
    begun: bool = False

    def look(self, run: WholeRun, session: Session) -> None:
        """Roll the venue back when it is time, and note what is there."""
        paradex = run.venues["paradex"]
        if not self.begun and run.now_s >= AT_S:
            self.begun = True
            paradex.venue.advance(run.now_ns())
            simulator = paradex.venue.simulator
            assert isinstance(simulator, ParadexSimulator)
            simulator.release.begin(back_to_ns=run.now_ns() - round(BACK_S * NS))
        self.held = {key: book.held for key, book in run.truth.books.items()}
        self.entries_off = session.bot.gate.reason


def test_pairs_of_a_venue_that_was_rolled_back_end_flat_everywhere_and_nothing_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = RolledBack()
    plain = WholeRun._look

    def look(run: WholeRun, stage: MortalStage, session: Session) -> None:
        seen.look(run, session)
        plain(run, stage, session)

    monkeypatch.setattr(WholeRun, "_look", look)
    scenario = replace(draw_scenario(SEED, Faults.NONE, chaos_s=CHAOS_S), quiet_s=QUIET_S)
    assert "paradex" in scenario.venues
    result = play_whole(scenario, tmp_path)
    assert seen.begun
    assert len(seen.held) == 4
    assert not any(seen.held.values()), seen.held
    assert seen.entries_off.startswith("paradex was rolled back, 4 fills of ours are gone")
    assert {each.partition(":")[0] for each in result.breaches} <= DISTURBED, result.breaches
