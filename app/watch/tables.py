"""What bots said, as rows of text for a screen: pure, and the same whatever draws them.

A mark before a word says what a colour says, so that nobody needs to see colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeAlias

from app.watch.bots import Seen
from reporting.numbers import duration, grouped, money, plain, trimmed

Row: TypeAlias = tuple[str, ...]
NAME_MAX = 28
"""Characters of a bot's name in the tables below; it stands whole in the one above."""
FAR_PERCENT = 1000
NUMBERS = (
    "Equity", "Net", "Unhedged", "Up", "Quantity", "Ours", "Mark", "Worth", "Unrealised",
    "Liquidation", "Remaining", "Price", "Each leg", "Rate 8 h", "Funding", "Made", "Book",
    "Private", "Account",
)  # fmt: skip
"""Columns whose digits stand below each other."""
STALE_S = 30.0
"""A feed older than this is marked."""


class Table(NamedTuple):
    """One table of the screen."""

    title: str
    columns: Row
    rows: Sequence[Row]
    empty: str
    """What is said in the place of rows where there are none."""


def bots_table(seen: Sequence[Seen]) -> Table:
    """Return a row for each bot."""
    columns = ("Bot", "State", "Entries", "Risk", "Equity", "Net", "Unhedged", "Up")
    return Table("Bots", columns, [_bot_row(each) for each in seen], "no bot is running here")


def tables(seen: Sequence[Seen]) -> tuple[Table, ...]:
    """Return the tables below, of the bots that are given."""
    return positions(seen), orders(seen), funding(seen), health(seen)


def positions(seen: Sequence[Seen]) -> Table:
    """Return every position."""
    rows = [
        (
            _short(bot),
            str(each["venue"]),
            str(each["symbol"]),
            plain(Decimal(each["quantity"])),
            plain(Decimal(each["ours"])),
            trimmed(_number(each["mark"])),
            money(_worth(each)),
            money(_number(each["unrealised"]), sign=True),
            _distance(each),
        )
        for bot in seen
        for each in bot.told.get("positions", ())
    ]
    columns = (
        "Bot", "Venue", "Symbol", "Quantity", "Ours", "Mark", "Worth", "Unrealised", "Liquidation",
    )  # fmt: skip
    return Table("Positions", columns, rows, "nothing is held")


def orders(seen: Sequence[Seen]) -> Table:
    """Return every order that may still trade."""
    rows = [
        (
            _short(bot),
            str(each["side"]),
            plain(Decimal(each["remaining"])),
            trimmed(_number(each["price"])),
            str(each["purpose"]),
            str(each["key"]),
        )
        for bot in seen
        for each in bot.told.get("orders", ())
    ]
    columns = ("Bot", "Side", "Remaining", "Price", "Purpose", "Name")
    return Table("Orders", columns, rows, "no order is open")


def funding(seen: Sequence[Seen]) -> Table:
    """Return every pair, and what funding made of each bot."""
    rows = []
    for bot in seen:
        pairs = [each for each in _pairs(bot) if each.get("status") != "closed"]
        for each in pairs:
            divergence = Decimal(each["entry_divergence_8h"]) * 100
            rows.append(
                (
                    _short(bot),
                    f"{each['symbol']} {each['long']} / {each['short']}",
                    str(each["status"]) + (f": {each['reason']}" if each.get("reason") else ""),
                    money(Decimal(each["notional"])),
                    f"{plain(divergence)} %",
                    money(Decimal(each["funding"]), sign=True),
                    money(Decimal(each["total"]), sign=True),
                )
            )
        if bot.status:
            made = bot.status["money"]
            rows.append(
                (
                    _short(bot), "all together", "", "", "",
                    money(Decimal(made["funding"]), sign=True),
                    money(Decimal(made["net"]), sign=True),
                )
            )  # fmt: skip
    columns = ("Bot", "Pair: long / short", "Status", "Each leg", "Rate 8 h", "Funding", "Made")
    return Table("Funding", columns, rows, "no bot answers")


def health(seen: Sequence[Seen]) -> Table:
    """Return each venue's feeds and account, and whatever a person should know."""
    rows: list[Row] = []
    for bot in seen:
        if bot.trouble:
            rows.append((_short(bot), "-", "! away", "", "", "", bot.trouble))
            continue
        values = {each["venue"]: each for each in bot.told.get("balances", ())}
        rows += [
            _venue_row(bot, each, values.get(each["venue"], {})) for each in bot.told["venues"]
        ]
        told = dict(bot.status["alerts"])
        if bot.status["risk"]["reason"]:
            told["risk"] = bot.status["risk"]["reason"]
        if bot.status["entries_stopped"]:
            told["entries"] = bot.status["entries_stopped"]
        if bot.status["stopping"]:
            told["ending"] = bot.status["stopping"]
        told |= {each["venue"]: f"{each['left']} left to flat" for each in bot.status["progress"]}
        rows += [
            (_short(bot), "", "", "", "", "", f"! {name}: {why}") for name, why in told.items()
        ]
    columns = ("Bot", "Venue", "Feeds", "Book", "Private", "Account", "To know")
    return Table("Health", columns, rows, "no bot answers")


def _bot_row(seen: Seen) -> Row:
    status = seen.status
    if not status:
        return (seen.name, "! away", *[""] * 6)
    made, risk = status["money"], status["risk"]
    return (
        seen.name,
        _state(status),
        _entries(status),
        risk["state"] if risk["state"] == "active" else f"! {risk['state']}",
        money(Decimal(made["equity"])),
        money(Decimal(made["net"]), sign=True),
        money(_number(status["unhedged_usd"])),
        duration(max(_seconds(status["started"], status["now"]), 0.0)),
    )


def _state(status: Mapping[str, Any]) -> str:
    if status["flattening"]:
        return "! flattening"
    return "! ending" if status["stopping"] else str(status["state"]).replace("_", " ")


def _entries(status: Mapping[str, Any]) -> str:
    if status["paused_by"]:
        return f"! paused by {status['paused_by']}"
    return "yes" if status["entries"] else "! no"


def _venue_row(bot: Seen, venue: Mapping[str, Any], account: Mapping[str, Any]) -> Row:
    return (
        _short(bot),
        str(venue["venue"]),
        "up" if venue["connected"] else "! down",
        _age(venue["book_age_s"]),
        _age(venue["private_age_s"]),
        money(_number(account.get("value"))),
        "",
    )


def _short(bot: Seen) -> str:
    name = bot.name
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 2]}.."


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "! never"
    return f"{'! ' * (seconds > STALE_S)}{duration(seconds)}"


def _pairs(bot: Seen) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = bot.told.get("report", {}).get("pairs", ())
    return found


def _worth(position: Mapping[str, Any]) -> Decimal | None:
    mark = _number(position["mark"])
    return None if mark is None else mark * Decimal(position["quantity"])


def _distance(position: Mapping[str, Any]) -> str:
    mark, liquidation = _number(position["mark"]), _number(position["liquidation"])
    if not mark or liquidation is None:
        return "-"
    percent = abs(mark - liquidation) / mark * 100
    return f"{grouped(percent, 1)} %" if percent < FAR_PERCENT else "far"


def _number(text: object) -> Decimal | None:
    try:
        return None if text is None else Decimal(str(text))
    except InvalidOperation:
        return None


def _seconds(began: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(began)).total_seconds()
