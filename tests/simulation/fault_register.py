"""Every known fault, with what injects it: into executions of several legs, and into whole runs.

The register is what `docs/faults.md` is written from. Rows of requests (H), WebSockets (W) and
orders (O) are those that conformance accounts for, venue by venue; the others are of accounts (A),
market data (M), time (T), process and disk (P), and of operators and several venues (X).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.fault_rows import FAULT_ROWS
from tests.simulation.fault_register_rest import FAULTS_OF_ACCOUNTS_AND_MACHINES, Injected
from tests.simulation.troubles import TARGETS
from tests.simulation.whole.beyond import BEYOND
from tests.simulation.whole.scenario import ByHand
from tests.simulation.whole.scenes import NOT_DRAWN

TESTS = Path(__file__).resolve().parents[1]
DOCUMENT = TESTS.parent / "docs" / "faults.md"
BY_HAND = "hand."
"""Before the name of what a user does in a run."""
OF_PLANS = (*TARGETS, "lag")
"""Injectors of executions; ``lag`` has a venue's lists trail all the time."""
OF_RUNS = (
    *(kind for kind in TARGETS if kind not in NOT_DRAWN),
    *(f"{BY_HAND}{kind}" for kind in ByHand),
    *BEYOND,
    "kill",
    "lag",
    "op.stop",
    "op.close",
    "hand.hold",
)
"""Injectors of runs."""
_LOST = "rp.drop rp.reset"
_MUTED = "ws.mute ws.drop"
_OF_MESSAGES_AND_ORDERS: Mapping[str, Injected] = {
    "H1": Injected(_LOST, also="dark to orders"),
    "H2": Injected("rq.drop"),
    "H3": Injected("rp.error_after"),
    "H4": Injected("unavailable rp.error_after"),
    "H5": Injected("rp.delay"),
    "H6": Injected(),
    "H7": Injected("rp.stale lag"),
    "H8": Injected("rp.stale"),
    "H9": Injected("rp.html rp.trunc rp.empty"),
    "H10": Injected("throttled", why="where a venue answers so with status 200"),
    "H11": Injected("throttled"),
    "H12": Injected(runs="v.eaten"),
    "H13": Injected("rp.drop rp.trunc"),
    "H14": Injected("rp.first"),
    "H15": Injected("rp.slow"),
    "H16": Injected("unauthorised", why="a run outlasts every login"),
    "W1": Injected("ws.mute"),
    "W2": Injected("ws.ignore_sub"),
    "W3": Injected("ws.drop"),
    "W4": Injected("ws.dup ws.swap"),
    "W5": Injected("ws.cut"),
    "W6": Injected("rp.delay rp.stale ws.delay"),
    "W7": Injected("v.maintenance"),
    "W8": Injected("rp.delay"),
    "W9": Injected("ws.echo ws.dup ws.cut"),
    "W10": Injected(_MUTED),
    "W11": Injected("ws.swap ws.delay"),
    "W12": Injected("ws.cut ws.refuse"),
    "W13": Injected("rotation", runs="ws.closing"),
    "W14": Injected("unauthorised", why="a run outlasts the hour of a listen key"),
    "W15": Injected(),
    "W16": Injected("ws.delay ws.stall", runs="proc.freeze"),
    "W17": Injected("ws.junk"),
    "W18": Injected("ws.cut"),
    "W19": Injected("ws.blackhole"),
    "W20": Injected("ws.refuse v.maintenance"),
    "O1": Injected("rq.delay", why="late cancels meet fills"),
    "O2": Injected("rq.delay"),
    "O3": Injected(_LOST),
    "O4": Injected(why="no strategy sends batches"),
    "O5": Injected("rq.delay", why="the book moves while a post-only order is late"),
    "O6": Injected("thin", why="partial fills leave dust"),
    "O7": Injected(runs="hand.close"),
    "O8": Injected(runs="hand.close"),
    "O9": Injected("kill", why="names must stay unique over deaths"),
    "O10": Injected("ws.mute", why="venues without our name are always among the nine"),
    "O11": Injected(plans="jump", why="the user's own orders rest in every third plan"),
    "O12": Injected(runs="down", why="where venues end orders by their lifetime"),
    "O13": Injected(runs="hand.cancel"),
    "O14": Injected(
        runs="v.overfill", why="at all but Paradex, whose orders tell what remains of them"
    ),
    "O15": Injected(runs="v.bust", why="at Paradex, which alone tells of it"),
    "O16": Injected("thin", why="one order takes many levels at once"),
    "O17": Injected("rq.delay", why="up to 200 s in runs; held by its expiry where it has one"),
    "O18": Injected("rq.drop rq.delay"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fault of the register."""

    name: str
    """H1, W1 ..."""
    fault: str
    plans: tuple[str, ...]
    """What injects it into executions."""
    runs: tuple[str, ...]
    """What injects it into whole runs."""
    places: tuple[str, ...]
    """Tests that cause it on their own, by their files under ``tests``."""
    why: str
    """What is to be said beside, and why nothing injects it where nothing does."""


def rows() -> Iterator[Row]:
    """Yield every fault in order."""
    for name, known in FAULT_ROWS.items():
        how = _OF_MESSAGES_AND_ORDERS[name]
        elsewhere = known.elsewhere.partition("::")[0]
        places = tuple(each for each in (known.cases and "conformance", elsewhere) if each)
        yield Row(name, known.fault, how.of_plans, how.of_runs, places, how.why or known.reason)
    for name, (fault, how) in FAULTS_OF_ACCOUNTS_AND_MACHINES.items():
        yield Row(name, fault, how.of_plans, how.of_runs, how.places, how.why)


def missing(row: Row) -> list[str]:
    """Return what a row names and nobody has."""
    return [
        *(kind for kind in row.plans if kind not in OF_PLANS),
        *(kind for kind in row.runs if kind not in OF_RUNS),
        *(place for place in row.places if not (TESTS / place).exists()),
    ]


_HEAD = """# Faults and what injects them

Every fault that is known of venues, networks, machines and people, and what brings it about: in
executions of several legs, in [runs of the whole program](safety.md#runs-of-the-whole-program), and
in tests of its own. Injectors have the names that `python -m tests.simulation` counts and prints: a
kind that never befell anything is listed at the end of each sweep. This page is written by
`python -m tests.simulation faults`, from `tests/simulation/fault_register.py`; a test holds that
each row names injectors that exist, and that the page is what the register says.

"""
_GROUPS = {
    "H": "Requests and answers",
    "W": "WebSockets",
    "O": "Orders",
    "A": "Accounts and margin",
    "M": "Market data and instruments",
    "T": "Time",
    "P": "Process and disk",
    "X": "Operators and several venues",
}


def document() -> str:
    """Return the page."""
    lines = [_HEAD + "\n".join(_sums()), ""]
    for kind, title in _GROUPS.items():
        lines += ["", f"## {title}", ""]
        lines += ["| | fault | executions | runs | tests of their own | beside |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_line(each) for each in rows() if each.name.startswith(kind)]
    return "\n".join(lines) + "\n"


def _sums() -> Iterator[str]:
    every = list(rows())
    yield "| faults | injected into executions | into runs | by tests alone | by nothing |"
    yield "|---|---|---|---|---|"
    alone = sum(not (each.plans or each.runs) and bool(each.places) for each in every)
    nothing = sum(not (each.plans or each.runs or each.places) for each in every)
    counts = (sum(bool(each.plans) for each in every), sum(bool(each.runs) for each in every))
    yield f"| {len(every)} | {counts[0]} | {counts[1]} | {alone} | {nothing} |"


def _line(row: Row) -> str:
    cells = (_code(row.plans), _code(row.runs), _code(row.places), row.why)
    return f"| {row.name} | {' | '.join((row.fault, *cells))} |"


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
