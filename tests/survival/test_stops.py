"""Ctrl-C and SIGTERM end a run in order, a second one at once; the same command goes on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.support.bot_process import run_bot, start_bot
from tests.support.run_judge import assert_report_covers, assert_sound, read_report, truth_of
from tests.support.synthetic_run import (
    LINE,
    START,
    STATE,
    THE_VENUE,
    requests_sent,
    the_market,
    wait_for_orders,
)

STOP_MAX_S = 10.0
"""How long a graceful stop may take."""
LIVE = ("--speed", "60")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_in_order_and_the_same_command_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    with start_bot(tmp_path, *LINE, *LIVE) as process:
        wait_for_orders(tmp_path / STATE, process, count=4)
        asked = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        took_s = time.monotonic() - asked
    assert process.returncode == 130, err
    assert took_s < STOP_MAX_S
    assert "Traceback" not in out + err
    report = read_report(tmp_path / "r.json")
    assert report["outcome"] == f"stopped by {number.name}"
    assert report["cash_check"]["difference"] == "0"
    assert all(order["purpose"] == "close" for order in report["open_orders"])
    sent = requests_sent(tmp_path / STATE)

    done = run_bot(tmp_path, *LINE, "--speed", "max")

    assert done.returncode == 0, done.stderr
    assert "the unfinished run in" in done.stdout
    truth = truth_of(tmp_path / STATE, the_market(), THE_VENUE)
    assert len(truth.intents) > sent
    assert_sound(truth)
    assert_report_covers(read_report(tmp_path / "r.json"), truth, START)


def test_a_second_signal_stops_at_once_and_the_same_command_goes_on(tmp_path: Path) -> None:
    with start_bot(tmp_path, *LINE, "--speed", "0.01") as process:
        assert process.stdout is not None
        assert any(line.startswith("elapsed=") for line in process.stdout), "it has begun"
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # two signals at the same moment may arrive as one
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    report = read_report(tmp_path / "r.json")
    assert report["outcome"] == "stopped at once by a second SIGINT"

    done = run_bot(tmp_path, *LINE, "--speed", "max")

    assert done.returncode == 0, done.stderr
    assert_sound(truth_of(tmp_path / STATE, the_market(), THE_VENUE))
