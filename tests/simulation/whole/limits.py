"""When a grid is to end by itself: what its venue has published, held against its settings.

The bot is not asked. Where a side of the book is gone, the side counts that speaks against an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.scenario import Scenario
from venue_simulators.world import BookChange

if TYPE_CHECKING:
    from tests.simulation.whole.truth import MarketBook

D = Decimal
STOP, CEILING = "stop_price", "ceiling_price"
PROFIT, LOSS = "range_take_profit_usd", "range_stop_loss_usd"
LIMITS = (STOP, CEILING, PROFIT, LOSS)
"""Settings by which a grid ends its run."""
FLAT = (STOP, PROFIT, LOSS)
"""Those that close what is held."""
ENDS_S = 60.0
"""Cancellations may be asked for again after ten seconds, and what is closed at market in parts
every two."""
WIDE = D("0.05")
"""The spread, as a part of the mid, from which on a side of the book counts as gone."""


class Limits:
    """What a grid's own limits say to what its venue publishes.

    Args:
        scenario: What happens.
        book: What orders of ours have done where it trades.
    """

    def __init__(self, scenario: Scenario, book: MarketBook) -> None:
        settings = {name.partition(".")[2]: told for name, told in scenario.settings.items()}
        self._at = {name: D(settings[name]) for name in LIMITS if name in settings}
        self._rising = settings.get("direction", settings.get("side")) in ("buy", "long")
        self._waits = "trigger_price" in settings
        self._anew = settings.get("rearm") == "true"
        self._begun = D(0)
        """What had been made when it was last begun anew."""
        self._book = book
        self.now: dict[str, None] = {}
        """Which are reached."""
        self.ever: dict[str, None] = {}
        """Which have been reached at any time."""
        if self._at:
            contract_id = book.market.contract_id
            book.venue.world.listen_book(contract_id, self._on_change)

    def look(self) -> None:
        """Hold the published book, and what has traded, against the settings."""
        if not self._at:
            return
        bid, ask, _ = self._book.venue.world.best(self._book.market.contract_id)
        if bid is None or ask is None:
            return
        self.now = dict.fromkeys(self._reached(bid[0], ask[0]))
        self.ever |= self.now
        if self.now and self._anew and not self._book.net:
            self._begun = self._book.cash  # a process that died now would begin with nothing

    def ended_by(self, reason: str) -> str:
        """Return which limit has ended a run, by what it says; empty where none was reached."""
        return next((name for name in self.ever if reason.startswith(name)), "")

    def conditions(self) -> Iterator[Condition]:
        """Yield which limits are reached while the run goes on."""
        if self._waits and not self._book.fills:
            return  # nothing has begun that could end
        for name in self.now:
            yield Condition(f"I23: {name} is reached, and the grid goes on", ENDS_S)

    def left(self, name: str) -> Iterator[str]:
        """Yield what a limit has left that was to close everything."""
        known = self._book.venue.rules.known(self._book.market.contract_id)
        least = max(max(rules.min_size, rules.step) for rules in known)
        if name in FLAT and abs(self._book.held) >= least:
            yield f"I17: {name} has left {self._book.held}"

    def _on_change(self, change: BookChange) -> None:
        del change
        self.look()

    def _reached(self, bid: Decimal, ask: Decimal) -> Iterator[str]:
        mid = (bid + ask) / 2
        least, most = (bid, ask) if ask - bid > WIDE * mid else (mid, mid)
        made = self._book.cash - self._begun
        profits = [made + self._book.net * price for price in (least, most)]
        for name, at in self._at.items():
            if name == STOP:
                reached = most < at if self._rising else least > at
            elif name == CEILING:
                reached = ask >= at if self._rising else bid <= at
            else:
                reached = min(profits) >= at if name == PROFIT else max(profits) <= -at
            if reached:
                yield name
