"""Who trades every market of an account, and who trades one of them, keep each other out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from app.errors import RunFailed
from app.run_state import RunState
from database.lease import Holder
from tests.support.memory_stage import run_settings

GRID = {"strategy__take_profit": "1", "strategy__direction": "buy", "strategy__quantity": "1"}
ME = Holder(1, "here", "the first command", 0)


def state_of(folder: Path, strategy: str, exchange: str, **changes: object) -> RunState:
    more = GRID if strategy == "grid" else {}
    return RunState(run_settings(folder, strategy, exchange, **more, **changes), ME)


def test_two_markets_of_one_account_are_traded_side_by_side(tmp_path: Path) -> None:
    with (
        closing(state_of(tmp_path, "grid", "grvt", run__ticker="BTC")) as one,
        closing(state_of(tmp_path, "funding_arbitrage", "grvt,okx", run__symbols="ETH,SOL")) as two,
    ):
        assert one.path != two.path
        with pytest.raises(RunFailed, match="the first command"):
            state_of(tmp_path, "grid", "okx", run__ticker="SOL")


def test_every_market_is_not_traded_beside_one_of_them(tmp_path: Path) -> None:
    told = "every market of grvt-simulator on account main is in use by pid 1"
    with (
        closing(state_of(tmp_path, "grid", "grvt", run__ticker="BTC")),
        pytest.raises(RunFailed, match=told),
    ):
        state_of(tmp_path, "funding_arbitrage", "okx,grvt")
    with (
        closing(state_of(tmp_path, "funding_arbitrage", "okx,grvt")),
        pytest.raises(RunFailed, match=told),
    ):
        state_of(tmp_path, "grid", "grvt", run__ticker="BTC")
    with closing(state_of(tmp_path, "grid", "grvt", run__ticker="BTC")) as free:
        assert not free.resumed


def test_a_dry_run_goes_on_with_no_run_that_sends_and_none_that_sends_with_it(
    tmp_path: Path,
) -> None:
    paths = []
    for dry in ("true", "false"):
        with closing(
            state_of(tmp_path, "grid", "grvt", run__ticker="BTC", run__dry_run=dry)
        ) as state:
            assert not state.resumed
            state.claim({"tick": "0.1"})
            paths.append(state.path.name)
        with closing(
            state_of(tmp_path, "grid", "grvt", run__ticker="BTC", run__dry_run=dry)
        ) as again:
            assert again.resumed
    assert paths == ["dry-grid-grvt_simulator-BTC-main.db", "grid-grvt_simulator-BTC-main.db"]
