"""Bugs that are planted on purpose, and how long the simulation takes to find each.

python -m tests.simulation.planted list
python -m tests.simulation.planted map                      # once: which tests touch which lines
python -m tests.simulation.planted check                    # whether other tests notice them
python -m tests.simulation.planted reach --seeds 400        # which seeds come by each bug's lines
python -m tests.simulation.planted hunt --seeds 60 --minutes 60
python -m tests.simulation.planted table                    # writes docs/planted-bugs.md
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from tests.simulation.planted.hunting import Hunted, hunt, reach, sums, table
from tests.simulation.planted.planting import Bug, NotApplicable, all_bugs, rewritten_by

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "planted-bugs.md"
MARK = "<!-- written by `python -m tests.simulation.planted table`: change nothing below -->"


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say."""
    given = _parser().parse_args(arguments)
    code: int = given.do(given)
    return code


def _chosen(given: argparse.Namespace) -> list[Bug]:
    """Return the bugs whose names begin as is given, in that order; all where nothing is."""
    bugs = all_bugs()
    if not given.names:
        return bugs
    return [bug for each in given.names for bug in bugs if bug.name.startswith(each)]


def _still_there(bugs: Sequence[Bug]) -> Iterator[Bug]:
    """Yield the bugs whose text is in the sources, and say of the others that it is not."""
    for bug in bugs:
        try:
            rewritten_by([bug], ROOT)
        except NotApplicable as error:
            sys.stdout.write(f"NOT APPLICABLE {error}\n")
        else:
            yield bug


def _list(given: argparse.Namespace) -> int:
    """Say of each bug whether it still applies."""
    bugs = _chosen(given)
    there = list(_still_there(bugs))
    for bug in there:
        sys.stdout.write(f"{bug.name:44} {bug.area:18} {bug.what}\n")
    return int(len(there) < len(bugs))


def _map(given: argparse.Namespace) -> int:
    from tests.simulation.planted.touched import TestMap  # noqa: PLC0415  # needs coverage

    TestMap(given.map).build()
    return 0


def _check(given: argparse.Namespace) -> int:
    from tests.simulation.planted.checking import Bench, Check, Verdicts  # noqa: PLC0415
    from tests.simulation.planted.touched import TestMap  # noqa: PLC0415  # needs coverage

    bugs, verdicts, tests = (
        _chosen(given),
        Verdicts(given.map / "verdicts.json"),
        TestMap(given.map),
    )
    suites = [each for each in tests.suites() if each.startswith(given.only)]
    bench = Bench(tests.tree)
    Check(tests, verdicts, bench).run(bugs, suites)
    bench.close()
    noticed = {bug.name: by for bug in bugs if (by := verdicts.of(bug).noticed_by)}
    for name, by in noticed.items():
        sys.stdout.write(f"{name} is noticed by {by}\n")
    sys.stdout.write(f"{len(bugs) - len(noticed)} of {len(bugs)} are noticed by no test\n")
    return int(bool(noticed))


def _reach(given: argparse.Namespace) -> int:
    """Play seeds without bugs, and tell which bugs' lines none of them comes by."""
    bugs, hunted = list(_still_there(all_bugs())), Hunted(given.out)
    reach(bugs, hunted, given.seeds, given.workers)
    for bug in bugs:
        sys.stdout.write(f"{bug.name:44} {len(hunted.reaching(bug))}\n")
    return 0


def _hunt(given: argparse.Namespace) -> int:
    """Play seeds until each bug is found; exit code 0 whatever is, as it goes on later."""
    bugs, hunted = list(_still_there(_chosen(given))), Hunted(given.out)
    until = None if given.minutes is None else monotonic() + given.minutes * 60
    hunt(bugs, hunted, given.seeds, until)
    sys.stdout.write(f"{dict(sums(bugs, hunted))}\n")
    return 0


def _table(given: argparse.Namespace) -> int:
    """Write the page of planted bugs: what stands above its table is kept."""
    bugs, hunted = all_bugs(), Hunted(given.out)
    text, mark, _ = PAGE.read_text().partition(MARK)
    rows = "\n".join(table(bugs, hunted))
    told = ", ".join(f"{count} {what}" for what, count in sums(bugs, hunted).items())
    PAGE.write_text(f"{text}{mark}\n\n{len(bugs)} bugs: {told}.\n\n{rows}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.planted",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    told = commands.add_parser("list", help="every bug, and whether it still applies")
    mapped = commands.add_parser("map", help="run the tests once to see what each touches")
    checked = commands.add_parser("check", help="which bugs other tests notice; goes on")
    reached = commands.add_parser("reach", help="which seeds come by what a bug changes; goes on")
    reached.add_argument("--seeds", type=int, default=400, help="of the series, from the first on")
    reached.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    hunted = commands.add_parser("hunt", help="play seeds until each bug is found; goes on")
    hunted.add_argument("--seeds", type=int, default=60, help="of each bug, at most")
    hunted.add_argument("--minutes", type=float, help="begin no further bug after so long")
    written = commands.add_parser("table", help="write docs/planted-bugs.md")
    acts = (
        (told, _list), (mapped, _map), (checked, _check),
        (reached, _reach), (hunted, _hunt), (written, _table),
    )  # fmt: skip
    for each, do in acts:
        each.set_defaults(do=do)
    for each in (reached, hunted, written):
        each.add_argument("--out", type=Path, default=ROOT / "build" / "planted")
    for each in (told, checked, hunted):
        each.add_argument("names", nargs="*", help="numbers or names; all where none is given")
    checked.add_argument("--only", default="", help="suites that begin so, as tests/execution")
    for each in (mapped, checked):
        each.add_argument("--map", type=Path, default=ROOT / "build" / "planted")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
