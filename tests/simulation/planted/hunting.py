"""How many seeds it takes until a planted bug breaks a rule, and which rule.

Each bug is played on executions of several legs, on whole runs or on both, as it may show: the
seeds of either kind by turns, from the first on. A breach counts if the same seed without the bug
does not break the same rule. What was played is kept, so that a hunt goes on where it was stopped.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic

import msgspec

from tests.simulation.crash_plans import CRASH_PLANS
from tests.simulation.planted import playing_planted
from tests.simulation.planted.planting import BUGS, Bug
from tests.simulation.store import ROOT, fingerprint

RUN_CHAOS_S = 600.0
"""Of trouble in a whole run: a sixth of what is usual, so that there are more of them."""
PLANS_PER_RUN = 6
"""Of a bug that may show in either: a plan takes half a second, a run several."""
RUNS_AT_ONCE = 2
DEATHS_STRIDE = 24
"""Each so manyth effect of the process that recovers is its end as well."""
EFFECTS = range(2, 40, 3)
"""At which processes end, of each plan: one of a plan, then of the next."""
BATCH = PLANS_PER_RUN + 2
"""Seeds of one bug before the next bug's turn: a process takes seconds to begin."""
RULE = re.compile(r"\bI\d+\b")
PLAIN = ""
"""The name of no bug at all."""


@dataclass(frozen=True)
class Seed:
    """What is played."""

    kind: str
    """``executions``, ``run`` or ``crash``: all deaths at one effect of a plan."""
    seed: int
    """Or the number of the effect."""
    plan: str = ""

    @property
    def line(self) -> str:
        """As the playing process is told it."""
        told = [self.kind, self.seed, self.plan, RUN_CHAOS_S, DEATHS_STRIDE]
        return json.dumps(told) + "\n"

    @property
    def command(self) -> str:
        """How the seed is played again without the bug."""
        if self.kind == "executions":
            return f"replay {self.seed}"
        if self.kind == "crash":
            return f"crash --plan '{self.plan}' --effect {self.seed} --stride {DEATHS_STRIDE}"
        return f"run --seeds {self.seed} --seconds {RUN_CHAOS_S:g}"


@dataclass(frozen=True)
class Found:
    """The seed that found a bug."""

    seed: Seed
    after: int
    """How many seeds were played, itself included."""
    breach: str

    @property
    def rule(self) -> str:
        """Return the first rule that is named, or what the breach begins with."""
        return rule_of(self.breach)


def rule_of(breach: str) -> str:
    """Return the rule that a breach names, or what it begins with."""
    named = RULE.search(breach)
    return named.group() if named else breach.partition(":")[0][:40]


class Outcome(msgspec.Struct, frozen=True):
    """What a seed came to."""

    breaches: Sequence[str]
    trace: str
    """A digest of all that was asked, traded and told: the same where a bug made no difference."""


class _Row(Outcome, frozen=True):
    bug: str
    digest: str
    kind: str
    seed: int
    plan: str = ""


