"""Each layer imports only what stands below it; the same order that the import contracts hold."""

from __future__ import annotations

import tomllib

from tests.architecture.detectors import imports_of, top_imports
from tests.architecture.source_tree import ROOT, lines_of, sources

LAYERS = (
    ("runbot",),
    ("app",),
    ("trading_bot", "funding_rate_service"),
    ("venue_simulators",),
    ("reporting",),
    ("strategies",),
    ("execution",),
    ("helpers",),
    ("database",),
    ("exchange_clients",),
)
"""Top to bottom; those of one row do not import each other."""

PORTS = ("exchange_clients.shared.clock", "exchange_clients.shared.tasks")
"""Time and tasks, which whoever executes orders is given or owns."""

SIMULATOR_WORDS = (
    "base_models",
    "depth",
    "errors",
    "events",
    "journal",
    "rounding",
    "swift_values",
    "words",
)
"""What a simulator takes from the library besides the paper venue: values, no code of a client."""


def test_no_module_imports_its_own_row_or_one_above() -> None:
    upward = {
        (source.path, imported)
        for depth, row in enumerate(LAYERS)
        for source in sources()
        if source.layer in row
        for above in LAYERS[: depth + 1]
        for imported in top_imports(source.tree) & set(above) - {source.layer}
    }
    assert not upward, lines_of(upward)


def test_every_module_has_a_layer() -> None:
    known = {name for row in LAYERS for name in row}
    assert {source.layer for source in sources()} <= known


def test_import_contracts_cover_the_packages_in_the_same_order() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    present = [name for row in LAYERS for name in row if (ROOT / name / "__init__.py").exists()]
    (layers,) = (c["layers"] for c in config["contracts"] if c["type"] == "layers")
    assert config["root_packages"] == present
    assert layers == present


def test_strategies_and_execution_see_only_the_root_of_the_library() -> None:
    library = [s for s in sources("exchange_clients/") if s.path.count("/") == 1]
    seen = {"exchange_clients", *(s.path.removesuffix(".py").replace("/", ".") for s in library)}
    below = {
        (source.path, line, module)
        for source in sources("strategies/", "execution/")
        for line, module in imports_of(source.tree, ["exchange_clients"])
        if module not in seen and module.rpartition(".")[0] not in seen
        if not (source.layer == "execution" and module.startswith(PORTS))
    }
    assert not below, lines_of(below)


def test_venues_do_not_know_each_other() -> None:
    venues = {
        folder.name
        for folder in (ROOT / "exchange_clients").iterdir()
        if (folder / "__init__.py").exists() and folder.name != "shared"
    }
    crossings = {
        (source.path, line, module)
        for venue in sorted(venues)
        for source in sources(f"exchange_clients/{venue}/")
        for line, module in imports_of(
            source.tree, [f"exchange_clients.{other}" for other in venues - {venue}]
        )
    }
    assert not crossings, lines_of(crossings)


def test_only_what_starts_programs_starts_simulators() -> None:
    starters = ("app/", "runbot.py", "funding_rate_service/", "venue_simulators/")
    users = {
        (source.path, line, module)
        for source in sources()
        if not source.within(*starters)
        for line, module in imports_of(source.tree, ["venue_simulators"])
    }
    assert not users, lines_of(users)


def test_simulators_see_only_values_and_the_paper_venue() -> None:
    allowed = (
        "exchange_clients.paper",
        *(f"exchange_clients.{name}" for name in SIMULATOR_WORDS),
    )
    beyond = {
        (source.path, line, module)
        for source in sources("venue_simulators/")
        for line, module in imports_of(source.tree, ["exchange_clients"])
        if not module.startswith(allowed)
    }
    assert not beyond, lines_of(beyond)


def test_simulators_do_not_know_each_other() -> None:
    folders = [
        folder
        for folder in sorted((ROOT / "venue_simulators").iterdir())
        if (folder / "__init__.py").exists()
    ]
    # What several venues speak has a folder and is no venue: it builds no simulator.
    venues = [folder.name for folder in folders if (folder / "simulator.py").exists()]
    crossings = {
        (source.path, line, module)
        for folder in folders
        for source in sources(f"venue_simulators/{folder.name}/")
        for line, module in imports_of(
            source.tree,
            [f"venue_simulators.{other}" for other in venues if other != folder.name],
        )
    }
    assert not crossings, lines_of(crossings)
