"""The command line from end to end: exit codes, one line for a mistake, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import runbot
from app import catalogue
from app.settings import RunSettings
from exchange_clients.errors import MissingCredentialsError

ROOT = Path(runbot.__file__).parent
LINE = "--strategy grid --exchange paper --ticker BTC --quantity 0.01 --take-profit 0.1"
GOOD = LINE.split()


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "exchange_names", lambda: ("paper",))


class Runner:
    """Remembers what it was asked to run, and ends as it was told."""

    def __init__(self, ends: int | BaseException = 0) -> None:
        self.ends = ends
        self.settings: RunSettings | None = None

    def __call__(self, settings: RunSettings) -> int:
        self.settings = settings
        if isinstance(self.ends, int):
            return self.ends
        raise self.ends


def test_a_good_line_is_run_once_with_its_configuration() -> None:
    runner = Runner()
    assert runbot.main(GOOD, {}, runner) == 0
    assert runner.settings is not None
    assert runner.settings.ticker == "BTC"


def test_the_exit_code_is_what_the_run_returned() -> None:
    assert runbot.main(GOOD, {}, Runner(1)) == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "runbot: interrupted\n"),
        (OSError(28, "No space left on device"), 1, "runbot: No space left on device\n"),
        (ValueError("x"), 1, "runbot: internal error, please report it: ValueError: x\n"),
    ],
)
def test_what_ends_a_run_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    assert runbot.main(GOOD, {}, Runner(error)) == code
    assert capsys.readouterr().err == message


def test_missing_keys_exit_3_and_offer_the_same_line_without_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert runbot.main(GOOD, {}, Runner(MissingCredentialsError("API_KEY is not set"))) == 3
    said = capsys.readouterr().err
    line = f"  python runbot.py {LINE} --environment "
    assert said.splitlines()[0] == "runbot: API_KEY is not set"
    assert line + "simulator" in said
    assert line + "paper" in said


def test_debug_shows_the_traceback_of_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert runbot.main([*GOOD, "--log-level", "DEBUG", "--seed", "x"], {}, Runner()) == 2
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_exchange_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    line = (
        "--ticker BTC --quantity 0.00273 --exchange lighter --strategy grid --take-profit 0.008 "
        "--direction buy --max-orders 25 --wait-time 35"
    )
    assert runbot.main(line.split(), {}, Runner()) == 2
    said = capsys.readouterr().err
    assert said == "runbot: --exchange: there is no exchange lighter (known: paper)\n"


def test_init_writes_what_run_reads() -> None:
    runner = Runner()
    assert runbot.main(["init"], {}, runner) == 0
    assert runner.settings is None
    assert runbot.main(["--config", "runbot.yml"], {}, runner) == 0


@pytest.mark.parametrize(
    ("line", "code", "out", "err"),
    [
        ("--help", 0, "usage: runbot.py", ""),
        ("init --help", 0, "usage: runbot.py init", ""),
        ("", 2, "", "runbot: --strategy is missing"),
        ("--strategi grid", 2, "", "runbot: --strategi is not a flag; did you mean --strategy?\n"),
        ("--strategy grid --ticker", 2, "", "runbot: --ticker/--symbol: expected one argument\n"),
        ("--config absent.yml", 2, "", "runbot: --config: absent.yml is not a file\n"),
    ],
)
def test_a_process_ends_with_its_exit_code_and_no_traceback(
    tmp_path: Path, line: str, code: int, out: str, err: str
) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "runbot.py"), *line.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    assert done.stdout.startswith(out)
    assert done.stderr.startswith(err)
    assert "Traceback" not in done.stderr
