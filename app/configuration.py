"""From what was given to one frozen ``RunSettings``, or to one line for each mistake.

Each line names the key as the user wrote it (flag, variable, or file with line), the value, and
what is allowed; a misspelt key is told the nearest one.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app import catalogue, values
from app.arguments import Arguments, Given
from app.config_files import read_env_file, read_yaml
from app.errors import UsageError, did_you_mean
from app.flags import RUN_FLAGS, flag_name
from app.precedence import Layer, merge, plain_variables, variables_layer
from app.presets import default_preset, presets, shown
from app.settings import PAPER, SECTIONS, RunSettings, venue_account, venue_kind
from strategies.base_strategy import ParameterError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DEFAULT_ENV_FILE = Path(".env")
SHOWN_TICKER = "BTC"
"""Whose prices are shown where a strategy trades all markets; every venue has it."""


def build_settings(arguments: Arguments, environment: Mapping[str, str]) -> RunSettings:
    """Build the configuration of a run from its command line, variables and files.

    Raises:
        UsageError: something given is wrong or missing; one line for each.
    """
    flags = dict(arguments.given)
    config = flags.pop("config", None)
    env_file = flags.pop("env_file", None)
    process = {name: Given(value, name) for name, value in environment.items()}
    env_layer = env_file_layer(env_file)
    variables = variables_layer(process, env_layer)
    file = _config_layer(config, merge([flags, variables]))
    settings = settings_of(merge([flags, variables, file]))
    return settings.model_copy(
        update={
            "variables": plain_variables(process, env_layer),
            "rebuild": _Rebuild(arguments, environment),
        }
    )


class _Rebuild:
    """Builds the configuration anew; where it came from is no part of what it says."""

    def __init__(self, arguments: Arguments, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment

    def __call__(self) -> RunSettings:
        return build_settings(self._arguments, self._environment)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rebuild)

    def __hash__(self) -> int:
        return hash(_Rebuild)


def settings_of(given: Mapping[str, Given]) -> RunSettings:
    """Check and convert what counts of each key.

    Raises:
        UsageError: something is wrong or missing; one line for each.
    """
    strategy = _strategy_name(given.get("strategy.name"))
    many_markets = catalogue.trades_many_markets(strategy)
    given = _with_markets(given) if many_markets else given
    problems = _unknown_keys(given, strategy)
    settings, wrong = _sections(given, strategy)
    parameters, wrong_parameters = _parameters(given, strategy)
    problems += [*wrong, *wrong_parameters]
    if settings is not None:
        problems += _venue_problems(settings, given)
        problems += _adoption_problems(settings, given)
        problems += _channel_problems(settings, given)
    if problems or settings is None:
        raise UsageError("\n".join(problems))
    return settings.model_copy(
        update={
            "strategy_parameters": MappingProxyType(parameters),
            "many_markets": many_markets,
        }
    )


def _with_markets(given: Mapping[str, Given]) -> Mapping[str, Given]:
    """Fill in what a strategy over many markets need not be told.

    One ticker alone means to trade that; of several symbols, or of all there are, one is shown.
    """
    ticker, symbols = given.get("run.ticker"), given.get("run.symbols")
    if ticker is not None:
        return given if symbols is not None else {**given, "run.symbols": ticker}
    named = [] if symbols is None else values.words(symbols.value)
    shown = Given(named[0] if named else SHOWN_TICKER, "run.symbols")
    return {**given, "run.ticker": shown}


def env_file_layer(given: Given | None) -> Layer:
    """Return what the env file sets: the one that is named, else the usual one if it is there.

    Raises:
        UsageError: the one that is named is not there, or cannot be read.
    """
    if given is None:
        return read_env_file(DEFAULT_ENV_FILE) if DEFAULT_ENV_FILE.is_file() else {}
    path = Path(str(given.value))
    if not os.path.isfile(path):
        raise UsageError(f"{given.origin}: {path} is not a file")
    return read_env_file(path)


def _config_layer(config: Given | None, stronger: Layer) -> Layer:
    """Read --config; without it the strategy's default preset, if nothing of it was given."""
    if config is not None:
        path = Path(str(config.value))
        if not os.path.isfile(path):
            offer = did_you_mean(str(path), map(str, map(shown, presets())))
            raise UsageError(f"{config.origin}: {path} is not a file{offer}")
        return read_yaml(path)
    name = stronger.get("strategy.name")
    own = [key for key in stronger if key.startswith("strategy.") and key != "strategy.name"]
    preset = None if name is None or own else default_preset(str(name.value))
    return {} if preset is None else read_yaml(shown(preset))


