"""Where another package keeps its native library, and how it is loaded: late, and beside the loop.

Finding does not import the package. Loading waits for the first use, on the thread that signs: a
process that only looks at words, or that forks, must not have loaded one.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

from exchange_clients.errors import ClientConfigError

T = TypeVar("T")


def native_library(package: str, folder: str, stem: str, install: str) -> Path:
    """Return the library of this machine's system and processor.

    Args:
        package: The top-level package, which is not imported.
        folder: Inside the package.
        stem: How the file's name begins: ``lighter-signer``.
        install: What to install where it is missing.

    Raises:
        ClientConfigError: the package is not installed, or has no library for this machine.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ClientConfigError(f"the package {package} is not installed: pip install {install}")
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}.get(platform.system(), "")
    machine = platform.machine().lower()
    processor = "arm64" if machine in ("arm64", "aarch64") else "amd64"
    suffix = {"linux": "so", "darwin": "dylib", "windows": "dll"}.get(system, "")
    path = Path(spec.origin).parent / folder / f"{stem}-{system}-{processor}.{suffix}"
    if not path.is_file():
        raise ClientConfigError(f"{package} has no library for {platform.system()} on {machine}")
    return path


def installed(package: str) -> bool:
    """Say whether a package can be imported; it is not."""
    return find_spec(package) is not None


@cache
def load_library(path: Path) -> ctypes.CDLL:
    """Load a library, once in a process, while other threads run on."""
    if os.name == "posix":
        # ctypes holds the interpreter's lock while it loads (10 ms for 12 MB of Go); the loader
        # called as a function does not, and then there is nothing left to load.
        loader = ctypes.CDLL(None).dlopen
        loader.argtypes, loader.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        loader(os.fsencode(path), os.RTLD_NOW)
    return ctypes.CDLL(str(path))


class FirstUse(Generic[T]):
    """A value that is made when it is first asked for, and then kept.

    Args:
        make: Makes it; if it raises, the next who asks tries again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []

    def __call__(self) -> T:
        """Return the value."""
        if not self._made:
            self._made.append(self._make())
        return self._made[0]
