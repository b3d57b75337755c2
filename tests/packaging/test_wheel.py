"""The library as others get it: a wheel, or a link, each without the checkout around it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "exchange_clients"
IMPORTS = "import exchange_clients, exchange_clients.paper; print(exchange_clients.__file__)"
OF_NO_VENUE = {"accelerator", "proxy", "unified"}
"""Extras that nothing needs."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the library's folder, so that building leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("checkout") / "exchange_clients"
    ignored = shutil.ignore_patterns("__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(LIBRARY, copy, ignore=ignored)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """A wheel, built with what is installed here."""
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", str(source), cwd=source.parent)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """An interpreter of its own that sees the installed requirements, but not this checkout."""
    venv.create(tmp_path / "venv", symlinks=True)
    installed = Path(sysconfig.get_path("purelib"))
    (target,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    for pattern in ("msgspec*", "setuptools*", "_distutils_hack"):
        for found in installed.glob(pattern):
            (target / found.name).symlink_to(found)
    return tmp_path / "venv" / "bin" / "python"


def test_wheel_holds_every_module_of_the_tree_and_no_other(source: Path, wheel: Path) -> None:
    expected = {
        path.relative_to(source.parent).as_posix()
        for path in source.rglob("*.py")
        if "build" not in path.relative_to(source).parts and path != source / "setup.py"
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    assert packed == expected


def test_wheel_carries_the_type_marker_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "exchange_clients/py.typed" in names
    assert "exchange_clients-1.0.0.dist-info/licenses/LICENSE" in names


def test_licence_of_the_library_is_that_of_the_project() -> None:
    assert (LIBRARY / "LICENSE").read_text() == (LIBRARY.parent / "LICENSE").read_text()


def test_extras_are_one_for_each_venue_and_all_of_them() -> None:
    project = tomllib.loads((LIBRARY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras.pop("all")
    venues = {path.name for path in LIBRARY.iterdir() if (path / "__init__.py").exists()}
    assert set(extras) == venues - {"shared"} | OF_NO_VENUE
    named = everything.removeprefix("exchange-clients[").removesuffix("]").split(",")
    assert sorted(named) == sorted(set(extras) - OF_NO_VENUE)


def test_wheel_imports_where_there_is_no_checkout(
    wheel: Path, interpreter: Path, tmp_path: Path
) -> None:
    _run(*_pip(interpreter), str(wheel), cwd=tmp_path)
    found = _run(str(interpreter), "-c", IMPORTS, cwd=tmp_path)
    assert Path(found).is_relative_to(tmp_path / "venv")


def test_editable_install_imports_from_any_folder(
    source: Path, interpreter: Path, tmp_path: Path
) -> None:
    link = ("--no-build-isolation", "--editable", f"{source}[paper]")
    _run(*_pip(interpreter), *link, cwd=tmp_path)
    found = _run(str(interpreter), "-c", IMPORTS, cwd=tmp_path)
    assert Path(found) == source / "__init__.py"


def _pip(interpreter: Path) -> tuple[str, ...]:
    """Install into ``interpreter`` with this one's pip, from nowhere but the given path."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--python", str(interpreter))
    return (*pip, "install", "--no-index", "--no-deps")


def _run(*command: str, cwd: Path) -> str:
    quiet = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env=quiet, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
