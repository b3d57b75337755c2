"""A run is killed before each of its journal writes in turn; the next start repairs it."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.paper_market import paper_config
from app.session import Session
from exchange_clients.base_models import NS, OrderStatus
from exchange_clients.paper import exchange
from exchange_clients.paper.sources.quotes import QuoteSource
from exchange_clients.shared.clock import to_iso
from exchange_clients.shared.virtual_time import DESCRIPTOR_POLL_S
from reporting.report import to_json_bytes
from tests.support.disk_images import watch_disk
from tests.support.grid_run import (
    START_NS,
    GridRun,
    Quote,
    grid_settings,
    market,
    quote_events,
    run_grid,
)
from tests.support.run_judge import Truth, assert_report_covers, assert_sound, truth_of

PARAMETERS = {
    "quantity": "0.01",
    "take_profit": "0.1",
    "grid_step": "0.05",
    "max_orders": "4",
    "wait_time": "2",
    "entry_timeout_s": "6",
}
LATENCY_MS = 20.0
TEARS = 40
SCRIPT: list[Quote] = [
    (0, 1_999.9, 2_000.0),
    (3, 1_999.7, 1_999.8),
    (6, 1_998.0, 1_998.1),
    (10, 1_997.0, 1_997.1),
    (14, 1_996.0, 1_996.1),
    (18, 1_999.2, 1_999.3),
    (22, 2_002.2, 2_002.3),
    (26, 2_001.0, 2_001.1),
    (30, 2_000.0, 2_000.1),
    (36, 2_003.5, 2_003.6),
    (40, 2_010.0, 2_010.1),
    (46, 2_010.0, 2_010.1),
]


def the_market() -> QuoteSource:
    return QuoteSource([market()], quote_events(SCRIPT, market(), every_s=0.5))


def play(
    folder: Path, acknowledge: str, prepare: Callable[[Session], None] = lambda session: None
) -> GridRun:
    return run_grid(
        folder,
        prepare=prepare,
        source=the_market(),
        acknowledge=acknowledge,
        latency_ms=LATENCY_MS,
        strategy=PARAMETERS,
    )


def judged(folder: Path, acknowledge: str, run: GridRun) -> Truth:
    settings = grid_settings(folder, acknowledge, LATENCY_MS, PARAMETERS)
    venue = paper_config(settings.paper, settings.seed)
    truth = truth_of(run.state_path, the_market(), venue)
    assert_sound(truth)
    assert_report_covers(json.loads(to_json_bytes(run.report)), truth, to_iso(START_NS))
    return truth


@pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])
def test_killed_before_any_write_a_run_is_taken_up_as_sound_as_one_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acknowledge: str
) -> None:
    with monkeypatch.context() as watching:
        images = watch_disk(watching, tmp_path)
        whole = judged(tmp_path, acknowledge, play(tmp_path / "whole", acknowledge))
    assert len(images.paths) > 60
    assert len([each for each in whole.entries if each.status is OrderStatus.FILLED]) > 3

    for number, image in enumerate(images.paths):
        folder = tmp_path / f"killed{number}"
        folder.mkdir()
        image.rename(folder / "state")
        judged(folder, acknowledge, play(folder, acknowledge))


def test_a_torn_log_is_taken_up_from_what_is_whole_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as watching:
        images = watch_disk(watching, tmp_path)
        play(tmp_path / "whole", "immediate")
    chance = random.Random(5)
    base = images.paths[-1]
    (log,) = base.glob("*-wal")
    content = log.read_bytes()
    resumed_at = set()
    for case in range(TEARS):
        folder = tmp_path / f"torn{case}"
        shutil.copytree(base, folder / "state")
        offset = chance.randrange(len(content))
        torn = bytearray(content[:offset])
        if case % 2:
            torn += bytes(chance.randrange(256) for _ in range(32)) + content[offset + 32 :]
        (folder / "state" / log.name).write_bytes(torn)
        run = play(folder, "immediate")
        judged(folder, "immediate", run)
        resumed_at.add(run.session.clock.now_ns() - run.session.clock.monotonic_ns())
    assert len(resumed_at) > TEARS // 4, "the tears were spread over the run"


def test_a_signal_while_the_past_is_computed_stops_at_once_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as watching:
        images = watch_disk(watching, tmp_path)
        play(tmp_path / "whole", "immediate")
    images.paths[-10].rename(tmp_path / "state")
    rows = everything_in(tmp_path)

    def prepare(session: Session) -> None:
        def on_first_price(*_: object) -> None:
            signal.raise_signal(signal.SIGINT)
            time.sleep(2 * DESCRIPTOR_POLL_S)  # as long as a long past would take

        monkeypatch.setattr(session.recorder, "sample", on_first_price)

    monkeypatch.setattr(exchange, "RESTORE_STEP_NS", NS)
    with pytest.raises(KeyboardInterrupt):
        play(tmp_path, "immediate", prepare)
    assert everything_in(tmp_path) == rows

    judged(tmp_path, "immediate", play(tmp_path, "immediate"))


def everything_in(folder: Path) -> list[tuple[object, ...]]:
    """Return every row of a run's file."""
    rows: list[tuple[object, ...]] = []
    with closing(sqlite3.connect(folder / "state" / "grid-paper-BTC-main.db")) as database:
        for table in ("intents", "outcomes", "fills", "state", "meta"):
            rows += database.execute(f"SELECT * FROM {table}").fetchall()
    return rows
