"""Simple Binary Encoding, as venues stream it: a header, a fixed block, groups of rows, texts.

The header holds four numbers of 16 bits, little-endian: the length of the block, the template (what
kind of message it is), the schema and its version. Newer versions append to blocks, to the rows of
groups and to the texts, so that whoever goes by the lengths that are told reads old and new ones
alike. A venue's templates are values (``SbeRow``); nothing here knows one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from exchange_clients.errors import MalformedPayload

HEADER = struct.Struct("<HHHH")
GROUP = struct.Struct("<HH")
"""The length of a row and how many follow."""
NULL = -(1 << 63)
"""Stands for no number where a number of 64 bits may be absent."""
Reading: TypeAlias = Callable[[Any], object]
"""What a number of the block means."""


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

    def texts(self, count: int, at: int | None = None) -> list[str]:
        """Return texts, each behind a byte that tells its length; those that are absent are empty.

        Args:
            count: How many.
            at: Where they begin; where there are no groups, behind the block.

        Raises:
            MalformedPayload: the frame ends within one.
        """
        found: list[str] = []
        at = self.after_block if at is None else at
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


def words(*names: str) -> Reading:
    """Return what reads a choice, counted from one; None for a word of a newer version."""
    by_number = dict(enumerate(names, 1))
    return by_number.get


def decimals(places: int) -> Reading:
    """Return what reads a scaled number as text; empty where there is none."""

    def read(number: int) -> str:
        return "" if number == NULL else format(Decimal(number).scaleb(-places), "f")

    return read


@dataclass(frozen=True, slots=True)
class SbeRow:
    """A template without groups, as the row of named values that JSON would make of it."""

    layout: struct.Struct
    """Of its block."""
    names: str
    """Of what the block holds, in order; ``_`` stands for what is of no interest."""
    texts: str
    """Of the texts behind it, likewise."""
    otherwise: Reading
    """How numbers read that are not named in ``reads``."""
    reads: Mapping[str, Reading] = field(default_factory=dict)

    def spelt(self, frame: SbeFrame) -> dict[str, object]:
        """Return the row that a frame tells.

        Raises:
            MalformedPayload: the frame is shorter than the template.
        """
        names = self.texts.split()
        told = dict(zip(names, frame.texts(len(names)), strict=True))
        row: dict[str, object] = {name: text for name, text in told.items() if name != "_"}
        for name, number in zip(self.names.split(), frame.fields(self.layout), strict=True):
            if name != "_":
                row[name] = self.reads.get(name, self.otherwise)(number)
        return row
