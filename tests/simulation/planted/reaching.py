"""Which seeds come by what a planted bug changes: the others cannot find it.

Probes of all bugs are put into the program together, and seeds are played without any bug. What a
seed comes to stays the same, so that it is also what the hunt compares with. A probe is a call
before each changed statement, or where the bug says so, before another one, if the bug would make a
difference there: most who come by a changed line find it doing what it did.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.simulation.planted.planting import Bug, NotApplicable, Site

PROBE = "_planted_bug_reached"
"""The name of what a probe calls, with the name of a bug: whoever puts probes in defines it."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "finalbody")


class Probe(NamedTuple):
    """Where a probe stands, and when it counts."""

    line: int
    when: str = ""
    """An expression; always where empty."""


def probed_by(bugs: Sequence[Bug], root: Path) -> dict[str, ast.Module]:
    """Return the sources with a probe wherever a bug would change them, by their paths.

    Raises:
        NotApplicable: a text that a bug replaces is not there.
    """
    wanted: dict[str, dict[str, list[Probe]]] = {}
    for bug in bugs:
        files = dict.fromkeys(
            [*(edit.file for edit in bug.edits), *(site.file for site in bug.matters)]
        )
        sources = {file: (root / file).read_text() for file in files}
        for file, text in () if bug.matters else bug.rewritten(sources).items():
            lines = changed_at(sources[file], text)
            wanted.setdefault(file, {})[bug.name] = [Probe(line) for line in lines]
        for site in bug.matters:
            probes = wanted.setdefault(site.file, {}).setdefault(bug.name, [])
            probes.append(Probe(_line_of(bug, site, sources[site.file]), site.when))
    return {file: probed((root / file).read_text(), probes) for file, probes in wanted.items()}


def _line_of(bug: Bug, site: Site, source: str) -> int:
    if source.count(site.before) != 1:
        raise NotApplicable(
            f"{bug.name}: in {site.file} the text of its site stands {source.count(site.before)} "
            f"times and not once; write the site anew:\n{site.before}"
        )
    begin = source.index(site.before)
    return source.count("\n", 0, begin + len(site.before) - len(site.before.lstrip("\n"))) + 1


def changed_at(before: str, after: str) -> list[int]:
    """Return the lines of ``before`` that are changed, or behind which something is put."""
    lines: list[int] = []
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for what, first, last, _, _ in matcher.get_opcodes():
        if what == "insert":
            lines.append(max(first, 1))
        elif what != "equal":
            lines += range(first + 1, last + 1)
    return lines


def probed(source: str, probes: Mapping[str, Sequence[Probe]]) -> ast.Module:
    """Return a module with a probe before each statement that stands at one of the lines.

    A changed signature is come by with its function; what stands in no function, with the module.

    Args:
        source: Of the module.
        probes: By the name of the bug.
    """
    module = ast.parse(source)
    placed: dict[tuple[ast.AST, str, int], dict[tuple[str, str], None]] = {}
    for bug, wanted in probes.items():
        for probe in wanted:
            placed.setdefault(_place_of(module, probe.line), {})[bug, probe.when] = None
    for (node, block, index), calls in sorted(placed.items(), key=lambda each: -each[0][2]):
        statements: list[ast.stmt] = getattr(node, block)
        beside = statements[min(index, len(statements) - 1)]
        statements[index:index] = [ast.copy_location(_call(*each), beside) for each in calls]
    return ast.fix_missing_locations(module)


def _call(bug: str, when: str) -> ast.stmt:
    call = ast.Expr(ast.Call(ast.Name(PROBE, ast.Load()), [ast.Constant(bug)], []))
    return ast.If(ast.parse(when, mode="eval").body, [call], []) if when else call


def _place_of(module: ast.Module, line: int) -> tuple[ast.AST, str, int]:
    """Return the block, and where in it, before the innermost statement at a line."""
    place: tuple[ast.AST, str, int] = (module, "body", len(module.body))
    in_function = False
    found = next(_statements_at(module, line), None)
    while found is not None:
        holder, block, index = found
        inside = getattr(holder, block)[index]
        if isinstance(inside, _FUNCTIONS):
            place, in_function = (inside, "body", _behind_docstring(inside)), True
        elif in_function:
            place = found
        found = next(_statements_at(inside, line), None)
    return place


def _statements_at(node: ast.AST, line: int) -> Iterator[tuple[ast.AST, str, int]]:
    """Yield the statement directly within a node that spans a line, with its block."""
    holders = [node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    for holder in holders:
        for block in _BLOCKS:
            for index, each in enumerate(getattr(holder, block, ())):
                begins = min([each.lineno, *(one.lineno for one in _decorators(each))])
                if begins <= line <= (each.end_lineno or each.lineno):
                    yield holder, block, index


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def _behind_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return int(ast.get_docstring(function, clean=False) is not None)
