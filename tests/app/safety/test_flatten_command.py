"""``flatten`` as users run it: on a bot that runs, and on none; the watchdog's test has others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.arguments import Given
from app.errors import UsageError
from app.flatten_command import read_request
from tests.support.bot_process import run_bot
from tests.support.flatten_stage import GRID, VENUE, assert_flat, flattened, trading


@pytest.mark.slow
def test_a_running_bot_closes_by_itself_and_a_second_call_finds_nothing(tmp_path: Path) -> None:
    with trading(tmp_path) as (bot, variables):
        room = list((tmp_path / "state").glob("*.reserve"))
        code, told = flattened(tmp_path, variables)
        ended, said = bot.finish()
        assert [each.exists() for each in room] == [False], "it was kept for this"
        again = flattened(tmp_path, variables)
        restarted = run_bot(tmp_path, *GRID, *VENUE, "--duration", "5s", variables=variables)
    assert (code, ended) == (0, 0), said
    assert_flat(told, "the bot closed it")
    assert "told to become flat" in said
    assert again[0] == 0
    assert [venue["found"] for run in again[1] for venue in run["venues"]] == ["nothing"]
    assert "halted" in restarted.stdout + restarted.stderr


def test_a_wrong_line_is_told_before_anything_is_done() -> None:
    def request(**words: str) -> None:
        read_request({name: Given(value, f"--{name}") for name, value in words.items()}, {})

    with pytest.raises(UsageError, match="--everything needs --exchanges"):
        request(everything="true", yes="true")
    with pytest.raises(UsageError, match="add --yes"):
        request(everything="true", exchanges="lighter")
    with pytest.raises(UsageError, match="did you mean lighter"):
        request(exchanges="lightre")
    with pytest.raises(UsageError, match=r"--environment: prd is not allowed.*did you mean prod"):
        request(environment="prd")
    with pytest.raises(UsageError, match="--state-dir: there is no folder nowhere"):
        request(state_dir="nowhere")
    with pytest.raises(UsageError, match="--within: not allowed"):
        request(within="soon")
