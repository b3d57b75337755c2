"""Whether a run that could trade does: what was healed is not only sound, it goes on (I39).

It goes by what the venues saw of our orders, by their rates, and by the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from tests.simulation.whole.chances import chance
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import Scenario, Strategy
from tests.simulation.whole.truth import WholeTruth

GRID_IDLE_S = 240.0
"""Entries and closes are so close to the market that they trade several times a minute."""
SURVEYS = 4
"""So many are needed to open a pair: one sees it, the next two may find a book too old."""
OPENING_S = 60.0
"""What an opening may take, by its time-outs."""
HOLDING_BACK = ("strategy.stop_price", "strategy.pause_price")
"""Settings of a grid by which it may rightly enter nothing for as long as the price says so."""


def idle(scenario: Scenario, truth: WholeTruth, rates: RateTruth | None) -> Iterator[Condition]:
    """Yield that nothing has traded since something last did, where something could."""
    books = truth.books.values()
    if scenario.dry or any(
        each.venue.rules.in_transition(each.market.contract_id) for each in books
    ):
        return
    fills = sum(book.fills for book in truth.books.values())
    if scenario.strategy is Strategy.GRID:
        # A range waits for its levels: its cells are judged one by one.
        if truth.cells is None and not _held_back(scenario.settings, truth):
            yield Condition(f"I39: the grid has not traded since {fills} fills", GRID_IDLE_S)
        return
    assert rates is not None, "the other strategy goes by rates"
    busy = any(book.held or book.open for book in truth.books.values())
    if not busy and chance(scenario, truth, rates):
        yield Condition(f"I39: no pair was opened since {fills} fills", pause_s(scenario.settings))


def pause_s(settings: Mapping[str, str]) -> float:
    """Return after how long another pair is opened, by the configuration."""
    cooldown_s = float(settings.get("strategy.cooldown_minutes", "0")) * 60
    survey_s = float(settings.get("execution.survey_seconds", "30"))
    return cooldown_s + SURVEYS * survey_s + OPENING_S


def _held_back(settings: Mapping[str, str], truth: WholeTruth) -> bool:
    """Tell whether a grid may enter nothing.

    It is by a price, as it has as many closes as it may, or as somebody else has traded what it
    holds, which a person is to accept first, or holds what its entries would take of. By a coarser
    tick that it need not know to be gone, it may stand far from the market.
    """
    books = list(truth.books.values())
    closes = sum(each.reduce_only for book in books for each in book.open.values())
    full = closes >= int(settings["strategy.max_orders"])
    by_others = any(book.disturbed for book in books) or _against(settings, books[0].own)
    by_rules = any(len(each.venue.rules.known(each.market.contract_id)) > 1 for each in books)
    return full or by_others or by_rules or any(name in settings for name in HOLDING_BACK)


def _against(settings: Mapping[str, str], own: Decimal) -> bool:
    """Tell whether a position of the user's is on the other side than the grid opens on."""
    way = settings.get("strategy.direction") or settings["strategy.side"]
    return own != 0 if way == "neutral" else own * (1 if way in ("buy", "long") else -1) < 0
