"""Lines of a recorded file, plain or gzip; each way of being unreadable is said in a sentence."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from exchange_clients.paper.sources.base import RecordingError

GZIP_MAGIC = b"\x1f\x8b"


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers from 1.

    Raises:
        RecordingError: missing, empty, not gzip though named so, truncated or damaged.
    """
    number = 0
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                yield number, line
    except FileNotFoundError:
        raise RecordingError(f"{path}: no such file; check the path") from None
    except EOFError:
        raise RecordingError(
            f"{path}: the gzip data ends early, after line {number}: the file is truncated; "
            "fetch or record it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise RecordingError(
            f"{path}: damaged gzip data after line {number} ({error}); fetch or record it again"
        ) from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from None
    if number == 0:
        raise RecordingError(f"{path}: the file is empty; record it again or leave it out")


def first_line(path: Path) -> bytes:
    """Return the first line that is no ``#`` comment, to see what a file is.

    A file of nothing but comments is known by its first.
    """
    lines = (line for _, line in read_lines(path))
    first = next(lines)
    return next((line for line in chain((first,), lines) if not line.startswith(b"#")), first)


def wrong_line(path: Path, number: int, what: str) -> RecordingError:
    """Return the error for one line: ``what`` says the field, the value and what to do."""
    return RecordingError(f"{path}, line {number}: {what}")


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    with path.open("rb") as raw:
        magic = raw.read(2)
    if magic == GZIP_MAGIC:
        return gzip.open(path, "rb")
    if path.suffix == ".gz" and magic:
        raise RecordingError(
            f"{path}: is named .gz but holds no gzip data; rename it or fetch it again"
        )
    return path.open("rb")
