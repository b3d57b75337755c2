"""The mistakes that are made, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.operators import AT_IMPORT, Mutants
from tests.mutation.page import Played, page
from tests.mutation.results import Fate, Results
from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]


def mistakes(source: str) -> list[str]:
    return [mutant.name.partition(": ")[2] for mutant in Mutants(source, "m.py").all]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["`a < b` as `a <= b`", "`a < b` as `a >= b`"]),
        ("a == b", ["`a == b` as `a != b`"]),
        ("a is not b", ["`a is not b` as `a is b`"]),
        ("a in b", ["`a in b` as `a not in b`"]),
        ("x = 7", ["`7` as `8`", "`7` as `6`"]),
        ("x = True", ["`True` as `False`"]),
        ("x = 'text'", []),
        ("x = Decimal('0.5')", ["`Decimal('0.5')` with 1 added", "`Decimal('0.5')` less 1"]),
        ("a and b", ["`a and b` as `a or b`"]),
        ("not a", ["`not a` as `a`"]),
        ("-a", ["`-a` as `a`"]),
        ("a + b", ["`a + b` as `a - b`"]),
        ("a // b", ["`a // b` as `a * b`"]),
        ("a += b", ["drop `a += b`", "`a += b` as `a -= b`"]),
        ("x = min(a, b)", ["`min` as `max`"]),
        ("x = Side.BUY", ["`Side.BUY` as `Side.SELL`"]),
        ("x = ROUND_FLOOR", ["`ROUND_FLOOR` as `ROUND_CEILING`"]),
        ("x = f(a, b)", ["`a` and `b` swapped in `f()`"]),
        ("x = f(k=a)", ["`f()` without `k=a`"]),
        ("f()", ["drop `f()`"]),
        ("a.b = c", ["drop `a.b = c`"]),
        ("a = b", []),
        ("del a", ["drop `del a`"]),
        ("if a:\n    b", ["`if a` taken as True", "`if a` taken as False"]),
        ("while a:\n    b", ["`while a` taken as False"]),
        ("x = a if b else c", ["`if b` taken as True", "`if b` taken as False"]),
        ("x = [a for a in b if c]", ["without `if c`"]),
        ("def f():\n    return a", ["None for `return a`"]),
        ("def f():\n    raise E(1 + 1)", ["drop `raise E(1 + 1)`"]),
    ],
)
def test_each_kind_of_mistake_is_made_once(source: str, expected: list[str]) -> None:
    assert mistakes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "assert a < b, 1",
        "x = f'{a + b}'",
        "self._logger.info('%d', a + 1)",
        "x: Literal[1] = None",
        "@wraps(k=1)\ndef f(a: Literal[1]) -> Literal[2]: ...",
        "if TYPE_CHECKING:\n    x = 1",
        "X: TypeAlias = A | B",
        "'''text'''",
    ],
)
def test_what_only_describes_is_left_alone(source: str) -> None:
    assert mistakes(source) == []


def test_a_mistake_knows_the_function_that_it_is_in_and_the_lines_of_its_statement() -> None:
    source = "\n".join(
        [
            "class A:",
            "    limit = 1",
            "    def f(self, count=2):",
            "        if (a and",
            "            b):",
            "            self.x = 3",
        ]
    )
    found = {(mutant.scope, mutant.lines) for mutant in Mutants(source, "m.py").all}
    assert found == {
        (AT_IMPORT, range(2, 3)),
        (AT_IMPORT, range(3, 4)),
        ("A.f", range(4, 6)),
        ("A.f", range(6, 7)),
    }


def test_every_mistake_is_one_of_its_own_and_leaves_nothing_behind() -> None:
    path = ROOT / next(iter(TARGETS))
    mutants = Mutants(path.read_text(), str(path))
    right = mutants.right()
    assert len({mutant.name for mutant in mutants.all}) == len(mutants.all) > 100
    for mutant in mutants.all:
        assert mutants.wrong(mutant) != right, mutant.name
    assert mutants.right() == right


def test_every_module_and_test_that_is_named_exists() -> None:
    named = [each for path, tests in TARGETS.items() for each in (path, *tests)]
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_what_became_of_a_mutant_is_kept_as_long_as_its_function_stands(tmp_path: Path) -> None:
    before = Mutants("def f():\n    return a < b\n", "m.py").all
    same = Mutants("X = 1\n\n\ndef f():\n    return a < b  # as before\n", "m.py").all[2:]
    other = Mutants("def f():\n    a()\n    return a < b\n", "m.py").all[1:]
    path = tmp_path / "kept" / "m.jsonl"
    results = Results(path)
    for mutant in before:
        results.keep(mutant, Fate.SURVIVED)
        results.keep(mutant, Fate.KILLED)
    assert [each.name for each in same] == [each.name for each in other]
    assert [Results(path).fate(mutant) for mutant in same] == [Fate.KILLED] * 3
    assert [Results(path).fate(mutant) for mutant in other] == [None] * 3


def test_the_page_counts_what_survives_and_asks_for_a_reason() -> None:
    fates = {"a": Fate.KILLED, "b": Fate.STOPPED, "c": Fate.SURVIVED, "d": Fate.UNREACHED}
    text = page([Played("m.py", fates)])
    assert "| `m.py` | 4 | 2 | 0 | 2 | 50.0% | 50.0% |" in text
    assert "| Not told yet. | c<br>d |" in text
