"""Wherever a write is torn, a journal holds all that was acknowledged before it, and no part of it.

`python -m tests.survival.tails` tears ten thousand of them, or at every byte.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.torn_journals import Damage, draw_case, every_cut, read, record
from tests.survival.tails import judge

WRITES = 16
STRIDE = 499
DRAWN = 150


def test_a_torn_write_is_not_there_and_all_before_it_is(tmp_path: Path) -> None:
    first, written = record(tmp_path / "source.db", WRITES)
    assert any(one.folds for one in written), "the log was folded into the database meanwhile"
    assert any(len(one.after.log) == len(one.before.log) for one in written), "and begun anew"
    tried, lost = judge(every_cut(first, written, STRIDE), tmp_path / "torn.db")
    assert lost == 0
    assert tried[Damage.CUT] > 100
    assert tried[Damage.FOLD] > 10


def test_garbled_missing_and_lost_sectors_leave_a_prefix(tmp_path: Path) -> None:
    first, written = record(tmp_path / "source.db", WRITES)
    rng = random.Random(7)
    cases = [draw_case(first, written, rng) for _ in range(DRAWN)]
    tried, lost = judge(cases, tmp_path / "torn.db")
    assert lost == 0
    assert set(tried) == set(Damage)


def test_what_is_written_whole_is_read(tmp_path: Path) -> None:
    _, written = record(tmp_path / "source.db", WRITES)
    for one in written:
        one.after.put(tmp_path / "whole.db")
        assert read(tmp_path / "whole.db") == one.known
