"""Two instances never trade one market on one account; on different ones they do not meet."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.bot_process import assert_told_in_a_line, run_bot, start_bot
from tests.support.run_judge import read_report
from tests.support.synthetic_run import LINE, STATE, requests_sent, wait_for_orders

SLOW = ("--speed", "0.1")


def test_a_second_instance_is_refused_and_told_who_trades(tmp_path: Path) -> None:
    with start_bot(tmp_path, *LINE, *SLOW) as first:
        wait_for_orders(tmp_path / STATE, first)
        listed = sorted(path.name for path in (tmp_path / "state").iterdir())
        sent = requests_sent(tmp_path / STATE)

        second = run_bot(tmp_path, *LINE, "--fresh")
        assert first.poll() is None, "the first goes on"
        assert_told_in_a_line(second, 1, f"pid {first.pid}", "runbot.py --strategy grid", "stop it")
        assert sorted(path.name for path in (tmp_path / "state").iterdir()) == listed
        assert requests_sent(tmp_path / STATE) >= sent
        first.send_signal(signal.SIGKILL)
        first.communicate(timeout=60)
    assert not (tmp_path / "r.json").exists(), "a refused instance writes no report"


def test_grids_on_two_tickers_share_a_state_directory(tmp_path: Path) -> None:
    ether = [{"BTC": "ETH", "r.json": "ether.json", "0.01": "0.2"}.get(word, word) for word in LINE]
    with (
        start_bot(tmp_path, *LINE, "--speed", "max") as one,
        start_bot(tmp_path, *ether, "--speed", "max") as two,
    ):
        told = [each.communicate(timeout=120) for each in (one, two)]
    assert [one.returncode, two.returncode] == [0, 0], told
    for name, ticker in (("r.json", "BTC"), ("ether.json", "ETH")):
        report = read_report(tmp_path / name)
        assert report["ticker"] == ticker
        assert report["counts"]["fills"] > 0
        assert report["cash_check"]["difference"] == "0"
    assert {path.name for path in (tmp_path / "state").glob("*.db")} == {
        "grid-paper-BTC-main.db",
        "grid-paper-ETH-main.db",
        "store.db",
    }
