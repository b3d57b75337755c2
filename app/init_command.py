"""``runbot.py init``: a configuration with every key explained, and a .env template.

Both are made from the declarations that check a configuration, so they cannot fall behind. What the
strategy's default preset sets is set; every other key stands beside it as a comment.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import catalogue
from app.arguments import Given
from app.config_files import read_yaml
from app.configuration import allowed_of
from app.errors import UsageError, did_you_mean
from app.flags import describe
from app.presets import default_preset
from app.settings import SECTIONS

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from strategies.parameter import StrategyParameter

COMMENT_WIDTH = 96
USUAL_STRATEGY = "grid"

ENV_TEMPLATE = """\
# Variables of the bot, one NAME=value a line; real environment variables are stronger.
# Keep this file to yourself: it is the place for whatever others must not read.
#
# The paper venue needs no keys at all, and neither do simulators of venues and their live prices
# with orders filled on paper (--environment simulator, --environment paper).
#
{credentials}
# Every key of the configuration can be set here as PERP__SECTION__KEY:
# PERP__LOGGING__LEVEL=DEBUG
# PERP__RUN__STATE_DIR=state
"""


def write_templates(given: Mapping[str, Given]) -> str:
    """Write both files and return what to tell the user.

    Raises:
        UsageError: the strategy is unknown, a file exists and --force was not given, or a file
            cannot be written.
    """
    strategy = _strategy(given)
    config = Path(_word(given, "config", "runbot.yml"))
    env_file = Path(_word(given, "env_file", ".env"))
    if config == env_file:
        raise UsageError(f"--config and --env-file both name {config}")
    _refuse_to_overwrite(config, env_file, force="force" in given)
    _write(config, config_template(strategy), mode=0o644)
    # Only the owner may read a file that is made for secrets.
    _write(env_file, ENV_TEMPLATE.format(credentials=_credentials()), mode=0o600)
    return f"wrote {config} and {env_file}\nnext: python runbot.py --config {config}\n"


def config_template(strategy: str) -> str:
    """Return a configuration of ``strategy`` in which every key is explained."""
    preset = default_preset(strategy)
    values = {} if preset is None else read_yaml(preset)
    blocks = [
        "# Configuration of the bot. Flags and PERP__SECTION__KEY variables override it.\n"
        "# A key behind a # has the value shown, its default, or none."
    ]
    for section, model in SECTIONS.items():
        blocks.append(f"{section}:")
        blocks += [
            _entry(values, f"{section}.{name}", _field_comment(field), _default_text(field.default))
            for name, field in model.model_fields.items()
        ]
        if section == "run":
            blocks.append(f"strategy:\n  name: {strategy}")
            blocks += [_parameter_entry(values, item) for item in catalogue.parameters_of(strategy)]
    return "\n\n".join(blocks) + "\n"


def _credentials() -> str:
    """Return the variables of every venue that needs some, behind a # each."""
    return "".join(
        f"# What {name} needs:\n" + "".join(f"# {variable}=\n" for variable in variables) + "#\n"
        for name, variables in catalogue.credentials().items()
    ).rstrip("\n")


def _parameter_entry(values: Mapping[str, Given], parameter: StrategyParameter) -> str:
    comment = describe(parameter)
    if isinstance(parameter.kind, tuple):
        comment += f"; one of {', '.join(parameter.kind)}"
    key = f"strategy.{parameter.name}"
    return _entry(values, key, comment, _default_text(parameter.default))


def _entry(values: Mapping[str, Given], key: str, comment: str, default: str) -> str:
    name = key.partition(".")[2]
    value = values[key].value if key in values else None
    if isinstance(value, tuple):
        value = f"[{', '.join(value)}]"
    line = f"  # {name}: {default}".rstrip() if value is None else f"  {name}: {value}"
    lines = textwrap.wrap(comment, COMMENT_WIDTH, initial_indent="  # ", subsequent_indent="  # ")
    return "\n".join([*lines, line])


def _field_comment(field: FieldInfo) -> str:
    allowed = allowed_of(field)
    description = field.description or ""
    return f"{description} Allowed: {allowed}." if allowed else description


def _default_text(default: Any) -> str:  # any type that a key may have
    """Return a default as a file would say it; empty where there is none."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    is_value = isinstance(default, str | int | Path) or hasattr(default, "as_tuple")
    return str(default) if is_value else ""


def _strategy(given: Mapping[str, Given]) -> str:
    names = catalogue.strategy_names()
    name = _word(given, "strategy", USUAL_STRATEGY)
    if name not in names:
        hint = did_you_mean(name, names)
        raise UsageError(f"--strategy: {name!r} is not allowed: one of {', '.join(names)}{hint}")
    return name


def _word(given: Mapping[str, Given], key: str, default: str) -> str:
    return str(given[key].value) if key in given else default


def _refuse_to_overwrite(*paths: Path, force: bool) -> None:
    existing = [str(path) for path in paths if path.exists()]
    if existing and not force:
        raise UsageError(
            f"{' and '.join(existing)} would be overwritten; add --force, or name other files "
            f"with --config and --env-file"
        )


def _write(path: Path, text: str, *, mode: int) -> None:
    try:
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
