"""``runbot.py init``."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import catalogue
from app.arguments import parse_arguments
from app.config_files import read_env_file
from app.configuration import build_settings
from app.errors import UsageError
from app.init_command import config_template, write_templates
from app.presets import CONFIGS
from app.settings import SECTIONS, RunSettings


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "exchange_names", lambda: ("paper",))


def init(line: str = "") -> str:
    return write_templates(parse_arguments(["init", *line.split()]).given)


def run(line: str) -> RunSettings:
    return build_settings(parse_arguments(line.split()), {})


def test_the_written_configuration_is_the_default_preset_explained() -> None:
    assert init() == "wrote runbot.yml and .env\nnext: python runbot.py --config runbot.yml\n"
    assert run("--config runbot.yml") == run(f"--config {CONFIGS}/grid/default.yml")
    assert read_env_file(Path(".env")) == {}


def test_every_key_stands_in_the_written_configuration() -> None:
    text = config_template("grid")
    keys = [name for model in SECTIONS.values() for name in model.model_fields]
    keys += [parameter.name for parameter in catalogue.parameters_of("grid")]
    assert [key for key in keys if f"  {key}: " not in text and f"  # {key}:" not in text] == []


def test_a_key_taken_out_of_its_comment_has_its_default(tmp_path: Path) -> None:
    base = run(f"--config {CONFIGS}/grid/default.yml")
    lines = config_template("grid").splitlines()
    keys = tuple(
        f"  # {name}: "
        for model in SECTIONS.values()
        for name, field in model.model_fields.items()
        if field.default is not None
    )
    active = ["  " + line[4:] if line.startswith(keys) else line for line in lines]
    assert active != lines
    (tmp_path / "all.yml").write_text("\n".join(active), encoding="utf-8")
    assert run("--config all.yml") == base


def test_only_the_owner_reads_the_file_made_for_secrets() -> None:
    init()
    assert Path(".env").stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten_without_force() -> None:
    Path(".env").write_text("SECRET=1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^\.env would be overwritten; add --force"):
        init()
    assert Path(".env").read_text(encoding="utf-8") == "SECRET=1\n"
    assert not Path("runbot.yml").exists()
    init("--force")
    assert Path("runbot.yml").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "--strategy gird",
            "--strategy: 'gird' is not allowed: one of funding_arbitrage, grid; did you mean grid?",
        ),
        ("--config a --env-file a", "--config and --env-file both name a"),
        ("--config no/a.yml", "no/a.yml cannot be written: No such file or directory"),
    ],
)
def test_a_mistake_is_told_in_one_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        init(line)
    assert str(caught.value) == message
