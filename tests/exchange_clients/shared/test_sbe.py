"""Binary frames are read by the lengths that they tell."""

from __future__ import annotations

import struct

import pytest

from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.sbe import NULL, SbeRow, decimals, sbe_frame, words

PAIR = struct.Struct("<qB")


def made(block: bytes, rest: bytes = b"", *, template: int = 7, schema: int = 1) -> bytes:
    return struct.pack("<HHHH", len(block), template, schema, 2) + block + rest


def test_a_frame_tells_its_template_and_its_block() -> None:
    frame = sbe_frame(made(PAIR.pack(-5, 3)), 1)
    assert (frame.template, frame.fields(PAIR), frame.after_block) == (7, (-5, 3), 17)


def test_what_newer_versions_append_to_a_block_and_to_rows_is_skipped() -> None:
    rows = struct.pack("<HHqB5xqB5x", 14, 2, 1, 2, 3, 4)
    frame = sbe_frame(made(PAIR.pack(9, 9) + b"new", rows + b"\x03end"), 1)
    assert frame.fields(PAIR) == (9, 9)
    found, at = frame.rows(frame.after_block, "<qB", PAIR.size)
    assert found == [(1, 2), (3, 4)]
    assert frame.texts(2, at) == ["end", ""]


@pytest.mark.parametrize(
    "data", [b"", made(b"12345678")[:-1], made(b"", schema=2), struct.pack("<HHHH", 4, 7, 1, 2)]
)
def test_what_is_no_whole_frame_of_the_schema_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedPayload):
        sbe_frame(data, 1)


def test_a_block_shorter_than_its_layout_is_refused() -> None:
    with pytest.raises(MalformedPayload, match="9 were expected"):
        sbe_frame(made(b"1234"), 1).fields(PAIR)


@pytest.mark.parametrize("rest", [b"", struct.pack("<HH", 9, 2), struct.pack("<HHq", 8, 1, 5)])
def test_a_group_that_is_not_whole_is_refused(rest: bytes) -> None:
    frame = sbe_frame(made(b"", rest), 1)
    with pytest.raises(MalformedPayload):
        frame.rows(frame.after_block, "<qB", PAIR.size)


def test_a_text_that_the_frame_cuts_is_refused() -> None:
    frame = sbe_frame(made(b"", b"\x04abc"), 1)
    with pytest.raises(MalformedPayload, match="within a text"):
        frame.texts(1, frame.after_block)


def test_a_row_is_spelt_out_by_the_names_of_its_template() -> None:
    row = SbeRow(
        struct.Struct("<qBqqB"), "price side _ fee kind", "id _ note", decimals(2),
        {"side": words("BUY", "SELL"), "kind": words("PLAIN")},
    )  # fmt: skip
    block = struct.pack("<qBqqB", 150, 2, 7, NULL, 9) + b"newer"
    frame = sbe_frame(made(block, b"\x01a\x01b"), 1)
    assert row.spelt(frame) == {
        "price": "1.50", "side": "SELL", "fee": "", "kind": None, "id": "a", "note": "",
    }  # fmt: skip
