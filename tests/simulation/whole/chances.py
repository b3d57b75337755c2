"""Whether a pair could be opened that is worth it, by the venues' own rates and rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from exchange_clients.base_models import NS
from tests.simulation.whole.means import depegged
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import ByHand, Scenario
from tests.simulation.whole.truth import MarketBook, WholeTruth
from tests.simulation.whole.venues import BEGIN_NS

D = Decimal
WORTH = D("0.01")
"""What a pair is to earn within its horizon, by its rates alone: several times what fees, spreads
and a basis cost."""
ROOM = D("0.9")
"""Sizes are rounded down, and prices move."""
LISTED_AGAIN_S = 15 * 60 + 300.0
"""Within which a market that trades again is known: lists are read so often, and one that was
missing is looked for so often."""
LEVERAGE_STAYS = ("edgex",)
"""Where no leverage is set in a market in which an order rests."""
DELISTED = "v.delisted"


def chance(scenario: Scenario, truth: WholeTruth, rates: RateTruth) -> bool:
    """Tell whether some pair is worth opening while nothing is held, and nothing is in its way."""
    if _unlisted_lately(scenario, (truth.now_ns() - BEGIN_NS) / NS):
        return False
    for symbol in scenario.symbols:
        free = [each for each in _free(scenario, truth) if each.market.symbol == symbol]
        for one, other in combinations(free, 2):
            apart_8h = abs(
                rates.rate_8h(one.venue, one.market) - rates.rate_8h(other.venue, other.market)
            )
            if apart_8h * D(scenario.settings["strategy.horizon_hours"]) / 8 >= WORTH:
                return True
    return False


def _free(scenario: Scenario, truth: WholeTruth) -> Iterator[MarketBook]:
    """Yield the markets in which a leg could be opened."""
    margin = D(scenario.settings["strategy.target_margin"])
    for (name, contract_id), book in truth.books.items():
        if depegged(book.venue) or book.own:
            continue  # beside a position of the user's nothing is opened
        rests = scenario.rests and book.market.symbol == scenario.symbols[0]
        if rests and name in LEVERAGE_STAYS:
            continue
        rules, mark = book.venue.rules.present(contract_id), book.venue.world.mark(contract_id)
        size = rules.round_size(margin * ROOM / mark)
        if size >= rules.min_size and size * mark >= rules.min_notional:
            yield book


def _unlisted_lately(scenario: Scenario, now_s: float) -> bool:
    """Tell whether a market took no orders, or did not until lately."""
    spans = [(row.at_s, row.for_s) for row in scenario.troubles if row.kind == DELISTED]
    spans += [(each.at_s, each.for_s) for each in scenario.happenings if each.kind is ByHand.HALT]
    return any(at_s <= now_s <= at_s + for_s + LISTED_AGAIN_S for at_s, for_s in spans)
