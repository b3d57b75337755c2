"""Every rule of a whole run can fire: what is doctored is found, by its own rule and by no other.

One short calm run of each strategy is played. In the middle of it one lie after another is told to
the judge, of the truth or of the bot, and taken back.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from app.session import Session
from tests.simulation import lies_of_grids, lies_of_knowledge, lies_of_orders, lies_of_runs
from tests.simulation.crash_plans import CRASH_PLANS
from tests.simulation.jobs import Job, Played
from tests.simulation.lies import BOTH, GRIDS, HEDGED, PAIRS, RANGES, Lie, Told
from tests.simulation.lies_of_runs import SERVED
from tests.simulation.runner import play_all
from tests.simulation.truth import Truth
from tests.simulation.whole import watching
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.lasting import Lasting
from tests.simulation.whole.lives import one_holder
from tests.simulation.whole.playing import WholeRun
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import Faults, Scenario, Serving, Strategy
from tests.simulation.whole.scenes import draw_scenario
from tests.support.log_ear import hearing

AT_S = 40.0
"""When the lies are told: by then something was traded, and is held."""
TOLD = (lies_of_grids, lies_of_knowledge, lies_of_orders, lies_of_runs)
"""Who adds to what is told."""

# Playing ------------------------------------------------------------------------------------------


def findings_of(scenario: Scenario, lies: dict[str, Told], folder: Path) -> dict[str, list[str]]:
    """Play a run, tell every lie in its midst, and return which rules found each."""
    found: dict[str, list[str]] = {}
    run = WholeRun(scenario, folder)

    async def tell(session: Session) -> None:
        for name, lie in lies.items():
            before, run.truth.breaches = run.truth.breaches, []
            try:
                done = lie(Lie(run, session))
                if done is not None:
                    await done
            except Exception as error:  # noqa: BLE001 - it is told with the others
                run.truth.breaches.append(f"it fell: {error!r}")
            found[name] = list(dict.fromkeys(rule_of(text) for text in run.truth.breaches))
            run.truth.breaches = before

    look = watching.look

    def looked(run: WholeRun, session: Session) -> None:
        look(run, session)
        if not found and run.now_s >= AT_S:
            found["begun"] = []
            run.telling = asyncio.create_task(tell(session))  # type: ignore[attr-defined]

    with (
        hearing(logging.WARNING, run.on_line),
        redirect_stdout(StringIO()),
        one_holder(),
        patch.object(watching, "look", looked),
    ):
        run.run()
    assert run.truth.breaches == [], "the run itself is calm"
    del found["begun"]
    return found


def rule_of(text: str) -> str:
    """Return the number of the rule that a sentence, or a lie's name, begins with."""
    return text if text.startswith("it") else re.split("[^I0-9]", text, maxsplit=1)[0]


def calm(seed: int, **changes: Any) -> Scenario:
    """Return a run of a minute in which nothing goes wrong."""
    drawn = draw_scenario(seed, Faults.NONE, chaos_s=60.0)
    given = {"chaos_s": 50.0, "quiet_s": 10.0, "dry": False, "latency_ms": 5, **changes}
    return msgspec.structs.replace(drawn, **given)


def missed(found: dict[str, list[str]], lies: dict[str, Told]) -> dict[str, list[str]]:
    """Return the lies that were not found by their own rule alone, with what found them."""
    return {name: found.get(name, []) for name in lies if found.get(name) != [rule_of(name)]}


def test_every_rule_of_pairs_finds_what_breaks_it(tmp_path: Path) -> None:
    lies = {**BOTH, **PAIRS}
    scenario = calm(12, serving=Serving())
    assert scenario.strategy is Strategy.ARBITRAGE
    on_answer = RateTruth.on_answer

    def noted(self: RateTruth, body: bytes) -> None:
        SERVED.append(body)
        on_answer(self, body)

    with patch.object(RateTruth, "on_answer", noted):
        assert not missed(findings_of(scenario, lies, tmp_path), lies)


def test_every_rule_of_a_grid_finds_what_breaks_it(tmp_path: Path) -> None:
    lies = {**BOTH, **GRIDS}
    scenario = calm(9)
    assert scenario.strategy is Strategy.GRID
    assert not missed(findings_of(scenario, lies, tmp_path), lies)


def test_every_rule_of_a_range_finds_what_breaks_it(tmp_path: Path) -> None:
    scenario = calm(21, settings=lies_of_grids.A_RANGE)
    assert scenario.venues == ("backpack",)
    assert not missed(findings_of(scenario, RANGES, tmp_path), RANGES)


def test_every_rule_of_a_hedge_finds_what_breaks_it(tmp_path: Path) -> None:
    drawn = draw_scenario(13).settings
    soon = {"strategy.position_timeout_minutes": "0.1", "strategy.take_profit": "0.5"}
    scenario = calm(13, settings={**drawn, **soon})
    assert len(scenario.venues) == 2
    assert not missed(findings_of(scenario, HEDGED, tmp_path), HEDGED)


def test_what_lasts_is_excused_while_a_trouble_is_felt(tmp_path: Path) -> None:
    del tmp_path
    scenario = draw_scenario(2, Faults.HEAVY)
    name = scenario.venues[0]
    row = next(each for each in scenario.troubles if each.venue == name)
    one = msgspec.structs.replace(scenario, troubles=(row,), happenings=())
    judge, stands = Lasting(one), Condition("I39: it hangs", 60.0, name)
    over_s = row.at_s + row.for_s + (row.seconds or 0.0)
    assert not [*judge.look(iter([stands]), row.at_s, 0.0)]
    assert not [*judge.look(iter([stands]), over_s + 119.0, 0.0)]
    assert len([*judge.look(iter([stands]), over_s + 121.0, 0.0)]) == 1


def test_a_close_of_an_execution_that_may_open_is_found() -> None:
    job = Job("executions", 0, case=CRASH_PLANS["at market"], naive=False)
    played: list[Played] = []
    with patch.object(Truth, "_may_open", lambda *_: True):
        play_all([job], 1, played.append)
    assert {rule_of(text) for each in played for text in each.breaches} == {"I14"}
