"""Events are handled in order, each to its end, and how many waited is told."""

from __future__ import annotations

from execution.event_queue import Backlog, EventQueue


def test_what_waits_is_handled_in_order_and_counted() -> None:
    handled: list[object] = []
    seen: list[int] = []

    def take(text: str) -> None:
        handled.append(text)
        if text == "two":
            queue.post("five")
            queue.post("six")
        seen.append(queue.backlog.now)

    queue = EventQueue({str: take})
    for text in ("one", "two", "three"):
        queue.post(text)
    assert queue.backlog == Backlog(3, 0)
    queue.open()
    assert handled == ["one", "two", "three", "five", "six"]
    assert seen == [2, 3, 2, 1, 0]
    assert queue.backlog == Backlog(0, 3)
