"""A course is interrupted at one of its effects in every way; the commands do so at each one."""

from __future__ import annotations

import pytest

from tests.simulation.crashes import AGAIN, MANNERS
from tests.simulation.jobs import Job, Played
from tests.simulation.process import torn_log, written_span
from tests.simulation.ruin import RUINS, EffectKind, Ruin
from tests.simulation.runner import play_all

COURSE = "kill to flat"
WRITE = 18
"""One of its effects that writes a record."""
EACH_KIND = {
    EffectKind.WRITE: WRITE,
    EffectKind.REQUEST: 26,
    EffectKind.HANDSHAKE: 9,
    EffectKind.FRAME: 11,
}


def played(job: Job) -> Played:
    """Play a job in a process of its own: what is left of the dead is not finalised."""
    kept: list[Played] = []
    play_all([job], 1, kept.append, None)
    return kept[0]


def test_a_process_that_dies_of_a_write_and_again_while_recovering_leaves_nothing_behind() -> None:
    found = played(Job("crash", WRITE, plan=COURSE, stride=9))
    assert found.breaches == ()
    assert all(found.marks.get(manner) for manner in (*MANNERS, AGAIN))


@pytest.mark.parametrize(("kind", "effect"), EACH_KIND.items())
def test_an_effect_that_fails_in_any_way_leaves_nothing_behind(
    kind: EffectKind, effect: int
) -> None:
    found = played(Job("fail", effect, plan=COURSE))
    assert found.breaches == ()
    assert all(found.marks.get(f"{kind}: {how}") == 1 for how in RUINS[kind])


def test_a_write_that_a_full_disk_refused_is_made_up_for_while_the_process_lives() -> None:
    found = played(Job("fail", 15, plan="at market"))
    assert found.breaches == ()
    assert found.marks.get(f"write: {Ruin.FULL}") == 1


def test_a_log_is_torn_where_it_was_written_and_nowhere_else() -> None:
    grown, anew = (b"old", b"old and new"), (b"an old log", b"a newd log")
    assert written_span(*grown) == (3, 11)
    assert torn_log(*grown, 0.0) == b"old"
    assert torn_log(*grown, 1.0) == b"old and ne", "the last byte is never there"
    assert written_span(*anew) == (1, 5)
    assert torn_log(*anew, 0.4) == b"a  old log"
