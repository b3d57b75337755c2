"""What many seeds come to, as a table that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.simulation.crashes import AGAIN, AS_UNINTERRUPTED, MANNERS, OTHERWISE
from tests.simulation.jobs import Played
from tests.simulation.playing import Ended
from tests.simulation.ruin import RUINS
from tests.simulation.whole.marks import FAULTS, SOMETIMES, missed

DEATHS = (*MANNERS, AGAIN)
FAILURES = tuple(f"{kind}: {how}" for kind, ways in RUINS.items() for how in ways)
CONFIDENCE = 3.0
"""Of n clean tries the failure rate is below 3/n, with 95 % confidence."""


def table(played: Sequence[Played], took_s: float) -> Iterator[str]:
    """Yield the lines of the table, in Markdown.

    Args:
        played: What came of every seed.
        took_s: How long it took on the machine, in all.
    """
    plans = [each for each in played if each.kind == "executions"]
    runs = [each for each in played if each.kind == "run"]
    ended = [each for plan in plans for each in plan.executions]
    naive = [each for plan in plans for each in plan.naive]
    yield from _counts("executions", plans, len(ended))
    yield from _counts("runs", runs, len(runs))
    simulated_h = sum(each.simulated_s for each in played) / 3600
    yield f"- {simulated_h:,.0f} simulated hours in {took_s / 60:.1f} minutes, {len(played)} seeds"
    yield f"- events judged: {sum(each.events for each in played):,}"
    befell = sum((Counter(each.faults) for each in played), Counter[str]())
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(befell.items()))
    yield f"- troubles that befell something: {befell.total():,} ({kinds or 'none'})"
    yield f"- processes killed: {sum(max(each.lives - 1, 0) for each in played):,}"
    if runs:
        yield from _of_runs(runs)
    if not ended:
        return
    yield ""
    yield "| outcome | executions | max USD x s | p99.9 | p99 | median | max USD | left uneven |"
    yield "|---|---|---|---|---|---|---|---|"
    for outcome in sorted({each.outcome for each in ended}):
        yield _row(outcome, [each for each in ended if each.outcome == outcome])
    yield _row("all", ended)
    if naive:
        # Not every plan is played so as well: the two rows are of the same plans.
        beside = [each for plan in plans if plan.naive for each in plan.executions]
        yield _row(f"of {sum(bool(plan.naive) for plan in plans)} plans", beside)
        yield _row("the same plans, two market orders", naive)


def _of_runs(runs: Sequence[Played]) -> Iterator[str]:
    """Yield how fast runs were, and what of all that may happen never did."""
    for strategy in sorted({each.strategy for each in runs if each.strategy}):
        mine = [each for each in runs if each.strategy == strategy]
        simulated_s, cpu_s = sum(e.simulated_s for e in mine), sum(e.cpu_s for e in mine)
        most = max(each.unhedged[0] for each in mine)
        yield (
            f"- {strategy}: {len(mine)} runs, {simulated_s / 3600:,.1f} simulated hours at "
            f"{simulated_s / max(cpu_s, 1e-9):,.0f}x of one core, most unhedged {most:,.0f} USD"
        )
    hit = len(SOMETIMES) + len(FAULTS)
    never = missed([each.marks for each in runs], [each.faults for each in runs])
    yield f"- came to pass: {hit - len(never)} of {hit} marks; never: {', '.join(never) or 'none'}"


def _counts(what: str, played: Sequence[Played], number: int) -> Iterator[str]:
    red = sum(bool(each.breaches) for each in played)
    if not number:
        yield f"- {what}: none"
    elif red:
        yield f"- {what}: {number:,}, and {red} of {len(played)} seeds are RED"
    else:
        rate = CONFIDENCE / number
        yield f"- {what}: {number:,}, none in breach: fewer than 1 in {1 / rate:,.0f} (3/n, 95 %)"


def _row(name: str, ended: Sequence[Ended]) -> str:
    values = sorted(each.usd_seconds for each in ended)
    figures = (_quantile(values, 1.0), *(_quantile(values, part) for part in (0.999, 0.99, 0.5)))
    peak = max((each.peak_usd for each in ended), default=0.0)
    left = sum(each.left_usd > 0 for each in ended)
    cells = [name, f"{len(ended):,}", *(f"{value:,.0f}" for value in (*figures, peak)), f"{left:,}"]
    return f"| {' | '.join(cells)} |"


def _quantile(ascending: Sequence[float], part: float) -> float:
    """Return the value that such a part of all does not exceed; zero of none."""
    if not ascending:
        return 0.0
    return ascending[min(int(part * len(ascending)), len(ascending) - 1)]


def interruption_table(
    kind: str, played: Sequence[Played], took_s: float, source: str
) -> Iterator[str]:
    """Yield the lines of what deaths or failures of every effect came to, in Markdown."""
    plans = list(dict.fromkeys(each.plan for each in played))
    every = sum((Counter(each.marks) for each in played), Counter[str]())
    manners = DEATHS if kind == "crash" else FAILURES
    points = sum(every[manner] for manner in manners)
    what = "deaths" if kind == "crash" else "failures"
    yield f"- {points:,} {what} in {len(plans)} courses, in {took_s / 60:.1f} minutes"
    kinds = {each.removeprefix("effect: "): n for each, n in every.items() if "effect: " in each}
    told = ", ".join(f"{number:,} of kind {name}" for name, number in sorted(kinds.items()))
    yield f"- at {len(played):,} effects: {told}"
    yield f"- orphans: {every['orphans']}, doubles: {every['doubles']}"
    yield f"- effects in breach: {sum(bool(each.breaches) for each in played)} of {len(played)}"
    yield f"- source {source}"
    yield ""
    shown = [each for each in (*manners, AS_UNINTERRUPTED, OTHERWISE) if every[each]]
    yield f"| course | effects | {' | '.join(shown)} |"
    yield f"|---{'|---' * (len(shown) + 1)}|"
    for plan in plans:
        mine = [each for each in played if each.plan == plan]
        sums = sum((Counter(each.marks) for each in mine), Counter[str]())
        yield f"| {plan} | {len(mine)} | {' | '.join(f'{sums[each]:,}' for each in shown)} |"


def worst(played: Iterable[Played]) -> tuple[float, Played | None]:
    """Return the execution with the most USD x s, with its seed."""
    found: tuple[float, Played | None] = (0.0, None)
    for each in played:
        most = max((one.usd_seconds for one in each.executions), default=0.0)
        if most > found[0]:
            found = (most, each)
    return found