def _strategy_name(given: Given | None) -> str:
    names = catalogue.strategy_names()
    if given is None:
        raise UsageError(
            f"--strategy is missing: one of {', '.join(names)} "
            f"(to start from a file: runbot.py init)"
        )
    name = str(given.value).strip().lower()
    if name not in names:
        hint = did_you_mean(name, names)
        raise UsageError(_line(given, f"one of {', '.join(names)}") + hint)
    return name


def _known_keys(strategy: str) -> dict[str, set[str]]:
    known = {section: set(model.model_fields) for section, model in SECTIONS.items()}
    known["strategy"] = {"name", *(item.name for item in catalogue.parameters_of(strategy))}
    return known


def _unknown_keys(given: Mapping[str, Given], strategy: str) -> list[str]:
    known = _known_keys(strategy)
    problems = []
    for key, item in given.items():
        section, _, name = key.partition(".")
        if section not in known:
            problems.append(f"{item.origin}: there is no section {section}" + _near(section, known))
        elif name not in known[section]:
            problems.append(
                f"{item.origin}: there is no key {name} in {section}"
                + _near_key(section, name, known)
            )
    return problems


def _near_key(section: str, name: str, known: Mapping[str, set[str]]) -> str:
    """Name the nearest key of the section, or the section that has exactly this key."""
    elsewhere = [other for other in known if name in known[other]]
    return f"; it belongs to {elsewhere[0]}" if elsewhere else _near(name, known[section])


def _near(word: str, known: Iterable[str]) -> str:
    ordered = sorted(known)
    return did_you_mean(word, ordered, f"; there are {', '.join(ordered)}")


def _sections(given: Mapping[str, Given], strategy: str) -> tuple[RunSettings | None, list[str]]:
    raw: dict[str, Any] = {"strategy": strategy, "strategy_parameters": {}}
    for section, model in SECTIONS.items():
        texts = {
            name: given[f"{section}.{name}"].value
            for name in model.model_fields
            if f"{section}.{name}" in given
        }
        raw.update(texts if section == "run" else {section: texts})
    try:
        return RunSettings.model_validate(raw), []
    except ValidationError as error:
        # A tuple of literals can fail once per item; the key is wrong once.
        lines = {_key(details): _section_problem(details, given) for details in error.errors()}
        return None, list(lines.values())


def _key(details: ErrorDetails) -> str:
    first, *rest = (str(part) for part in details["loc"])
    return f"{first}.{rest[0]}" if first in SECTIONS else f"run.{first}"


def _section_problem(details: ErrorDetails, given: Mapping[str, Given]) -> str:
    key = _key(details)
    section, _, name = key.partition(".")
    field = SECTIONS[section].model_fields[name]
    if key not in given:
        return _missing(key, field.description or "")
    reason = details.get("ctx", {}).get("error")
    if _secret(field):
        return f"{given[key].origin}: what was given is not allowed: {reason}"
    return _line(given[key], allowed_of(field) or str(reason))


def _secret(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("secret"))


def allowed_of(field: FieldInfo) -> str:
    """Return what a field may be, in words; empty where its reader says it for each value."""
    extra = field.json_schema_extra
    if isinstance(extra, dict):
        return str(extra["allowed"])
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}"
    return ""


def _line(given: Given, allowed: str) -> str:
    value = given.value if isinstance(given.value, str) else ",".join(given.value)
    return f"{given.origin}: {_quoted(value)} is not allowed: {allowed}"