class Hunted:
    """Every seed that was played, in a file; of other sources it is another file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"hunt-{fingerprint()[:12]}.jsonl"
        self._told: dict[tuple[str, str], dict[Seed, Outcome]] = {}
        if self._path.exists():
            for line in self._path.read_bytes().splitlines():
                row = msgspec.json.decode(line, type=_Row)
                self.played((row.bug, row.digest))[Seed(row.kind, row.seed, row.plan)] = row

    def keep(self, bug: Bug | None, seed: Seed, outcome: Outcome) -> None:
        """Add what came of a seed."""
        name, digest = _named(bug)
        row = _Row(outcome.breaches, outcome.trace, name, digest, seed.kind, seed.seed, seed.plan)
        self.played((name, digest))[seed] = row
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")

    def played(self, bug: Bug | tuple[str, str] | None) -> dict[Seed, Outcome]:
        """Return what was played with a bug, in its order, and what each seed came to."""
        return self._told.setdefault(bug if isinstance(bug, tuple) else _named(bug), {})

    def found(self, bug: Bug) -> Found | None:
        """Return the first seed that found a bug; None where none has."""
        plain = self.played(None)
        for after, (seed, outcome) in enumerate(self.played(bug).items(), 1):
            known = plain[seed].breaches if seed in plain else ()
            rules = dict.fromkeys(map(rule_of, known))
            for breach in outcome.breaches:
                if rule_of(breach) not in rules:
                    return Found(seed, after, breach)
        return None

    def differing(self, bug: Bug) -> int:
        """Return of how many seeds the bug changed anything at all."""
        plain = self.played(None)
        told = self.played(bug).items()
        return sum(seed in plain and plain[seed].trace != each.trace for seed, each in told)


def hunt(bugs: Sequence[Bug], hunted: Hunted, seeds: int, until: float | None) -> None:
    """Play up to ``seeds`` seeds of each bug, a few of each bug by turns."""
    for turn in range(1, seeds + 1):
        for bug in bugs:
            if until is not None and monotonic() > until:
                return
            most = turn * (BATCH if "executions" in bug.shows_in else RUNS_AT_ONCE)
            if hunted.found(bug) is None:
                _go_on(bug, hunted, min(most, seeds))


def seeds_of(kinds: Iterable[str]) -> Iterator[Seed]:
    """Yield what may show a bug: some plans, deaths at an effect, then a run, and so on.

    Odd seeds of a run trade a grid, even ones funding arbitrage.
    """
    number, runs = 0, [each for each in ("grid", "arbitrage") if each in kinds]
    deaths = [Seed("crash", effect, plan) for effect in EFFECTS for plan in CRASH_PLANS]
    plans = PLANS_PER_RUN if "executions" in kinds else 0
    while plans or runs:
        number += 1
        for plan in range(plans):
            yield Seed("executions", (number - 1) * plans + plan + 1)
        if plans:
            yield deaths[(number - 1) % len(deaths)]
        if len(runs) == 2:
            yield Seed("run", number)
        elif runs:
            yield Seed("run", 2 * number - (runs[0] == "grid"))


def _go_on(bug: Bug, hunted: Hunted, most: int) -> None:
    seeds = list(islice(seeds_of(bug.shows_in), most))
    plain = [seed for seed in seeds if seed not in hunted.played(None)]
    while plain:  # a process plays until a seed is in breach
        told = list(play(None, plain))
        assert told, f"nothing came of {plain}"
        for seed, outcome in told:
            hunted.keep(None, seed, outcome)
            plain.remove(seed)
    left = [seed for seed in seeds if seed not in hunted.played(bug)]
    for seed, outcome in play(bug, left) if left else ():
        hunted.keep(bug, seed, outcome)
    found = hunted.found(bug)
    if found is not None:
        _say(f"{bug.name}: after {found.after}, {found.seed.command}: {found.breach[:160]}")
    elif left:
        played, differing = len(hunted.played(bug)), hunted.differing(bug)
        _say(f"{bug.name}: not in {played}, of which it changed {differing}")


def play(bug: Bug | None, seeds: Sequence[Seed]) -> Iterator[tuple[Seed, Outcome]]:
    """Play seeds until one is in breach, each in a child of a process that has the bug."""
    files = [] if bug is None else [str(BUGS / f"{bug.name}.toml")]
    process = subprocess.Popen(
        [sys.executable, "-m", playing_planted.__name__, *files],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None, "it is a pipe"
    assert process.stdout is not None, "it is a pipe"
    process.stdin.write("".join(seed.line for seed in seeds))
    process.stdin.close()
    for line in process.stdout:
        told = json.loads(line)
        yield (
            Seed(told["kind"], told["seed"], told["plan"]),
            Outcome(told["breaches"], told["trace"]),
        )
    process.wait()


def table(bugs: Sequence[Bug], hunted: Hunted) -> list[str]:
    """Return the rows of what became of each bug, for a document."""
    rows = ["| bug | what is wrong | seen in | found after | by |", "|---|---|---|---|---|"]
    for bug in bugs:
        found, played = hunted.found(bug), len(hunted.played(bug))
        after = f"not in {played}, {hunted.differing(bug)} changed" if played else "not played"
        after = f"{found.after}" if found else after
        by = f"{found.rule}, `{found.seed.command}`" if found else ""
        what = bug.what.replace("|", "\\|")
        rows.append(f"| {bug.name} | {what} | {bug.seen} | {after} | {by} |")
    return rows


def sums(bugs: Sequence[Bug], hunted: Hunted) -> Mapping[str, int]:
    """Return how many bugs were found, were not, and were not played."""
    found = [bug for bug in bugs if hunted.found(bug) is not None]
    missed = [bug for bug in bugs if bug not in found and hunted.played(bug)]
    left = len(bugs) - len(found) - len(missed)
    return {"found": len(found), "not found": len(missed), "not played": left}


def _named(bug: Bug | None) -> tuple[str, str]:
    return (PLAIN, "") if bug is None else (bug.name, bug.digest)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
