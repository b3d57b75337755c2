"""What must be true of a bot over sockets: while all is quiet, and once its process has ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

from app.watch.bots import Seen
from database.journal import SqliteJournal
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import parse_instant
from tests.simulation.quiet import EXPLAINED
from tests.support.soak_bots import SoakBot, disconnected
from tests.support.soak_verdicts import growing
from tests.support.venue_verdicts import THROTTLED_MAX

SETTLE_S = 60.0
"""How long after the last trouble a bot may take to agree with its venues, and an error may be
explained by it."""
CASH_MAX = Decimal("0.005")
"""Venues that round each fee leave so much (USD)."""


async def compare(bot: SoakBot) -> None:
    """Look whether a bot and its venues agree, after the last trouble."""
    assert bot.healed_s is not None, "there was a last trouble"
    seen = await bot.look()
    bot.unlike = [*disconnected(seen), *([] if seen.trouble else _unlike_books(bot, seen))]
    if not bot.unlike and bot.agreed_s is None:
        bot.agreed_s = time.time() - bot.healed_s


def _unlike_books(bot: SoakBot, seen: Seen) -> Iterator[str]:
    """Yield what a bot says of its orders and positions that its venues have otherwise."""
    resting = sum((each.resting() for each in bot.venues), Counter[tuple[Any, ...]]())
    known = Counter(
        (each["side"], _decimal(each["price"]), _decimal(each["remaining"]))
        for each in seen.told["orders"]
    )
    if known != resting:
        yield f"it knows of orders {known}, there are {resting}"
    for venue in bot.venues:
        ours = {
            each["contract_id"]: Decimal(each["ours"])
            for each in seen.told["positions"]
            if each["venue"] == venue.name and Decimal(each["ours"])
        }
        if ours != venue.held():
            yield f"it has {ours} at {venue.name}, there is {venue.held()}"


def breaches(bot: SoakBot) -> Iterator[str]:
    """Yield what ought not to be, once the last process has ended."""
    yield from bot.found
    if not bot.fills:
        yield "it never traded"
    if bot.agreed_s is None:
        yield f"I39: it never agreed after the last trouble: {'; '.join(bot.unlike)}"
    elif bot.agreed_s > SETTLE_S:
        yield f"I39: it took {bot.agreed_s:.0f} s to agree after the last trouble"
    for number, life in enumerate(bot.lives):
        yield from (f"I37: {text} in process {number}" for text in growing(life.samples))
    for venue in bot.venues:
        # A process does not know what the one before it had asked for within the last minute.
        if venue.throttled > THROTTLED_MAX * (len(bot.lives) - 1):
            yield f"I31: {venue.name} refused {venue.throttled} requests as too many"
    yield from _unexplained_lines(bot)
    yield from _unlike_journal(bot)


def _unexplained_lines(bot: SoakBot) -> Iterator[str]:
    for row in bot.logged():
        if row["level"] not in ("ERROR", "CRITICAL"):
            continue
        at_s = parse_instant(row["time"]) / NS
        late = bot.healed_s is not None and at_s > bot.healed_s + SETTLE_S
        if late or not row["message"].startswith(EXPLAINED):
            yield f"I38: {row['time']} {row['message']} {row.get('exception', '')}"


def _unlike_journal(bot: SoakBot) -> Iterator[str]:
    paths = list(bot.journals())
    if len(paths) != 1:
        yield f"it has left the journals {paths}"
    for path in paths:
        with closing(SqliteJournal(path)) as journal:
            for venue in bot.venues:
                yield from (f"{text} at {venue.name}" for text in venue.unlike(journal))
    cash = bot.report()["cash_check"]
    if abs(Decimal(cash["difference"])) > CASH_MAX:
        yield f"I21: its report says {cash}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
