"""docs/configuration.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

import pytest

import app
from app import catalogue
from app.errors import ExitCode
from app.flags import RUN_FLAGS, flag_name
from app.presets import presets
from app.settings import SECTIONS

DOCUMENT = (Path(app.__file__).parent.parent / "docs" / "configuration.md").read_text("utf-8")
ROWS = {
    line.split("|")[1].strip().strip("`"): line
    for line in DOCUMENT.splitlines()
    if line.startswith("| `")
}
FIELDS = {
    f"{section}.{name}": field
    for section, model in SECTIONS.items()
    for name, field in model.model_fields.items()
}
PARAMETERS = {
    f"strategy.{parameter.name}": parameter
    for strategy in catalogue.strategy_names()
    for parameter in catalogue.parameters_of(strategy)
}


@pytest.mark.parametrize("key", FIELDS)
def test_every_key_is_documented_with_its_meaning(key: str) -> None:
    assert str(FIELDS[key].description) in ROWS[key]


@pytest.mark.parametrize("key", PARAMETERS)
def test_every_parameter_is_documented_with_its_flag_and_meaning(key: str) -> None:
    assert f"`{flag_name(PARAMETERS[key].name)}`" in ROWS[key]
    assert PARAMETERS[key].help in ROWS[key]


def test_no_key_is_documented_that_does_not_exist() -> None:
    documented = {name for name in ROWS if name.partition(".")[0] in {*SECTIONS, "strategy"}}
    assert documented == {*FIELDS, *PARAMETERS}


def test_every_flag_is_documented_where_its_key_is() -> None:
    flags = {flag.key: flag for _, group in RUN_FLAGS for flag in group}
    for key, flag in flags.items():
        place = ROWS.get(key, DOCUMENT)
        assert [name for name in flag.names if f"`{name}`" not in place] == [], key


def test_presets_and_exit_codes_are_documented() -> None:
    files = [f"configs/{path.parent.name}/{path.name}" for path in presets()]
    assert [name for name in files if f"{name}`" not in DOCUMENT] == []
    assert [code for code in ExitCode if f"\n| {code.value} | " not in DOCUMENT] == []
