"""Executions and runs under drawn trouble, judged by the venues' own truth.

python -m tests.simulation simulate --executions 10000 --runs 1000
python -m tests.simulation sample
python -m tests.simulation replay 17
python -m tests.simulation shrink 17 --to tests/simulation/plans/lost-answer.json
python -m tests.simulation canaries
python -m tests.simulation soak --days 30 --strategy grid
python -m tests.simulation same --seeds 1..100 --python python3.12 python3.13
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import monotonic

from msgspec.structs import replace

from tests.simulation.canaries import CANARIES
from tests.simulation.courses import COURSES
from tests.simulation.crashes import effects_of
from tests.simulation.drawing import draw
from tests.simulation.fault_register import DOCUMENT, document
from tests.simulation.figures import interruption_table, table, worst
from tests.simulation.findability import findability
from tests.simulation.finding import canary_is_found, seek
from tests.simulation.jobs import REPLAY, Job, Played, case_of, do
from tests.simulation.plan import Interleaving, encode
from tests.simulation.regressions import (
    add_shrinking,
    encode_case,
    job_of,
    keep,
    kept_plans,
    kept_runs,
    shrink_red,
)
from tests.simulation.runner import play_all
from tests.simulation.sameness import KINDS, add_commands, add_interleaving, seeds_of
from tests.simulation.shrinking import shrink
from tests.simulation.soak import add_soak
from tests.simulation.store import Results
from tests.simulation.telling import say, tell_red
from tests.simulation.whole.scenario import Faults
from tests.simulation.whole.scenes import CHAOS_S

SAMPLE_SEEDS = 100
"""Plans of ``sample``, about three executions each: a minute on two cores with all else of it."""
SAMPLE_RUNS = 6
SAMPLE_CHAOS_S = 300.0
CANARY_SEEDS = 400
STRIDE = 12
"""Of the effects of a process that recovers, each so manyth is the end of it as well."""
PLANS_PER_RUN = 4
"""About three executions each: as many for each run as there are to be in all."""
NAIVE_EVERY = 3
"""Of the plans, each so manyth is played with two market orders as well."""


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code is 1 when something was in breach."""
    given = _parser().parse_args(arguments)
    code: int = given.do(given)
    return code


def _simulate(given: argparse.Namespace) -> int:
    order = given.interleaving
    beside = "" if order is Interleaving.EXACT else f"-{order}"
    out = given.out or Path(f"reports/simulation{beside}.jsonl")
    results = Results(out, played_as=beside)
    seeing = canary_is_found(given.workers, runs=given.runs > 0)
    until = None if given.minutes is None else monotonic() + given.minutes * 60
    began = monotonic()
    jobs = _all_jobs(given, results)
    play_all(jobs, given.workers, lambda played: _keep(results, played), until)
    results.keep_time(monotonic() - began)
    code = _tell(results.played, results.took_s)
    for line in ("", *findability(results.played)):
        say(line)
    shrink_red(given, results.played, lambda played: _job(given, played.kind, played.seed))
    return code or int(not seeing)


def _all_jobs(given: argparse.Namespace, results: Results) -> Iterator[Job]:
    """Yield plans until there are enough executions, and runs side by side with them."""

    def plans() -> Iterator[Job]:
        seed = 0
        while sum(len(each.executions) for each in results.played) < given.executions:
            seed += 1
            if not results.has("executions", seed):
                yield _job(given, "executions", seed)

    seeds = (seed for seed in range(1, given.runs + 1) if not results.has("run", seed))
    runs = (_job(given, "run", seed) for seed in seeds)
    left = plans()
    while batch := [*islice(runs, 1), *islice(left, PLANS_PER_RUN)]:
        yield from batch


def _job(given: argparse.Namespace, kind: str, seed: int) -> Job:
    beside = seed % NAIVE_EVERY == 0
    return Job(kind, seed, naive=beside, interleaving=given.interleaving)


def _keep(results: Results, played: Played) -> None:
    results.keep(played)
    tell_red(played, played.command)


