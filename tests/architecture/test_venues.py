"""A venue holds words: what it may import, what it may not do, and how much it may say."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable

import pytest

from tests.architecture import venue_detectors
from tests.architecture.detectors import Findings, imports, imports_of, uses_of
from tests.architecture.source_tree import ROOT, Source, lines_of, sources

ALLOWED = (
    "__future__",
    "base64",
    "collections.abc",
    "dataclasses",
    "decimal",
    "enum",
    "exchange_clients",
    "hashlib",
    "hmac",
    "msgspec",
    "re",
    "string",
    "struct",
    "types",
    "typing",
    "urllib.parse",
)
"""All that words need; none of it waits, remembers or looks outside."""

SIGNING = ("client/utils/signing.py", "client/utils/native.py")
"""Where a curve or a native signer may be loaded, and nothing else that is not listed above."""
CURVES = (
    "coincurve",
    "crypto_cpp_py",
    "cryptography",
    "ctypes",
    "eth_account",
    "eth_keys",
    "fast_stark_crypto",
    "nacl",
    "sha3",
)

STATEMENTS_MAX = 700
STATEMENTS_MAX_OF = {"lighter": 900, "paper/remote": 450}
"""A signature that no library offers takes its own; a protocol of our own has no oddities. What the
formatter spreads over several lines is one statement; explanations do not count."""

EMBEDDED = ("paper", "shared")
"""Folders of the library that hold no venue's words."""
SERVED = "paper/remote"
"""The words of the paper venue where another process serves it."""

NETWORK = tuple(
    sorted(
        folder.name
        for folder in (ROOT / "exchange_clients").iterdir()
        if (folder / "__init__.py").exists() and folder.name not in EMBEDDED
    )
)
VENUES = (*NETWORK, SERVED)
DIALECTS = tuple(
    f"shared/dialects/{folder.name}"
    for folder in sorted((ROOT / "exchange_clients/shared/dialects").iterdir())
    if (folder / "__init__.py").exists()
)
"""Words that several venues speak, by their folder."""
SPEAKER_STATEMENTS_MAX = 150
SPEAKER_STATEMENTS_MAX_OF = {"binance": 290}
"""What a venue may add to a dialect, which has a budget of its own. Binance keeps orders that wait
apart from the others, with an endpoint, a list, numbers and events of their own; and it takes
orders over a socket."""


def words(venue: str) -> tuple[Source, ...]:
    return sources(f"exchange_clients/{venue}/")


@pytest.mark.parametrize("venue", [*VENUES, *DIALECTS])
def test_words_import_only_what_is_listed(venue: str) -> None:
    found = [
        f"{source.path}:{line} {module}"
        for source in words(venue)
        for line, module in imports(source.tree)
        if not _below(module, ALLOWED)
        and not (source.path.endswith(SIGNING) and _below(module, CURVES))
    ]
    assert not found, lines_of(found)


@pytest.mark.parametrize(
    "detect",
    [
        venue_detectors.deeds,
        venue_detectors.mutable_values,
        venue_detectors.writes_to_self,
        lambda tree: uses_of(tree, ["datetime.now", "datetime.datetime.now", "date.today"]),
    ],
    ids=["deeds", "mutable values", "writes to self", "the present time"],
)
@pytest.mark.parametrize("venue", [*VENUES, *DIALECTS])
def test_words_do_nothing(venue: str, detect: Callable[[ast.AST], Findings]) -> None:
    found = [
        f"{source.path}:{line} {what}"
        for source in words(venue)
        for line, what in detect(source.tree)
    ]
    assert not found, lines_of(found)


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_stays_within_its_budget(venue: str) -> None:
    sizes = _sizes(venue)
    spoken = _dialects_of(venue)
    most = (
        SPEAKER_STATEMENTS_MAX_OF.get(venue, SPEAKER_STATEMENTS_MAX)
        if spoken
        else STATEMENTS_MAX_OF.get(venue, STATEMENTS_MAX)
    )
    assert sum(sizes.values()) <= most, lines_of([sum(sizes.values()), *sizes.items()])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_is_spoken_and_stays_within_the_budget_of_one_venue(dialect: str) -> None:
    sizes = _sizes(dialect)
    assert sum(sizes.values()) <= STATEMENTS_MAX, lines_of([sum(sizes.values()), *sizes.items()])
    assert [venue for venue in VENUES if dialect in _dialects_of(venue)]


def test_curves_are_loaded_by_signing_alone() -> None:
    found = {
        (source.path, line, module)
        for source in sources("exchange_clients/")
        if not source.path.endswith(SIGNING) and not source.within("exchange_clients/shared/")
        for line, module in imports_of(source.tree, CURVES)
    }
    assert not found, lines_of(found)


def test_the_import_contracts_name_every_venue() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (apart,) = (each for each in config["contracts"] if each["type"] == "independence")
    named = {f"exchange_clients.{venue}" for venue in (*NETWORK, "paper")}
    assert set(apart["modules"]) == named
    (shared,) = (
        each
        for each in config["contracts"]
        if each.get("source_modules") == ["exchange_clients.shared"]
    )
    assert named <= set(shared["forbidden_modules"])


def _sizes(venue: str) -> dict[str, int]:
    """Return the statements of each file of a venue or a dialect."""
    return {
        source.path: venue_detectors.statements(source.tree)
        for source in words(venue)
        if not source.path.endswith("__init__.py")
    }


def _dialects_of(venue: str) -> list[str]:
    """Return the dialects that a venue's words import."""
    imported = [module for source in words(venue) for _, module in imports(source.tree)]
    return [
        dialect
        for dialect in DIALECTS
        if any(_below(each, (_package(dialect),)) for each in imported)
    ]


def _package(folder: str) -> str:
    return f"exchange_clients.{folder.replace('/', '.')}"


def _below(module: str, names: tuple[str, ...]) -> bool:
    """Tell whether a module is one of ``names`` or lies below one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)
