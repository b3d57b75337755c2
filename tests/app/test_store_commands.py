"""What people and programs read of runs: what is held and why, what was made, what forbids more."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import runbot
from app.paper_stage import PaperVenue
from app.past_runs import read_runs
from app.run_diary import RunDiary
from app.session import Session
from app.store_views import positions_text
from database.store_address import SQLITE, STORE_FILE, StoreAddress
from database.store_reader import StoreReader
from tests.support.arbitrage_run import ONE, TWO, VenueScript, at, interrupt, run_arbitrage
from tests.support.grid_run import dips, interrupt_at, market, run_grid

D = Decimal
CENT = D("0.01")
FEES = {"ETH": {"maker_fee": D("0.0002"), "taker_fee": D("0.0005")}}


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command printed."""
    capsys.readouterr()
    assert runbot.main(words, {}) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    """Return what a command told a program."""
    found: list[dict[str, Any]] = msgspec.json.decode(told(capsys, *words, "--format", "json"))
    return found


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    """Return the one line that a command was refused with."""
    assert runbot.main(words, {}) == code
    return capsys.readouterr().err


def cash_change(session: Session, venue: str) -> Decimal:
    """Return what the venue's own books say an account made."""
    found = session.venues[venue]
    assert isinstance(found, PaperVenue)
    return found.exchange.cash_of(venue) - found.starting_balance


def a_grid(folder: Path, **changes: Any) -> Session:
    script = [*dips(0, 30, 2000.0), (35, 2003.0, 2003.2), *dips(40, 60, 2000.0)]
    run = run_grid(
        folder,
        script,
        contract=market(fee="0.0004"),
        quantity="0.01",
        take_profit="0.01",
        max_orders="5",
        **changes,
    )
    return run.session


def a_pair(folder: Path, seconds: int = 1000, **changes: Any) -> Session:
    """A pair that is held over a settlement, then left as its rates turn."""
    one = VenueScript({"ETH": [(0, "0.0001"), (1, "0.0009")]}, markets=FEES)
    two = VenueScript({"ETH": [(0, "0.0011"), (1, "0.0002")]}, markets=FEES)
    return run_arbitrage(folder, one, two, seconds=seconds, **changes).session


# PnL ----------------------------------------------------------------------------------------------


def test_what_a_grid_made_is_what_its_balance_changed_by_to_the_cent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = a_grid(tmp_path)
    (run,) = rows(capsys, "pnl")
    venue = run["per_venue"]["paper"]
    assert D(venue["fees"]) > 0
    assert D(venue["price"]) > 0
    assert abs(D(venue["total"]) - cash_change(session, "paper")) < CENT / 2
    assert D(venue["balance_change"]) == cash_change(session, "paper")
    assert D(run["combined"]) == sum(map(D, run["realised"].values()))
    assert " none " in told(capsys, "pnl"), "the difference, for people"


def test_a_balance_changes_from_the_beginning_though_the_first_process_died_before_it_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as dies:
        dies.setattr(RunDiary, "_write", lambda diary, **_: None)
        a_grid(tmp_path, prepare=interrupt_at(1.0))
    session = a_grid(tmp_path)
    (run,) = rows(capsys, "pnl")
    assert D(run["per_venue"]["paper"]["balance_change"]) == cash_change(session, "paper") != 0


def test_what_a_pair_made_is_what_both_balances_changed_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = a_pair(tmp_path)
    (run,) = rows(capsys, "pnl")
    for name in (ONE, TWO):
        venue = run["per_venue"][name]
        assert D(venue["funding"]) != 0
        assert D(venue["fees"]) > 0
        assert D(venue["total"]) == cash_change(session, name), "exact, once it is flat"
        assert D(venue["difference"]) == 0
    totals = [D(venue["total"]) for venue in run["per_venue"].values()]
    assert sum(totals) == D(run["combined"]) == sum(map(D, run["realised"].values()))


