"""The tests of a module, run against each of its mutants in a process of its own.

A process loads the tests once, and finds out which of them run which lines. Then it forks one for
each mutant: that one exchanges the code of the mutated function, wherever it is held, and runs the
tests of the mutated lines, the quickest first, until one fails. What runs when the module is
imported is mutated before anything has imported it, in a fork that loads everything anew.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest
from coverage import Coverage
from hypothesis import Phase, settings

from tests.mutation.operators import AT_IMPORT, Mutant, Mutants
from tests.mutation.reasons import REASONS
from tests.mutation.results import Fate, Results

ROOT = Path(__file__).resolve().parents[2]
CPU_LEAST_S = 3
CPU_TIMES = 3
"""So many times what the tests take while they are measured: what takes longer will never end."""
CPU_AT_IMPORT_S = 120
SLEEP_MAX_S = 600
"""For what waits without computing; by the clock, because nothing else moves then."""
MEMORY_MAX = 4 << 30
KILLED, SURVIVED, NOT_RUN = 1, 0, 3


def play(path: str, tests: Sequence[str], results: Results) -> None:
    """Find out what becomes of each mutant that no earlier play has told of."""
    file = ROOT / path
    mutants = Mutants(file.read_text(), str(file))
    told = REASONS.get(path, {})
    left = [mutant for mutant in mutants.all if not _settled(results.fate(mutant), mutant, told)]
    if not left:
        return
    settings.register_profile(
        "mutants",
        database=None,
        derandomize=True,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
    )
    settings.load_profile("mutants")
    inside = [mutant for mutant in left if mutant.scope != AT_IMPORT]
    if inside:
        status = _in_a_fork(lambda: _play_inside(file, tests, mutants, inside, results))
        if status != pytest.ExitCode.OK:
            raise RuntimeError(f"the tests of {path} cannot be run: {status}")
    for mutant in left:
        if mutant.scope == AT_IMPORT:
            code = mutants.wrong(mutant)
            status = _in_a_fork(lambda: _at_import(file, tests, code))  # noqa: B023 - called at once
            results.keep(mutant, _fate(status))


# What runs when the module is imported ----------------------------------------------------------


def _at_import(file: Path, tests: Sequence[str], code: CodeType) -> int:
    _limit(CPU_AT_IMPORT_S)
    sys.meta_path.insert(0, _Finder(file, code))
    return KILLED if pytest.main([*_OPTIONS, "-x", *tests]) else SURVIVED


_OPTIONS = (
    "-q",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:pytest_cov",
)


class _Finder(MetaPathFinder):
    """Finds one module's mutant."""

    def __init__(self, file: Path, code: CodeType) -> None:
        self._file, self._code = file, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.endswith(self._file.stem):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin != str(self._file):
            return None
        loader = _Loader(fullname, str(self._file), self._code)
        return importlib.util.spec_from_file_location(fullname, self._file, loader=loader)


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


# What runs when a function is called --------------------------------------------------------------


def _play_inside(
    file: Path,
    tests: Sequence[str],
    mutants: Mutants,
    wanted: Sequence[Mutant],
    results: Results,
) -> int:
    player = _Player(file, mutants, wanted, results)
    code = pytest.main([*_OPTIONS, *tests], plugins=[player])
    if player.trouble:
        raise RuntimeError(player.trouble)
    return int(code)


