"""From what was given to one frozen configuration, or to one line for each mistake."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app import catalogue
from app.arguments import parse_arguments
from app.configuration import build_settings
from app.errors import UsageError
from app.settings import RunSettings

GOOD = "--strategy grid --exchange paper --ticker BTC --quantity 0.01 --take-profit 0.1"


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two venues are known, one of them real; no file of the project is at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "exchange_names", lambda: ("paper", "lighter"))


def build(line: str, **environment: str) -> RunSettings:
    return build_settings(parse_arguments(line.split()), environment)


def refusal(line: str, **environment: str) -> str:
    with pytest.raises(UsageError) as caught:
        build(line, **environment)
    return str(caught.value)


def test_flags_make_a_complete_configuration() -> None:
    settings = build(
        f"{GOOD} --speed max --duration 90s --max-orders 10 --wait-time 5 --no-panel "
        "--durability power --acknowledge asynchronous --log-level debug --starting-balance 500.50"
    )
    assert settings.exchange == ("paper",)
    assert settings.strategy == "grid"
    assert settings.speed is None
    assert settings.duration_s == 90
    assert settings.panel is False
    assert settings.journal.durability == "power"
    assert settings.logging.level == "DEBUG"
    assert settings.paper.acknowledge == "asynchronous"
    assert settings.paper.starting_balance == Decimal("500.50")
    assert settings.strategy_parameters["take_profit"] == Decimal("0.1")
    assert settings.strategy_parameters["max_orders"] == 10
    assert settings.strategy_parameters["direction"] == "buy"
    assert settings.exit_open_orders == settings.strategy_parameters["exit_open_orders"]


def test_the_configuration_is_frozen() -> None:
    settings: Any = build(GOOD)  # Any: what follows must not type-check
    with pytest.raises(ValidationError, match="frozen"):
        settings.ticker = "ETH"
    with pytest.raises(TypeError):
        settings.strategy_parameters["take_profit"] = Decimal(1)


def test_fees_are_percent_outside_and_fractions_inside(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("paper:\n  maker_fee_percent: 0.02\n", encoding="utf-8")
    paper = build(f"{GOOD} --config a.yml").paper
    assert (paper.maker_fee, paper.taker_fee) == (Decimal("0.0002"), None)


def test_flag_beats_variable_beats_env_file_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "run:\n  ticker: D\n  seed: 4\n  account: d\n  environment: testnet\n", encoding="utf-8"
    )
    (tmp_path / ".env").write_text(
        "PERP__RUN__TICKER=C\nPERP__RUN__SEED=3\nPERP__RUN__ACCOUNT=c\n", encoding="utf-8"
    )
    line = "--strategy grid --exchange paper --quantity 1 --take-profit 1 --config a.yml --ticker A"
    settings = build(line, PERP__RUN__TICKER="B", PERP__RUN__SEED="2")
    chosen = (settings.ticker, settings.seed, settings.account, settings.environment)
    assert (*chosen, settings.speed) == ("A", 2, "c", "testnet", 1.0)


def test_a_quantity_flag_replaces_the_notional_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("strategy:\n  order_notional_usd: 100\n", encoding="utf-8")
    parameters = build(f"{GOOD} --config a.yml").strategy_parameters
    assert (parameters["quantity"], parameters["order_notional_usd"]) == (Decimal("0.01"), None)


def test_strategy_and_exchange_alone_read_the_default_preset() -> None:
    settings = build("--strategy grid --exchange lighter")
    assert settings.exchange == ("lighter",)
    assert settings.strategy_parameters["order_notional_usd"] == Decimal(125)


def test_a_part_of_a_strategy_is_never_completed_from_a_preset() -> None:
    line = "--strategy grid --exchange paper --ticker BTC --quantity 0.01"
    assert refusal(line).startswith("--take-profit is missing")


def test_a_preset_can_be_named_by_its_path_from_anywhere(tmp_path: Path) -> None:
    assert "configs/grid/demo.yml?" in refusal("--config configs/grid/demos.yml")


def test_data_files_are_taken_from_a_list_or_with_commas(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "a.yml").write_text("run:\n  data: [a, b]\n", encoding="utf-8")
    expected = (Path("a"), Path("b"))
    assert build(f"{GOOD} --data a,b").data == expected
    assert build(f"{GOOD} --config a.yml").data == expected


NO_NUMBER = "a number such as 0.5"
NOT_FINITE = "a finite number such as 0.5"
NO_SIZE = "a number of a sensible size, between 1e-15 and 1e15"

WRONG_FLAGS = {
    "--speed fast": "--speed: 'fast' is not allowed: 1 for real time, a number from 0.001 to "
    "1000000, or max",
    "--speed -1": "--speed: '-1' is not allowed: 1 for real time, a number from 0.001 to "
    "1000000, or max",
    "--duration 90": "--duration: '90' is not allowed: a number with s, m, h or d, such as 90s, "
    "30m or 2h, of at most 3650d",
    "--seed -1": "--seed: '-1' is not allowed: a whole number from 0 to 9223372036854775807",
    "--seed 1.5": "--seed: '1.5' is not allowed: a whole number from 0 to 9223372036854775807",
    "--starting-balance 0": "--starting-balance: '0' is not allowed: a number above 0, at most "
    "1e12",
    "--starting-balance NaN": "--starting-balance: 'NaN' is not allowed: a number above 0, at most "
    "1e12",
    "--environment live": "--environment: 'live' is not allowed: one of prod, testnet, demo, "
    "eea, eea-demo, us, us-demo, simulator, paper",
    "--acknowledge later": "--acknowledge: 'later' is not allowed: one of immediate, asynchronous",
    "--durability disk": "--durability: 'disk' is not allowed: one of process, power",
    "--log-level LOUD": "--log-level: 'LOUD' is not allowed: one of DEBUG, INFO, WARNING, ERROR",
    "--account ../x": "--account: '../x' is not allowed: a name of letters, digits, _ and -",
    f"--data {'x' * 300}": f"--data: '{'x' * 77}...' is not allowed: files that exist; there is no "
    + "x" * 300,
    "--data none.gz": "--data: 'none.gz' is not allowed: files that exist; there is no none.gz",
    "--report out.pdf": "--report: 'out.pdf' is not allowed: a file ending in .json or .html",
    "--report no/a.json": "--report: 'no/a.json' is not allowed: a file in a folder that exists; "
    "no does not",
    "--grid-step nan": f"--grid-step: 'nan' is not allowed: {NOT_FINITE}",
    "--grid-step inf": f"--grid-step: 'inf' is not allowed: {NOT_FINITE}",
    "--grid-step 1e400": f"--grid-step: '1e400' is not allowed: {NO_SIZE}",
    "--grid-step wide": f"--grid-step: 'wide' is not allowed: {NO_NUMBER}",
    "--grid-step 0": "--grid-step: 0 must be above 0",
    "--grid-step -1": "--grid-step: -1 must be above 0",
    "--max-orders 0": "--max-orders: 0 must be at least 1",
    "--max-orders 2.5": "--max-orders: 2.5 is not a whole number",
    "--direction up": "--direction: 'up' is not buy or sell",
    "--notional 100": "--quantity: 0.01 and order_notional_usd 100 are both given; remove one of "
    "them",
    "--config none.yml": "--config: none.yml is not a file",
    "--env-file none.env": "--env-file: none.env is not a file",
}


@pytest.mark.parametrize(("flags", "message"), WRONG_FLAGS.items(), ids=WRONG_FLAGS)
def test_a_wrong_flag_is_named_with_its_value_and_what_is_allowed(flags: str, message: str) -> None:
    assert refusal(f"{GOOD} {flags}") == message


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--strategy", "gird", "'gird' is not allowed: one of funding_arbitrage, grid; did"),
        (
            "--exchange",
            "lihgter",
            "there is no exchange lihgter; did you mean lighter? (known: paper, lighter)",
        ),
        ("--exchange", "kraken", "there is no exchange kraken (known: paper, lighter)"),
        ("--exchange", "paper,paper", "'paper,paper' is not allowed: each venue once; two acc"),
        ("--ticker", "B TC", "'B TC' is not allowed: a market's symbol"),
        ("--quantity", "-0.01", "-0.01 must be above 0"),
        ("--take-profit", "0", "0 must be above 0"),
    ],
)
def test_a_wrong_essential_is_named(flag: str, value: str, message: str) -> None:
    words = GOOD.split()
    words[words.index(flag) + 1] = value
    with pytest.raises(UsageError) as caught:
        build_settings(parse_arguments(words), {})
    assert str(caught.value).startswith(f"{flag}: {message}")


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--strategy", "--strategy is missing: one of funding_arbitrage, grid (to start from"),
        ("--exchange", "--exchange is missing: Venue, or several"),
        ("--ticker", "--ticker is missing: Market, by the symbol of its base asset (or run.ticker"),
        ("--quantity", "--quantity is missing; give quantity or order_notional_usd"),
        ("--take-profit", "--take-profit is missing; give the percentage"),
    ],
)
def test_a_missing_essential_is_named(flag: str, message: str) -> None:
    words = GOOD.split()
    index = words.index(flag)
    with pytest.raises(UsageError) as caught:
        build_settings(parse_arguments(words[:index] + words[index + 2 :]), {})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "run:\n  tiker: BTC\n",
            "a.yml:2 run.tiker: there is no key tiker in run; did you mean ticker?",
        ),
        (
            "strategy:\n  take_profits: 1\n",
            "a.yml:2 strategy.take_profits: there is no key take_profits in strategy; "
            "did you mean take_profit?",
        ),
        ("runs:\n  a: 1\n", "a.yml:2 runs.a: there is no section runs; did you mean run?"),
        (
            "run:\n  leverage: 3\n",
            "a.yml:2 run.leverage: there is no key leverage in run; it belongs to paper",
        ),
        (
            "paper:\n  leverage: 500\n",
            "a.yml:2 paper.leverage: '500' is not allowed: a number from 1 to 125",
        ),
        (
            "strategy:\n  grid_step: [1, 2]\n",
            "a.yml:2 strategy.grid_step: '1,2' is not allowed: one value, not a list",
        ),
        ("run:\n  dry_run: perhaps\n", "a.yml:2 run.dry_run: 'perhaps' is not allowed: true or"),
    ],
)
def test_a_wrong_line_of_a_file_is_named_with_file_and_line(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    assert refusal(f"{GOOD} --config a.yml").startswith(message)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"PERP__RUN__SEEED": "1"},
            "PERP__RUN__SEEED: there is no key seeed in run; did you mean seed?",
        ),
        ({"PERP__RUN__SEED": "x"}, "PERP__RUN__SEED: 'x' is not allowed: a whole number from 0"),
        ({"PERP__SEED": "1"}, "PERP__SEED: there is no section seed"),
        ({"PERP__STRATEGY__MAX_ORDERS": "0"}, "PERP__STRATEGY__MAX_ORDERS: 0 must be at least 1"),
    ],
)
def test_a_wrong_variable_is_named(environment: Mapping[str, str], message: str) -> None:
    assert refusal(GOOD, **environment).startswith(message)


def test_a_wrong_line_of_an_env_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_text("\nPERP__RUN__SEED=x\n", encoding="utf-8")
    message = refusal(f"{GOOD} --env-file x.env")
    assert message.startswith("x.env:2 PERP__RUN__SEED: 'x' is not allowed")


def test_every_mistake_has_its_own_line() -> None:
    lines = refusal(f"{GOOD} --speed x --seed y --max-orders 0", PERP__RUN__NAME="1").splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "PERP__RUN__NAME",
        "--speed",
        "--seed",
        "--max-orders",
    ]


def test_a_real_venue_takes_neither_recordings_nor_another_pace(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_text("", encoding="utf-8")
    line = GOOD.replace("paper", "lighter")
    assert refusal(f"{line} --data a.gz") == "--data: lighter trades live; recordings need paper"
    assert refusal(f"{line} --speed max").startswith("--speed: lighter trades live, at speed 1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gz").touch(mode=0)
    assert "Permission denied" in refusal(f"{GOOD} --data a.gz")


VALUED = [
    "--speed", "--seed", "--duration", "--starting-balance", "--quantity", "--take-profit",
    "--max-orders", "--wait-time", "--ticker", "--exchange", "--strategy", "--direction",
]  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.sampled_from(VALUED), st.text(max_size=8))
def test_any_value_is_taken_or_refused_in_lines_that_name_its_flag(flag: str, value: str) -> None:
    words = GOOD.split()
    if flag in words:
        index = words.index(flag)
        del words[index : index + 2]
    refused = flag
    try:
        build_settings(parse_arguments([*words, f"{flag}={value}"]), {})
    except UsageError as error:
        refused = str(error)
    assert flag in refused
    assert all(line.isprintable() for line in refused.split("\n"))
