"""Plays many seeds on every core: one forked process each, so that none knows of another.

A fork takes a millisecond from a parent that has everything loaded, and what a seed does cannot
depend on which were before it.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

import msgspec

from tests.simulation.jobs import Job, Played, do

HANGS_S = 900.0
"""A seed that takes longer does not come to an end."""
COLLECT_EVERY = 50_000
"""New objects; Python's usual 700 cost a seed a twentieth of its time."""


@dataclass
class _Child:
    job: Job
    process_id: int
    since: float
    heard: bytes = b""


def play_all(
    jobs: Iterable[Job],
    workers: int,
    on_played: Callable[[Played], None],
    until: float | None = None,
    doing: Callable[[Job], Played] = do,
) -> None:
    """Play jobs, several at a time.

    Args:
        jobs: In the order of beginning.
        workers: How many at a time.
        on_played: Takes what came of each, in the order of ending.
        until: When (monotonic seconds) no more are begun; None for all of them.
        doing: What a child does.
    """
    gc.collect()
    gc.freeze()  # a child that collects would touch, and so copy, all that the parent has
    left = iter(jobs)
    with selectors.DefaultSelector() as selector:
        while True:
            while len(selector.get_map()) < workers and (until is None or monotonic() < until):
                job = next(left, None)
                if job is None:
                    break
                _begin(job, selector, doing)
            if not selector.get_map():
                return
            for key, _ in selector.select(timeout=1.0):
                _hear(key, selector, on_played)
            _end_the_hung(selector)


def _begin(job: Job, selector: selectors.DefaultSelector, doing: Callable[[Job], Played]) -> None:
    reader, writer = os.pipe()
    process_id = os.fork()
    if process_id:
        os.close(writer)
        selector.register(reader, selectors.EVENT_READ, _Child(job, process_id, monotonic()))
        return
    gc.set_threshold(COLLECT_EVERY)  # nearly nothing of a run is garbage that refers to itself
    try:
        told = msgspec.json.encode(doing(job))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(told)
    finally:
        # Nothing of a dead process may be finalised, its tasks least of all.
        os._exit(0)


def _hear(
    key: selectors.SelectorKey,
    selector: selectors.DefaultSelector,
    on_played: Callable[[Played], None],
) -> None:
    child: _Child = key.data
    heard = os.read(key.fd, 1 << 20)
    if heard:
        child.heard += heard
        return
    selector.unregister(key.fd)
    os.close(key.fd)
    os.waitpid(child.process_id, 0)
    if child.heard:
        on_played(msgspec.json.decode(child.heard, type=Played))
    else:
        text = f"it ended without a word, or took more than {HANGS_S:g} s"
        on_played(Played(child.job.kind, child.job.seed, breaches=(text,)))


def _end_the_hung(selector: selectors.DefaultSelector) -> None:
    for key in selector.get_map().values():
        if monotonic() - key.data.since > HANGS_S:
            os.kill(key.data.process_id, signal.SIGKILL)