def _quoted(text: str) -> str:
    """Quote a value on one line of bounded length, whatever it holds."""
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _missing(key: str, what: str) -> str:
    section, _, name = key.partition(".")
    variable = f"PERP__{section}__{name}".upper()
    return f"{_flag_of(key)} is missing: {what.rstrip('.')} (or {key} in a file, or {variable})"


def _flag_of(key: str) -> str:
    flags = [flag for _, group in RUN_FLAGS for flag in group if flag.key == key]
    return flags[0].names[0] if flags else flag_name(key.partition(".")[2])


def _parameters(given: Mapping[str, Given], strategy: str) -> tuple[Mapping[str, Any], list[str]]:
    texts: dict[str, str] = {}
    for parameter in catalogue.parameters_of(strategy):
        item = given.get(f"strategy.{parameter.name}")
        if item is None:
            continue
        if not isinstance(item.value, str):
            return {}, [_line(item, "one value, not a list")]
        if parameter.kind in (Decimal, int, float):
            try:
                values.finite(item.value)
            except ValueError as error:
                return {}, [_line(item, str(error))]
        texts[parameter.name] = item.value
    try:
        return catalogue.parse_parameters(strategy, texts), []
    except ParameterError as error:
        return {}, [_parameter_problem(error, given)]


def _parameter_problem(error: ParameterError, given: Mapping[str, Given]) -> str:
    """Put the parameter's origin in the place of its name."""
    item = given.get(f"strategy.{error.parameter}")
    message = str(error).removeprefix(f"{error.parameter}: ")
    if item is None:
        return f"{flag_name(error.parameter)} {message}"
    return f"{item.origin}: {message}"


def _venue_problems(settings: RunSettings, given: Mapping[str, Given]) -> list[str]:
    known = catalogue.exchange_names()
    exchange = given["run.exchange"]
    problems = []
    for venue in settings.exchange:
        kind = venue_kind(venue)
        if kind not in known:
            problems.append(
                f"{exchange.origin}: there is no exchange {kind}{did_you_mean(kind, known)} "
                f"(known: {', '.join(known)})"
            )
    real = [venue for venue in settings.exchange if venue_kind(venue) != PAPER]
    seats = [(venue_kind(each), venue_account(each, settings.account)) for each in real]
    problems += [
        f"{exchange.origin}: the account {account} at {kind} is named twice"
        for index, (kind, account) in enumerate(seats)
        if (kind, account) in seats[:index]
    ]
    if not problems and real:
        problems += _paper_only(settings, given, real[0])
    return problems


def _adoption_problems(settings: RunSettings, given: Mapping[str, Given]) -> list[str]:
    """Return which positions cannot be taken over because their venue is not traded at."""
    venues = ", ".join(settings.exchange)
    return [
        f"{given['run.adopt'].origin}: {named} is at no venue of this run ({venues})"
        for named in settings.adopt
        if named.rpartition(":")[0] not in settings.exchange
    ]


def _channel_problems(settings: RunSettings, given: Mapping[str, Given]) -> list[str]:
    """Return what the channels named lack, and refuse to tell people of market time."""
    told, control = settings.notifications, settings.control
    lacking = told.problems(commands=control.telegram)
    problems = [_missing(f"notifications.{name}", what) for name, what in lacking]
    if settings.speed != 1 and [each for each in told.channels if each != "log"]:
        origin = given["notifications.channels"].origin
        problems.append(f"{origin}: people are told in real time alone, which is speed 1")
    if settings.speed != 1 and control.wanted:
        problems.append("control: people command in real time alone, which is speed 1")
    return [*problems, *control.problems()]


def _paper_only(settings: RunSettings, given: Mapping[str, Given], real: str) -> list[str]:
    """Refuse recordings and another pace of time where a real venue's prices are traded."""
    problems = []
    if settings.data:
        problems.append(f"{given['run.data'].origin}: {real} trades live; recordings need paper")
    if settings.speed != 1:
        origin = given["run.speed"].origin
        problems.append(f"{origin}: {real} trades live, at speed 1; other speeds need paper")
    return problems
