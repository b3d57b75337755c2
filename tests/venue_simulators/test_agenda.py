"""What a venue will do by itself happens at its instant, in the order it was planned."""

from __future__ import annotations

from venue_simulators.agenda import Agenda


def test_deeds_are_done_by_instant_and_then_by_plan() -> None:
    done: list[str] = []
    agenda = Agenda()
    agenda.plan(20, lambda: done.append("second"))
    agenda.plan(20, lambda: done.append("third"))
    agenda.plan(10, lambda: agenda.plan(10, lambda: done.append("first")))
    agenda.plan(30, lambda: done.append("later"))
    agenda.run(20)
    assert done == ["first", "second", "third"]
    assert agenda.next_ns() == 30
    agenda.take()()
    assert done[-1] == "later"
