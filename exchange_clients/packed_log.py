"""A list that only grows at its end, kept in little memory: full blocks are packed and compressed.

What must be listed in the end but is hardly read before costs 30 to 60 bytes a row that way, where
objects cost a kilobyte or two.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

BLOCK_ROWS = 256

Row = TypeVar("Row")


class PackedLog(Generic[Row]):
    """Rows of one type that msgspec knows: a struct or a dataclass.

    Args:
        row_type: The type of every row.
        rows_max: Beyond it the oldest block is let go; None keeps all.
    """

    def __init__(self, row_type: type[Row], rows_max: int | None = None) -> None:
        assert rows_max is None or rows_max >= BLOCK_ROWS, (
            f"rows_max must be at least {BLOCK_ROWS}, got {rows_max}"
        )
        self._decoder: msgspec.msgpack.Decoder[list[Row]] = msgspec.msgpack.Decoder(
            list[row_type]  # type: ignore[valid-type]  # the type is a value here
        )
        self._encoder = msgspec.msgpack.Encoder()
        self._blocks: deque[bytes] = deque()
        self._tail: list[Row] = []
        self._rows_max = rows_max
        self.dropped = 0
        """Oldest rows that were let go."""

    def append(self, row: Row) -> None:
        """Keep ``row``."""
        self._tail.append(row)
        if len(self._tail) < BLOCK_ROWS:
            return
        self._blocks.append(zlib.compress(self._encoder.encode(self._tail), 1))
        self._tail = []
        if self._rows_max is not None and len(self) > self._rows_max:
            self._blocks.popleft()
            self.dropped += BLOCK_ROWS

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK_ROWS + len(self._tail)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, oldest first."""
        for block in tuple(self._blocks):
            yield from self._decoder.decode(zlib.decompress(block))
        yield from tuple(self._tail)

    @property
    def packed_bytes(self) -> int:
        """Bytes held by full blocks."""
        return sum(len(block) for block in self._blocks)
