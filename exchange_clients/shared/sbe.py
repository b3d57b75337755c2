"""Simple Binary Encoding, as venues stream it: a header, a fixed block, groups of rows, texts.

The header holds four numbers of 16 bits, little-endian: the length of the block, the template (what
kind of message it is), the schema and its version. Newer versions append to blocks, to the rows of
groups and to the texts, so that whoever goes by the lengths that are told reads old and new ones
alike. Nothing here knows a template.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from exchange_clients.errors import MalformedPayload

HEADER = struct.Struct("<HHHH")
GROUP = struct.Struct("<HH")
"""The length of a row and how many follow."""


@dataclass(frozen=True, slots=True)
class SbeFrame:
    """One frame, taken apart."""

    data: bytes
    template: int
    block: int
    """The length of the fixed block."""

    @property
    def after_block(self) -> int:
        """Where the groups begin, or the texts of a message without groups."""
        return HEADER.size + self.block

    def fields(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Return the fixed block; what is appended to the layout is skipped.

        Raises:
            MalformedPayload: the block is shorter than the layout.
        """
        if self.block < layout.size:
            raise MalformedPayload(f"a block of {self.block} bytes; {layout.size} were expected")
        return layout.unpack_from(self.data, HEADER.size)

    def rows(self, at: int, layout: str, size: int) -> tuple[list[tuple[Any, ...]], int]:
        """Return a group and where it ends.

        Args:
            at: Where it begins.
            layout: Of a row, as ``struct`` spells it: ``"<qq"``.
            size: Bytes of that layout.

        Raises:
            MalformedPayload: the frame ends within it, or its rows are shorter than the layout.
        """
        if at + GROUP.size > len(self.data):
            raise MalformedPayload("a frame ends before a group")
        length, count = GROUP.unpack_from(self.data, at)
        at += GROUP.size
        end = at + length * count
        if end > len(self.data) or length < size:
            raise MalformedPayload(
                f"a group of {count} rows of {length} bytes in too short a frame"
            )
        return list(struct.iter_unpack(f"{layout}{length - size}x", self.data[at:end])), end

    def texts(self, count: int, at: int) -> list[str]:
        """Return texts, each behind a byte that tells its length; those that are absent are empty.

        Raises:
            MalformedPayload: the frame ends within one.
        """
        found: list[str] = []
        while len(found) < count and at < len(self.data):
            end = at + 1 + self.data[at]
            if end > len(self.data):
                raise MalformedPayload("a frame ends within a text")
            found.append(self.data[at + 1 : end].decode())
            at = end
        return found + [""] * (count - len(found))


def sbe_frame(data: bytes, schema: int) -> SbeFrame:
    """Take a frame apart.

    Raises:
        MalformedPayload: it is of another schema, or not whole.
    """
    if len(data) < HEADER.size:
        raise MalformedPayload("a frame without a header")
    block, template, told, _ = HEADER.unpack_from(data)
    if told != schema or len(data) < HEADER.size + block:
        raise MalformedPayload(f"a frame of schema {told} with a block of {block} bytes")
    return SbeFrame(data, template, block)
