"""Configuration as files hold it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.arguments import Given
from app.config_files import FILE_SIZE_MAX, read_env_file, read_yaml
from app.errors import UsageError


def written(folder: Path, text: str, name: str = "a.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_values_keep_their_text_and_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, "run:\n  ticker: BTC  # market\nstrategy:\n  take_profit: 0.10\n")
    assert read_yaml(path) == {
        "run.ticker": Given("BTC", f"{path}:2 run.ticker"),
        "strategy.take_profit": Given("0.10", f"{path}:4 strategy.take_profit"),
    }


def test_lists_and_quotes_are_understood_and_empty_keys_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "run:\n  data: [a.gz, 'b.gz']\n  report:\n  seed: ~\npaper:\n")
    assert read_yaml(path) == {"run.data": Given(("a.gz", "b.gz"), f"{path}:2 run.data")}


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "# nothing\n")) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run:\n  ticker: 'BTC\n", ":3: not valid YAML: found unexpected end of stream"),
        ("run:\n\tticker: BTC\n", ":2: not valid YAML: found character '\\t' that cannot start"),
        ("run: BTC\n", ":1: run must hold `key: value` lines"),
        ("- run\n", ":1: the file must hold `key: value` lines"),
        ("run:\n  ticker: {a: b}\n", ":2: run.ticker must be a plain value or a list of them"),
        ("run:\n  data: [[a]]\n", ":2: run.data must be a plain value or a list of them"),
        ("run:\n  seed: 1\n  seed: 2\n", ":3: seed is set twice (before in line 2)"),
        ("run:\n  [a]: 2\n", ":2: a key must be a word"),
        ('run:\n  "a.b": 2\n', ":2: a key must be a word"),
        ("[" * 20_000, ": nested too deeply for a configuration"),
        ("run: {seed: 1\x01}", ": not valid YAML: "),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}{message}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_yaml(tmp_path / "absent.yml")
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not a text file in UTF-8"):
        read_yaml(binary)
    huge = written(tmp_path, "#" * (FILE_SIZE_MAX + 1), "huge.yml")
    with pytest.raises(UsageError, match="larger than"):
        read_yaml(huge)


@example("a: &a\n  b: *a\n")
@example("? ")
@settings(
    deadline=None,
    derandomize=True,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(alphabet="ab:-[]{}&*!|>%@`'\"#? \n\t\r\x00\x85\U0001f600", max_size=40))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yml"
    path.write_bytes(text.encode())
    values: dict[str, Given] = {}
    refusal = str(path)
    try:
        values = read_yaml(path)
    except UsageError as error:
        refusal = str(error)
    assert refusal.startswith(str(path))
    assert all("." in key for key in values)


def test_env_files_know_export_quotes_and_comments(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# keys\n\nA=1\nexport B = 'two words'\nC=x # why\nD=a#b\nE=\n", ".env"
    )
    assert read_env_file(path) == {
        "A": Given("1", f"{path}:3 A"),
        "B": Given("two words", f"{path}:4 B"),
        "C": Given("x", f"{path}:5 C"),
        "D": Given("a#b", f"{path}:6 D"),
        "E": Given("", f"{path}:7 E"),
    }


@pytest.mark.parametrize("line", ["hunter2", "my key=hunter2", "=hunter2"])
def test_a_broken_line_of_an_env_file_is_named_but_not_shown(tmp_path: Path, line: str) -> None:
    path = written(tmp_path, f"A=1\n{line}\n", ".env")
    with pytest.raises(UsageError) as caught:
        read_env_file(path)
    assert str(caught.value) == f"{path}:2: expected NAME=value"