@pytest.mark.parametrize(
    ("symbols", "called"), [("", "all markets"), ("BTC,ETH", "BTC,ETH")], ids=["all", "two"]
)
def test_a_run_over_many_markets_is_called_by_them(
    symbols: str, called: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = VenueScript({"ETH": [(0, "0.0001")]}, markets=FEES)
    run_arbitrage(tmp_path, quiet, quiet, seconds=30, run__symbols=symbols)
    assert f"funding_arbitrage {called} on " in told(capsys, "pnl")


def test_runs_are_summed_and_picked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_grid(tmp_path)
    a_pair(tmp_path, seconds=60)
    text = told(capsys, "pnl")
    assert "all 2 runs" in text
    assert [run["strategy"] for run in rows(capsys, "pnl", "--strategy", "grid")] == ["grid"]
    (run,) = rows(capsys, "pnl", "--run", "funding_arbitrage")
    assert run["venues"] == f"{ONE},{TWO}"


# Positions ----------------------------------------------------------------------------------------


def test_what_an_interrupted_run_holds_is_told_with_its_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_pair(tmp_path, seconds=100, prepare=at(60, interrupt))
    (run,) = rows(capsys, "positions")
    assert run["state"] == "interrupted"
    (pair,) = run["positions"]
    assert (pair["name"], pair["symbol"], pair["status"]) == ("pair-1", "ETH", "open")
    assert D(pair["why"]["entry_divergence_8h"]) == D("0.008")
    held = {leg["venue"]: D(leg["quantity"]) for leg in pair["legs"]}
    assert held[ONE] == -held[TWO] > 0
    assert {book["venue"]: D(book["quantity"]) for book in run["markets"]} == held
    text = told(capsys, "positions")
    assert "pair-1 ETH: open since " in text
    assert "entry divergence 8h: 0.008" in text
    assert "closed since" not in text


def test_a_pair_that_was_closed_while_its_strategy_was_away_says_so(tmp_path: Path) -> None:
    session = a_pair(tmp_path, seconds=100, prepare=at(60, interrupt))
    folder = session.settings.state_dir
    (run,) = read_runs(StoreAddress(SQLITE, folder / STORE_FILE), folder)
    flat = replace(run, books=[replace(book, quantity=D(0)) for book in run.books])
    text = positions_text([flat])
    assert text.count(", closed since: our fills leave nothing") == 2


def test_an_order_of_a_leg_is_named_by_its_execution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_pair(tmp_path)
    told(capsys, "positions")
    with closing(StoreReader(StoreAddress.of("state/store.db"))) as store:
        orders = store.rows("SELECT DISTINCT key, purpose FROM orders ORDER BY key, purpose")
        ends = store.rows("SELECT execution_id, outcome FROM executions ORDER BY execution_id")
    assert {row["key"] for row in orders} == {"pair-1-open", "pair-1-close-1"}
    assert {row["purpose"] for row in orders} <= {"entry", "hedge", "unwind"}
    assert [(row["execution_id"], row["outcome"]) for row in ends] == [
        ("pair-1-close-1", "hedged"),
        ("pair-1-open", "hedged"),
    ]


def test_a_grid_tells_where_it_will_close(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = a_grid(tmp_path, prepare=interrupt_at(30.0))
    closes = session.strategy.report()["open_closes"]
    (run,) = rows(capsys, "positions", "--symbol", "BTC")
    (grid,) = run["positions"]
    assert len(grid["why"]["closes_at"]) == closes
    assert D(run["markets"][0]["quantity"]) == session.strategy.report()["held"]
    assert rows(capsys, "positions", "--symbol", "ETH") == []


def test_a_run_on_paper_that_has_ended_holds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_grid(tmp_path)
    assert told(capsys, "positions") == "nothing is held; --all shows runs that have ended\n"
    (run,) = rows(capsys, "positions", "--all")
    assert run["state"] == "ended"


# Explanations -------------------------------------------------------------------------------------


def test_each_rule_of_a_grid_is_told_with_its_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_grid(tmp_path, pause_price="1990", grid_step="0.5")
    (run,) = rows(capsys, "explain", "--symbol", "BTC")
    rules = {row["rule"]: row for row in run["rules"]}
    assert list(rules)[:4] == ["state", "max_orders", "least_order", "wait_time"]
    assert not rules["pause_price"]["allows"]
    assert rules["pause_price"]["detail"].endswith("limit 1990")
    text = told(capsys, "explain", "--symbol", "BTC")
    assert text.index("pause_price") < text.index("max_orders"), "what forbids comes first"


def test_each_pair_that_is_not_opened_is_told_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = VenueScript({"ETH": [(0, "0.0001")]}, markets=FEES)
    run_arbitrage(tmp_path, same, same, seconds=30)
    (run,) = rows(capsys, "explain", "--symbol", "ETH")
    (limit, depeg, pair) = run["rules"]
    assert (limit["rule"], limit["allows"]) == ("max_positions", True)
    assert (depeg["rule"], depeg["allows"]) == ("max_depeg", True)
    assert (pair["subject"], pair["rule"], pair["allows"]) == (
        f"ETH {ONE} / {TWO}",
        "edge",
        False,
    )
    assert "%" in pair["detail"]


# What is wrong, and what is cheap -----------------------------------------------------------------


def test_a_place_without_runs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no run was kept in state yet" in refused(capsys, 1, "positions")


def test_a_market_that_no_run_has_judged_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_grid(tmp_path)
    said = refused(capsys, 1, "explain", "--symbol", "DOGE")
    assert "runbot.py opportunities --symbol DOGE --refused" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain"], "--symbol is missing"),
        (["pnl", "--format", "xml"], "--format: xml is not allowed: one of table, json"),
        (["pnl", "--database", "mysql://u:secret@h/d"], "--database: what was given is not"),
        (["positions", "--symbol", "/"], "--symbol: not allowed"),
    ],
)
def test_what_is_given_wrong_is_told_and_no_secret(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, 2, *words)
    assert said in message
    assert "secret" not in message


def test_a_wrong_store_of_a_run_is_told_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = ["--strategy", "grid", "--exchange", "paper", "--database", "mysql://me:secret@host/x"]
    message = refused(capsys, 2, *line)
    assert "--database: what was given is not allowed: mysql is not known; use a path" in message
    assert "secret" not in message


def test_a_store_that_has_everything_is_read_without_sqlalchemy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_grid(tmp_path)
    told(capsys, "pnl")
    script = "import sys, runbot; runbot.main(['pnl']); print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(Path(runbot.__file__).parent)},
    )
    assert done.stdout.endswith("False\n"), done.stdout


def test_a_store_that_cannot_be_written_is_shown_as_it_is(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    a_grid(tmp_path)
    (before,) = rows(capsys, "pnl")
    a_grid(tmp_path)
    monkeypatch.setattr("database.engine.BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect("state/store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert rows(capsys, "pnl") == [before]
    assert "event=store_behind" in caplog.text
    assert len(rows(capsys, "pnl")) == 2


def test_a_server_holds_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], postgresql_server: str
) -> None:
    a_grid(tmp_path)
    (run,) = rows(capsys, "pnl")
    there = rows(capsys, "pnl", "--database", postgresql_server, "--run", run["run_id"])
    assert there == [run]
