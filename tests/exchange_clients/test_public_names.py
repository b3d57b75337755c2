from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import exchange_clients
from exchange_clients import base


def test_every_public_name_is_found_and_remembered() -> None:
    for name in exchange_clients.__all__:
        assert getattr(exchange_clients, name) is vars(exchange_clients)[name]


def test_a_public_name_is_the_one_that_type_checkers_see() -> None:
    tree = ast.parse(Path(exchange_clients.__file__ or "").read_text())
    (seen,) = (node for node in tree.body if isinstance(node, ast.If))
    homes = {
        alias.name: node.module
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(homes) == set(exchange_clients.__all__)
    for name, home in homes.items():
        assert home is not None
        assert vars(sys.modules[home])[name] is getattr(exchange_clients, name)


def test_importing_the_library_loads_no_event_loop_and_none_of_its_modules() -> None:
    program = (
        "import sys, exchange_clients\n"
        "print(*sorted(name for name in sys.modules"
        " if name in {'asyncio', 'decimal', 'msgspec'} or name.startswith('exchange_clients.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_an_unknown_name_is_refused_as_a_module_refuses_it() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Sdie'"):
        getattr(exchange_clients, "Sdie")  # noqa: B009  # mypy would refuse the plain form


def test_names_are_listed_before_they_are_used() -> None:
    assert set(exchange_clients.__all__) <= set(dir(exchange_clients))


def test_base_holds_the_three_contracts_of_a_venue() -> None:
    assert [getattr(base, name).__name__ for name in base.__all__] == base.__all__
