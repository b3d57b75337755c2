"""Market events that a source learns of only while the exchange runs."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.paper.timeline import NEVER_NS, Tape
from tests.support.scripted_world import BTC, scripted_market
from venue_simulators.scripted_source import START_NS


def event(at_s: int, detail: str = "") -> StreamSignal:
    return StreamSignal(Signal.READY, BTC, START_NS + at_s * NS, detail)


def opened() -> Tape:
    """A tape whose source has told its two books and says no more."""
    tape = Tape(scripted_market())
    tape.advance()
    tape.advance()
    assert tape.at_ns == NEVER_NS
    return tape


def told(tape: Tape, count: int) -> list[SourceEvent]:
    """The next events; each is looked at before the tape moves on."""
    seen = []
    for _ in range(count):
        assert tape.event is not None
        seen.append(tape.event)
        tape.advance()
    return seen


def test_events_that_are_put_come_at_their_instants_and_in_the_order_of_telling() -> None:
    tape = opened()
    now_ns = START_NS
    for put in (event(3), event(1), event(3, "second"), event(2)):
        tape.put(put, now_ns)
    assert tape.at_ns == START_NS + NS
    assert told(tape, 4) == [event(1), event(2), event(3), event(3, "second")]
    assert tape.at_ns == NEVER_NS


def test_an_event_of_the_past_is_not_taken() -> None:
    tape = opened()
    with pytest.raises(AssertionError, match="is told at"):
        tape.put(event(1), START_NS + 2 * NS)
