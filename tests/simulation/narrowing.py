"""What is a little less than a plan or a scenario: a nearer end, a smaller world, no extras.

Rows that are left out, shortened or weakened are the business of ``shrinking``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from msgspec.structs import replace

from tests.simulation.plan import Interleaving, Plan
from tests.simulation.whole.scenario import Scenario, Strategy

Case: TypeAlias = Plan | Scenario
"""What is played, written out."""
ROWS = {
    Plan: ("kills", "troubles", "rounds", "own", "moves"),
    Scenario: ("kills", "troubles", "happenings", "commands", "held"),
}
PLAIN: dict[type[Case], dict[str, Any]] = {
    Plan: {
        "failure": None,
        "symbol": "BTC",
        "rebates": (),
        "sockets": False,
        "power": False,
        "lag_s": None,
        "leverage": None,
        "latency_ms": 2,
        "interleaving": Interleaving.EXACT,
    },
    Scenario: {
        "serving": None,
        "sockets": False,
        "rebates": (),
        "rests": 0,
        "power": False,
        "dry": False,
        "lag_s": None,
        "latency_ms": 2,
        "interleaving": Interleaving.EXACT,
    },
}
"""Values that need no explanation, by the fields that may hold others."""
SHORTEST_CHAOS_S = 60.0
QUIET_S = 320.0
"""The least time in which everything can agree and go on."""
AFTER_BREACH_S = 1.0
AT = re.compile(r"\(([0-9.]+) s\)$")
"""How a breach says when it was."""


def narrower(case: Case, breach: str) -> Iterator[Case]:
    """Yield what is less than a case, what saves most time first.

    Args:
        case: A plan or a scenario in breach.
        breach: What was found in it, with its instant.
    """
    if isinstance(case, Scenario):
        yield from _nearer_ends(case, breach)
        yield from _smaller_worlds(case)
    elif unused := _unused_venues(case):
        yield replace(case, venues=tuple(each for each in case.venues if each not in unused))
    for name, plain in PLAIN[type(case)].items():
        if getattr(case, name) != plain:
            yield replace(case, **{name: plain})


def is_whole(case: Case) -> bool:
    """Tell whether a case can be played at all."""
    return isinstance(case, Scenario) or bool(case.rounds)


def _nearer_ends(scenario: Scenario, breach: str) -> Iterator[Scenario]:
    found = AT.search(breach)
    at_s = float(found[1]) + AFTER_BREACH_S if found is not None else scenario.end_s
    for end_s in (at_s, scenario.chaos_s / 2, scenario.chaos_s * 3 / 4):
        chaos_s = max(round(end_s), SHORTEST_CHAOS_S)
        if chaos_s < scenario.chaos_s:
            yield _until(scenario, chaos_s)
    if scenario.quiet_s > QUIET_S:
        yield replace(scenario, quiet_s=QUIET_S)


def _until(scenario: Scenario, chaos_s: float) -> Scenario:
    """Return a scenario with an earlier end of all trouble; what begins later is left out."""
    troubles = (
        replace(each, for_s=min(each.for_s, chaos_s - each.at_s))
        for each in scenario.troubles
        if each.at_s < chaos_s
    )
    return replace(
        scenario,
        chaos_s=chaos_s,
        quiet_s=min(scenario.quiet_s, max(QUIET_S, scenario.quiet_s * chaos_s / scenario.chaos_s)),
        troubles=tuple(troubles),
        happenings=tuple(each for each in scenario.happenings if each.at_s < chaos_s),
        commands=tuple(
            replace(each, for_s=min(each.for_s, chaos_s - each.at_s))
            for each in scenario.commands
            if each.at_s < chaos_s
        ),
        kills=tuple(each for each in scenario.kills if each.at_s is None or each.at_s < chaos_s),
    )


def _smaller_worlds(scenario: Scenario) -> Iterator[Scenario]:
    """Yield a scenario without each of its venues and markets that it can do without."""
    hedged = scenario.settings.get("strategy.recovery_mode") == "hedge"
    fewest = 2 if hedged or scenario.strategy is Strategy.ARBITRAGE else 1
    for left in scenario.venues if len(scenario.venues) > fewest else ():
        yield replace(
            scenario,
            venues=tuple(each for each in scenario.venues if each != left),
            troubles=tuple(each for each in scenario.troubles if each.venue != left),
            happenings=tuple(each for each in scenario.happenings if each.venue != left),
            held=tuple(each for each in scenario.held if each.venue != left),
        )
    for left in scenario.symbols if len(scenario.symbols) > 1 else ():
        yield replace(
            scenario,
            symbols=tuple(each for each in scenario.symbols if each != left),
            happenings=tuple(each for each in scenario.happenings if each.symbol != left),
            commands=tuple(each for each in scenario.commands if each.symbol != left),
            held=tuple(each for each in scenario.held if each.symbol != left),
        )


def _unused_venues(plan: Plan) -> set[str]:
    """Return the venues of a plan on which no leg is wished for."""
    return {*plan.venues} - {wish.venue for each in plan.rounds for wish in each.wishes}
