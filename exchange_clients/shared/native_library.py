"""Where another package keeps its native library: found without importing the package."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from exchange_clients.errors import ClientConfigError


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
