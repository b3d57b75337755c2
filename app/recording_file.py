"""A recording as it is being written: header, rows, and what the instrument is beside it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO

from exchange_clients.base_models import Market
from exchange_clients.paper.sources.sidecar import write_sidecar
from exchange_clients.paper.sources.stream_rows import Row, header_line, row_line


class RecordingFile:
    """Rows of one market on their way to the disk; each is handed to the system at once.

    A process that is killed loses nothing of a plain file, and of a compressed one the end.

    Args:
        path: Compressed where it ends in ``.gz``.
        venue: Name and environment, for people.
        market: As the venue lists it; the sidecar says so.
        resume: Go on with a file that is there.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, venue: str, market: Market, *, resume: bool = False) -> None:
        self.path = path
        self.counts: dict[str, int] = {}
        """Rows by kind."""
        self._file = _open(path, "ab" if resume else "xb")
        if not resume:
            self._file.write(header_line(venue, market.contract_id, market.symbol))
        write_sidecar(path, market)

    def write(self, row: Row) -> None:
        """Write a row."""
        self._file.write(row_line(row))
        kind = str(type(row).__struct_config__.tag)
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def close(self) -> None:
        """Write what is left and close the file."""
        self._file.close()


def _open(path: Path, mode: str) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path, mode)  # type: ignore[return-value]  # opened for bytes
    return path.open(mode, buffering=0)


def cut_torn_line(path: Path) -> None:
    """Remove a last line that was not written to its end, as after a power cut.

    Raises:
        OSError: the file cannot be read or written.
    """
    with path.open("r+b") as file:
        content_end = file.seek(0, 2)
        tail_start = max(content_end - LINE_MAX_BYTES, 0)
        file.seek(tail_start)
        tail = file.read()
        if not tail.endswith(b"\n"):
            file.truncate(tail_start + tail.rfind(b"\n") + 1)


LINE_MAX_BYTES = 4 << 20
"""Longer than any whole book is written."""