class _Player:
    """Runs the tests in forks instead of in pytest's own loop."""

    def __init__(
        self, file: Path, mutants: Mutants, wanted: Sequence[Mutant], results: Results
    ) -> None:
        self._file = file
        self._mutants = mutants
        self._wanted = wanted
        self._results = results
        self._session: pytest.Session | None = None
        self.trouble = ""
        """Why the tests could not be run."""

    def pytest_internalerror(self, excrepr: object) -> None:
        self.trouble = str(excrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = report.longreprtext

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        self._session = session
        runs = self._measured()
        functions = self._functions()
        gc.collect()
        gc.freeze()
        for mutant in self._wanted:
            items = [items for items, (lines, _) in runs.items() if lines & {*mutant.lines}]
            items.sort(key=lambda item: runs[item][1])
            if not items:
                self._results.keep(mutant, Fate.UNREACHED)
                continue
            limit = CPU_LEAST_S + CPU_TIMES * sum(runs[item][1] for item in items)
            code = _code_of(self._mutants.wrong(mutant), mutant.scope)
            held = functions.get(mutant.scope, [])
            assert held, f"nothing holds {mutant.scope}"
            status = _in_a_fork(lambda: self._tried(items, held, code, limit))  # noqa: B023 - at once
            self._results.keep(mutant, _fate(status))
        return True

    def _measured(self) -> dict[pytest.Item, tuple[frozenset[int], float]]:
        """Return the lines that each test runs, and how long it takes, from a fork."""
        assert self._session is not None
        items = self._session.items
        reading, writing = os.pipe()

        def measure() -> int:
            os.close(reading)
            coverage = Coverage(data_file=None, include=[str(self._file)], config_file=False)
            coverage.start()
            took = []
            for item in items:
                coverage.switch_context(item.nodeid)
                began = time.process_time()
                self._run(item, None)
                took.append(time.process_time() - began)
            coverage.stop()
            by_line = coverage.get_data().contexts_by_lineno(str(self._file))
            lines: dict[str, list[int]] = {}
            for line, contexts in by_line.items():
                for each in contexts:
                    lines.setdefault(each, []).append(line)
            told = [(lines.get(item.nodeid, []), s) for item, s in zip(items, took, strict=True)]
            with os.fdopen(writing, "w") as pipe:
                pipe.write(repr(told))
            return SURVIVED

        child = _forked(measure)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != SURVIVED:
            raise RuntimeError(f"a test of {self._file} fails without a mistake: run them first")
        told: list[tuple[list[int], float]] = eval(text)
        return {
            item: (frozenset(lines), took) for item, (lines, took) in zip(items, told, strict=True)
        }

    def _functions(self) -> dict[str, list[FunctionType]]:
        """Return the functions of the module by their qualified name, wherever they are held."""
        found: dict[str, list[FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename == str(self._file):
                found.setdefault(each.__code__.co_qualname, []).append(each)
        return found

    def _tried(
        self,
        items: Sequence[pytest.Item],
        functions: Sequence[FunctionType],
        code: Sequence[CodeType],
        limit_s: float,
    ) -> int:
        _limit(int(limit_s))
        for function in functions:
            like = [
                each for each in code if each.co_firstlineno == function.__code__.co_firstlineno
            ]
            function.__code__ = like[0]
        for item, following in zip(items, [*items[1:], None], strict=True):
            self._run(item, following)
        return SURVIVED

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(KILLED)


def _code_of(code: CodeType, scope: str) -> list[CodeType]:
    """Return the code of the functions of one qualified name."""
    return [each for each in _codes(code) if each.co_qualname == scope]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


# Processes ----------------------------------------------------------------------------------------


def _forked(do: Callable[[], int]) -> int:
    """Start a process that does something silently; return its id."""
    child = os.fork()
    if child:
        return child
    errors = os.dup(2)
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        os._exit(do())
    except BaseException:  # noqa: BLE001 - it is told, and a fork returns to nobody
        os.write(errors, traceback.format_exc().encode())
        os._exit(NOT_RUN)
    raise AssertionError("a process that exits comes no further")


def _in_a_fork(do: Callable[[], int]) -> int:
    """Return how a process ended that did something."""
    _, status = os.waitpid(_forked(do), 0)
    return os.waitstatus_to_exitcode(status)


def _settled(fate: Fate | None, mutant: Mutant, told: Mapping[str, str]) -> bool:
    """Tell whether a mutant need not be tried again: it was found, or survives with a reason."""
    return fate is not None and (fate.found or mutant.name in told)


def _fate(status: int) -> Fate:
    if status == SURVIVED:
        return Fate.SURVIVED
    if status == NOT_RUN:
        raise RuntimeError("a mutant could not be run")
    return Fate.KILLED if status == KILLED else Fate.STOPPED


def _limit(cpu_s: int) -> None:
    """Let this process be killed where it computes, waits or takes memory without an end."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    signal.alarm(SLEEP_MAX_S)
