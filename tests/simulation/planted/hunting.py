"""How many seeds it takes until a planted bug breaks a rule, and which rule.

All bugs share one series of seeds: executions of several legs, deaths at an effect, and whole runs
by turns. It is played once without any bug, to see in which seeds each would make a difference.
Those are played with the bug, from the first on; the others cannot find it. A breach counts if the
same seed without the bug does not break the same rule. What was played is kept, so that a hunt goes
on where it was stopped.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, takewhile
from pathlib import Path
from time import monotonic

import msgspec

from tests.simulation.courses import COURSES
from tests.simulation.planted import playing_planted
from tests.simulation.planted.planting import BUGS, Bug, all_bugs, probes_digest
from tests.simulation.programs import PROGRAMS
from tests.simulation.store import ROOT, fingerprint

RUN_CHAOS_S = 600.0
"""Of trouble in a whole run: a sixth of what is usual, so that there are more of them."""
PLANS_PER_RUN, DEATHS_PER_RUN = 5, 2
"""A plan takes half a second, deaths at an effect and a run take several."""
DEATHS_STRIDE = 24
"""Each so manyth effect of the process that recovers is its end as well."""
EFFECTS_OF_EXECUTIONS, EFFECTS_OF_PROGRAMS = 30, 130
"""At one of the first so many a process ends: every course has them."""
TOO_SHORT = ("a leg is refused",)
"""Every course but these."""
SPREAD = 37
"""From one effect to the next, round and round: so early and late ones come soon."""
BATCH = 6
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
    reached: Mapping[str, int] = {}
    """Without a bug: by the name of each, how often the lines were come by that it changes."""


class _Row(Outcome, frozen=True, kw_only=True):
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
        self._plain = (PLAIN, probes_digest(all_bugs()))
        if self._path.exists():
            for line in self._path.read_bytes().splitlines():
                row = msgspec.json.decode(line, type=_Row)
                self.played((row.bug, row.digest))[Seed(row.kind, row.seed, row.plan)] = row

    def keep(self, bug: Bug | None, seed: Seed, outcome: Outcome) -> None:
        """Add what came of a seed."""
        name, digest = self._key(bug)
        row = _Row(
            outcome.breaches, outcome.trace, outcome.reached,
            bug=name, digest=digest, kind=seed.kind, seed=seed.seed, plan=seed.plan,
        )  # fmt: skip
        self.played((name, digest))[seed] = row
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")

    def played(self, bug: Bug | tuple[str, str] | None) -> dict[Seed, Outcome]:
        """Return what was played with a bug, in its order, and what each seed came to."""
        return self._told.setdefault(bug if isinstance(bug, tuple) else self._key(bug), {})

    def found(self, bug: Bug) -> Found | None:
        """Return the first seed that found a bug; None where none has."""
        plain, told = self.played(None), self.played(bug)
        for after, seed in enumerate(self._begun(), 1):
            known = dict.fromkeys(map(rule_of, plain[seed].breaches))
            for breach in told[seed].breaches if seed in told else ():
                if rule_of(breach) not in known:
                    return Found(seed, after, breach)
        return None

    def reaching(self, bug: Bug) -> list[Seed]:
        """Return the seeds that come by what a bug changes, in the order of the series."""
        plain = self.played(None)
        return [each for each in self._begun() if bug.name in plain[each].reached]

    def _key(self, bug: Bug | None) -> tuple[str, str]:
        return self._plain if bug is None else (bug.name, bug.digest)

    def _begun(self) -> Iterator[Seed]:
        """Yield the series as far as it was played without a bug."""
        return takewhile(self.played(None).__contains__, series())

    def differing(self, bug: Bug) -> int:
        """Return of how many seeds the bug changed anything at all."""
        plain = self.played(None)
        told = self.played(bug).items()
        return sum(seed in plain and plain[seed].trace != each.trace for seed, each in told)


def reach(bugs: Sequence[Bug], hunted: Hunted, seeds: int, workers: int) -> None:
    """Play the first seeds of the series without any bug, and keep what each comes by."""
    left = [seed for seed in islice(series(), seeds) if seed not in hunted.played(None)]
    for seed, outcome in play(bugs, left, workers, probes=True):
        hunted.keep(None, seed, outcome)


def hunt(bugs: Sequence[Bug], hunted: Hunted, seeds: int, until: float | None) -> None:
    """Play up to ``seeds`` seeds that reach each bug, a few of each bug by turns."""
    for most in range(BATCH, seeds + BATCH, BATCH):
        for bug in bugs:
            if until is not None and monotonic() > until:
                return
            if hunted.found(bug) is None:
                _go_on(bug, hunted, min(most, seeds))


def series() -> Iterator[Seed]:
    """Yield what may show a bug: some plans, deaths at an effect, then a run, and so on.

    Odd seeds of a run trade a grid, even ones funding arbitrage.
    """
    deaths = _deaths()
    for number in count():
        for plan in range(PLANS_PER_RUN):
            yield Seed("executions", number * PLANS_PER_RUN + plan + 1)
        yield from islice(deaths, DEATHS_PER_RUN)
        yield Seed("run", number + 1)


def _deaths() -> Iterator[Seed]:
    """Yield an effect of each course by turns."""
    courses = [name for name in COURSES if name not in TOO_SHORT]
    for number in count():
        for name in courses:
            span = EFFECTS_OF_PROGRAMS if name in PROGRAMS else EFFECTS_OF_EXECUTIONS
            yield Seed("crash", number * SPREAD % span + 1, name)


def _go_on(bug: Bug, hunted: Hunted, most: int) -> None:
    reaching = hunted.reaching(bug)[:most]
    left = [seed for seed in reaching if seed not in hunted.played(bug)]
    for seed, outcome in play([bug], left, 1) if left else ():
        hunted.keep(bug, seed, outcome)
    found = hunted.found(bug)
    if found is not None:
        _say(f"{bug.name}: after {found.after}, {found.seed.command}: {found.breach[:160]}")
    elif left:
        played, differing = len(hunted.played(bug)), hunted.differing(bug)
        _say(f"{bug.name}: not in {played}, of which it changed {differing}")


def play(
    bugs: Sequence[Bug], seeds: Sequence[Seed], workers: int, *, probes: bool = False
) -> Iterator[tuple[Seed, Outcome]]:
    """Play seeds, each in a child of a process that has the bugs, until one is in breach.

    Args:
        bugs: What is planted.
        seeds: In their order.
        workers: How many at a time.
        probes: Whether there are probes in the place of the bugs; all seeds are played then.
    """
    files = [str(BUGS / f"{bug.name}.toml") for bug in bugs]
    flags = [playing_planted.PROBES] if probes else []
    process = subprocess.Popen(
        [sys.executable, "-m", playing_planted.__name__, *flags, str(workers), *files],
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
            Outcome(told["breaches"], told["trace"], told["reached"] if probes else {}),
        )
    process.wait()


def table(bugs: Sequence[Bug], hunted: Hunted) -> list[str]:
    """Return the rows of what became of each bug, for a document."""
    rows = [
        "| bug | what is wrong | seen in | reached by | changed | found after | by |",
        "|---|---|---|---|---|---|---|",
    ]
    for bug in bugs:
        found, played = hunted.found(bug), len(hunted.played(bug))
        after = f"{found.after}" if found else "not found" if played else "not played"
        by = f"{found.rule}, `{found.seed.command}`" if found else ""
        what = bug.what.replace("|", "\\|")
        reaching, changed = len(hunted.reaching(bug)), f"{hunted.differing(bug)} of {played}"
        cells = [bug.name, what, bug.seen, f"{reaching}", changed, after, by]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def sums(bugs: Sequence[Bug], hunted: Hunted) -> Mapping[str, int]:
    """Return how many bugs were found, were not, were not played, and were never reached."""
    found = [bug for bug in bugs if hunted.found(bug) is not None]
    missed = [bug for bug in bugs if bug not in found and hunted.played(bug)]
    left = [bug for bug in bugs if bug not in found and bug not in missed]
    reached = [bug for bug in left if hunted.reaching(bug)]
    return {
        "found": len(found),
        "not found": len(missed),
        "not played": len(reached),
        f"reached by none of {len(hunted.played(None))} seeds": len(left) - len(reached),
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
