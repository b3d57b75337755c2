"""What a death leaves of a journal's files while a record is written, and what must be read of it.

A recording keeps the files as they are before and after each write. SQLite writes its log from
front to back; when the log is long enough it is folded into the file of the database, page by page,
and the next record begins the log anew, over what it had. A death comes anywhere in that.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeAlias

from database.journal import SqliteJournal
from database.lease import Holder
from tests.database.journal_samples import a_fill, an_info, an_intent

HOLDER = Holder(pid=1, host="test", command="pytest", since_ns=0)
FOLD_PAGES = 24
"""After so many pages the log is folded, so that a short recording has it several times."""
SECTOR = 512
GARBLED_BYTES = 32

Records: TypeAlias = tuple[object, ...]
"""Everything that a journal holds."""


class Damage(StrEnum):
    """What is left of the last write."""

    CUT = "cut off"
    GARBLED = "garbled at its end"
    HOLES = "sectors missing"
    FOLD = "folding cut off"
    """The record is in the log; the database's own file is written in part."""
    LOST = "latest writes lost"
    """A power cut where records are not written through: several of them."""


@dataclass(frozen=True, slots=True)
class Files:
    """A journal on the disk."""

    database: bytes
    log: bytes

    def put(self, path: Path) -> None:
        """Make these the files of a journal; nothing else of it is left."""
        path.write_bytes(self.database)
        path.with_name(f"{path.name}-wal").write_bytes(self.log)
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Written:
    """One write, with what was on the disk before and after it, and what is known after it."""

    before: Files
    after: Files
    known: Records

    @property
    def span(self) -> tuple[int, int]:
        """Where in the log it is."""
        return changed_span(self.before.log, self.after.log)

    @property
    def folds(self) -> bool:
        """Whether the log was folded into the database with it."""
        return self.before.database != self.after.database


@dataclass(frozen=True, slots=True)
class Case:
    """What is left, and what must be read of it."""

    damage: Damage
    files: Files
    known: Sequence[Records]
    """Any one of these: where a write survives whole, with it, else without it."""


def record(path: Path, writes: int) -> tuple[Records, list[Written]]:
    """Write a journal; return what is known before the first write, and each write."""
    journal = SqliteJournal(path, holder=HOLDER)
    journal._database.execute(f"PRAGMA wal_autocheckpoint = {FOLD_PAGES}")
    at_first, files, written = everything(journal), _files(path), []
    for number in range(writes):
        _a_write(journal, number)()
        after = _files(path)
        written.append(Written(files, after, everything(journal)))
        files = after
    journal.close()
    return at_first, written


def _a_write(journal: SqliteJournal, number: int) -> Callable[[], object]:
    def several() -> None:
        with journal.transaction():
            journal.record_intent(an_intent(number, at_ns=number))
            journal.save_state("grid", "x" * (200 + number % 5 * 1500))

    return (
        several,
        partial(journal.record_outcome, "paper", an_info(number), number),
        partial(journal.record_fill, "paper", a_fill(number)),
        partial(journal.save_state, f"key {number % 3}", str(number)),
    )[number % 4]


def everything(journal: SqliteJournal) -> Records:
    """Return all that a journal holds."""
    states = journal.load_states("")
    rows = (journal.intents("paper"), journal.outcomes("paper"), journal.fills("paper"))
    return (*(tuple(each) for each in rows), tuple(states.items()))


def read(path: Path) -> Records:
    """Open a journal as the next process does, and return all that it holds."""
    journal = SqliteJournal(path, holder=HOLDER)
    try:
        return everything(journal)
    finally:
        journal.close()


def changed_span(before: bytes, after: bytes) -> tuple[int, int]:
    """Return from which byte on a file differs from what it was, and to behind which."""
    if after.startswith(before):
        return len(before), len(after)
    differing = [at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b]
    return differing[0], max(differing[-1] + 1, len(after) if len(after) > len(before) else 0)


def cut(before: bytes, after: bytes, at: int) -> bytes:
    """Return a file that was being written when the process died: new up to a byte, then old."""
    return after[:at] + before[at:]


def draw_case(first: Records, written: Sequence[Written], rng: random.Random) -> Case:
    """Draw what a death leaves, at a write and a byte of it that are drawn as well."""
    number = rng.randrange(len(written))
    one = written[number]
    without = first if number == 0 else written[number - 1].known
    start, end = one.span
    at = rng.randrange(start, end)
    damage = rng.choice(list(Damage))
    if damage is Damage.FOLD and one.folds:
        pages = changed_span(one.before.database, one.after.database)
        folded = cut(one.before.database, one.after.database, rng.randrange(*pages))
        return Case(damage, Files(folded, one.after.log), [one.known])
    if damage is Damage.LOST:
        return _lost(first, written, number, rng)
    log = cut(one.before.log, one.after.log, at)
    if damage is Damage.GARBLED:
        noise = rng.randbytes(GARBLED_BYTES)
        log = cut(one.before.log, one.after.log[:at] + noise, at + GARBLED_BYTES)
    elif damage is Damage.HOLES:
        log = _with_holes(one, rng)
        whole = log == one.after.log
        return Case(damage, Files(one.before.database, log), [one.known if whole else without])
    elif damage is Damage.FOLD:
        damage = Damage.CUT
    return Case(damage, Files(one.before.database, log), [without])


def _with_holes(one: Written, rng: random.Random) -> bytes:
    """Leave out some sectors of a write, in whatever order the disk had meant to write them."""
    start, end = one.span
    log = bytearray(one.before.log.ljust(len(one.after.log), b"\0"))
    for at in range(start // SECTOR * SECTOR, end, SECTOR):
        if rng.random() < 0.8:
            log[at : at + SECTOR] = one.after.log[at : at + SECTOR]
    return bytes(log)


def _lost(first: Records, written: Sequence[Written], number: int, rng: random.Random) -> Case:
    """Lose some of the latest writes as well: of one log, from a byte on."""
    since = number
    while since and written[since].before.log == written[since].after.log[: written[since].span[0]]:
        since -= 1
    one = written[number]
    at = rng.randrange(written[since].span[0], one.span[1])
    known = [first, *(each.known for each in written[: number + 1])]
    return Case(Damage.LOST, Files(one.before.database, one.after.log[:at]), known)


def every_cut(first: Records, written: Sequence[Written], stride: int = 1) -> Iterator[Case]:
    """Yield a death at each byte of each write, of the log's and of the folding's."""
    known = first
    for one in written:
        start, end = one.span
        for at in range(start, end, stride):
            files = Files(one.before.database, cut(one.before.log, one.after.log, at))
            yield Case(Damage.CUT, files, [known])
        known = one.known
        if one.folds:
            for at in range(*changed_span(one.before.database, one.after.database), stride):
                folded = cut(one.before.database, one.after.database, at)
                yield Case(Damage.FOLD, Files(folded, one.after.log), [known])


def _files(path: Path) -> Files:
    return Files(path.read_bytes(), path.with_name(f"{path.name}-wal").read_bytes())
