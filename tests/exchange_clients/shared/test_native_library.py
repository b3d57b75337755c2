"""Native libraries are found without importing their package, and loaded late."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import sys
from pathlib import Path

import pytest

from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.native_library import FirstUse, load_library, native_library


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package that must not be imported, for a Linux machine."""
    folder = tmp_path / "made_up_signer"
    (folder / "native").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return folder


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "signer-linux-amd64.so"),
        ("Linux", "aarch64", "signer-linux-arm64.so"),
        ("Darwin", "arm64", "signer-darwin-arm64.dylib"),
        ("Windows", "AMD64", "signer-windows-amd64.dll"),
    ],
)
def test_each_system_and_processor_has_its_library(
    package: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, name: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    (package / "native" / name).touch()
    found = native_library("made_up_signer", "native", "signer", "made-up")
    assert found == package / "native" / name
    assert "made_up_signer" not in sys.modules


def test_a_package_that_is_not_installed_is_named_with_what_to_install() -> None:
    with pytest.raises(ClientConfigError, match="no_such_signer is not installed: pip install x"):
        native_library("no_such_signer", "native", "signer", "x")


@pytest.mark.parametrize(("system", "machine"), [("Linux", "x86_64"), ("Plan9", "riscv")])
def test_a_machine_without_a_library_is_named(
    package: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(ClientConfigError, match=f"no library for {system} on {machine}"):
        native_library("made_up_signer", "native", "signer", "made-up")


@pytest.mark.skipif(sys.platform != "linux", reason="takes a library that every Linux has")
def test_a_library_is_loaded_once() -> None:
    name = ctypes.util.find_library("m")
    assert name is not None
    library = load_library(Path(name))
    library.fabs.restype, library.fabs.argtypes = ctypes.c_double, (ctypes.c_double,)
    assert library.fabs(-2.0) == 2.0
    assert load_library(Path(name)) is library


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_text("this is text")
    with pytest.raises(OSError, match=r"broken\.so"):
        load_library(broken)


def test_what_is_made_at_the_first_use_is_made_once() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(7)
        return 7

    value = FirstUse(make)
    assert made == []
    assert [value(), value(), made] == [7, 7, [7]]


def test_what_could_not_be_made_is_tried_again() -> None:
    attempts: list[int] = []

    def make() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ClientConfigError("not yet")
        return 7

    value = FirstUse(make)
    with pytest.raises(ClientConfigError):
        value()
    assert value() == 7
