"""EIP-712: how a struct of integers, texts and structs becomes the 32 bytes that are signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from Crypto.Hash import keccak

Value: TypeAlias = "int | bool | str | bytes | Mapping[str, Value] | Sequence[Mapping[str, Value]]"
"""An integer, a truth, a text (an address is one of 40 hex digits), the bytes of a ``bytes32``, a
struct, or a list of structs."""

WORD_BYTES = 32
_WORD_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct as Solidity declares it: ``uint64 subAccountID,bool isMarket``."""

    name: str
    members: str
    """Types and names, comma-separated without blanks, in the order in which they are hashed."""
    uses: tuple[StructType, ...] = field(default=())
    """The structs that this one holds, alone or in lists."""


def hash_of(data: bytes) -> bytes:
    """Return Keccak-256, which differs from SHA3-256 in its padding."""
    return keccak.new(data=data, digest_bits=256).digest()


def signed_digest(
    domain_separator: bytes, struct: StructType, values: Mapping[str, Value]
) -> bytes:
    """Return what a signature over ``values`` within a domain covers.

    Raises:
        ValueError: a value does not fit its type.
    """
    return hash_of(b"\x19\x01" + domain_separator + struct_hash(struct, values))


def struct_hash(struct: StructType, values: Mapping[str, Value]) -> bytes:
    """Return the hash of a struct: that of its type, then each member as one word.

    Raises:
        ValueError: a value does not fit its type.
    """
    words = [_word(kind, values[name], struct.uses) for kind, name in _members(struct)]
    return hash_of(b"".join((_type_hash(struct), *words)))


@cache
def _members(struct: StructType) -> tuple[tuple[str, str], ...]:
    pairs = (member.split(" ") for member in struct.members.split(","))
    return tuple((kind, name) for kind, name in pairs)


@cache
def _type_hash(struct: StructType) -> bytes:
    used = sorted(struct.uses, key=lambda each: each.name)
    return hash_of("".join(f"{each.name}({each.members})" for each in (struct, *used)).encode())


def _word(kind: str, value: Value, uses: Sequence[StructType]) -> bytes:
    if isinstance(value, str):
        return _text_word(kind, value)
    if isinstance(value, int):
        return _integer_word(kind, value)
    if isinstance(value, bytes):
        return _bytes_word(kind, value)
    if isinstance(value, Mapping):
        return struct_hash(next(each for each in uses if each.name == kind), value)
    used = next(each for each in uses if f"{each.name}[]" == kind)
    return hash_of(b"".join(struct_hash(used, each) for each in value))


def _text_word(kind: str, value: str) -> bytes:
    if kind == "string":
        return hash_of(value.encode())
    assert kind == "address", f"a text is no {kind}"
    raw = bytes.fromhex(value.removeprefix("0x"))
    if len(raw) != 20:
        raise ValueError(f"an address has 40 hex digits, got {value}")
    return raw.rjust(WORD_BYTES, b"\0")


def _bytes_word(kind: str, value: bytes) -> bytes:
    assert kind == "bytes32", f"bytes are no {kind}"
    if len(value) != WORD_BYTES:
        raise ValueError(f"bytes32 does not fit {len(value)} bytes")
    return value


def _integer_word(kind: str, value: int) -> bytes:
    """Return the word of ``bool``, ``uint64``, ``int32`` ...; negative ones in two's complement."""
    bits = 1 if kind == "bool" else int(kind.lstrip("uint"))
    lowest, beyond = (-(1 << bits - 1), 1 << bits - 1) if kind[0] == "i" else (0, 1 << bits)
    if not lowest <= value < beyond:
        raise ValueError(f"{value} does not fit {kind}")
    return (value % _WORD_MODULUS).to_bytes(WORD_BYTES, "big")
