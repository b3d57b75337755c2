"""The command line as text."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.arguments import COMMANDS, Given, parse_arguments, run_parser
from app.errors import UsageError
from app.flags import RUN_FLAGS
from app.settings import SECTIONS

HEAVY = ("pydantic", "rich", "sqlite3", "aiohttp", "sqlalchemy", "yaml", "msgspec", "asyncio")


def given(line: str) -> dict[str, Given]:
    return parse_arguments(line.split()).given


def test_run_is_the_command_when_none_is_named() -> None:
    assert parse_arguments([]).command == "run"
    assert parse_arguments(["--ticker", "BTC"]).command == "run"
    assert parse_arguments(["run", "--ticker", "BTC"]).command == "run"
    assert parse_arguments(["init"]).command == "init"


def test_a_value_remembers_how_its_flag_was_spelt() -> None:
    assert given("--symbol BTC --notional=100") == {
        "run.ticker": Given("BTC", "--symbol"),
        "strategy.order_notional_usd": Given("100", "--notional"),
    }


def test_switches_stand_for_a_text() -> None:
    assert {key: item.value for key, item in given("--dry-run --no-panel --log-json").items()} == {
        "run.dry_run": "true",
        "run.panel": "false",
        "logging.format": "json",
    }


def test_reports_may_be_named_several_times() -> None:
    assert given("--report a.json --report b.html") == {
        "run.report": Given(("a.json", "b.html"), "--report")
    }


def test_a_negative_number_is_a_value_and_not_a_flag() -> None:
    assert given("--quantity -5")["strategy.quantity"].value == "-5"


@pytest.mark.parametrize(
    "line",
    [
        "--strategy grid --exchange paper --data FILE.gz --speed max --ticker BTC --quantity 0.01 "
        "--take-profit 0.02 --grid-step 0.01 --direction buy --max-orders 10 --wait-time 5 "
        "--report out.json",
        "--ticker BTC --quantity 0.00273 --exchange lighter --strategy grid --take-profit 0.008 "
        "--direction buy --max-orders 25 --wait-time 35",
        "--exchanges paper:one,paper:two --environment simulator --account a --seed 3 "
        "--duration 90s --state-dir s --durability power --fresh --starting-balance 5 "
        "--acknowledge asynchronous --log-level DEBUG --log-file x.log --config c --env-file e "
        "--stop-price 1 --stop-price-mode ceiling --pause-price 2 --boost",
    ],
)
def test_the_command_lines_of_the_documents_parse(line: str) -> None:
    assert len(given(line)) >= line.count("--")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--tiker BTC", "--tiker is not a flag; did you mean --ticker?"),
        ("--take_profit 1", "--take_profit is not a flag; did you mean --take-profit?"),
        ("--takeprofit=1", "--takeprofit is not a flag; did you mean --take-profit?"),
        ("--xyzzy", "--xyzzy is not a flag; see --help"),
        ("--tick BTC", "--tick is not a flag; did you mean --ticker?"),
        ("BTC", f"BTC is not a command; there are {', '.join(COMMANDS)}"),
        ("runn --ticker BTC", "runn is not a command; did you mean run?"),
        ("--ticker BTC ETH", "ETH stands where a flag is expected"),
        ("--ticker BTC --symbol ETH", "--symbol is given twice (before as --ticker)"),
        ("--ticker", "--ticker/--symbol: expected one argument"),
        ("--dry-run=yes", "--dry-run: ignored explicit argument 'yes'"),
        ("init --ticker BTC", "--ticker is not a flag; see --help"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_arguments(line.split())
    assert str(caught.value) == message


def test_every_flag_sets_a_key_that_exists() -> None:
    keys = [flag.key for _, flags in RUN_FLAGS for flag in flags]
    known = {
        f"{section}.{name}" for section, model in SECTIONS.items() for name in model.model_fields
    }
    assert set(keys) - known == {"strategy.name", "config", "env_file"}
    assert len(keys) == len(set(keys))


def test_help_lists_every_flag_and_both_readings_of_stop_price() -> None:
    text = " ".join(run_parser().format_help().split())
    for flag in ("--exchange", "--take-profit", "--stop-price-mode", "--no-panel", "--notional"):
        assert flag in text
    assert "floor: stop_price flattens the position" in text
    assert "ceiling: stop_price means ceiling_price" in text


def test_help_lists_the_commands() -> None:
    text = run_parser().format_help()
    assert {"run", "doctor", "flatten", "positions"} < set(COMMANDS)
    assert all(f"  {name:<13} {purpose}" in text for name, purpose in COMMANDS.items())


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, runbot\n"
        "try:\n    runbot.main(['--help'])\n"
        "except SystemExit as done:\n    assert done.code == 0\n"
        f"print('loaded', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "loaded []"
