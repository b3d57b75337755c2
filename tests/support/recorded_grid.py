"""A grid on a small recording: its lines, and the command line that replays them."""

from __future__ import annotations

from pathlib import Path

from tests.support.recordings import depth_line, stamped, trade_line, write_lines

STEP_MS = 250
"""Between two depth messages; a message's number is its time in ms."""
BASE = 61_800.0


def snapshot_at(number: int, middle: float) -> str:
    """Return a whole book around a price, as of the update of that number."""
    body = {
        "lastUpdateId": number,
        "E": 1_723_161_256_000 + number,
        "T": 1_723_161_255_990 + number,
        "bids": [[f"{middle - level:.2f}", "5.000"] for level in range(1, 40)],
        "asks": [[f"{middle + level:.2f}", "5.000"] for level in range(1, 40)],
    }
    return stamped(number, body)


def moving_book(begin_s: float, end_s: float, *, previous: int | None = None) -> list[str]:
    """Return depth messages that take the best price down and up again by 20, over and over.

    Args:
        begin_s: Time of the message before the first.
        end_s: Time of the last message.
        previous: Number that the first claims to follow; another than the last makes a hole.
    """
    lines = []
    before = round(begin_s * 1000)
    for number in range(before + STEP_MS, round(end_s * 1000) + 1, STEP_MS):
        fallen = abs(number / 1000 % 20 - 10) * 2
        lines.append(
            depth_line(
                number,
                [(f"{BASE - level:.2f}", size(level > fallen)) for level in LEVELS],
                [(f"{BASE + 1 - level:.2f}", size(level <= fallen)) for level in LEVELS],
                previous=before if previous is None else previous,
            )
        )
        before, previous = number, None
    return lines


LEVELS = range(21)


def size(there: bool) -> str:  # a word of this file alone
    """Return the size of a level."""
    return "5.000" if there else "0.000"


def good_lines(end_s: float = 60) -> list[str]:
    """Return a recording without a fault."""
    return [
        depth_line(0),
        snapshot_at(1, BASE),
        trade_line(2, "61800.30", "0.001"),
        *moving_book(0.001, end_s),
    ]


def write_recording(folder: Path, lines: list[str], name: str = "btcusdt.gz") -> Path:
    """Write a recording into a folder."""
    return write_lines(folder / name, lines)


def line_of(recording: Path) -> list[str]:
    """Return the words that replay a recording with a lively grid."""
    words = (
        "--strategy grid --exchange paper --speed max --ticker BTC --quantity 0.01 "
        "--take-profit 0.01 --grid-step 0.005 --direction buy --max-orders 10 --wait-time 1 "
        "--state-dir state --report r.json --data"
    )
    return [*words.split(), str(recording)]
