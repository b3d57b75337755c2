"""Every flag as a row: its spellings, the key it sets, and what ``--help`` says.

A strategy's own flags are made from the parameters it declares, so that none is listed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from strategies.parameter import StrategyParameter


class Flag(NamedTuple):
    """One flag. ``key`` is the dotted name under which files and variables know it."""

    names: tuple[str, ...]
    key: str
    help: str
    metavar: str = ""
    sets: str | None = None
    """The text a switch stands for; None for a flag that takes a value."""
    repeatable: bool = False


Group: TypeAlias = tuple[str, Sequence[Flag]]

RUN_FLAGS: tuple[Group, ...] = (
    (
        "what runs where",
        (
            Flag(("--strategy",), "strategy.name", "which strategy", "NAME"),
            Flag(
                ("--exchange", "--exchanges"),
                "run.exchange",
                "venue, or several with commas; lighter:one,lighter:two are two accounts of one",
                "NAME[,NAME]",
            ),
            Flag(("--ticker", "--symbol"), "run.ticker", "market, such as BTC", "SYMBOL"),
            Flag(
                ("--symbols",),
                "run.symbols",
                "markets of a strategy that trades many (default all there are)",
                "SYMBOL[,SYMBOL]",
            ),
            Flag(
                ("--environment",),
                "run.environment",
                "real venue, its test network, its demo, a local simulator, or its prices with "
                "orders filled on paper; the venue named paper needs none (default prod)",
                "{prod,testnet,demo,simulator,paper}",
            ),
            Flag(
                ("--account",),
                "run.account",
                "name of a stored account (default main, else the environment)",
                "NAME",
            ),
            Flag(
                ("--dry-run",), "run.dry_run", "decide, but send no order to anything", sets="true"
            ),
        ),
    ),
    (
        "configuration",
        (
            Flag(
                ("--config",),
                "config",
                "YAML file; without one, and without any flag of the strategy, "
                "configs/<strategy>/default.yml",
                "FILE",
            ),
            Flag(
                ("--env-file",),
                "env_file",
                "file of NAME=value lines, weaker than real variables (default .env, if there)",
                "FILE",
            ),
        ),
    ),
    (
        "market data and time",
        (
            Flag(
                ("--data",),
                "run.data",
                "recordings to replay on the paper venue; without one its market is synthetic",
                "FILE[,FILE]",
            ),
            Flag(
                ("--speed",),
                "run.speed",
                "market seconds per real second; max computes at full speed (default 1)",
                "{1,N,max}",
            ),
            Flag(("--duration",), "run.duration", "end after this much market time", "90s|30m|2h"),
            Flag(("--seed",), "run.seed", "number that every random draw follows from", "N"),
        ),
    ),
    (
        "paper venue",
        (
            Flag(
                ("--starting-balance",),
                "paper.starting_balance",
                "USD in the paper account (default 10000)",
                "USD",
            ),
            Flag(
                ("--acknowledge",),
                "paper.acknowledge",
                "whether the answer to an order is its outcome, or only a receipt",
                "{immediate,asynchronous}",
            ),
        ),
    ),
    (
        "state, reports and logs",
        (
            Flag(
                ("--state-dir",), "run.state_dir", "where state survives (default ./state)", "DIR"
            ),
            Flag(
                ("--database",),
                "run.database",
                "store over all runs: a file or postgresql://... (default store.db in state-dir)",
                "URL",
            ),
            Flag(
                ("--fresh",),
                "run.fresh",
                "set an unfinished run in the state folder aside and start anew",
                sets="true",
            ),
            Flag(
                ("--adopt",),
                "run.adopt",
                "take over positions that no run of ours explains, such as lighter:BTC",
                "VENUE:SYMBOL[,...]",
            ),
            Flag(
                ("--durability",),
                "journal.durability",
                "what the journal survives: the death of the process, or of the power supply too",
                "{process,power}",
            ),
            Flag(
                ("--report",),
                "run.report",
                "write the report of the run, .json or .html; may be repeated",
                repeatable=True,
            ),
            Flag(
                ("--log-level",),
                "logging.level",
                "how much is logged; DEBUG also shows tracebacks (default INFO)",
                "{DEBUG,INFO,WARNING,ERROR}",
            ),
            Flag(("--log-json",), "logging.format", "log one JSON object per line", sets="json"),
            Flag(("--log-file",), "logging.file", "log to this file too", "FILE"),
            Flag(("--no-panel",), "run.panel", "no live panel in the terminal", sets="false"),
        ),
    ),
)

RECORD_FLAGS: tuple[Flag, ...] = (
    Flag(("--exchange",), "exchange", "venue to listen to", "NAME"),
    Flag(("--ticker", "--symbol"), "ticker", "market, such as BTC", "SYMBOL"),
    Flag(("--out",), "out", "file to write; with .gz at its end it is compressed", "FILE"),
    Flag(("--duration",), "duration", "how long; without one until Ctrl-C", "SECONDS|90s|30m|2h"),
    Flag(
        ("--environment",),
        "environment",
        "the venue, its test network, its demo, or a local simulator of it (default prod)",
        "{prod,testnet,demo,simulator}",
    ),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
)

ROUTE_FLAGS: tuple[Flag, ...] = (
    Flag(("--symbol", "--ticker"), "symbol", "market, such as BTC", "SYMBOL"),
    Flag(("--side",), "side", "which way", "{buy,sell}"),
    Flag(("--notional",), "notional", "how much, in USD", "USD"),
    Flag(("--size", "--quantity"), "size", "how much, in tokens", "NUMBER"),
    Flag(("--exchanges", "--exchange"), "exchanges", "venues with commas", "NAME[,NAME]"),
    Flag(("--maker",), "maker", "rest at the best price instead of taking", sets="true"),
    Flag(
        ("--environment",),
        "environment",
        "the venues, their test networks, or local simulators of them (default prod)",
        "{prod,testnet,simulator}",
    ),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
)

OPPORTUNITIES_FLAGS: tuple[Flag, ...] = (
    Flag(("--exchanges", "--exchange"), "exchanges", "venues (default every one)", "NAME[,NAME]"),
    Flag(("--symbol", "--ticker"), "symbol", "only this market, such as BTC", "SYMBOL"),
    Flag(("--limit",), "limit", "how many pairs to print (default 20)", "N"),
    Flag(("--refused",), "refused", "print every refused pair and why", sets="true"),
    Flag(
        ("--environment",),
        "environment",
        "the venues, their test networks, or local simulators of them (default prod)",
        "{prod,testnet,simulator}",
    ),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
)

_STORE_FLAGS: tuple[Flag, ...] = (
    Flag(("--state-dir",), "state_dir", "where state survives (default ./state)", "DIR"),
    Flag(
        ("--database",),
        "database",
        "the store: a file or postgresql://... (default store.db in state-dir)",
        "URL",
    ),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
    Flag(("--strategy",), "strategy", "only runs of this strategy", "NAME"),
    Flag(("--account",), "account", "only runs of this account", "NAME"),
    Flag(("--run",), "run", "only the run whose id begins so", "ID"),
    Flag(("--format",), "format", "how to print (default table)", "{table,json}"),
)

POSITIONS_FLAGS: tuple[Flag, ...] = (
    Flag(("--symbol", "--ticker"), "symbol", "only this market, such as BTC", "SYMBOL"),
    Flag(("--all",), "all", "runs that hold nothing any more, too", sets="true"),
    *_STORE_FLAGS,
)

PNL_FLAGS: tuple[Flag, ...] = _STORE_FLAGS

EXPLAIN_FLAGS: tuple[Flag, ...] = (
    Flag(("--symbol", "--ticker"), "symbol", "which market, such as BTC", "SYMBOL"),
    *_STORE_FLAGS,
)

DOCTOR_FLAGS: tuple[Flag, ...] = (
    Flag(("--exchanges", "--exchange"), "exchanges", "venues with commas", "NAME[,NAME]"),
    Flag(("--symbol", "--ticker"), "symbol", "market (default BTC)", "SYMBOL"),
    Flag(("--notional",), "notional", "what one position is going to be worth", "USD"),
    Flag(("--leverage",), "leverage", "at which leverage", "NUMBER"),
    Flag(("--account",), "account", "stored account (default main, else variables)", "NAME"),
    Flag(
        ("--environment",),
        "environment",
        "the venues, their test networks, their demos, or local simulators (default prod)",
        "{prod,testnet,demo,simulator}",
    ),
    Flag(("--state-dir",), "state_dir", "where the accounts are (default ./state)", "DIR"),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
)

FLATTEN_FLAGS: tuple[Flag, ...] = (
    Flag(("--exchanges", "--exchange"), "exchanges", "venues (default all)", "NAME[,NAME]"),
    Flag(("--account",), "account", "only runs of this account (default all)", "NAME"),
    Flag(("--run",), "run", "only the run whose id begins so", "ID"),
    Flag(
        ("--environment",),
        "environment",
        "where the runs trade (default prod)",
        "{prod,testnet,demo,simulator,paper}",
    ),
    Flag(("--within",), "within", "when to give up (default 5m)", "SECONDS|90s|30m"),
    Flag(
        ("--everything",),
        "everything",
        "close what others opened on the accounts, too; needs --exchanges and --yes",
        sets="true",
    ),
    Flag(("--yes",), "yes", "know that --everything touches what is not ours", sets="true"),
    Flag(("--state-dir",), "state_dir", "where the runs are (default ./state)", "DIR"),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
    Flag(("--format",), "format", "how to print (default table)", "{table,json}"),
)

WATCHDOG_FLAGS: tuple[Flag, ...] = (
    Flag(("--after",), "after", "how long a bot may show no life (default 30s)", "SECONDS|90s"),
    Flag(("--then",), "then", "what to do for it (default flatten)", "{flatten,cancel}"),
    *(flag for flag in FLATTEN_FLAGS if flag.key not in ("everything", "yes", "format")),
    Flag(("--log-level",), "log_level", "how much is logged (default INFO)", "LEVEL"),
)

WATCH_FLAGS: tuple[Flag, ...] = (
    Flag(
        ("--bots",),
        "bots",
        "addresses of control APIs; their token is PERP__CONTROL__TOKEN",
        "URL[,URL]",
    ),
    Flag(
        ("--state-dir",),
        "state_dir",
        "folders whose running bots are found by themselves (default ./state)",
        "DIR[,DIR]",
    ),
    Flag(("--env-file",), "env_file", "file of NAME=value lines (default .env, if there)", "FILE"),
)

INIT_FLAGS: tuple[Flag, ...] = (
    Flag(("--strategy",), "strategy", "which strategy to configure (default grid)", "NAME"),
    Flag(("--config",), "config", "configuration to write (default runbot.yml)", "FILE"),
    Flag(("--env-file",), "env_file", "template to write (default .env)", "FILE"),
    Flag(("--force",), "force", "overwrite files that exist", sets="true"),
)

STRATEGY_ALIASES = {"order_notional_usd": ("--notional",)}
"""Shorter spellings that users know, by parameter."""


def strategy_flags() -> list[Group]:
    """Return one group of flags per strategy; a flag of several is listed with the first."""
    from app.catalogue import parameters_of, strategy_names  # noqa: PLC0415  # loads strategies

    listed: set[str] = set()
    groups: list[Group] = []
    for strategy in strategy_names():
        fresh = [item for item in parameters_of(strategy) if item.name not in listed]
        listed.update(item.name for item in fresh)
        groups.append((f"strategy {strategy}", [_strategy_flag(item) for item in fresh]))
    return groups


def selection_flags() -> list[Flag]:
    """Return the flags by which funding arbitrage selects pairs, and sizes them."""
    from strategies.implementations.funding_arbitrage.declarations import (  # noqa: PLC0415
        SELECTION,
        SIZE,
    )

    named = ("target_margin", "max_leverage", "max_position_usd")
    sizes = [parameter for parameter in SIZE if parameter.name in named]
    return [_strategy_flag(parameter) for parameter in (*SELECTION, *sizes)]


def flag_name(parameter: str) -> str:
    """Return ``--take-profit`` for ``take_profit``."""
    return "--" + parameter.replace("_", "-")


def _strategy_flag(parameter: StrategyParameter) -> Flag:
    switch = parameter.kind is bool and parameter.default is not True
    return Flag(
        (flag_name(parameter.name), *STRATEGY_ALIASES.get(parameter.name, ())),
        f"strategy.{parameter.name}",
        describe(parameter),
        "" if switch else _metavar(parameter),
        sets="true" if switch else None,
    )


def describe(parameter: StrategyParameter) -> str:
    """Return what a person reads about a parameter: meaning, unit, default."""
    notes = [parameter.unit] if parameter.unit else []
    if parameter.required:
        notes.append("required")
    elif parameter.default not in (None, False):
        notes.append(f"default {parameter.default}")
    return f"{parameter.help} ({', '.join(notes)})" if notes else parameter.help


def _metavar(parameter: StrategyParameter) -> str:
    if isinstance(parameter.kind, tuple):
        return "{" + ",".join(parameter.kind) + "}"
    words = {bool: "{true,false}", str: "TEXT", int: "N"}
    return words.get(parameter.kind, "NUMBER")
