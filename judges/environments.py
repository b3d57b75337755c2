"""An environment for each judge: SDKs whose pins exclude each other never meet.

An environment is rebuilt when its constraints file or the Python version changes, and only then: a
mark inside it, written last, says what it was built from.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv-judges"
CONSTRAINTS = Path(__file__).resolve().parent / "constraints"
BPX, LIGHTER, GRVT, CCXT = "bpx-py", "lighter-sdk", "grvt-pysdk", "ccxt"
EDGEX = "edgex-python-sdk"
PARADEX = "paradex-py"
PYBIT = "pybit"
OKX = "python-okx"
BINANCE = "python-binance"
BINANCE_SDK = "binance-sdk-derivatives-trading-usds-futures"
PACKAGES = (BINANCE_SDK, BINANCE, BPX, EDGEX, LIGHTER, GRVT, CCXT, OKX, PARADEX, PYBIT)
"""Every judge is named like its package."""
PYTHONS = {PARADEX: "3.10"}
"""Judges that need a Python of their own: a package of theirs has no wheel for a newer one."""
_MARK = ".ready"


def python_of(package: str) -> Path:
    """Return the interpreter of a judge's environment."""
    return ENVIRONMENTS / package / "bin" / "python"


def interpreter_of(package: str) -> Path | None:
    """Return the Python that a judge's environment is made from, None where it is not installed."""
    wanted = PYTHONS.get(package)
    if wanted is None:
        return Path(sys.executable)
    folders = (Path.home() / ".pyenv" / "versions").glob(f"{wanted}.*")
    versions = sorted(folders, key=lambda folder: (len(folder.name), folder.name))
    found = str(versions[-1] / "bin" / "python") if versions else shutil.which(f"python{wanted}")
    return None if found is None else Path(found)


def constraints_of(package: str) -> Path:
    """Return the file that pins everything in a judge's environment."""
    return CONSTRAINTS / f"{package}.txt"


def version_of(package: str) -> str:
    """Return the version that is pinned."""
    lines = constraints_of(package).read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    return pins[package]


def build(package: str) -> bool:
    """Build a judge's environment unless it stands already; say whether it had to be built.

    Raises:
        subprocess.CalledProcessError: pip did not succeed; what it said stands above.
    """
    interpreter = interpreter_of(package)
    assert interpreter is not None, f"{package} has no Python to run on: ask interpreter_of first"
    base = PYTHONS.get(package, sys.version)
    wanted = f"{base}\n{constraints_of(package).read_text(encoding='utf-8')}"
    mark = ENVIRONMENTS / package / _MARK
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return False
    folder = ENVIRONMENTS / package
    subprocess.run([str(interpreter), "-m", "venv", "--clear", str(folder)], check=True)
    install = [str(python_of(package)), "-m", "pip", "install", "--disable-pip-version-check"]
    install += ["--quiet", "--constraint", str(constraints_of(package)), package]
    subprocess.run(install, check=True)
    mark.write_text(wanted, encoding="utf-8")
    return True
