"""Room on the disk that is kept for the end of a run: what closes it is written down as well.

A full disk refuses records, and what cannot be recorded is not sent, closes neither. So a file of
no use lies beside the journal, and whoever brings the run to flat deletes it before anything else.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

logger = logging.getLogger(__name__)

RESERVE_BYTES = 2 * 1024 * 1024
"""Some five hundred records: a page or two of the log each."""
BLOCK_BYTES = 256 * 1024


def reserve_path(journal: Path) -> Path:
    """Return where the reserve of the run of a journal is."""
    return journal.with_suffix(".reserve")


def keep_reserve(journal: Path) -> None:
    """Take the room, where it is not taken yet; without it a run goes on, and says so."""
    path = reserve_path(journal)
    try:
        if path.exists() and path.stat().st_size == RESERVE_BYTES:
            return
        # Zeros would take no room where the file system compresses.
        block = hashlib.shake_256(b"reserve").digest(BLOCK_BYTES)
        path.write_bytes(block * (RESERVE_BYTES // BLOCK_BYTES))
    except OSError as error:
        logger.warning(
            "event=no_reserve error=%r next=a_full_disk_keeps_flatten_from_closing", error
        )


def give_reserve_back(journal: Path) -> None:
    """Let the room be used, where there is any."""
    try:
        reserve_path(journal).unlink(missing_ok=True)
    except OSError as error:
        logger.warning("event=reserve_not_given_back error=%r next=go_on_without", error)