def _sample(given: argparse.Namespace) -> int:
    """Play what is fixed: the plans that once found something, some seeds and some runs."""
    kept: list[Played] = []
    files = [*kept_plans(), *kept_runs(short=True)]
    for path in files:
        play_all([job_of(path)], 1, kept.append, None)
        tell_red(kept[-1], f"{REPLAY} --plan {path}")
    jobs = [Job("run", seed, chaos_s=SAMPLE_CHAOS_S) for seed in range(1, SAMPLE_RUNS + 1)]
    jobs += [Job("executions", seed, naive=False) for seed in range(1, SAMPLE_SEEDS + 1)]
    began = monotonic()
    play_all(jobs, given.workers, kept.append, None)
    for played in kept[len(files) :]:
        tell_red(played, played.command)
    took_s = monotonic() - began
    seeing = canary_is_found(given.workers, runs=False)
    return _tell(kept, took_s) or int(not seeing)


def _replay(given: argparse.Namespace) -> int:
    if given.plan is not None:
        command = f"{REPLAY} --plan {given.plan}"
        order = given.interleaving
        played = do(replace(job_of(given.plan), canary=given.canary, interleaving=order))
        command += played.flags
    else:
        played = do(replace(_job(given, "executions", given.seed), canary=given.canary))
        command = played.command
        say(encode(draw(given.seed)))
    for one in played.executions:
        say(f"{one}")
    say(f"trace {played.trace}, {played.events} events, {played.lives} lives, {played.faults}")
    tell_red(played, command)
    return bool(played.breaches)


def _run(given: argparse.Namespace) -> int:
    """Play the whole program on seeds: one line for each, then the figures."""
    kept: list[Played] = []

    def on_played(played: Played) -> None:
        kept.append(played)
        speed = played.simulated_s / played.cpu_s if played.cpu_s else 0.0
        say(
            f"seed {played.seed} {played.strategy} trace {played.trace} "
            f"{played.simulated_s:,.0f} s at {speed:,.0f}x, {played.events} events, "
            f"{sum(played.faults.values())} faults, {played.lives} lives, "
            f"most unhedged {played.unhedged[0]:,.0f} USD, {played.unhedged[1]:,.0f} USD x s"
        )
        tell_red(played, played.command)

    began = monotonic()
    play_all([_run_of(seed, given) for seed in seeds_of(given.seeds)], given.workers, on_played)
    code = bool(kept[0].breaches) if len(kept) == 1 else _tell(kept, monotonic() - began)
    shrink_red(given, kept, lambda played: _run_of(played.seed, given))
    return code


def _run_of(seed: int, given: argparse.Namespace) -> Job:
    return Job(
        "run",
        seed,
        given.canary,
        faults=given.faults,
        venues=given.venues,
        chaos_s=given.seconds,
        interleaving=given.interleaving,
    )


def _interrupt(given: argparse.Namespace) -> int:
    """Interrupt courses at each of their effects; goes on where it was stopped."""
    results = Results(given.out or Path(f"reports/{given.stem}.jsonl"))
    until = None if given.minutes is None else monotonic() + given.minutes * 60
    jobs = (
        Job(given.kind, effect, plan=plan, stride=given.stride)
        for plan, effect in _effects(given)
        if given.effect or not results.has(given.kind, effect, plan)
    )
    began = monotonic()
    play_all(jobs, given.workers, lambda played: _keep(results, played), until)
    results.keep_time(monotonic() - began)
    for line in interruption_table(given.kind, results.played, results.took_s, results.source):
        say(line)
    return int(any(each.breaches for each in results.played))


