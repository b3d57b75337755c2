"""When an entry may be sent, and what is said of one that may not."""

from __future__ import annotations

from exchange_clients.base_models import Purpose
from execution.entry_gate import EntryGate
from execution.ports import OpenRiskGate


def a_gate() -> EntryGate:
    return EntryGate(OpenRiskGate(), lambda reason: None)


def test_entries_wait_until_what_others_hold_is_read_at_every_venue() -> None:
    """I18: an entry might be taken of a position that nobody has read yet."""
    gate = a_gate()
    gate.known = True
    gate.unread.update({"lighter": None, "grvt": None})
    told = gate.against(Purpose.ENTRY, 0)
    assert told == "what others hold at lighter, grvt is not read yet"
    assert not gate.allows(0)
    assert gate.against(Purpose.CLOSE, 0) == "", "an exit waits for nothing"
    gate.unread.clear()
    assert gate.allows(0)
    assert gate.against(Purpose.ENTRY, 0) == ""


def test_what_closed_the_gate_for_good_is_told_first() -> None:
    gate = a_gate()
    gate.known, gate.unread = True, {"grvt": None}
    gate.close("a task failed")
    assert gate.against(Purpose.ENTRY, 0) == "a task failed"