def _effects(given: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Yield the first effect of every course, then the second of each, and so on."""
    plans = [given.plan] if given.plan else list(COURSES)
    if given.effect:
        yield from ((plan, given.effect) for plan in plans)
        return
    numbers = {plan: effects_of(plan) for plan in plans}
    for effect in range(1, max(numbers.values()) + 1):
        yield from ((plan, effect) for plan in plans if effect <= numbers[plan])


def _shrink(given: argparse.Namespace) -> int:
    job = Job(given.kind, given.seed) if given.plan is None else job_of(given.plan)
    job = replace(job, interleaving=given.interleaving)
    smaller = shrink(case_of(job), canary=given.canary)
    if smaller is None:
        say("nothing is in breach")
        return 0
    say(encode_case(smaller))
    if given.to is not None:
        keep(smaller, given.to, given.canary)
    return 1


def _canaries(given: argparse.Namespace) -> int:
    """Count the seeds until each planted bug is found."""
    missed = 0
    for canary in CANARIES:
        jobs = (Job("executions", seed) for seed in range(1, given.seeds + 1))
        found = seek(canary, jobs, given.workers)
        missed += found.red is None
        say(str(found))
    return int(missed > 0)


def _faults(given: argparse.Namespace) -> int:
    """Write the page of all faults and what injects them."""
    del given
    DOCUMENT.write_text(document(), encoding="utf-8")
    return 0


def _tell(played: Sequence[Played], took_s: float) -> int:
    for line in table(played, took_s):
        say(line)
    most, where = worst(played)
    if where is not None:
        say(f"\nthe most is {most:,.0f} USD x s: {where.command}")
    return int(any(each.breaches for each in played))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(required=True)
    simulate = commands.add_parser("simulate", help="many seeds; goes on where it was stopped")
    simulate.add_argument("--executions", type=int, default=10_000)
    simulate.add_argument("--runs", type=int, default=1_000)
    simulate.add_argument("--minutes", type=float, help="begin nothing more after so long")
    simulate.add_argument("--out", type=Path, help="default: a file in reports")
    simulate.set_defaults(do=_simulate)
    commands.add_parser("sample", help="fixed seeds, about a minute").set_defaults(do=_sample)
    replay = commands.add_parser("replay", help="one seed, or one plan")
    replay.add_argument("seed", type=int, nargs="?", default=1)
    replay.set_defaults(do=_replay)
    run = commands.add_parser("run", help="the whole program, 72 minutes of each seed")
    run.add_argument("--seeds", default="1", help="one, or the first and the last: 1..100")
    run.add_argument("--faults", type=Faults, choices=list(Faults), default=Faults.HEAVY)
    run.add_argument("--venues", type=int, help="arbitrage on so many venues")
    run.add_argument("--seconds", type=float, default=CHAOS_S, help="of trouble")
    run.set_defaults(do=_run)
    crash = commands.add_parser("crash", help="kill at every effect, and again while recovering")
    crash.add_argument("--stride", type=int, default=STRIDE, help="of the second deaths")
    crash.set_defaults(kind="crash", stem="crashes")
    fail = commands.add_parser("fail", help="let every effect fail, in every way")
    fail.set_defaults(kind="fail", stem="failures", stride=1)
    for each in (crash, fail):
        each.add_argument("--plan", choices=list(COURSES), help="one of the courses")
        each.add_argument("--effect", type=int, help="one of its effects")
        each.add_argument("--minutes", type=float, help="begin nothing more after so long")
        each.add_argument("--out", type=Path, help="default: a file in reports")
        each.set_defaults(do=_interrupt)
    smaller = commands.add_parser("shrink", help="the least plan that is still in breach")
    smaller.add_argument("seed", type=int, nargs="?", default=1)
    smaller.add_argument("--kind", choices=KINDS, default=KINDS[0], help="of the seed")
    smaller.add_argument("--to", type=Path, help="where the plan is kept")
    smaller.set_defaults(do=_shrink)
    for each in (replay, smaller):
        each.add_argument("--plan", type=Path, help="a file in place of a seed")
    for each in (simulate, run):
        add_shrinking(each)
    for each in (replay, smaller, run):
        each.add_argument("--canary", choices=("", *CANARIES), default="", help="plant a bug")
    for each in (simulate, run, replay, smaller):
        add_interleaving(each)
    add_commands(commands)
    add_soak(commands)
    canaries = commands.add_parser("canaries", help="whether planted bugs are found")
    canaries.add_argument("--seeds", type=int, default=CANARY_SEEDS)
    canaries.set_defaults(do=_canaries)
    faults = commands.add_parser("faults", help="write the page of faults and their injectors")
    faults.set_defaults(do=_faults)
    return parser


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # What is left of dead processes is not finalised.
    os._exit(status)
